#!/usr/bin/env bash
# Makes a private Python in DIR with what packages.txt lists as KIND; fails where PyPI cannot be had.
#   tests/pypi.sh KIND DIR
set -eu -o pipefail
cd "$(dirname "$0")/.."
wanted=$(awk -v kind="$1" '$1 == kind { print $2 "==" $3 }' packages.txt)
[ "$(cat "$2/wanted" 2>/dev/null)" != "$wanted" ] || exit 0
python3 -m venv "$2"
"$2/bin/pip" install -q --disable-pip-version-check $wanted
echo "$wanted" >"$2/wanted"

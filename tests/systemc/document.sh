#!/usr/bin/env bash
# Follows docs/systemc.md in an empty folder: writes the file that it shows, runs every command that it
# gives but the installation of packages, and looks for the output that it promises.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
export ARRAYSMITH=$PWD SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1
scratch=$(mktemp -d /tmp/arraysmith-document-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
page=docs/systemc.md

awk '/^```/ { shown = 0 } shown; /^```cpp/ { getline; if ($0 == "// mine.cpp") { shown = 1; print } }' $page >"$scratch/mine.cpp"
awk '/^```/ { fenced = !fenced } !fenced && /^    / { sub(/^    /, ""); print }' $page | grep -v ' setup ' >"$scratch/commands"
[ "$(grep -c platform "$scratch/commands")" -ge 5 ] || { echo "document.sh: commands of $page are missing" >&2; exit 1; }
cd "$scratch"
bash -eux commands 2>&1 | tee log
grep -qx "$(sed -n 's/^It prints `\(.*\)`: the cycles.*/\1/p' "$ARRAYSMITH/$page")" log ||
    { echo "document.sh: mine.cpp does not print what the page says" >&2; exit 1; }

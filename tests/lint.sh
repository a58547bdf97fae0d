#!/bin/sh
# Lints the Verilog of one generated accelerator in four tools: no warning.   tests/lint.sh DIR
set -e
cd "$(dirname "$0")/.."
files=$(echo $(sed -n "s|^[^/]|$1/&|p" "$1/filelist.f"))
top=$(basename "$1"/*_system.v .v)
verilator --lint-only -Wall --top-module $top $files
# Operand widths are names: what only carries, multiplies and adds operands has no width of its own.
for block in pe_array pe_tree pe_output window wide_buf compute_unit acc_array; do
    file=$(echo "$1"/*_$block.v)
    [ -f "$file" ] || continue
    other=""
    for width in X_W=5 W_W=3 P_W=24; do
        ! grep -q "^  parameter ${width%=*} " "$file" || other="$other -G$width"
    done
    verilator --lint-only -Wall --top-module $(basename "$file" .v) $other $files
done
iverilog -g2005 -Wall -s $top -o /dev/null $files 2>&1 | { ! grep .; }
yosys -q -e '.*' -p "read_verilog $files; hierarchy -check -top $top; proc; check -assert"
.venv/bin/python tests/slang_lint.py $top $files

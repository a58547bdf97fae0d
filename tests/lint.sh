#!/bin/sh
# Lints the Verilog of one generated accelerator in four tools: no warning.   tests/lint.sh DIR
set -e
cd "$(dirname "$0")/.."
files=$(echo "$1"/*.v)
top=$(basename "$1"/*_system.v .v)
verilator --lint-only -Wall --top-module $top $files
iverilog -g2005 -Wall -s $top -o /dev/null $files 2>&1 | { ! grep .; }
yosys -q -e '.*' -p "read_verilog $files; hierarchy -check -top $top; proc; check -assert"
.venv/bin/python tests/slang_lint.py $top $files

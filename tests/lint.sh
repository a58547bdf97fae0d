#!/bin/sh
# Lints the Verilog of one generated accelerator in four tools: no warning.   tests/lint.sh DIR
set -e
cd "$(dirname "$0")/.."
files=$(echo "$1"/*.v)
verilator --lint-only -Wall --top-module system $files
iverilog -g2005 -Wall -s system -o /dev/null $files 2>&1 | { ! grep .; }
yosys -q -e '.*' -p "read_verilog $files; hierarchy -check -top system; proc; check -assert"
.venv/bin/python tests/slang_lint.py system $files

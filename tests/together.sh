#!/bin/sh
# Two accelerators of different kinds in one design: no module of one is a module of the other.
set -eu
cd "$(dirname "$0")/.."
dir=build/together
rm -rf $dir
mkdir -p $dir
build/arraysmith gen icebreaker -o $dir/one >/dev/null
build/arraysmith gen boards/icebreaker/dadiannao.yaml -o $dir/two >/dev/null
ports="input wire clk_i, input wire rst_i, input wire rx_valid_i, output wire rx_ready_o, input wire [7:0] rx_data_i,"
{
    echo '`default_nettype none'
    echo "module together ("
    for n in 1 2; do echo "$ports output wire tx_valid_o, input wire tx_ready_i, output wire [7:0] tx_data_o, output wire busy_o, output wire layer_done_o" |
        sed "s/_\([io]\)\>/${n}_\1/g"; [ $n = 2 ] || echo ","; done
    echo ");"
    for n in 1 2; do
        [ $n = 1 ] && system=icebreaker_4x4_system || system=icebreaker_dadiannao_system
        echo "$system u_$n ("
        for port in clk_i rst_i rx_valid_i rx_ready_o rx_data_i tx_valid_o tx_ready_i tx_data_o busy_o layer_done_o; do
            echo ".$port(${port%_?}${n}_${port##*_}),"
        done
        echo ".mem_stall_i(1'b0));"
    done
    echo "endmodule"
} >$dir/together.v
cat $dir/one/filelist.f | sed -n "s|^[^/]|$dir/one/&|p" >$dir/files
cat $dir/two/filelist.f | sed -n "s|^[^/]|$dir/two/&|p" >>$dir/files
files="$dir/together.v $(cat $dir/files)"
verilator --lint-only -Wall --top-module together $files
iverilog -g2005 -Wall -s together -o /dev/null $files 2>&1 | { ! grep .; }
# board tops included: nothing is declared twice
! cat $files | sed -n 's/^module \([a-zA-Z0-9_]*\).*/\1/p' | sort | uniq -d | grep . || exit 1

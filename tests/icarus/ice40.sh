#!/bin/sh
# The iCE40 forms of the wrapper modules against their behavioural twins, in Icarus.
#
#   tests/icarus/ice40.sh TEMPLATES DIR
#
# The modules of tech/ice40 with Yosys' models of the cells, and the general ones, renamed.
# DIR takes what is built and the logs; the exit status says whether both agree in every cycle.
set -eu
rtl=$1 dir=$2
for m in mul8x2 sel_add; do
    sed "s/^module $m/module ${m}_twin/" "$rtl/$m.v.tpl" > "$dir/${m}_twin.v"
done
cells=$(ls /usr/share/yosys/ice40/cells_sim.v /usr/local/share/yosys/ice40/cells_sim.v 2>/dev/null | head -1)
for m in mul8x2 sel_add memory_ram; do
    cp "$rtl/tech/ice40/$m.v.tpl" "$dir/${m}_ice40.v"
done
iverilog -g2012 -DNO_ICE40_DEFAULT_ASSIGNMENTS -s tb_ice40 -o "$dir/ice40.vvp" \
    tests/icarus/tb_ice40.v "$dir"/*_twin.v "$dir"/*_ice40.v "$cells" > "$dir/ice40_build.log" 2>&1
vvp "$dir/ice40.vvp" > "$dir/ice40.log" 2>&1
[ "$(tail -1 "$dir/ice40.log")" = "0 errors in 20000 cycles" ]

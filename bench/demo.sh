#!/usr/bin/env bash
# The main job, from a trained network to a bitstream, with nothing from outside the project:
# lockstep of cycle model and generated Verilog on ten digits, then Yosys and nextpnr for an iCEBreaker.
#   bench/demo.sh [build/arraysmith]
set -euo pipefail
cd "$(dirname "$0")/.."
tool=${1:-build/arraysmith}
digits=models/digits

echo "== 1. a network: ten test digits through the plain-loops reference"
"$tool" run digits --accel icebreaker --engine reference

echo
echo "== 2. the accelerator: Verilog for an iCEBreaker, and a cycle model that agrees with it on every cycle"
args=()
for n in 0 1 2 3 4 5 6 7 8 9; do
    args+=(--input $digits/inputs/00$n.bin --golden $digits/golden/00$n.bin)
done
"$tool" run digits --accel icebreaker --engine lockstep "${args[@]}" --output build/digits.out
"$tool" gen icebreaker -o build/icebreaker

echo
echo "== 3. what it says"
python3 - $digits/labels.csv build/digits.out <<'PY'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
out = open(sys.argv[2], "rb").read()
for i, row in enumerate(rows[: len(out) // 10]):
    scores = [b - 256 if b > 127 else b for b in out[10 * i : 10 * i + 10]]
    said = scores.index(max(scores))
    print(f"  digit {row['label']}: the accelerator says {said}" + ("" if str(said) == row["label"] else "   wrong"))
PY

echo
echo "== 4. the bitstream (one placement; several minutes)"
"$tool" build icebreaker --seeds 3

echo
echo "Flash it with: $tool flash icebreaker"

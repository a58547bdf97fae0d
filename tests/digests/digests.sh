#!/usr/bin/env bash
# Shows that a change of shape changes nothing: digests of programs and of reports, compared with the
# kept ones.
#
#   tests/digests/digests.sh small|all           compare; exit status 1 and a diff when any differs
#   tests/digests/digests.sh small|all --keep    write the digests that there are now
#
# small: digits and the families (20 s); all: kws, ic, vww and ad too, which need the reference
# models in $ARRAYSMITH_SHARED.  An intended difference is kept in the commit that makes it.
# $DIGESTS_TOOL and $DIGESTS_PROGRAMS name the executables; default those in build/.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
suite=${1:-all}
shared=${ARRAYSMITH_SHARED:-../shared}
tool=${DIGESTS_TOOL:-build/arraysmith}
programs=${DIGESTS_PROGRAMS:-build/tests/program_digests}
kept=tests/digests
out=${DIGESTS_DIR:-build/digests}
mkdir -p $out build/families
build/tests/families build/families >/dev/null

arrays() { # RxC: options of each preset and unnamed movement, as key=value
    ARRAYS_TOOL=$tool tests/arrays.sh all "$1" | sed 's/--set //g'
}
model_of() { ls "$shared/models/$1"/*.tflite; }
cases() { # MODEL...: a case a line
    local model accel options
    for model in "$@"; do
        while read -r options; do echo "$model bench/accels/64-pes.yaml $options"; done < <(
            arrays 3x5
            arrays 8x8)
        for options in "order=[K,C,P,Q]" "order=[C,P,Q,K]" "tile.P=3 tile.K=8" "goal=bytes"; do
            echo "$model bench/accels/16-pes.yaml $options"
        done
        for accel in bench/accels/16-pes.yaml bench/accels/8x8.yaml bench/accels/16x16.yaml; do echo "$model $accel"; done
    done
}
digest() { sha256sum | cut -c1-16; }
report() { # MODEL option...: digests of text, JSON and exit status, without what clock and folder decide
    local status=0
    rm -f $out/report.json
    "$tool" run "$@" --json $out/report.json >$out/report.txt 2>$out/report.err || status=$?
    grep -v 'CPU s' $out/report.txt | sed "s|$shared|../shared|g" >$out/report.cut || true
    grep -vE '"(cpu_seconds|command|program_format)"' $out/report.json 2>/dev/null | sed "s|$shared|../shared|g" >$out/json.cut || true
    echo "$(digest <$out/report.cut) $(digest <$out/json.cut) $status  $(echo "$@" | sed "s|$shared|SHARED|g")"
}
reports() { # MODEL...
    local model options
    for model in "$@"; do
        while read -r options; do
            report "$model" --accel bench/accels/64-pes.yaml $(for set in $options; do echo "--set $set"; done)
        done < <(arrays 8x8)
        report "$model" --accel bench/accels/16-pes.yaml --dataflow all
    done
}

models="digits $(ls build/families/*.tflite)"
programs_of() { cases $models | "$programs"; }
small_reports() {
    reports digits build/families/vit.tflite build/families/shufflenet_v2.tflite
    report digits --accel icebreaker
    report digits --accel icebreaker --stall-percent 30 --stall-seed 7
    report digits --accel icebreaker --set memory.bytes=4096
}
compare() { # name
    if [ "${keep:-}" ]; then cp $out/$1 $kept/$1; else diff $kept/$1 $out/$1 >$out/$1.diff || { head -20 $out/$1.diff; return 1; }; fi
    echo "$(wc -l <$out/$1) digests in $kept/$1${keep:+ kept}"
}
[ "${2:-}" = --keep ] && keep=1
failed=0
programs_of >$out/programs.txt
compare programs.txt || failed=1
small_reports >$out/reports.txt
compare reports.txt || failed=1
if [ "$suite" = all ]; then
    for name in kws ic vww ad; do large="${large:-} $(model_of $name)"; done
    { cases $large; for accel in boards/icebreaker/[!b]*.yaml; do echo "$(model_of kws) $accel"; done; } | "$programs" | sed "s|$shared|SHARED|g" >$out/programs_large.txt
    compare programs_large.txt || failed=1
    reports $(model_of kws) $(model_of ic) $(model_of ad) >$out/reports_large.txt
    compare reports_large.txt || failed=1
fi
exit $failed

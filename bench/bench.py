#!/usr/bin/env python3
"""Prints the numbers of README.md beside what others reach on the same model, chip or job.

    bench/bench.py [--no-build] [build/arraysmith]

1. kws on the iCEBreaker: achieved against ideal cycles, layer by layer
2. the four reference networks: cycles and time
3. simulation speed: cycle model, Verilator, both in lockstep, on a 4x4 and a 16x16 accelerator
4. the same of both in SystemC, at the pins of core.v and behind TLM-2.0
5. the UP5K bitstream: cells, Fmax over 5 seeds (skipped by --no-build)

The reference models are looked for in $ARRAYSMITH_SHARED, default ../shared; without them the digits
model takes their place.  Speeds are CPU seconds of one process on whatever else the machine does.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHARED = os.environ.get("ARRAYSMITH_SHARED", "../shared")
BEST_KNOWN = {  # model: what others measured on the same unmodified model
    "kws": "CFU-Playground on Fomu (UP5K): 25.2 M cycles, 2.10 s at 12 MHz",
    "ic": "Cortex-M7 at 280 MHz: 40.8 ms; nobody on a UP5K",
    "vww": "-",
    "ad": "Cortex-M7 at 480 MHz: 0.53 ms",
}


def model(name):
    """Path, first input and its golden output; None when the reference models are not here."""
    folder = f"{SHARED}/models/{name}"
    if not os.path.isdir(folder):
        return None
    path = next(f for f in sorted(os.listdir(folder)) if f.endswith(".tflite"))
    return f"{folder}/{path}", f"{folder}/inputs/000.bin", f"{folder}/golden/000.bin"


def run(tool, job, accel, engine, *options):
    """The JSON report of one run; stops at the first failure."""
    path, data, golden = job
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = [tool, "run", path, "--accel", accel, "--engine", engine, "--input", data,
                   "--golden", golden, "--json", out.name, *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return json.load(open(out.name))


def title(text):
    print(f"\n== {text}")


def layers(tool, job, label):
    title(f"{label} on the iCEBreaker accelerator (4x4 PEs), cycle model")
    report = run(tool, job, "icebreaker", "model")
    print(f"{'layer':>5}  {'operator':<20}{'MACs':>10}{'cycles':>9}{'ideal':>9}{'MAC/cycle':>11}{'of 16':>8}")
    for layer in report["layers"]:
        rate = layer["macs"] / layer["cycles"]
        print(f"{layer['index']:>5}  {layer['name']:<20}{layer['macs']:>10}{layer['cycles']:>9}"
              f"{layer['ideal_cycles']:>9}{rate:>11.2f}{rate / 16:>8.1%}")
    total = report["totals"]
    print(f"{'':>5}  {'total':<20}{total['macs']:>10}{total['cycles']:>9}{total['ideal_cycles']:>9}"
          f"{total['macs'] / total['cycles']:>11.2f}{total['utilization']:>8.1%}")
    return total["cycles"]


def networks(tool, khz):
    title("reference networks, cycle model, time at the accelerator's clock")
    print(f"{'model':<6}{'accelerator':<24}{'cycles':>10}{'ideal':>10}{'ms':>8}   best known")
    for name in ("kws", "ic", "vww", "ad"):
        job = model(name)
        accel = "icebreaker" if name in ("kws", "ic") else "bench/accels/4x4-large.yaml"
        if not job:
            print(f"{name:<6}skipped: needs {SHARED}/models")
            continue
        total = run(tool, job, accel, "model")["totals"]
        print(f"{name:<6}{os.path.basename(accel):<24}{total['cycles']:>10}{total['ideal_cycles']:>10}"
              f"{total['cycles'] / khz:>8.2f}   {BEST_KNOWN[name]}")


def speeds(tool, job, label):
    title(f"simulation speed on {label}, M cycles per CPU second (median of 3)")
    print(f"{'accelerator':<14}{'model':>8}{'Verilator':>11}{'lockstep':>10}{'model/Verilator':>17}"
          f"{'lockstep/Verilator':>20}")
    for accel in ("icebreaker", "bench/accels/16x16.yaml"):
        rate = {}
        for engine in ("model", "rtl", "lockstep"):
            samples = []
            for _ in range(3):
                sim = run(tool, job, accel, engine)["simulation"]
                samples.append(sim["cycles"] / sim["cpu_seconds"] / 1e6)
            rate[engine] = statistics.median(samples)
        print(f"{os.path.basename(accel):<14}{rate['model']:>8.2f}{rate['rtl']:>11.2f}"
              f"{rate['lockstep']:>10.2f}{rate['model'] / rate['rtl']:>17.2f}"
              f"{rate['lockstep'] / rate['rtl']:>20.2f}")
    print("targets: model >= 1 M/s at 16x16 and >= 3 x Verilator; lockstep >= 0.70 x Verilator")


def platform_rate(program, data, golden, *options):
    """M cycles per CPU second of one run of the platform that has the RTL built in."""
    with tempfile.NamedTemporaryFile() as outputs, tempfile.NamedTemporaryFile(suffix=".json") as report:
        subprocess.run(["build/systemc/rtl/platform", "--accel", "icebreaker", "--program", program, "--input", data,
                        "--output", outputs.name, "--report", report.name, *options], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert open(outputs.name, "rb").read() == open(golden, "rb").read()
        result = json.load(open(report.name))
    return result["inferences"][0]["cycles"] / result["cpu_seconds"] / 1e6


def systemc(tool, job, label):
    title(f"SystemC: {label} on the iCEBreaker accelerator, M cycles per CPU second (median of 3)")
    subprocess.run(["bench/systemc/build.sh", "icebreaker"], check=True, stdout=subprocess.DEVNULL)
    _, data, golden = job
    with tempfile.NamedTemporaryFile() as program:
        run(tool, job, "icebreaker", "model", "--save-program", program.name)
        print(f"{'':<38}{'model':>8}{'RTL':>8}")
        for where, level in (("at pins of core.v", "core"), ("behind TLM-2.0, loosely timed", "lt"),
                             ("behind TLM-2.0, approximately timed", "at")):
            rates = [statistics.median(platform_rate(program.name, data, golden, "--level", level, "--unit", unit)
                                       for _ in range(3)) for unit in ("model", "rtl")]
            print(f"{where:<38}{rates[0]:>8.2f}{rates[1]:>8.2f}")
    print("beside `model` and `Verilator` of the table above, which count the host link's cycles too")


def bitstream(tool, job, kws_cycles):
    title("UP5K bitstream, 5 seeds")
    name = run(tool, job, "icebreaker", "model")["accelerator"]["name"]
    subprocess.run([tool, "build", "icebreaker", "--seeds", "5"], check=True)
    report = json.load(open(f"build/boards/{name}/build.json"))
    fmax = sorted(seed["mhz"] for seed in report["seeds"] if seed["routed"])
    median = statistics.median(fmax)
    print(f"Fmax MHz: median {median:.2f}, {fmax[0]:.2f} to {fmax[-1]:.2f} over {len(fmax)} seeds, "
          f"{report['seeds_closing']} close {report['clock_mhz']:.0f} MHz")
    if kws_cycles:
        print(f"kws: {kws_cycles} cycles = {kws_cycles / median / 1000:.2f} ms at the median Fmax")


def main():
    os.chdir(ROOT)
    options = [a for a in sys.argv[1:] if a.startswith("-")]
    tool = next((a for a in sys.argv[1:] if not a.startswith("-")), "build/arraysmith")
    digits = ("digits", "models/digits/inputs/000.bin", "models/digits/golden/000.bin")
    job, label = (model("kws"), "kws") if model("kws") else (digits, "digits")
    cycles = layers(tool, job, label)
    networks(tool, 24000)
    speeds(tool, job, label)
    systemc(tool, job, label)
    if "--no-build" not in options:
        bitstream(tool, job, cycles if label == "kws" else None)


if __name__ == "__main__":
    main()

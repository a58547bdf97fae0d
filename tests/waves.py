#!/usr/bin/env python3
"""Laws of `run --wave`, on a window of digits, read back from the files.

    tests/waves.py vcd [OPTION...]    model, RTL and both in lockstep write the same values under the same names
    tests/waves.py fst [OPTION...]    an FST has those names and values too; needs fst2vcd (of GTKWave)

OPTIONs are of `run`, for another array.

The window lies in the middle of a second inference, so that registers that no reset sets have been written.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.environ.get("ARRAYSMITH", "build/arraysmith")
CYCLES = 300
RUN = [TOOL, "run", "digits", "--accel", "icebreaker", "--stall-percent", "10", "--input", "models/digits/inputs/000.bin",
       "--input", "models/digits/inputs/001.bin", *sys.argv[2:]]
PLACE = "cosim.cosim_top.u_system."


def read_vcd(path):
    """Scope and name of each signal -> its value in every cycle of the window, as a number; x is 0."""
    names, scope, now, cycles = {}, [], {}, {}
    lines = open(path)
    for line in lines:
        words = line.split() or [""]
        if words[0] == "$scope":
            scope.append(words[2])
        elif words[0] == "$upscope":
            scope.pop()
        elif words[0] == "$var":
            names.setdefault(words[3], []).append(".".join(scope + [re.sub(r"\[.*", "", words[4])]))
        elif words[0] == "$enddefinitions":
            break
    cycle = None
    for line in lines:
        if not line.strip():
            continue
        if line[0] == "#":
            if cycle is not None and cycle % 2 == 0:
                cycles[cycle // 2] = dict(now)
            cycle = int(line[1:])
        elif line[0] == "b":
            value, name = line[1:].split()
            now[name] = int(value.replace("x", "0"), 2)
        elif line[0] in "01xz":
            now[line[1:].rstrip("\n")] = int(line[0] == "1")
    assert cycle == 2 * LAST + 1, f"{path}: ends at time {cycle}, expected {2 * LAST + 1}"
    assert sorted(cycles) == list(range(FIRST, LAST + 1)), f"{path}: has cycles {min(cycles)}..{max(cycles)}"
    return {name: [cycles[c][i] for c in sorted(cycles)] for i, of in names.items() for name in of}


def middle(folder):
    """A cycle in the middle of the last inference."""
    subprocess.run([*RUN, "--json", f"{folder}/report.json"], stdout=subprocess.DEVNULL, check=True)
    simulation = json.load(open(f"{folder}/report.json"))["simulation"]
    return simulation["cycles"] - simulation["inference_cycles"][-1] // 2


def run(folder, engine, name):
    path = f"{folder}/{name}"
    subprocess.run([*RUN, "--engine", engine, "--wave", path, "--wave-window", f"{FIRST}:{LAST}"],
                   stdout=subprocess.DEVNULL, check=True)
    return path


def below(signals, place):
    return {name[len(place):]: values for name, values in signals.items() if name.startswith(place)}


def expect_equal(have, want, what):
    assert sorted(have) == sorted(want), f"{what}: names differ: {sorted(set(have) ^ set(want))[:8]}"
    for name, values in want.items():
        for cycle, (a, b) in enumerate(zip(have[name], values)):
            assert a == b, f"{what}: {name} differs in cycle {FIRST + cycle}: {a:#x}, {b:#x}"


def expect_arranged(path, signals):
    """The .gtkw beside a VCD lists each of its signals once, but for the clock."""
    lines = open(os.path.splitext(path)[0] + ".gtkw").read().split("\n")
    listed = [re.sub(r"\[\d+:0\]$", "", line) for line in lines if "u_system." in line]
    assert sorted(listed) == sorted(n for n in signals if not n.endswith(".clk_i")), f"{path}: .gtkw lists others"
    groups = [line[1:] for line in lines if line.startswith("-")]
    assert all(groups.count(name) % 2 == 0 for name in groups), groups


def check_vcd(folder):
    paths = [run(folder, engine, f"{engine}.vcd") for engine in ("model", "rtl", "lockstep")]
    model, rtl, both = (read_vcd(path) for path in paths)
    for path, signals in zip(paths, (model, rtl, both)):
        expect_arranged(path, signals)
    model = below(model, PLACE)
    changing = sum(len(set(values)) > 1 for values in model.values())
    assert changing > 80, f"only {changing} signals change"
    expect_equal(below(rtl, PLACE), model, "RTL and model")
    expect_equal(below(both, "rtl.u_system."), below(both, "model.u_system."), "RTL and model in lockstep")
    expect_equal(below(both, "model.u_system."), model, "model in lockstep and alone")


def check_fst(folder):
    model = below(read_vcd(run(folder, "model", "model.vcd")), PLACE)
    run(folder, "rtl", "rtl.fst")
    subprocess.run(["fst2vcd", f"{folder}/rtl.fst", "-o", f"{folder}/rtl.vcd"], check=True)
    rtl = below(read_vcd(f"{folder}/rtl.vcd"), PLACE)
    del model["clk_i"]  # falls where that of a VCD rises
    expect_equal({name: rtl.get(name) for name in model}, model, "FST of the RTL and model")


with tempfile.TemporaryDirectory() as scratch:
    FIRST = middle(scratch)
    LAST = FIRST + CYCLES
    {"vcd": check_vcd, "fst": check_fst}[sys.argv[1]](scratch)

#!/usr/bin/env python3
"""Checks that code depends downwards only: includes and link references between rooms.

    tests/arrows.py [--list]      --list prints every arrow between two rooms

A room is a folder of C sources.  FLOORS lists the rooms from the ground up: a room may use rooms
below its own line and nothing else of its line or above, except what SIDEWAYS allows.  Includes are read from
the sources, link references from the objects in build/obj (by nm), so that a header which declares
what a higher room defines does not hide an arrow.
"""
import collections
import glob
import os
import re
import subprocess
import sys

FLOORS = """
base
models
models/arith
models/lower
models/import/onnx
models/import/tflite
models/import
gen/regmap
gen/config
gen/program
gen/emit
sim/blocks
sim/run
sim/timing
sim/reference
sim/host
sim/cosim
sim/systemc
sim/engines
sim/report
dataflows/presets
dataflows/schedule
dataflows/mapper
dataflows/layers
dataflows
boards/family
boards/family/ice40
boards/flow
cli
""".split()

# dataflows and boards stand side by side: neither knows the other.
APART = [("boards", "dataflows"), ("boards", "sim"), ("boards", "models")]


def room_of(path):
    return os.path.dirname(path)


def allowed(a, b):
    if a == b:
        return True
    if any(a.startswith(x) and b.startswith(y) for x, y in APART):
        return False
    return FLOORS.index(b) < FLOORS.index(a)


def sources():
    found = []
    for top in ("base", "models", "gen", "sim", "dataflows", "boards", "cli"):
        for pattern in ("*.c", "*.h", "*.def"):
            found += glob.glob(f"{top}/**/{pattern}", recursive=True)
    return sorted(found)


def include_arrows(files):
    known = set(files)
    for path in files:
        for number, line in enumerate(open(path), 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if match and match[1] in known:
                yield path, match[1], f"{path}:{number} includes {match[1]}"


def link_arrows(files):
    defined, wanted = {}, []
    for path in files:
        if not path.endswith(".c"):
            continue
        target = f"build/obj/{path[:-2]}.o"
        if not os.path.exists(target):
            sys.exit(f"{target} is missing: run make first")
        for line in subprocess.run(["nm", target], capture_output=True, text=True, check=True).stdout.splitlines():
            *_, kind, name = line.split()
            if kind in "TDBRC":
                defined[name] = path
            elif kind == "U":
                wanted.append((path, name))
    for path, name in wanted:
        if name in defined:
            yield path, defined[name], f"{path} calls {name} of {defined[name]}"


def main():
    files = sources()
    lost = sorted({room_of(f) for f in files} - set(FLOORS))
    for room in lost:
        print(f"{room}/ is no room of tests/arrows.py")
    wrong = list(lost)
    arrows = collections.Counter()
    if not lost:
        for kind, found in (("include", include_arrows(files)), ("link", link_arrows(files))):
            for a, b, what in found:
                if room_of(a) != room_of(b):
                    arrows[room_of(a), room_of(b), kind] += 1
                if not allowed(room_of(a), room_of(b)):
                    wrong.append(what)
                    print(f"upwards: {what}")
    if "--list" in sys.argv:
        for (a, b, kind), count in sorted(arrows.items()):
            print(f"{a:24} -> {b:24} {kind:8} {count}")
    print(f"{len(FLOORS)} rooms, {len(arrows)} arrows between them, {len(wrong)} of them wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Runs a suite and prints one line per check and a closing line `N passed, N failed, N skipped`.

    tests/run.py quick|check|long UNIT-TEST-BINARY...
    tests/run.py only SUITE...          suites of tests/cases.csv

quick: unit tests, every block against its Verilog, networks in lockstep, the timing engine beside the
       cycle model, the program installed, the SystemC platform, the folder that gen writes, waveforms and timelines
check: the same, and format, lint, arrows, digests, sanitizers
long:  the same, and every input of every model, 10,000 timed layers a dataflow, 100,000 mutated inputs, every RTL mutant

Logs are in build/logs.  Checks that need the reference models look for them in $ARRAYSMITH_SHARED
(default ../shared) and are skipped by name when they are not there.
"""
import csv
import glob
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
import zlib

os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.setdefault("ARRAYSMITH_SHARED", "../shared")
TOOL = "build/arraysmith"
LOGS = "build/logs"
JOBS = 2
counts = {"passed": 0, "failed": 0, "skipped": 0}
printing = threading.Lock()


class Check:
    """One command, judged by its exit status (77: cannot be had on this machine, skipped), or as Criterion's
    by the tests it counts.

    Checks of one `key` build the same thing first and do not run side by side.
    """

    def __init__(self, name, argv, criterion=False, env=None, key=None):
        self.name, self.argv, self.criterion, self.env, self.key = name, argv, criterion, env, key

    def run(self):
        log = f"{LOGS}/{re.sub('[^A-Za-z0-9]', '_', self.name)[:120]}_{zlib.crc32(self.name.encode()):08x}.log"
        start = time.monotonic()
        with open(log, "w") as out:
            try:
                status = subprocess.run(self.argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                        env={**os.environ, **(self.env or {})}, check=False).returncode
            except OSError as error:  # no such program
                print(error, file=out)
                status = -1
        seconds = time.monotonic() - start
        with printing:
            if self.criterion:
                self.report_criterion(status, log, seconds)
            elif status == 77:
                skip(f"{self.name}: {open(log, errors='replace').read().strip().splitlines()[-1]}")
            else:
                self.report(self.name, status == 0, log, seconds)
                counts["passed" if status == 0 else "failed"] += 1

    def report(self, text, good, log, seconds):
        print(f"{'ok' if good else 'FAIL':4} {seconds:5.0f}s  {text}", flush=True)
        if not good:
            print(f"     --- end of {log} ---")
            for line in open(log, errors="replace").read().split("\n")[-26:-1]:
                print("     " + line)

    def report_criterion(self, status, log, seconds):
        """A run without a closing line, or with no test at all, is a failure of its own."""
        text = re.sub(r"\x1b\[[0-9;]*m", "", open(log, errors="replace").read())
        closing = re.findall(r"Synthesis: Tested: (\d+) \| Passing: (\d+)", text)
        tested, passing = (sum(int(line[i]) for line in closing) for i in (0, 1))
        good = tested > 0 and tested == passing and status == 0
        self.report(f"{self.name} ({tested} tests)" if good else
                    f"{self.name} ({passing} of {tested} tests passed, exit status {status})", good, log, seconds)
        counts["passed"] += passing
        counts["failed"] += 0 if good else max(tested - passing, 1)
        for line in re.findall(r"^\[SKIP\](.*)$", text, re.M):
            print(f"skip        {line}")
            counts["skipped"] += 1


def skip(name):
    print(f"skip         {name}")
    counts["skipped"] += 1


def run_all(checks, jobs=JOBS):
    """Runs checks `jobs` at a time, in order as far as their keys allow."""
    waiting, running, changed = list(checks), [], threading.Condition()

    def work():
        while True:
            with changed:
                while True:
                    check = next((c for c in waiting if c.key is None or c.key not in running), None)
                    if check or not waiting:
                        break
                    changed.wait()
                if not check:
                    return
                waiting.remove(check)
                running.append(check.key)
            check.run()
            with changed:
                running.remove(check.key)
                changed.notify_all()

    threads = [threading.Thread(target=work) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# ---- the lines of tests/cases.csv ----


def dataflows():
    """The names of the presets, as `list dataflows` prints them."""
    lines = subprocess.run([TOOL, "list", "dataflows"], capture_output=True, text=True, check=True).stdout.split("\n")
    return [line.split()[0] for line in lines[1:lines.index("")]]


def arrays(text):
    """The option lists that the column `arrays` stands for."""
    if not text:
        return [[]]
    lines = subprocess.run(["tests/arrays.sh", *text.split()], capture_output=True, text=True, check=True).stdout
    return [line.split() for line in lines.splitlines()]


def model_files(model, count):
    """Path, inputs and golden outputs of a model; None when the reference models are not here."""
    stem = os.path.splitext(model)[0]
    if os.path.exists(f"{stem}.gold"):
        return model, [f"{stem}.in"], [f"{stem}.gold"]
    if model.endswith(".tflite"):
        return model, [f"{stem}.bin"], [f"tests/golden/families/{os.path.basename(stem)}.bin"]
    folder = "models/digits" if model == "digits" else f"{SHARED}/models/{model}"
    path = ["digits"] if model == "digits" else glob.glob(f"{folder}/*.tflite")
    numbers = [f"{n:03}.bin" for n in range(count)]
    return path and (path[0], [f"{folder}/inputs/{n}" for n in numbers], [f"{folder}/golden/{n}" for n in numbers])


def lockstep(model, accel, array, count, options):
    name = f"lockstep {os.path.basename(model)}, {count} inputs, {os.path.basename(accel)} {' '.join(array + options)}"
    files = model_files(model, count)
    if not files:
        return skip(f"{name}: needs {SHARED}/models/{model}")
    path, inputs, golden = files
    pairs = [f(x) for x in zip(inputs, golden) for f in (lambda x: f"--input={x[0]}", lambda x: f"--golden={x[1]}")]
    return Check(name, [TOOL, "run", path, "--accel", accel, "--engine", "lockstep", *pairs, *array, *options],
                 key=" ".join([accel, *array]))


def randoms(configs, cases, options):
    for name in dataflows() + ["custom"]:
        yield Check(f"random lockstep {name}, {configs} accelerators, {cases} cases, seed 1",
                    ["build/tests/random", "--dataflow", name, "--configs", configs, "--cases", cases, *options],
                    env={"ARRAYSMITH_RTL_OPT": "-O1"})


def expand(words):
    """Words, with the files that each pattern stands for in place of it."""
    return list(itertools.chain.from_iterable(sorted(glob.glob(w)) if "*" in w else [w] for w in words.split()))


def cases(*suites):
    lines = (line for line in open("tests/cases.csv") if not line.startswith("#"))
    for row in csv.DictReader(lines):
        if row["suite"] not in suites:
            continue
        options = shlex.split(row["options"])
        if row["model"] == "random":
            yield from randoms(row["accelerator"], row["inputs"], options)
            continue
        if "build/families/" in row["model"]:
            os.makedirs("build/families", exist_ok=True)
            writer = ["build/tests/families", "build/families"]
            try:
                subprocess.run(writer, stdout=subprocess.DEVNULL, check=True)
            except (OSError, subprocess.CalledProcessError):
                yield Check("the networks of tests/families", writer)
        for accel, array, model in itertools.product(expand(row["accelerator"]), arrays(row["arrays"]),
                                                     expand(row["model"])):
            check = lockstep(model, accel, array, int(row["inputs"]), options)
            if check:
                yield check


# ---- the timing engine ----


def timings(configs, layers, sizes, models):
    """Random layers on random accelerators, and whole networks on every preset, beside the cycle model."""
    for name in dataflows() + ["custom"]:
        yield Check(f"timing {name}: {layers} random layers on {configs} accelerators count as the cycle model does",
                    ["build/tests/timing", "random", "--dataflow", name, "--configs", str(configs), "--cases", str(layers)])
    for model in models:
        name = f"timing {model}: every preset counts as the cycle model does, {sizes} PEs"
        paths = sorted(glob.glob("build/families/*.tflite")) if model == "families" else \
            [path for path, *_ in filter(None, [model_files(model, 1)])]
        if paths:
            yield Check(name, ["tests/timing/programs.sh", *sizes.split(), "--", *paths])
        else:
            skip(f"{name}: needs {SHARED}/models/{model}")


# ---- the other checks ----


def units(binaries):
    return [Check(f"unit {os.path.relpath(path, 'build/tests')}", [path, "--verbose"], criterion=True)
            for path in binaries]


def blocks():
    ports = sorted(glob.glob("tests/cosim/ports/*.def"), key=os.path.getsize, reverse=True)
    names = [os.path.basename(path)[:-len(".def")] for path in ports]
    return [Check(f"block {name}", ["tests/cosim/block.sh", "run", name], criterion=True) for name in names]


def lint(accel):
    name = os.path.basename(accel).removesuffix(".yaml")
    subprocess.run([TOOL, "gen", accel, "-o", f"build/lint/{name}"], stdout=subprocess.DEVNULL, check=False)
    return Check(f"lint {name} in four tools", ["tests/lint.sh", f"build/lint/{name}"])


def gates(suite):
    """What `make check` adds; `make check-long` compares the reference models' digests too."""
    sources = [path for room in "base models gen sim dataflows boards cli".split()
               for path in glob.glob(f"{room}/**/*.[ch]", recursive=True)]
    amount = "all" if suite == "long" and os.path.isdir(f"{SHARED}/models/kws") else "small"
    os.makedirs("build/lint", exist_ok=True)
    yield Check("layout of the C sources", ["clang-format", "--dry-run", "-Werror", *sources])
    yield Check("includes and link references point downwards", ["tests/arrows.py"])
    yield Check("timelines: the package perfetto reads the same", [".venv/bin/python", "tests/timeline.py", "perfetto"])
    yield Check("files that documents and comments name are there", ["tests/documents.py"])
    yield Check("docs/systemc.md, followed command by command", ["tests/systemc/document.sh"])
    yield Check("programs and reports equal their kept digests", ["tests/digests/digests.sh", amount])
    for accel in ("icebreaker", "bench/accels/3x5.yaml", "bench/accels/8x8.yaml", "bench/accels/16x16.yaml"):
        yield lint(accel)


def folders():
    """What `gen --model` writes for each preset, run by its own Makefile."""
    for options, model in itertools.product(arrays("presets 4x4"), ("digits", "kws")):
        name = f"the folder of gen tests itself at another place: {model} {' '.join(options)}"
        files = model_files(model, 1)
        if files:
            path, inputs, _ = files
            yield Check(name, ["tests/folder.sh", path, "bench/accels/4x4-large.yaml", *options, f"--input={inputs[0]}"])
        else:
            skip(f"{name}: needs {SHARED}/models/{model}")


def fusesoc():
    """Targets of the .core that `gen` writes, in FuseSoC from PyPI; the board's needs its tools on PATH."""
    os.makedirs("build", exist_ok=True)
    with open(f"{LOGS}/fusesoc_ready.log", "w") as log:
        ready = subprocess.run(["tests/fusesoc.sh", "ready"], stdout=log, stderr=log, check=False).returncode == 0
    for target, tools in (("lint", []), ("sim", []), ("icebreaker", ["yosys", "nextpnr-ice40", "icepack"])):
        name = f"FuseSoC: target {target} of the iCEBreaker's accelerator"
        missing = [tool for tool in tools if not shutil.which(tool)]
        if ready and not missing:
            yield Check(name, ["tests/fusesoc.sh", target])
        else:
            skip(f"{name}: needs {', '.join(missing) or 'fusesoc from PyPI'}")


def tflm():
    """TensorFlow Lite for Microcontrollers on networks drawn anew."""
    name = "1,000 random networks give the bytes of TFLM"
    with open(f"{LOGS}/tflm_ready.log", "w") as log:
        ready = subprocess.run(["tests/pypi.sh", "piptflm", "build/tflm"], stdout=log, stderr=log, check=False)
    if ready.returncode == 0:
        yield Check(name, ["build/tflm/bin/python", "tests/tflm.py", "1000"])
    else:
        skip(f"{name}: needs tflite-micro from PyPI")


def onnxruntime():
    """onnxruntime on networks drawn and quantized anew."""
    name = "300 random ONNX networks give the bytes of onnxruntime"
    with open(f"{LOGS}/onnx_ready.log", "w") as log:
        ready = subprocess.run(["tests/pypi.sh", "piponnx", "build/onnx"], stdout=log, stderr=log, check=False)
    if ready.returncode == 0:
        yield Check(name, ["build/onnx/bin/python", "tests/ort.py", "300"])
    else:
        skip(f"{name}: needs onnxruntime from PyPI")


def slow_gates():
    """What `make check-long` adds."""
    kws = glob.glob(f"{SHARED}/models/kws/*.tflite")
    accels = glob.glob("boards/icebreaker/[!b]*.yaml") + glob.glob("bench/accels/*.yaml") + glob.glob("tests/fuzz/*.yaml")
    yield Check("lint of 203 random accelerators in four tools", ["tests/lint_random.sh", "29"])
    yield Check("100,000 mutated model files", ["build/fuzz/fuzz_model", "1", "100000", "models/digits/digits.tflite",
                                                *glob.glob("build/families/*.tflite"),
                                                "tests/golden/cases/stream.tflite", *kws])
    yield Check("100,000 mutated ONNX files", ["build/fuzz/fuzz_model", "1", "100000", *glob.glob("tests/golden/onnx/*.onnx")])
    yield Check("100,000 mutated configurations", ["build/fuzz/fuzz_config", "1", "100000", *accels])
    yield Check("every mutant of the RTL and of the timing engine is killed", ["tests/mutants.sh"])


def platforms():
    """The reference models in the SystemC platform; newer tools."""
    yield Check("lockstep on Verilator 5.048, SystemC modules against SystemC 3.0.2", ["tests/systemc/newer.sh"])
    for model in ("kws", "ic"):
        name = f"SystemC: {model} in model and RTL, at pins and behind TLM-2.0"
        if model_files(model, 1):
            yield Check(name, ["tests/systemc/platform.sh", model])
        else:
            skip(f"{name}: needs {SHARED}/models/{model}")


def main():
    started = time.monotonic()
    if len(sys.argv) < 2 or sys.argv[1] not in ("quick", "check", "long", "only"):
        sys.exit(__doc__)
    suite, rest = sys.argv[1], sys.argv[2:]
    os.makedirs(LOGS, exist_ok=True)
    if suite == "only":
        run_all(cases(*rest))
    else:
        run_all(units(rest), jobs=1)  # each runs its tests side by side
        run_all(blocks())
        install = Check("installed, used from another folder, removed", ["tests/install.sh"])
        systemc = [Check("SystemC: the sockets keep the rules of TLM-2.0", ["build/systemc/test_tlm", "--verbose"], criterion=True),
                   Check("SystemC: digits in model and RTL, at pins and behind TLM-2.0", ["tests/systemc/platform.sh", "digits"])]
        waves = [Check("waveforms of model and RTL: the same values under the same names", ["tests/waves.py", "vcd"]),
                 Check("timelines: slices nest, their sums are the report's", ["tests/timeline.py"])]
        if shutil.which("fst2vcd"):
            waves += [Check("waveforms: an FST has them too", ["tests/waves.py", "fst"])]
        else:
            skip("waveforms: an FST has them too: needs fst2vcd, of GTKWave")
        apply = Check("every mutant can still be made", ["tests/mutants.sh", "apply"])
        run_all([apply, install, *systemc, *waves, *cases("networks", "families", "randoms"),
                 *timings(17, 170, "3x5", ["digits", "families"])])
    if suite in ("check", "long"):
        run_all(gates(suite), jobs=1)
        run_all([Check("unit tests under the sanitizers", ["tests/sanitized.sh"])], jobs=1)
    if suite == "long":
        run_all(cases("long-randoms"))
        run_all(cases("matrix", "sizes"))
        run_all(timings(400, 10000, "3x5 6x7 8x8", ["digits", "families", "kws", "ic", "vww", "ad"]))
        run_all(Check(f"waveforms of model and RTL, {name}", ["tests/waves.py", "vcd", "--dataflow", name]) for name in dataflows())
        run_all(folders())
        run_all(platforms(), jobs=1)  # they build the same platform
        run_all(fusesoc(), jobs=1)
        run_all(tflm(), jobs=1)
        run_all(onnxruntime(), jobs=1)
        run_all(slow_gates(), jobs=1)
    print(f"took {time.monotonic() - started:.0f} s")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())

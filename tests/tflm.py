#!/usr/bin/env python3
"""Compares arraysmith with TensorFlow Lite for Microcontrollers, byte for byte.

    tests/tflm.py N              N random networks of build/tests/families
    tests/tflm.py MODEL INPUT    one network and a file of its inputs, of several frames where it has state

Needs a Python with the PyPI packages tflite-micro and numpy.
"""
import contextlib
import glob
import os
import subprocess
import sys
import tempfile

import numpy
from tflite_micro.python.tflite_micro import runtime

os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = "build/arraysmith"


def tensors(get):
    """get(0), get(1), ... until there is none."""
    index = 0
    with contextlib.suppress(IndexError, RuntimeError, ValueError):
        while True:
            yield get(index)
            index += 1


def invoke(model, data, out):
    """Writes the outputs one after the other, of every frame of the inputs."""
    interpreter = runtime.Interpreter.from_file(model, arena_size=16 << 20)
    inputs = list(tensors(interpreter.get_input_details))
    at = 0
    with open(out, "wb") as file:
        while at < len(data):
            for index, details in enumerate(inputs):
                dtype = numpy.dtype(details["dtype"])
                count = int(numpy.prod(details["shape"]))
                values = numpy.frombuffer(data, dtype, count, at).reshape(details["shape"])
                interpreter.set_input(values, index)
                at += count * dtype.itemsize
            interpreter.invoke()
            for output in tensors(interpreter.get_output):
                file.write(output.tobytes())


def tflm(model, path, out):
    """The outputs; None where TFLM refuses the model, which may end the process."""
    child = os.fork()
    if child == 0:
        status = 1
        with contextlib.suppress(Exception), open(path, "rb") as file:
            sys.stdout.flush()
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # it prints where an index ends
            os.dup2(1, 2)
            invoke(model, file.read(), out)
            status = 0
        os._exit(status)
    if os.waitpid(child, 0)[1] != 0:
        return None
    with open(out, "rb") as file:
        return file.read()


def arraysmith(model, path, out):
    """The outputs; or why the network is refused."""
    done = subprocess.run([TOOL, "run", model, "--engine", "reference", "--input", path, "--output", out],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return done.stderr.strip()
    with open(out, "rb") as file:
        return file.read()


def compare(model, path, out):
    """None when equal, "refused" when either refuses, else the difference."""
    want = tflm(model, path, out)
    have = arraysmith(model, path, out)
    if want is None or isinstance(have, str):
        return f"refused: {'by TFLM' if want is None else have}"
    if have == want:
        return None
    at = next((i for i, (a, b) in enumerate(zip(have, want)) if a != b), min(len(have), len(want)))
    return f"DIFFERS at byte {at} of {len(want)}"


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) == 3:
            pairs = [(sys.argv[1], sys.argv[2])]
        else:
            subprocess.run(["build/tests/families", folder, sys.argv[1]], check=True)
            pairs = [(path, path[:-len("tflite")] + "bin") for path in sorted(glob.glob(f"{folder}/*.tflite"))]
        results = {"equal": 0, "refused": 0, "DIFFERS": 0}
        for model, path in pairs:
            result = compare(model, path, f"{folder}/out")
            results["equal" if result is None else result.split()[0].rstrip(":")] += 1
            if result:
                print(f"{os.path.basename(model)}: {result}")
        print(", ".join(f"{count} {word}" for word, count in results.items()))
        return 1 if results["DIFFERS"] or results["equal"] < len(pairs) * 3 // 4 else 0


if __name__ == "__main__":
    sys.exit(main())

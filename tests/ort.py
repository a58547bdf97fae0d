#!/usr/bin/env python3
"""Compares arraysmith with onnxruntime, byte for byte.

    tests/ort.py N [SEED]             N random networks, quantized by onnxruntime, besides those that are refused
    tests/ort.py keep FOLDER SEED...  the networks of these seeds with inputs and outputs, as FOLDER/SEED.onnx, .in, .gold

onnxruntime runs as it does by default, but that networks of int8 activations are integer kernels too
(session.qdqisint8allowed).  Needs a Python with the PyPI packages onnx, onnxruntime and numpy.
"""
import logging
import os
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = "build/arraysmith"
INFERENCES = 3
MACHINE = ["--engine", "model", "--accel", "bench/accels/64-pes.yaml", "--set", "requant.float=1"]  # every fourth network
logging.disable(logging.WARNING)
onnxruntime.set_default_logger_severity(4)


class Net:
    """A random network of floats: nodes are drawn one after the other."""

    def __init__(self, rng):
        self.rng, self.nodes, self.constants, self.count = rng, [], [], 0
        self.one_sided = False  # a signal of one dimension

    def pick(self, *choices):
        return choices[self.rng.integers(len(choices))]

    def chance(self, part):
        return self.rng.random() < part

    def constant(self, values):
        name = f"k{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def weights(self, *shape, scale=None):
        fan = numpy.prod(shape[1:]) if len(shape) > 1 else 4
        return self.constant((self.rng.standard_normal(shape) * (scale or 1.2 / numpy.sqrt(fan))).astype(numpy.float32))

    def ints(self, *values):
        return self.constant(numpy.array(values, numpy.int64))

    def node(self, op, inputs, **attributes):
        self.count += 1
        out = f"t{self.count}"
        self.nodes.append(helper.make_node(op, inputs, [out], name=f"n{self.count}", **attributes))
        return out

    # ---- what is drawn; x is (name, shape) ----

    def conv(self, x):
        name, shape = x
        c, sides = shape[1], shape[2:]
        groups = self.pick(1, 1, 1, c, *[g for g in (2, 3) if c % g == 0])
        k = groups * int(self.rng.integers(1, max(2, 13 // groups)))
        kernel = [int(self.rng.integers(1, min(4, s) + 1)) for s in sides]
        dilations = [self.pick(1, 1, 2) if (r - 1) * 2 < s else 1 for r, s in zip(kernel, sides)]
        strides = [self.pick(1, 1, 2, 3) for _ in sides]
        span = [(r - 1) * d + 1 for r, d in zip(kernel, dilations)]
        options = {"kernel_shape": kernel, "strides": strides, "dilations": dilations, "group": groups}
        rule = self.pick("pads", "pads", "VALID", "SAME_UPPER", "SAME_LOWER", None)
        pads = [0] * (2 * len(sides))
        if rule == "pads":
            pads = options["pads"] = [int(self.rng.integers(0, max(1, s))) for s in span + span]
        elif rule and max(dilations) == 1:
            options["auto_pad"] = rule
        if options.get("auto_pad", "").startswith("SAME"):
            out = [-(-s // t) for s, t in zip(sides, strides)]
        else:
            out = [(s + pads[i] + pads[len(sides) + i] - span[i]) // strides[i] + 1 for i, s in enumerate(sides)]
        inputs = [name, self.weights(k, c // groups, *kernel)]
        if self.chance(0.8):
            inputs.append(self.weights(k, scale=0.3))
        return self.activation((self.node("Conv", inputs, **options), [shape[0], k, *out]))

    def activation(self, x):
        name, shape = x
        kind = self.pick("Relu", "Relu", "Clip", "LeakyRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", None, None, None)
        if kind == "Clip":
            bounds = [self.constant(numpy.array(v, numpy.float32)) for v in (0, self.pick(6, 1.5))]
            return self.node("Clip", [name, *bounds]), shape
        options = {"LeakyRelu": {"alpha": self.pick(0.1, 0.01, 0.3)}}.get(kind, {})
        if kind == "HardSwish" and self.opset < 14:
            kind = "Sigmoid"
        return (self.node(kind, [name], **options), shape) if kind else x

    def max_pool(self, x):
        name, shape = x
        kernel = [int(self.rng.integers(1, min(3, s) + 1)) for s in shape[2:]]
        strides = [self.pick(1, 2, 2) for _ in kernel]
        pads = [int(self.rng.integers(0, k)) // 2 for k in kernel + kernel]
        ceil = self.pick(0, 0, 1) if max(pads) == 0 else 0
        out = []
        for i, s in enumerate(shape[2:]):
            room = s + pads[i] + pads[len(kernel) + i] - kernel[i]
            p = room // strides[i] + 1
            if ceil and room % strides[i] and p * strides[i] < s + pads[i]:
                p += 1
            out.append(p)
        return self.node("MaxPool", [name], kernel_shape=kernel, strides=strides, pads=pads, ceil_mode=ceil), [*shape[:2], *out]

    def average_pool(self, x):
        """An odd number of values: of an even one onnxruntime's order of additions decides ties."""
        name, shape = x
        kernel = [self.pick(*[k for k in (1, 3, 5) if k <= s]) for s in shape[2:]]
        strides = [self.pick(1, 2) for _ in kernel]
        pads = [self.pick(0, 0, k // 2) for k in kernel + kernel]
        out = [(s + pads[i] + pads[len(kernel) + i] - kernel[i]) // strides[i] + 1 for i, s in enumerate(shape[2:])]
        return self.node("AveragePool", [name], kernel_shape=kernel, strides=strides, pads=pads, count_include_pad=1), [*shape[:2], *out]

    def two(self, x):
        """Add, Mul, Sub of x and another one of its shape, or a constant."""
        name, shape = x
        op = self.pick("Add", "Add", "Add", "Mul", "Sub")
        kind = self.pick("branch", "branch", "channel", "scalar", "self")
        if kind == "branch":
            other = self.node("Conv", [name, self.weights(shape[1], shape[1], *[1] * len(shape[2:]))]) \
                if len(shape) > 2 else self.node("Gemm", [name, self.weights(shape[1], shape[1])])
        elif kind == "channel":
            other = self.weights(1, shape[1], *[1] * len(shape[2:]), scale=0.7)
        elif kind == "scalar":
            other = self.constant(numpy.array(self.rng.standard_normal() + 1.5, numpy.float32))
        else:
            other = name
            op = self.pick("Add", "Mul")
        return self.node(op, [name, other] if self.chance(0.7) else [other, name]), shape

    def concat(self, x):
        name, shape = x
        axis = 1
        k = int(self.rng.integers(1, 5))
        other = self.node("Conv", [name, self.weights(k, shape[1], *[1] * len(shape[2:]))])
        return self.node("Concat", [name, other], axis=axis), [shape[0], shape[1] + k, *shape[2:]]

    def move(self, x):
        name, shape = x
        kind = self.pick("slice", "transpose", "reshape", "pad", "resize", "split", "squeeze")
        if kind == "squeeze" and self.opset > 12:
            y = self.node("Unsqueeze", [name, self.ints(1)])
            return (self.node("Squeeze", [y, self.ints(1)]) if len(shape) > 3 or self.chance(0.5) else y), \
                shape if len(shape) > 3 or self.nodes[-1].op_type == "Squeeze" else [shape[0], 1, *shape[1:]]
        if kind == "pad":
            pads = [0, *[int(v) for v in self.rng.integers(0, 3, len(shape) - 1)]]
            pads += [0, *[int(v) for v in self.rng.integers(0, 3, len(shape) - 1)]]
            inputs = [name, self.ints(*pads)]
            return self.node("Pad", inputs), [s + pads[i] + pads[len(shape) + i] for i, s in enumerate(shape)]
        if kind == "resize" and len(shape) == 4 and max(shape) < 12:
            by = [self.pick(1, 2, 3), self.pick(1, 2)]
            ways = self.pick({"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}, {})
            scales = self.constant(numpy.array([1, 1, *by], numpy.float32))
            return self.node("Resize", [name, "", scales], mode="nearest", **ways), [*shape[:2], shape[2] * by[0], shape[3] * by[1]]
        if kind == "split" and shape[1] > 1:
            k = int(self.rng.integers(1, shape[1]))
            sizes = {"split": [k, shape[1] - k]} if self.opset < 13 else {}
            first = self.node("Split", [name] if sizes else [name, self.ints(k, shape[1] - k)], axis=1, **sizes)
            self.nodes[-1].output.append(first + "b")
            rest = self.node("Sigmoid", [first + "b"])
            parts = [first, rest] if self.chance(0.5) else [rest, first]
            return self.node("Concat", parts, axis=1), shape
        if kind == "slice":
            axis = int(self.rng.integers(1, len(shape)))
            begin = int(self.rng.integers(0, shape[axis]))
            step = self.pick(1, 1, 2)
            out = list(shape)
            out[axis] = len(range(begin, shape[axis], step))
            return self.node("Slice", [name, self.ints(begin), self.ints(2**31), self.ints(axis), self.ints(step)]), out
        if kind == "transpose":
            perm = [0, *[int(i) for i in 1 + self.rng.permutation(len(shape) - 1)]]
            return self.node("Transpose", [name], perm=perm), [shape[i] for i in perm]
        if len(shape) == 4 and shape[1] % 2 == 0:
            out = [shape[0], shape[1] // 2, shape[2] * 2, shape[3]]
            return self.node("Reshape", [name, self.ints(0, out[1], -1, shape[3])]), out
        return x

    def dense(self, x):
        """Gemm of a vector, MatMul of rows, or of two activations."""
        name, shape = x
        if len(shape) == 2:
            k = int(self.rng.integers(1, 12))
            return self.activation((self.node("Gemm", [name, self.weights(k, shape[1]), self.weights(k, scale=0.3)], transB=1), [1, k]))
        if self.chance(0.5):
            k = int(self.rng.integers(1, 9))
            return self.activation((self.node("MatMul", [name, self.weights(shape[-1], k)]), [*shape[:-1], k]))
        perm = [*range(len(shape) - 2), len(shape) - 1, len(shape) - 2]
        other = self.node("Transpose", [self.node("Sigmoid", [name])], perm=perm)
        return self.node("MatMul", [name, other]), [*shape[:-1], shape[-2]]

    def head(self, x):
        name, shape = x
        if len(shape) > 2:
            kind = self.pick("global", "flatten", "reshape", "matmul", None)
            if kind == "global":
                name = self.node("GlobalAveragePool", [name])
                shape = [shape[0], shape[1], *[1] * len(shape[2:])]
            if kind == "matmul":
                k = int(self.rng.integers(1, 9))
                return self.node("MatMul", [name, self.weights(shape[-1], k)]), [*shape[:-1], k]
            if kind is None:
                return x
            inner = int(numpy.prod(shape[1:]))
            name = self.node("Reshape", [name, self.ints(shape[0], -1)]) if kind == "reshape" else self.node("Flatten", [name])
            shape = [shape[0], inner]
        k, trans = int(self.rng.integers(1, 12)), self.pick(0, 1)
        w = self.weights(k, shape[1]) if trans else self.weights(shape[1], k)
        return self.activation((self.node("Gemm", [name, w, self.weights(k, scale=0.3)], transB=trans), [shape[0], k]))

    def build(self, opset):
        self.opset = opset
        sides = self.pick(0, 1, 2, 2, 2, 2, 2)
        shape = [1, int(self.rng.integers(1, 7)), *[int(s) for s in self.rng.integers(1, 11, sides)]]
        x, self.inputs, outputs = ("x", shape), [("x", shape)], []
        for _ in range(int(self.rng.integers(1, 6))):
            kinds = [self.conv, self.conv, self.conv, self.max_pool, self.two, self.two, self.concat, self.move, self.dense,
                     self.average_pool]
            y = self.pick(*(kinds if sides > 0 else [self.dense, self.dense, self.two]))(x)
            x = y if min(y[1]) > 0 else x
            outputs += [x[0]] if self.chance(0.08) and x[0] != "x" else []
        x = self.head(x)
        outputs += [x[0]] if x[0] not in outputs else []
        graph = helper.make_graph(
            self.nodes, "random", [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in self.inputs],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in outputs], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7 if opset < 13 else 8 if opset < 19 else 10)


def cut_edges(path):
    """Takes QuantizeLinear from the input and DequantizeLinear from the outputs."""
    model = onnx.load(path)
    graph = model.graph
    constants = {c.name: c for c in graph.initializer}
    readers = [n for n in graph.node if graph.input[0].name in n.input]
    if len(readers) == 1 and readers[0].op_type == "QuantizeLinear":
        graph.input[0].name = readers[0].output[0]
        graph.input[0].type.tensor_type.elem_type = constants[readers[0].input[2]].data_type
        graph.node.remove(readers[0])
    for out in graph.output:
        writer = next(n for n in graph.node if out.name in n.output)
        if writer.op_type == "DequantizeLinear" and sum(out.name in n.input for n in graph.node) == 0:
            out.name = writer.input[0]
            out.type.tensor_type.elem_type = constants[writer.input[2]].data_type
            graph.node.remove(writer)
    onnx.save(model, path)


def draw(rng, value):
    """Values for an input of the session."""
    shape = [d if isinstance(d, int) else 1 for d in value.shape]
    if value.type == "tensor(float)":
        return (rng.standard_normal(shape) * 1.3).astype(numpy.float32)
    return rng.integers(0, 256, shape).astype(numpy.uint8).view(numpy.int8 if value.type == "tensor(int8)" else numpy.uint8)


class Samples(CalibrationDataReader):
    def __init__(self, rng, inputs):
        self.left = iter([{n: rng.standard_normal(s).astype(numpy.float32) for n, s in inputs} for _ in range(8)])

    def get_next(self):
        return next(self.left, None)


def write(seed, stem, inferences=INFERENCES):
    """A quantized network, inputs and onnxruntime's outputs; says what it is."""
    rng = numpy.random.default_rng(seed)
    net = Net(rng)
    opset = int(rng.integers(11, 22))
    onnx.save(net.build(opset), f"{stem}.float.onnx")
    fmt = net.pick(QuantFormat.QDQ, QuantFormat.QDQ, QuantFormat.QOperator)
    act, weight = net.pick((QuantType.QUInt8, QuantType.QInt8), (QuantType.QInt8, QuantType.QInt8), (QuantType.QUInt8, QuantType.QUInt8))
    per_channel = bool(net.chance(0.4)) and opset > 12
    quantize_static(f"{stem}.float.onnx", f"{stem}.onnx", Samples(rng, net.inputs), quant_format=fmt,
                    activation_type=act, weight_type=weight, per_channel=per_channel,
                    extra_options={"ActivationSymmetric": net.chance(0.15)})
    os.remove(f"{stem}.float.onnx")
    if not any("Quantize" in node.op_type for node in onnx.load(f"{stem}.onnx").graph.node):
        raise ValueError("none of its nodes is one that the quantizer knows")
    if net.chance(0.2):
        cut_edges(f"{stem}.onnx")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.add_session_config_entry("session.qdqisint8allowed", "1")
    session = onnxruntime.InferenceSession(f"{stem}.onnx", options, providers=["CPUExecutionProvider"])
    with open(f"{stem}.in", "wb") as inputs, open(f"{stem}.gold", "wb") as gold:
        for _ in range(inferences):
            feed = {value.name: draw(rng, value) for value in session.get_inputs()}
            inputs.write(b"".join(v.tobytes() for v in feed.values()))
            gold.write(b"".join(numpy.asarray(v).tobytes() for v in session.run(None, feed)))
    return f"opset {opset}, {fmt.name}, {act.name} {weight.name}{' per channel' if per_channel else ''}"


def arraysmith(stem, engine):
    """The outputs; or why the network is refused."""
    n = os.path.getsize(f"{stem}.in") // INFERENCES
    out = b""
    for i in range(INFERENCES):
        with open(f"{stem}.in", "rb") as file:
            data = file.read()[i * n:(i + 1) * n]
        with open(f"{stem}.one", "wb") as file:
            file.write(data)
        done = subprocess.run([TOOL, "run", f"{stem}.onnx", *engine, "--input", f"{stem}.one", "--output", f"{stem}.out"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return done.stderr.strip().replace(stem, "")
        with open(f"{stem}.out", "rb") as file:
            out += file.read()
    return out


def compare(seed, stem):
    try:
        what = write(seed, stem)
    except Exception as error:  # onnxruntime's quantizer or session: no network
        return "none", f"no network: {str(error).splitlines()[0][:150]}"
    have = arraysmith(stem, MACHINE if seed % 4 == 0 else ["--engine", "reference"])
    with open(f"{stem}.gold", "rb") as file:
        want = file.read()
    if isinstance(have, str):
        return "refused", f"{what}: refused: {have}"
    if have == want:
        return "equal", None
    at = next((i for i, (a, b) in enumerate(zip(have, want)) if a != b), min(len(have), len(want)))
    return "DIFFERS", f"{what}: DIFFERS at byte {at} of {len(want)}"


def main():
    if len(sys.argv) > 3 and sys.argv[1] == "keep":
        for seed in sys.argv[3:]:
            print(seed, write(int(seed), os.path.join(sys.argv[2], seed), 1))
        return 0
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    results = {"equal": 0, "refused": 0, "DIFFERS": 0}
    seed = first
    with tempfile.TemporaryDirectory() as folder:
        while results["equal"] + results["DIFFERS"] < int(sys.argv[1]):
            word, text = compare(seed, os.path.join(folder, str(seed)))
            if text:
                print(f"{seed}: {text}", flush=True)
            if word in results:
                results[word] += 1
            seed += 1
    print(", ".join(f"{count} {word}" for word, count in results.items()))
    return 1 if results["DIFFERS"] or results["refused"] > sum(results.values()) // 4 else 0


if __name__ == "__main__":
    sys.exit(main())

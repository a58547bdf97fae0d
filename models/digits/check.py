#!/usr/bin/env python3
"""Evaluate digits.tflite in numpy, bit-exactly, and check the golden outputs.

    check.py           recompute every golden/NNN.bin and compare (needs numpy only)
    check.py --ops     also print the op list
    check.py --tf      also run the whole test split and compare it with
                       TensorFlow's reference kernels (needs requirements.txt)

The file is read with the small flatbuffer reader below and evaluated with
TFLite's integer formulae using the rounding of gemmlowp: a rounding doubling
high multiply followed by a separate rounding shift ("double rounding").
It shares no code with the generator, so that it can serve as a second opinion.
"""
import math
import struct
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
OPS = {0: "ADD", 1: "AVERAGE_POOL_2D", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D",
       9: "FULLY_CONNECTED", 17: "MAX_POOL_2D", 22: "RESHAPE", 25: "SOFTMAX"}
F32 = np.float32
I64 = np.int64


# ---- reading the file ------------------------------------------------------

class Table:
    """One flatbuffer table; fields are addressed by their schema index."""

    def __init__(self, buf, pos):
        self.buf, self.pos = buf, pos
        self.vt = pos - struct.unpack_from("<i", buf, pos)[0]
        self.n = (struct.unpack_from("<H", buf, self.vt)[0] - 4) // 2

    def at(self, i):
        off = struct.unpack_from("<H", self.buf, self.vt + 4 + 2 * i)[0] if i < self.n else 0
        return self.pos + off if off else None

    def get(self, i, fmt, default=0):
        p = self.at(i)
        return default if p is None else struct.unpack_from("<" + fmt, self.buf, p)[0]

    def ref(self, i):
        p = self.at(i)
        return None if p is None else p + struct.unpack_from("<I", self.buf, p)[0]

    def table(self, i):
        p = self.ref(i)
        return None if p is None else Table(self.buf, p)

    def vec(self, i, dtype):
        p = self.ref(i)
        if p is None:
            return np.zeros(0, dtype)
        n = struct.unpack_from("<I", self.buf, p)[0]
        return np.frombuffer(self.buf, np.dtype(dtype).newbyteorder("<"), n, p + 4)

    def tables(self, i):
        offs = self.vec(i, np.uint32)
        base = self.ref(i)
        return [Table(self.buf, base + 4 + 4 * k + int(o)) for k, o in enumerate(offs)]


class Tensor:
    def __init__(self, t, buffers):
        self.shape = [int(v) for v in t.vec(0, np.int32)]
        self.dtype = {2: np.int32, 9: np.int8}[t.get(1, "b")]
        q = t.table(4)
        self.scale = q.vec(2, np.float32) if q else np.zeros(0, F32)
        zp = q.vec(3, np.int64) if q else np.zeros(0, I64)
        self.zero = int(zp[0]) if zp.size else 0
        self.zeros = zp
        raw = buffers[t.get(2, "I")].vec(0, np.uint8)
        self.data = raw.view(self.dtype).reshape(self.shape) if raw.size else None

    def s(self):
        return float(self.scale[0])


# ---- arithmetic ------------------------------------------------------------

def half_away(v):
    return int(math.copysign(math.floor(abs(v) + 0.5), v))


def multiplier(real):
    frac, e = math.frexp(real)
    m = half_away(frac * 2.0**31)
    if m == 1 << 31:
        m, e = m // 2, e + 1
    return (0, 0) if e < -31 else (m, e)


def srdhm(a, b):
    """Rounding doubling high multiply, nearest with ties toward plus infinity."""
    return np.minimum((np.asarray(a, I64) * np.asarray(b, I64) + (1 << 30)) >> 31, 2**31 - 1)


def rshift(x, n):
    """Rounding right shift, ties away from zero."""
    x, n = np.asarray(x, I64), np.asarray(n, I64)
    mask = (I64(1) << n) - 1
    return (x >> n) + ((x & mask) > (mask >> 1) + (x < 0))


def mbqm(x, m, e):
    m, e = np.asarray(m, I64), np.asarray(e, I64)
    return rshift(srdhm(x << np.maximum(e, 0), m), np.maximum(-e, 0))


def act_range(code, out):
    def q(v):
        return out.zero + half_away(float(F32(v) / out.scale[0]))
    lo, hi = {0: (None, None), 1: (0, None), 2: (-1, 1), 3: (0, 6)}[code]
    return (-128 if lo is None else max(-128, q(lo)), 127 if hi is None else min(127, q(hi)))


def channel_multipliers(real):
    ms = [multiplier(r) for r in real]
    return np.array([m for m, _ in ms]), np.array([e for _, e in ms])


# ---- operators (x, y: int64, batch first) ----------------------------------

def windows(x, k, stride, dil, same, fill):
    """All kxk windows of an NHWC array: N, OH, OW, KH, KW, C."""
    idx, pads = [], []
    for axis in (0, 1):
        n, s, d = x.shape[1 + axis], stride[axis], dil[axis]
        ek = (k[axis] - 1) * d + 1
        out = -(-n // s) if same else (n + s - ek) // s
        total = max((out - 1) * s + ek - n, 0)
        pads.append((total // 2, total - total // 2) if same else (0, 0))
        idx.append(np.arange(out)[:, None] * s + np.arange(k[axis])[None] * d)
    x = np.pad(x, ((0, 0), pads[0], pads[1], (0, 0)), constant_values=fill)
    x = x[:, idx[0]][:, :, :, idx[1]]           # N OH KH OW KW C
    return x.transpose(0, 1, 3, 2, 4, 5)


def conv(op, x, tin, w, b, tout, depthwise):
    o = op["opt"]
    j = 4 if depthwise else 3                   # where activation and dilation sit
    stride, dil = (o.get(2, "i"), o.get(1, "i")), (o.get(j + 2, "i", 1), o.get(j + 1, "i", 1))
    win = windows(x - tin.zero, w.shape[1:3], stride, dil, o.get(0, "b") == 0, 0)
    wd = w.data.astype(I64)
    if depthwise:
        win = np.repeat(win, w.shape[3] // win.shape[-1], axis=-1)
        acc = np.einsum("nijyxc,yxc->nijc", win, wd[0])
    else:
        acc = np.einsum("nijyxc,oyxc->nijo", win, wd, optimize=True)
    if b is not None:
        acc = acc + b.data
    m, e = channel_multipliers([tin.s() * float(s) / tout.s() for s in
                                np.broadcast_to(w.scale, acc.shape[-1:])])
    return np.clip(mbqm(acc, m, e) + tout.zero, *act_range(o.get(j, "b"), tout))


def dense(op, x, tin, w, b, tout):
    acc = x.reshape(len(x), -1) - tin.zero
    acc = acc @ w.data.astype(I64).T
    if b is not None:
        acc = acc + b.data
    if w.scale.size == 1:
        real = [float(F32(tin.scale[0] * w.scale[0])) / tout.s()] * w.shape[0]
    else:
        real = [tin.s() * float(s) / tout.s() for s in w.scale]
    m, e = channel_multipliers(real)
    return np.clip(mbqm(acc, m, e) + tout.zero, *act_range(op["opt"].get(0, "b"), tout))


def pool(op, x, tout, average):
    o = op["opt"]
    stride, k = (o.get(2, "i"), o.get(1, "i")), (o.get(4, "i"), o.get(3, "i"))
    same = o.get(0, "b") == 0
    if average:
        ones = windows(np.ones_like(x), k, stride, (1, 1), same, 0).sum((3, 4))
        total = windows(x, k, stride, (1, 1), same, 0).sum((3, 4))
        y = np.sign(total) * ((abs(total) + ones // 2) // ones)
    else:
        y = windows(x, k, stride, (1, 1), same, -128).max((3, 4))
    return np.clip(y, *act_range(o.get(5, "b"), tout))


def add(op, x1, x2, t1, t2, tout):
    top = 2 * max(t1.s(), t2.s())
    a = mbqm((x1 - t1.zero) << 20, *multiplier(t1.s() / top))
    b = mbqm((x2 - t2.zero) << 20, *multiplier(t2.s() / top))
    y = mbqm(a + b, *multiplier(top / (2**20 * tout.s())))
    return np.clip(y + tout.zero, *act_range(op["opt"].get(0, "b"), tout))


def shl(x, n):
    """Left shift that saturates to 32 bits."""
    top = (1 << (31 - n)) - 1
    return np.where(x > top, 2**31 - 1, np.where(x < -top, -2**31, x << n))


def exp_q31(a):
    """exp of a Q5.26 value <= 0, as Q0.31."""
    m = (a & (2**24 - 1)) - 2**24
    x = shl(m, 5) + 2**28
    x2 = srdhm(x, x)
    x3, x4 = srdhm(x2, x), srdhm(x2, x2)
    t = rshift(srdhm(rshift(x4, 2) + x3, 715827883) + x2, 1)
    r = 1895147668 + srdhm(1895147668, x + t)
    rem = m - a
    for bit, k in zip(range(24, 31), (1672461947, 1302514674, 790015084, 290630308,
                                      39332535, 720401, 242)):
        r = np.where((rem >> bit) & 1, srdhm(r, k), r)
    return np.where(a == 0, 2**31 - 1, r)


def recip_q31(a):
    """1/(1+a) for a Q0.31 value, by Newton-Raphson."""
    hd = (a + 2**31) // 2
    x = 1515870810 + srdhm(hd, -1010580540)
    for _ in range(3):
        x = x + shl(srdhm(x, 2**29 - srdhm(hd, x)), 2)
    return shl(x, 1)


def softmax(op, x, tin):
    beta = op["opt"].get(0, "f")
    m, left = multiplier(min(float(F32(beta)) * tin.s() * 2.0**26, 2.0**31 - 1))
    d = x - x.max(-1, keepdims=True)
    keep = d >= -math.floor(31 * 2.0**26 / 2.0**left)
    e = np.where(keep, exp_q31(srdhm(np.where(keep, d, 0) << left, m)), 0)
    total = rshift(e, 12).sum(-1, keepdims=True)
    h = 32 - np.frexp(total.astype(float))[1].astype(I64)
    k = recip_q31(((total << h) & (2**32 - 1)) - 2**31)
    y = rshift(srdhm(k, e), (12 - h) + 31 - 8) - 128
    return np.where(keep, np.clip(y, -128, 127), -128)


# ---- the network -----------------------------------------------------------

class Model:
    def __init__(self, path):
        buf = Path(path).read_bytes()
        root = Table(buf, struct.unpack_from("<I", buf)[0])
        codes = [max(c.get(0, "b"), c.get(3, "i")) for c in root.tables(1)]
        graph, = root.tables(2)
        buffers = root.tables(4)
        self.tensors = [Tensor(t, buffers) for t in graph.tables(0)]
        self.input, = (int(i) for i in graph.vec(1, np.int32))
        self.output, = (int(i) for i in graph.vec(2, np.int32))
        self.ops = [{"type": OPS[codes[o.get(0, "I")]], "opt": o.table(4),
                     "in": [int(i) for i in o.vec(1, np.int32)],
                     "out": int(o.vec(2, np.int32)[0])} for o in graph.tables(3)]

    def run_all(self, x):
        """Run a batch (int8, N x H x W x C); return {tensor index: int8 values}."""
        val = {self.input: x.astype(I64)}
        for op in self.ops:
            t = [self.tensors[i] if i >= 0 else None for i in op["in"]]
            a, tout = val[op["in"][0]], self.tensors[op["out"]]
            kind = op["type"]
            if kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
                b = t[2] if len(t) > 2 else None
                y = conv(op, a, t[0], t[1], b, tout, kind != "CONV_2D")
            elif kind == "FULLY_CONNECTED":
                y = dense(op, a, t[0], t[1], t[2] if len(t) > 2 else None, tout)
            elif kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
                y = pool(op, a, tout, kind == "AVERAGE_POOL_2D")
            elif kind == "ADD":
                y = add(op, a, val[op["in"][1]], t[0], t[1], tout)
            elif kind == "RESHAPE":
                y = a.reshape([len(a)] + tout.shape[1:])
            else:
                y = softmax(op, a, t[0])
            assert list(y.shape[1:]) == tout.shape[1:], kind
            val[op["out"]] = y
        return {i: v.astype(np.int8) for i, v in val.items()}

    def run(self, x):
        return self.run_all(x)[self.output]

    def describe(self):
        """The op list as markdown table rows."""
        def dims(i):
            return "x".join(map(str, self.tensors[i].shape))
        rows = []
        for n, op in enumerate(self.ops):
            o, note, w, macs = op["opt"], "", "", 0
            kind, size = op["type"], self.tensors[op["out"]].shape
            data = [i for i in op["in"] if self.tensors[i].data is None]
            acts = ("NONE", "RELU", "RELU_N1_TO_1", "RELU6")
            if kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
                w = dims(op["in"][1])
                k = self.tensors[op["in"][1]].shape
                macs = math.prod(size) * math.prod(
                    k[1:3] if kind == "DEPTHWISE_CONV_2D" else k[1:])
            if "_2D" in kind:
                act = {"C": 3, "D": 4}.get(kind[0], 5)
                note = (f"{'SAME' if o.get(0, 'b') == 0 else 'VALID'}, "
                        f"stride {o.get(2, 'i')}x{o.get(1, 'i')}")
                if "POOL" in kind:
                    note += f", filter {o.get(4, 'i')}x{o.get(3, 'i')}"
                note += ", " + acts[o.get(act, "b")]
            elif kind in ("FULLY_CONNECTED", "ADD"):
                note = acts[o.get(0, "b")]
            rows.append(f"| {n} | {kind} | {' '.join(map(dims, data))} | {w} | "
                        f"{dims(op['out'])} | {note} | {macs:,} |")
        return rows


def check_golden(model):
    """Compare every golden file and label row; return the number of mismatches."""
    bad = 0
    shape = model.tensors[model.input].shape
    rows = (HERE / "labels.csv").read_text().split()[1:]
    for row in rows:
        name, _, predicted = row.split(",")
        x = np.fromfile(HERE / "inputs" / f"{name}.bin", np.int8).reshape(shape)
        y = model.run(x)[0]
        want = np.fromfile(HERE / "golden" / f"{name}.bin", np.int8)
        if not np.array_equal(y, want) or int(y.argmax()) != int(predicted):
            print(f"{name}: differs: got {y.tolist()}, golden {want.tolist()}")
            bad += 1
    print(f"golden: {len(rows) - bad} of {len(rows)} equal")
    return bad


def compare_tf(model):
    """Whole test split against TensorFlow's reference kernels."""
    import tensorflow as tf
    import data
    _, pixels, _, labels = data.load()
    x = data.to_int8(pixels)
    ref = tf.lite.Interpreter(
        str(HERE / "digits.tflite"), experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF)
    ref.allocate_tensors()
    kinds = [o["op_name"] for o in ref._get_ops_details()]
    assert kinds == [o["type"] for o in model.ops], kinds
    mine = model.run_all(x)
    theirs = {op["out"]: [] for op in model.ops}
    for image in x:
        ref.set_tensor(model.input, image[None])
        ref.invoke()
        for i in theirs:
            theirs[i].append(ref.get_tensor(i)[0])
    theirs = {i: np.stack(v) for i, v in theirs.items()}
    print("op                    images that differ / bytes that differ / largest difference")
    for n, op in enumerate(model.ops):
        d = np.abs(mine[op["out"]].astype(int) - theirs[op["out"]]).reshape(len(x), -1)
        print(f"{n:2} {op['type']:18} {int(d.any(1).sum()):4} of {len(x)} "
              f"{int((d > 0).sum()):6} of {d.size:7} {d.max():3}")
    for name, out in (("this file", mine), ("TensorFlow", theirs)):
        right = out[model.output].argmax(1) == labels
        print(f"accuracy, {name}: {right.sum()}/{len(x)} = {100 * right.mean():.2f} %")
    p = mine[model.output].argmax(1)
    print("predictions that differ:", int((p != theirs[model.output].argmax(1)).sum()))
    print("confusion (rows: label, columns: predicted):")
    conf = np.zeros((10, 10), int)
    np.add.at(conf, (labels, p), 1)
    for i, row in enumerate(conf):
        print(f"{i} " + " ".join(f"{v:3}" for v in row))


def main():
    model = Model(HERE / "digits.tflite")
    if "--ops" in sys.argv:
        print("| op | type | input | weights | output | options | MACs |")
        print("|---:|---|---|---|---|---|---:|")
        print("\n".join(model.describe()))
    bad = check_golden(model)
    if "--tf" in sys.argv:
        compare_tf(model)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

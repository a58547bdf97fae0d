#!/usr/bin/env python3
"""Train the demo network and write digits.tflite, inputs/, golden/ and labels.csv.

    python3.11 -m venv ~/digits-venv          (anywhere outside the repository)
    ~/digits-venv/bin/pip install -r requirements.txt
    ~/digits-venv/bin/python train.py         (less than a minute)

Everything is seeded. The test split is used only once, after training, to
measure accuracy; no choice below depends on it.
"""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

import check
import data

HERE = check.HERE
EPOCHS = 60
BATCH = 32


def build():
    """16x16x1 -> 10. Every batch normalisation folds into the convolution before it."""
    def bn_relu(x):
        return layers.ReLU()(layers.BatchNormalization()(x))

    def conv(x, ch, k):
        return layers.Conv2D(ch, k, padding="same", use_bias=False)(x)

    def depthwise(x, stride=1):
        return layers.DepthwiseConv2D(3, stride, "same", use_bias=False)(x)

    inp = layers.Input((16, 16, 1))
    x = bn_relu(conv(inp, 8, 3))
    x = layers.MaxPooling2D(2)(x)                           # 8x8x8
    x = bn_relu(depthwise(x))
    x = bn_relu(conv(x, 13, 1))                             # an odd channel count
    x = bn_relu(depthwise(x, 2))                            # 4x4x13
    x = skip = bn_relu(conv(x, 32, 1))
    x = bn_relu(depthwise(x))
    x = layers.BatchNormalization()(conv(x, 32, 1))
    x = layers.ReLU()(layers.Add()([x, skip]))
    x = bn_relu(conv(x, 16, 3))                             # 4x4x16
    x = layers.AveragePooling2D(2)(x)                       # 2x2x16
    x = layers.Reshape((64,))(x)
    x = layers.Dense(10)(x)
    return tf.keras.Model(inp, layers.Softmax()(x))


def shifted(pixels, rng):
    """Augmentation: move each image by at most one pixel in x and y."""
    padded = np.pad(pixels, ((0, 0), (1, 1), (1, 1), (0, 0)))
    at = rng.integers(0, 3, (len(pixels), 2))
    return np.stack([p[y:y + 16, x:x + 16] for p, (y, x) in zip(padded, at)])


def train(pixels, labels):
    tf.keras.utils.set_random_seed(data.SEED)
    tf.config.experimental.enable_op_determinism()
    rng = np.random.default_rng(data.SEED)
    model = build()
    steps = EPOCHS * -(-len(pixels) // BATCH)
    model.compile(tf.keras.optimizers.Adam(tf.keras.optimizers.schedules.CosineDecay(4e-3, steps)),
                  tf.keras.losses.CategoricalCrossentropy(label_smoothing=0.05),
                  metrics=["accuracy"])
    target = np.eye(10, dtype=np.float32)[labels]
    for epoch in range(EPOCHS):
        x = shifted(pixels, rng).astype(np.float32) / 255
        hist = model.fit(x, target, BATCH, epochs=1, verbose=0).history
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1}: training accuracy {hist['accuracy'][0]:.4f}", flush=True)
    return model


def convert(model, pixels):
    """Full-integer conversion of the batch-1 function."""
    # Input range must come out as exactly scale 1/255, zero point -128.
    assert pixels.min() == 0 and pixels.max() == 255
    fn = tf.function(lambda x: model(x, training=False)).get_concrete_function(
        tf.TensorSpec((1, 16, 16, 1), tf.float32))
    conv = tf.lite.TFLiteConverter.from_concrete_functions([convert_variables_to_constants_v2(fn)])
    conv.optimizations = [tf.lite.Optimize.DEFAULT]
    conv.representative_dataset = lambda: ([p[None].astype(np.float32) / 255] for p in pixels)
    conv.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    conv.inference_input_type = conv.inference_output_type = tf.int8
    conv._experimental_disable_per_channel_quantization_for_dense_layers = True
    return conv.convert()


def write_vectors(pixels, labels):
    """One test image per class, the first of each, and its golden output."""
    model = check.Model(HERE / "digits.tflite")
    first = [int(np.flatnonzero(labels == c)[0]) for c in range(10)]
    x = data.to_int8(pixels[first])
    y = model.run(x)
    for d in ("inputs", "golden"):
        (HERE / d).mkdir(exist_ok=True)
    rows = ["index,label,predicted"]
    for i in range(10):
        x[i].tofile(HERE / "inputs" / f"{i:03}.bin")
        y[i].tofile(HERE / "golden" / f"{i:03}.bin")
        rows.append(f"{i:03},{labels[first[i]]},{y[i].argmax()}")
    (HERE / "labels.csv").write_text("\n".join(rows) + "\n")


def main():
    train_x, test_x, train_y, test_y = data.load()
    model = train(train_x, train_y)
    flat = model.predict(test_x.astype(np.float32) / 255, verbose=0).argmax(1)
    print(f"float accuracy on the test split: {100 * (flat == test_y).mean():.2f} %")
    (HERE / "digits.tflite").write_bytes(convert(model, train_x))
    write_vectors(test_x, test_y)
    quant = check.Model(HERE / "digits.tflite")
    print("\n".join(quant.describe()))
    check.check_golden(quant)
    check.compare_tf(quant)


if __name__ == "__main__":
    main()

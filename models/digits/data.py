"""The digit images: loading, up-scaling to 16x16, and the train/test split.

Source: scikit-learn's bundled `load_digits` (1,797 grey 8x8 images).
"""
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = 20


def upscale(images):
    """8x8 values 0..16 -> 16x16 pixels 0..255, bilinear with half-pixel centres."""
    w = np.zeros((16, 8))
    for i in range(16):
        pos = min(max((i + 0.5) / 2 - 0.5, 0.0), 7.0)
        lo = int(pos)
        w[i, lo] += 1 - (pos - lo)
        w[i, min(lo + 1, 7)] += pos - lo
    big = np.einsum("iy,nyx,jx->nij", w, images, w)
    return np.floor(big * 255 / 16 + 0.5).astype(np.uint8)


def load():
    """Return train pixels, test pixels (uint8, Nx16x16x1), train labels, test labels."""
    d = load_digits()
    x = upscale(d.images)[..., None]
    return train_test_split(x, d.target, test_size=0.2, random_state=SEED,
                            stratify=d.target)


def to_int8(pixels):
    """The network's input: pixel - 128 (scale 1/255, zero point -128)."""
    return (pixels.astype(np.int16) - 128).astype(np.int8)

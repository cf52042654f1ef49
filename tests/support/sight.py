"""Colours as other eyes see them, and how far apart they are.

Deuteranopia and protanopia: the linear maps of Machado, Oliveira & Fernandes 2009, severity 1, on
linear RGB. Grey: luminance alone. Distances are Euclidean in CIELAB, where about 2 is just seen.
"""

import numpy as np

RED, GREEN, BLUE = 0.2126729, 0.7151522, 0.0721750  # luminance of the primaries
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [RED, GREEN, BLUE], [0.0193, 0.1192, 0.9503]])
EYES = {
    "all colours": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "grey": np.array([[RED, GREEN, BLUE]] * 3),
}


def linear(colour):
    """#RRGGBB -> linear RGB."""
    coded = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def seen(colour, eyes):
    """CIELAB of a colour as these eyes see it, white D65."""
    white = XYZ @ np.ones(3)
    x = XYZ @ np.clip(EYES[eyes] @ linear(colour), 0, 1) / white
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one, other, eyes):
    """The distance of two colours to these eyes."""
    return float(np.linalg.norm(seen(one, eyes) - seen(other, eyes)))

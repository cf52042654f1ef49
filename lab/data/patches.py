"""Patches of the photograph that ships with matplotlib."""

from __future__ import annotations

import numpy as np

from lab.checks import count, generator

# of red, green and blue in the brightness of a pixel (ITU-R BT.601)
BRIGHTNESS = (0.299, 0.587, 0.114)
NAME = "grace_hopper.jpg"


def photograph() -> np.ndarray:
    """A portrait in shades of grey, (600, 512), entries in [0, 1].

    Grace Hopper, by the United States Navy, in the public domain; a file of matplotlib. The last of
    the 8 bits of a pixel depends on the decoder. ValueError where matplotlib came without it.
    """
    from matplotlib import get_data_path
    from matplotlib.image import imread

    path = f"{get_data_path()}/sample_data/{NAME}"
    try:
        colours = imread(path)
    except FileNotFoundError:
        raise ValueError(f"this matplotlib came without its sample image {NAME}") from None
    return colours @ np.array(BRIGHTNESS) / 255


def patches(
    number: int,
    size: int = 8,
    rng: int | np.random.Generator = 0,
) -> np.ndarray:
    """Square patches of the photograph, (number, size^2), entries in [0, 1].

    Their places are uniform over the image, drawn with replacement: patches overlap, and are not
    independent examples. A patch is given row by row. rng: a seed or a Generator. ValueError for a
    size above 512.
    """
    count("number", number)
    count("size", size)
    image = photograph()
    if size > min(image.shape):
        raise ValueError(f"size = {size}: the photograph is {image.shape[0]} x {image.shape[1]}")

    drawn = generator("rng", rng)
    rows, columns = (drawn.integers(length - size + 1, size=number) for length in image.shape)
    inside = np.arange(size)
    down = rows[:, None, None] + inside[:, None]
    across = columns[:, None, None] + inside
    return image[down, across].reshape(number, -1)

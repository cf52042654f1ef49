"""Pictures of random curves: a stand-in for CURVES, whose images are determined by six numbers."""

from __future__ import annotations

import numpy as np

from lab.checks import count, generator

# points of the curve that leave ink: more than pixels on its way, so that no gap shows
POINTS = 80
# of the pen, in pixels; and the ink for each pixel of a side, which makes a curve about 0.9
WIDTH = 0.7
INK = 1.5


def curves(
    number: int,
    size: int = 28,
    rng: int | np.random.Generator = 0,
) -> np.ndarray:
    """Images (number, size^2) with entries in [0, 1), a quadratic Bezier curve on each

    p(t) = (1 - t)^2 p_0 + 2 t (1 - t) p_1 + t^2 p_2, the three points uniform over the square
    without a rim of two pixels. A pixel at q is 1 - exp(-c mean_t exp(-|q - p(t)|^2 / 2 w^2)), w =
    0.7 pixels, c = 1.5 size, so that long curves are as black. ValueError for a size below 6.

    The images are a family of six dimensions: the three points, up to the direction of the curve.
    rng: a seed or a Generator; the same seed gives the same images.
    """
    count("number", number)
    count("size", size, 6)
    drawn = generator("rng", rng)
    corners = drawn.uniform(2.0, size - 3.0, (number, 3, 2))

    t = np.linspace(0.0, 1.0, POINTS)
    back = 1 - t
    weights = np.stack([back**2, 2 * t * back, t**2], axis=-1)
    points = weights @ corners

    # the Gaussian of a distance is a product of one per axis: no array over points and pixels
    across = _near(points[..., 0], size)
    down = _near(points[..., 1], size)
    mean = np.swapaxes(down, -1, -2) @ across / POINTS
    ink = INK * size * mean
    images = 1 - np.exp(-ink)
    return images.reshape(number, -1)


def _near(places, size):
    """exp(-(q - p)^2 / 2 w^2) of every pixel q of an axis, (..., POINTS, size)."""
    pixels = np.arange(size)
    distance = pixels - places[..., None]
    scaled = distance / WIDTH
    return np.exp(-(scaled**2) / 2)

"""Pictures of random curves: a stand-in for CURVES, whose images are determined by six numbers."""

from __future__ import annotations

import numpy as np

from lab.checks import count, generator

# points of the curve that leave ink: more than pixels on its way, so that no gap shows
POINTS = 80
# of the pen, in pixels, and the ink that makes a pixel on the curve about 0.9
WIDTH = 0.7
INK = 12.0


def curves(
    number: int,
    size: int = 28,
    rng: int | np.random.Generator = 0,
) -> np.ndarray:
    """Images (number, size^2) with entries in [0, 1), a quadratic Bezier curve on each

    p(t) = (1 - t)^2 p_0 + 2 t (1 - t) p_1 + t^2 p_2, the three points uniform over the square
    without a rim of two pixels. A pixel at q is 1 - exp(-c mean_t exp(-|q - p(t)|^2 / 2 w^2)), w =
    0.7 pixels, c grown with the size of the image, so that long curves are as black. ValueError for
    a size below 6.
    """
    count("number", number)
    count("size", size, 6)
    drawn = generator("rng", rng)
    corners = drawn.uniform(2.0, size - 3.0, (number, 3, 2))

    t = np.linspace(0.0, 1.0, POINTS)
    weights = np.stack([(1 - t) ** 2, 2 * t * (1 - t), t**2])
    points = np.swapaxes(weights.T @ corners, -1, -2)

    # the Gaussian of a distance is a product of one per axis: no array over points and pixels
    pixels = np.arange(size)[:, None]
    distance = pixels - points[..., None, :]
    across, down = np.moveaxis(np.exp(-((distance / WIDTH) ** 2) / 2), 1, 0)
    near = down @ np.swapaxes(across, -1, -2) / POINTS
    return 1 - np.exp(-INK * size / 8 * near.reshape(number, -1))

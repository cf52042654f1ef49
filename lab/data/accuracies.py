"""Published test accuracies of Ishikawa & Karakida 2024, Tables 2 and 3, in percent.

Means without error bars as printed. `standard_error` is that of one accuracy measured on so many
test images, the binomial one: an assumption, the tables do not say; seeds add to it.

TABLE_2   method -> (b_L, batch size): the start of the last layer with variance M^(-2 b_L), from
          the standard parameterization (1/2) over muP (1) to a head that is nearly zero (64)
TABLE_3   network, data and method -> rows (width multiplier, accuracy in the standard
          parameterization, what muP adds to it)

What they can be asked: whether a difference is more than the noise of a test set, and how it goes
with the width. At 75 % on 10,000 images the standard error is 0.43 percent points, that of a
difference 0.61: many entries of the last column are below twice that.
"""

from __future__ import annotations

import numpy as np

# Table 2: a convolutional network of 3 layers, FashionMNIST, 1024 training images, rate tuned per
# batch size; rows b_L = 1/2, 1, 64
BATCHES = (4, 16, 64, 256, 1024)
HEADS = (0.5, 1.0, 64.0)
TABLE_2: dict[str, np.ndarray] = {
    "SGD": np.array(
        [
            [82.60, 80.91, 78.86, 74.50, 66.83],
            [83.62, 83.61, 82.10, 77.99, 73.40],
            [83.98, 83.82, 82.60, 79.53, 74.63],
        ]
    ),
    "KFAC": np.array(
        [
            [83.18, 84.17, 83.75, 84.07, 80.25],
            [83.84, 84.16, 84.29, 84.33, 83.21],
            [81.56, 82.72, 82.63, 79.51, 75.37],
        ]
    ),
}

# Table 3: width multiplier (4 is the original network), accuracy in SP, muP minus SP; C100 is
# CIFAR-100; cells that were not computed are left out
TABLE_3: dict[str, tuple[tuple[int, float, float], ...]] = {
    "VGG19 C100 KFAC": (
        (1, 64.96, 0.31),
        (2, 72.08, 0.65),
        (4, 76.38, 0.22),
        (8, 78.27, 0.31),
    ),
    "VGG19 C100 Shampoo": (
        (1, 63.86, -0.28),
        (2, 70.55, -0.66),
        (4, 74.61, 0.80),
        (8, 76.83, 0.65),
        (16, 78.11, 0.56),
    ),
    "ResNet18 C100 KFAC": (
        (1, 66.81, 0.23),
        (2, 72.16, 0.28),
        (4, 74.38, 0.88),
        (8, 74.96, 1.98),
        (16, 74.26, 4.00),
    ),
    "ResNet18 C100 Shampoo": (
        (1, 66.42, 0.03),
        (2, 69.99, 0.22),
        (4, 73.85, 0.42),
        (8, 76.11, 1.04),
        (16, 77.91, 0.61),
    ),
    "ResNet50 ImageNet KFAC": (
        (1, 61.94, 0.17),
        (2, 62.00, 0.12),
        (4, 75.64, 0.26),
        (8, 78.63, 0.13),
    ),
}


def standard_error(accuracy: float | np.ndarray, images: int = 10_000) -> np.ndarray:
    """sqrt(p (1 - p) / images) of an accuracy p, both in percent.

    accuracy: a number or an array, in [0, 100]; 0 at both ends. images: the size of the test set,
    10,000 for FashionMNIST and CIFAR-100, 50,000 for ImageNet.
    """
    share = np.asarray(accuracy) / 100
    return 100 * np.sqrt(share * (1 - share) / images)

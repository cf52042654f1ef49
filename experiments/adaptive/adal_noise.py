"""How much heavier-tailed are AdaL's steps than Adam's?

The kurtosis of h = |g|_1 g under Gaussian noise, against the dimension. Large samples get more
weight, which fattens the tails: kurtosis 35/3 in dimension one, 3 + O(1/n) in dimension n, because
|g|_1 hardly fluctuates there. (derived; claim adal/noise-kurtosis)
"""

import numpy as np

from lab.arrays import norm
from lab.spectra import geometric_integers
from lab.theory.adal import weighted_kurtosis

QUICK = {"draws": 20_000, "largest": 10}
PARTS = 20  # of the draws, for a standard error


def run(
    *,
    draws: int = 2_000_000,
    largest: int = 1000,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Kurtosis: exact on dims (D,), measured on `tried`, fewer of them, with a standard error from
    20 parts of the draws; spread, the coefficient of variation of |g|_1.

    draws: gradient coordinates per dimension, at least 1000 gradients; dimensions from 1 to
    largest.
    """
    rng = np.random.default_rng(seed)
    dims = geometric_integers(1, largest, 30, down=True)
    tried = geometric_integers(1, largest, 7, down=True)

    kurtosis = np.zeros((len(tried), PARTS))
    spread = np.zeros(len(tried))
    for j, n in enumerate(tried):
        gradients = max(draws // n // PARTS, 50)
        g = rng.standard_normal((PARTS, gradients, n))
        size = norm(g, 1)
        h = size[..., None] * g
        fourth = (h**4).mean((1, 2))
        second = (h**2).mean((1, 2))
        kurtosis[j] = fourth / second**2
        spread[j] = size.std() / size.mean()

    exact = [weighted_kurtosis(n) for n in dims.tolist()]
    return {
        "dims": dims,
        "exact": np.array(exact),
        "tried": tried,
        "kurtosis": kurtosis.mean(1),
        "error": kurtosis.std(1, ddof=1) / np.sqrt(PARTS),
        "spread": spread,
        "spread_theory": np.sqrt((np.pi / 2 - 1) / dims),
    }


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

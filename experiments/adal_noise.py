"""How much heavier-tailed are AdaL's steps than Adam's? The kurtosis of h = |g|_1 g under Gaussian noise, against the dimension.

Large samples get more weight, which fattens the tails: kurtosis 35/3 in dimension one, 3 + O(1/n) in dimension n, because |g|_1 hardly
fluctuates there. (derived; claim adal/noise-kurtosis)
"""

import numpy as np

from lab.arrays import norm
from lab.theory.adal import weighted_kurtosis

QUICK = {"draws": 20_000, "largest": 10}


def run(*, draws: int = 2_000_000, largest: int = 1000, seed: int = 0) -> dict[str, np.ndarray]:
    """Kurtosis: exact on dims (D,), measured on fewer with a standard error from 20 parts of the draws; coefficient of variation of
    |g|_1."""
    rng, dims = np.random.default_rng(seed), np.unique(np.geomspace(1, largest, 30).astype(int))
    tried = np.unique(np.geomspace(1, largest, 7).astype(int))
    kurtosis, spread = np.zeros((len(tried), 20)), np.zeros(len(tried))
    for j, n in enumerate(tried):
        g = rng.standard_normal((20, max(draws // n // 20, 50), n))
        size = norm(g, 1)
        h = size[..., None] * g
        kurtosis[j] = (h**4).mean((1, 2)) / (h**2).mean((1, 2)) ** 2
        spread[j] = size.std() / size.mean()
    return {
        "dims": dims,
        "exact": np.array([weighted_kurtosis(int(n)) for n in dims]),
        "tried": tried,
        "kurtosis": kurtosis.mean(1),
        "error": kurtosis.std(1, ddof=1) / np.sqrt(20),
        "spread": spread,
        "spread_theory": np.sqrt((np.pi / 2 - 1) / dims),
    }


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

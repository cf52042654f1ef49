"""How much heavier-tailed are AdaL's steps than Adam's?

The kurtosis of h = |g|_1 g under Gaussian noise, against the dimension. Large samples get more
weight, which fattens the tails: kurtosis 35/3 in dimension one, 3 + O(1/n) in dimension n, because
|g|_1 hardly fluctuates there. (derived; claim adal/noise-kurtosis)

In one dimension h = |g| g has the kurtosis E g^8 / (E g^4)^2 = 105 / 9. The factor's spread: |g_i|
has mean (2 / pi)^(1/2) and variance 1 - 2 / pi, hence the coefficient of variation of a sum of n of
them, ((pi / 2 - 1) / n)^(1/2).
"""

import numpy as np

from lab.arrays import norm
from lab.sentences import number
from lab.spectra import geometric_integers
from lab.theory.adal import weighted_kurtosis

QUICK = {"draws": 20_000, "largest": 10}
UNITS = {
    "dimensions": "tried",
    "no unit": "exact kurtosis error spread spread_theory",
}
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

    g ~ N(0, I_n), h = |g|_1 g; the kurtosis E h_i^4 / (E h_i^2)^2 is pooled over coordinates, which
    are alike. kurtosis, error (T,): mean and standard error of the 20 parts; spread (T,) measured,
    spread_theory (D,) = ((pi/2 - 1) / n)^(1/2). 3 is the value of a normal variable, Adam's h = g.
    Nothing is said about an optimizer's path: a noise with a mean, or tails of its own, behaves
    otherwise.
    """
    rng = np.random.default_rng(seed)
    dims = geometric_integers(1, largest, 30, down=True)
    tried = geometric_integers(1, largest, 7, down=True)

    kurtosis = np.zeros((len(tried), PARTS))
    spread = np.zeros(len(tried))
    for j, n in enumerate(tried):
        # as many coordinates in every dimension; at least 50 gradients, or a part has no fourth
        # moment
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
        # the coefficient of variation of a sum of n independent |g_i|
        "spread_theory": np.sqrt((np.pi / 2 - 1) / dims),
    }


def summary(data) -> str:
    """The tails in the smallest and the largest dimension, and the agreement with exact moments.

    Exact values are interpolated linearly between the dimensions of `dims` where a tried one is not
    among them. Five standard errors, as in every comparison with a seed: a part's ratio of means
    has a bias of the order of one over its draws, far below its error.
    """
    dims, tried = data["dims"], data["tried"]
    exact = np.interp(tried, dims, data["exact"])
    z = np.abs(data["kurtosis"] - exact) / np.maximum(data["error"], np.finfo(float).tiny)
    low, high = (f"{number(data['exact'][k])} in dimension {dims[k]}" for k in (0, -1))
    agree = "agree with" if z.max() <= 5 else "do NOT all agree with"
    return "\n".join(
        [
            "How much heavier are the tails of AdaL's steps than those of Adam's, kurtosis 3?",
            f"Kurtosis of |g|_1 g is {low} and {high}.",
            f"Measured ones {agree} the exact moments: the farthest is {number(z.max())} standard"
            " errors away.",
            f"The relative spread of |g|_1 falls from {number(data['spread'][0])} to "
            f"{number(data['spread'][-1])}.",
        ]
    )


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

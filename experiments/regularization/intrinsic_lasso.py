"""Is L1 on the intrinsic variable of Adam the LASSO?

Adam with a soft threshold of eta lam / sqrt(D), one run per lam, against LASSO on the parameters
with the weight c = (lam^2 + lam sqrt(lam^2 + 4 eps)) / 2, by coordinate descent. (derived; claim
lq-intrinsic/lasso)

The weight: a coordinate that is not 0 rests where |g| / D = lam / sqrt(D), D = |g| + eps, that is
|g|^2 = lam^2 (|g| + eps); c is the positive root. At eps = 0 it is lam^2.
"""

import numpy as np

from lab.bases import random
from lab.objectives import Quadratic
from lab.optimizers import L1, Adam, Regularized
from lab.sentences import number
from lab.simulation import simulate
from lab.spectra import geometric
from lab.theory.regularization import lasso_weight

QUICK = {"points": 9, "steps": 3000}
UNITS = {
    "gradient^1/2": "lam",
    "gradient": "weight eps",
    "parameter": "adam lasso naive",
}


def run(
    *,
    dims: int = 6,
    kappa: float = 20.0,
    eps: float = 0.01,
    points: int = 25,
    steps: int = 12000,
    seed: int = 4,
) -> dict[str, np.ndarray]:
    """adam and lasso (points, dims) against the weight c; lam: that of Adam's penalty.

    kappa > 0: of a random Hessian of largest eigenvalue 1; the target has entries of sizes 2 to
    0.2 and alternating signs; eps >= 0.

    naive (points, dims): LASSO with the weight lam itself, the mistake that is easily made; weight
    (points,): c; eps (). seed: of the eigenvectors of H. One batched run, from 0, of all lam at the
    rate 0.02.
    """
    q = random(dims, np.random.default_rng(seed)).q
    h = (q * geometric(dims, kappa)) @ q.T
    h = (h + h.T) / 2
    # sizes a factor of ten apart, so that coordinates vanish at different weights
    target = np.geomspace(2, 0.2, dims) * (-1.0) ** np.arange(dims)

    # from all coordinates to none
    lam = np.geomspace(0.05, 1.2, points)
    # a threshold, not a subgradient: entries become 0
    method = Regularized(Adam(0.02, 0.8, 0.9, eps), L1(lam), on="z", form="prox")
    f = Quadratic(h, linear=h @ target)
    found = simulate(f, method, np.zeros(dims), steps=steps).final
    weight = lasso_weight(lam, eps)
    return {
        "lam": lam,
        "weight": weight,
        "adam": found,
        "lasso": np.stack([lasso(h, h @ target, c) for c in weight]),
        "naive": np.stack([lasso(h, h @ target, x) for x in lam]),
        "eps": np.array(eps),
    }


def lasso(h: np.ndarray, b: np.ndarray, c: float, sweeps: int = 2000) -> np.ndarray:
    """argmin x^T H x / 2 - b^T x + c |x|_1 by coordinate descent.

    h (n, n), b (n,), the answer (n,): each sweep minimises exactly in one coordinate after the
    other; ends when no entry moves by 1e-14, or after `sweeps`.
    """
    x = np.zeros_like(b)
    for _ in range(sweeps):
        before = x.copy()
        for i in range(len(b)):
            rest = b[i] - h[i] @ x + h[i, i] * x[i]
            x[i] = np.sign(rest) * max(abs(rest) - c, 0.0) / h[i, i]
        if np.abs(x - before).max() < 1e-14:
            break
    return x


def summary(data) -> str:
    """How far Adam is from LASSO, whether the supports agree, and what the naive weight gives.

    0.1 % of the largest coefficient is what counts as the same. A coordinate of Adam is 0 exactly,
    by the threshold; of coordinate descent below 1e-10.
    """
    adam, lasso_path = data["adam"], data["lasso"]
    off = np.abs(adam - lasso_path).max()
    same = ((adam != 0) == (np.abs(lasso_path) > 1e-10)).all(-1)
    naive = np.abs(adam - data["naive"]).max()
    verdict = "is" if off < 1e-3 * np.abs(lasso_path).max() else "is NOT"
    return "\n".join(
        [
            "Is decoupled L1 under Adam the LASSO, and with which weight?",
            f"It {verdict} LASSO with the weight of theory: {off:.1g} away at most.",
            f"The supports agree at {same.sum()} of {len(same)} weights.",
            f"LASSO with the weight lam itself would be {number(naive)} away.",
            f"Between {(adam[-1] != 0).sum()} and {(adam[0] != 0).sum()} coordinates are not 0.",
        ]
    )


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

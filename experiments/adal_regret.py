"""Does AdaL have vanishing average regret? Linear losses on [-1, 1] whose gradients are C once, then -1 k times.

AdaL weighs each gradient by its size, so it follows the sign of C^2 - k instead of that of C - k and, when k lies between C and C^2,
settles at the wrong end: regret / T tends to 2 (k - C) / (k + 1), with AMSGrad's maximum or without. (derived; claim adal/regret-fails)
"""

import numpy as np

from lab.checks import count
from lab.instruments.online import play
from lab.optimizers import AdaL

QUICK = {"steps": 620}
# (C, k), C < k < C^2
PATTERNS = ((3, 5), (10, 30), (2, 3))


def run(*, steps: int = 9920, lr: float = 0.5, beta1: float = 0.9, beta2: float = 0.99) -> dict[str, np.ndarray]:
    """Average regret (methods, K, patterns) at times t (K,), and its limits for AdaL (patterns,)."""
    count("steps", steps, 62)
    big, k = (np.array(side, dtype=float) for side in zip(*PATTERNS, strict=True))
    g = np.where(np.arange(steps)[:, None] % (k + 1) == 0, big, -1.0)
    methods = {
        "AdaL with AMSGrad's maximum": AdaL(lr, beta1, beta2, amsgrad=True),
        "AdaL": AdaL(lr, beta1, beta2),
        "AMSGrad": AdaL(lr, beta1, beta2, factor="none", amsgrad=True),
    }
    t = np.unique(np.geomspace(62, steps, 25).astype(int))
    average = []
    for method in methods.values():
        regret = play(method, g[..., None], np.zeros((len(big), 1))).regret
        average.append(regret[t - 1] / t[:, None])
    limits = 2 * (k - big) / (k + 1)
    return {"methods": np.array(list(methods)), "t": t, "average": np.array(average), "big": big, "k": k, "limits": limits}


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

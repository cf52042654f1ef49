"""Does AdaL have vanishing average regret?

Linear losses on [-1, 1] whose gradients are C once, then -1 k times. AdaL weighs each gradient by
its size, so it follows the sign of C^2 - k instead of that of C - k and, when k lies between C and
C^2, settles at the wrong end: regret / T tends to 2 (k - C) / (k + 1), with AMSGrad's maximum or
without. (derived; claim adal/regret-fails)

The limit: at x = -1 a period of k + 1 rounds loses k - C, at the best point +1 it loses C - k; the
difference, 2 (k - C), is paid every k + 1 rounds. All three patterns have
C < k < C^2.
"""

import numpy as np

from lab.checks import count
from lab.instruments.online import play
from lab.optimizers import AdaL
from lab.sentences import number, spoken
from lab.spectra import geometric_integers

VERSION = 2
QUICK = {"steps": 620}
UNITS = {
    "loss": "average limits",
    "gradient": "big",
    "steps": "k",
}
PATTERNS = ((3, 5), (10, 30), (2, 3))  # C, k
FIRST = 62  # the first time shown: before, the start decides


def run(
    *,
    steps: int = 9920,
    lr: float = 0.5,
    beta1: float = 0.9,
    beta2: float = 0.99,
) -> dict[str, np.ndarray]:
    """Average regret (methods, K, patterns) at times t (K,), and its limits for AdaL (patterns,).

    steps >= 62, twice the longest pattern; lr > 0, of the rate lr / sqrt(t); beta1, beta2 in
    [0, 1).

    The losses are g_t x, with g_t = C in the first of k + 1 rounds and -1 in the others; x starts
    at 0 and is clipped to [-1, 1]. Nothing is drawn. big, k (patterns,): C and k of (3, 5), (10,
    30), (2, 3). t runs from 62 on: two periods of the longest pattern, of 31 rounds.
    """
    count("steps", steps, FIRST)
    big, k = np.array(PATTERNS, dtype=float).T
    place = np.arange(steps)[:, None] % (k + 1)
    # the rounds of a game, (steps, patterns): patterns of different periods side by side
    g = np.where(place == 0, big, -1.0)
    methods = {
        "AdaL, maximum": AdaL(lr, beta1, beta2, amsgrad=True),
        "AdaL": AdaL(lr, beta1, beta2),
        "AMSGrad": AdaL(lr, beta1, beta2, factor="none", amsgrad=True),
    }

    # geometric: what is looked at is a limit in T
    t = geometric_integers(FIRST, steps, 25, down=True)
    start = np.zeros((len(PATTERNS), 1))
    games = [play(method, g[..., None], start) for method in methods.values()]
    average = [game.regret[t - 1] / t[:, None] for game in games]

    return {
        "methods": np.array(list(methods)),
        "t": t,
        "average": np.array(average),
        "big": big,
        "k": k,
        "limits": 2 * (k - big) / (k + 1),
    }


def summary(data) -> str:
    """The average regret of each method at the end, beside AdaL's limit.

    AMSGrad, whose factor is 1, is the control: it weighs a gradient by its size once, as the regret
    does. The distance from the limit at the last time is told for AdaL with and without the
    maximum; it is not a rate, since the time within a period matters as well.
    """
    t = data["t"][-1]
    lines = [f"Does the average regret vanish on skewed linear losses? Regret / T at T = {t}:"]
    for j, (big, k) in enumerate(zip(data["big"], data["k"], strict=True)):
        ends = zip(data["methods"], data["average"][:, -1, j], strict=True)
        told = ", ".join(f"{spoken(str(name))} {value:.3f}" for name, value in ends)
        lines.append(
            f"C = {big:g}, k = {k:g}: {told}; the limit of AdaL is {data['limits'][j]:.3f}."
        )
    off = np.abs(data["average"][:2, -1] - data["limits"]).max()
    lines.append(f"AdaL, with AMSGrad's maximum or without, is within {number(off)} of its limit.")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

"""Does Adam converge on convex problems?

Online linear losses on [-1, 1] on which it goes to the worst point, and AMSGrad does not. First the
losses C x, -x, -x repeated (beta1 = 0, beta2 = 1 / (1 + C^2), no debiasing, lr / sqrt t), where
Adam's regret per round tends to (2 C - 4) / 3; then the losses 1010 x once in 101 rounds and -10 x
otherwise (beta1 = 0.9, beta2 = 0.99). (Reddi, Kale & Kumar 2018)
"""

import numpy as np

from lab.checks import positive
from lab.instruments.online import play
from lab.optimizers import Adam, AMSGrad, InverseSqrt, Scheduled
from lab.theory.online import reddi_losses

QUICK = dict(steps=600, long=2000)
RAW = dict(eps=0.0, debias="none")


def run(
    *,
    large: float = 3.0,
    steps: int = 10_000,
    lr: float = 0.8,
    long: int = 60_000,
    long_lr: float = 0.5,
) -> dict[str, np.ndarray]:
    """regret (method, time) per round on the first losses at times t; x (method, time) on the
    second at long_t. Methods: Adam, AMSGrad."""
    positive("large", large)
    times, long_times = _times(steps), _times(long)
    beta2 = 1 / (1 + large**2)
    first = [cls(lr, 0.0, beta2, **RAW) for cls in (Adam, AMSGrad)]
    games = [
        play(Scheduled(InverseSqrt(), method), reddi_losses(steps, large), np.ones(1))
        for method in first
    ]
    rare = 10 * reddi_losses(long, 101.0, period=101)
    second = [cls(long_lr, 0.9, 0.99, **RAW) for cls in (Adam, AMSGrad)]
    walks = [play(Scheduled(InverseSqrt(), method), rare, np.zeros(1)) for method in second]
    return {
        "t": times,
        "regret": np.stack([game.regret[times - 1] / times for game in games]),
        "limit": np.array((2 * large - 4) / 3),
        "large": np.array(large),
        "long_t": long_times,
        "walls": np.array([-1.0, 1.0]),
        "long_lr": np.array(long_lr),
        "lr": np.array(lr),
        "x": np.stack([walk.points[long_times - 1, 0] for walk in walks]),
    }


def _times(steps):
    return np.unique(np.geomspace(1, steps, 400).astype(int))


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

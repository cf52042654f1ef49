"""When is Adam's two-cycle on a quadratic stable?

Kick it and watch, over (beta1, beta2); the boundary has a closed form. The optimizer is started on
its cycle x = +-a (debiasing over, eps = 0) with x off by a factor 1 + kick. (derived; 1-D
quadratic)

The cycle: for x = (-1)^t a the gradients alternate, m has the size (1 - beta1) / (1 + beta1) of
theirs and sqrt(v) that of theirs, so that a step is lr (1 - beta1) / (1 + beta1) long; it must be 2
a. The amplitude knows neither the curvature nor beta2; the stability does know beta2.
"""

import numpy as np

from lab.checks import positive
from lab.instruments.two_cycle import deviations
from lab.optimizers import Adam
from lab.sentences import number, share
from lab.theory import two_cycle

QUICK = dict(points=9, steps=200, lines=21, late=400)
UNITS = {
    "no unit": "growth curve line reach critical",
    "steps": "late",
}
# where the cycle is unstable, a run leaves it along rounding
CHAOTIC = ("growth", "reach")


def run(
    *,
    points: int = 81,
    steps: int = 500,
    kick: float = 1e-6,
    lines: int = 161,
    late: int = 6000,
    betas: tuple[float, ...] = (0.5, 0.9, 0.99),
) -> dict[str, np.ndarray]:
    """growth (beta2, beta1): log10 of the largest deviation of the last 50 steps over the kick;
    curve: critical beta1 per beta2. reach (betas, line): largest |x| / a of the last 500 steps or
    half of them after a kick of 1 %.

    points, steps, kick > 0: of the map, points^2 runs; lines, late, betas in [0, 1): of the long
    runs, one line over beta1 for every beta2 of betas.

    A deviation is (-1)^t x_t / a - 1, a the amplitude: 0 on the cycle. Stability of the linearised
    map decides growth in the limit of small kicks; 1e-6 is ten digits above rounding, for kicks
    that decay, and small enough for the map to be linear. reach has 1 where the run stays on the
    cycle, and says nothing about whether a run that starts elsewhere would find it. steps, late ():
    also stored as numbers. critical (betas,): the curve at `betas`.
    """
    positive("kick", kick)
    beta1 = np.linspace(0, 0.4, points)
    # not 0: the closed form of the boundary has its limit 1/3 there, and v would be the last square
    beta2 = np.linspace(0.02, 0.999, points)
    # the cycle scales with the rate: any will do
    adam = Adam(0.1, beta1, beta2[:, None], 0.0)
    path = deviations(adam, steps=steps, kick=kick)
    off = np.abs(path[-50:]).max(0)

    line = np.linspace(0, 0.6, lines)
    second = np.array(betas)
    adam = Adam(0.1, line, second[:, None], 0.0)
    # 1 %: beyond the boundary a kick of 1e-6 would take most of the run to be seen
    slow = deviations(adam, steps=late, kick=0.01)
    shown = min(500, late // 2)
    return {
        "beta1": beta1,
        "beta2": beta2,
        "growth": np.log10(np.maximum(off, 1e-16) / kick),  # 1e-16: on the cycle to rounding
        "curve": two_cycle.critical_beta1(beta2),
        "line": line,
        "betas": second,
        "reach": np.abs(slow[-shown:] + 1).max(0),
        "steps": np.array(steps),
        "late": np.array(late),
        "critical": two_cycle.critical_beta1(second),
    }


def summary(data) -> str:
    """In how many cells of the map the kick does what the eigenvalues say, and what lies beyond.

    Close to the boundary a kick hardly changes in so many steps, and cells may disagree with the
    eigenvalues. A run counts as off the cycle at 10 %, since it was kicked by 1 %. At most nine
    lines, so that many betas don't fill the screen.
    """
    grows = data["growth"] > 0
    unstable = data["beta1"][None] > data["curve"][:, None]
    right = int((grows == unstable).sum())
    lines = [
        "When is Adam's two-cycle on a quadratic stable?",
        f"A kick grows where an eigenvalue is outside of the unit circle, and decays elsewhere, in "
        f"{share(right, grows.size)} cells of (beta1, beta2), after {data['steps']} steps.",
    ]
    for beta2, edge, reach in zip(data["betas"], data["critical"], data["reach"], strict=True):
        away = data["line"][reach > 1.1]
        seen = f"from {away[0]:.3f} on" if len(away) else "nowhere"
        lines.append(
            f"beta2 = {beta2:g}: unstable above beta1 = {edge:.3f}; a run is found more than 10 % "
            f"off the cycle {seen}, up to {number(reach.max())} times its size."
        )
    return "\n".join(lines[:9])


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

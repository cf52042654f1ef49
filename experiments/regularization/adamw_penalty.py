"""What does AdamW minimise: the loss plus which penalty?

On separable quadratics (p - a)^2 / 2 the slope of the penalty at the point p where a run ends is
a - p. Without noise it is that of a log barrier at |p| = 1 / lam, under gradient noise that of a
semi-ellipse; ridge is what one would expect of decay. (derived; claims adamw/log-barrier,
adamw/semi-ellipse)

The slopes: at rest g / D = -lam p. Without noise D = |g| + eps, hence |g| = lam eps |p| / (1 - lam
|p|); under noise s it is (g^2 + s^2)^(1/2), hence |g| = lam s |p| / (1 - lam^2 p^2)^(1/2). Both end
at |p| = 1 / lam, since |g| / D < 1.
"""

import numpy as np

from lab.objectives import Quadratic
from lab.optimizers import AdamW
from lab.sentences import closeness, number
from lab.simulation import simulate
from lab.theory.box import box_point

QUICK = {"points": 7, "steps": 1500, "seeds": 40, "noisy_steps": 1500}
UNITS = {
    "1 / parameter": "lam",
    "gradient": "eps noise slope predicted_slope",
    "parameter": "target p predicted ridge",
}


def run(
    *,
    lam: float = 0.5,
    eps: tuple = (0.03, 0.3, 3.0),
    noise: float = 1.0,
    points: int = 15,
    steps: int = 20000,
    noisy_steps: int = 12000,
    seeds: int = 100,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """p and slope (len(eps) + 1, points), where AdamW ends for targets a, the last row under noise;
    predicted and predicted_slope: the points of theory; ridge: those of a frozen preconditioner.

    lam > 0: the decay; eps > 0: of the runs without noise; noise > 0: the standard deviation of the
    gradient in the last one, the mean of `seeds` runs over the second half of noisy_steps.

    target (points,): from 0.2 to three times the box 1 / lam, all coordinates of one run; noise
    acts on each independently. The problem is separable, so that a coordinate is a scalar
    experiment; on dense problems the penalties are the same but the points are not read off one by
    one.
    """
    # targets up to three times the box
    target = np.linspace(0.2, 3 / lam, points)
    quiet = Quadratic(np.eye(points), linear=target)
    strength = np.array(eps)

    # 0.2 of the edge 2 (1 + b1) / (1 - b1) = 18 of the largest curvature, 1 / eps
    lr = np.minimum(0.2 * 18 * strength / (1 + 9 * lam * strength), 0.3)
    method = AdamW(lr, 0.8, 0.9, strength, weight_decay=lam)
    still = simulate(quiet, method, np.zeros(points), steps=steps).final

    shaken = Quadratic(np.eye(points), linear=target, noise=noise)
    begin = box_point(np.eye(points), target, lam, noise, penalty="semi-ellipse")
    # a start at 0 would need 1 / (lr lam) = 667 steps per e-fold to arrive
    starts = np.tile(begin, (seeds, 1))
    mean = average(shaken, lam, starts, noisy_steps, seed)

    p = np.vstack([still, mean])
    predicted = [box_point(np.eye(points), target, lam, x, penalty="log barrier") for x in strength]
    points_of_theory = np.stack([*predicted, begin])
    return {
        "lam": np.array(lam),
        "eps": strength,
        "noise": np.array(noise),
        "target": target,
        "p": p,
        "slope": target - p,
        "predicted": points_of_theory,
        "predicted_slope": target - points_of_theory,
        # where D stays at the noise's size: L2 with the weight lam D
        "ridge": target / (1 + lam * noise),
    }


def average(f, lam: float, starts: np.ndarray, steps: int, seed: int) -> np.ndarray:
    """The mean of AdamW over runs and the second half of the steps, (n,): small steps, long
    memory.

    starts (seeds, n), at the points of theory: a run that is pulled elsewhere has half of the steps
    to show it. The rate 3e-3 and beta2 = 0.998, a memory of 500 steps, make v close to E g^2, as
    theory takes it; what is left of it is the distance that the summary tells.
    """
    path = simulate(
        f,
        AdamW(3e-3, 0.9, 0.998, 0.0, weight_decay=lam),
        starts,
        steps=steps,
        batch=1,
        rng=seed,
        every=10,
        record={"p": lambda theta: theta},
    )["p"]
    return path[len(path) // 2 :].mean((0, 1))


def names(data) -> list[str]:
    """The runs, in the order of the rows.

    (len(eps) + 1,) texts, for legends and sentences.
    """
    return [*(f"eps = {x:g}" for x in data["eps"]), f"noise {float(data['noise']):g}"]


def summary(data) -> str:
    """How far each run ends from the point of theory, and from ridge.

    2 % of the box is what counts as on the points: under noise the rate and the memory are finite,
    and seeds few; runs without noise are there to rounding. Ridge is compared under noise only.
    """
    off = np.abs(data["p"] - data["predicted"]).max(-1)
    box = 1 / data["lam"]
    lines = [f"What does AdamW minimise at weight decay {number(data['lam'])}?"]
    for name, far in zip(names(data), off, strict=True):
        kind = "the semi-ellipse" if name.startswith("noise") else "the log barrier"
        verdict = "on the points of" if far < 0.02 * box else "NOT on the points of"
        lines.append(
            f"With {name} it ends {verdict} {kind}, to {closeness(far)} at worst in a box of "
            f"{number(box)}."
        )
    wrong = np.abs(data["p"][-1] - data["ridge"]).max()
    lines.append(f"Ridge with a frozen preconditioner would be {number(wrong)} away under noise.")
    inside = np.abs(data["p"]).max() < box
    lines.append(f"{'No run ends' if inside else 'A run ends OUT and not'} outside of the box.")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

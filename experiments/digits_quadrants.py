"""Do the four quadrants show on real data? Binary logistic regression on the digits, or on a table of yours.

Coordinates or eigenbasis of the Gauss-Newton matrix at the start (theta = 0, where it is the data covariance / 4), full batch or
mini-batch, all methods tuned on the same batches. Yours: lab run digits_quadrants --data FILE --target COLUMN
"""

import numpy as np

from lab.bases import eigen
from lab.checks import count, nonnegative
from lab.comparison import compare
from lab.data import binary, digits, standardise, table
from lab.objectives import Logistic
from lab.optimizers import SGD, Adam, Backtracking, DiagonalGN, HeavyBall, Newton, SignSGD
from lab.simulation import simulate
from lab.theory.spectra import geometric

QUICK = {"steps": 10, "every": 5, "rates": 4, "seeds": 2, "rows": 200}
# sign descent at a constant rate
CHAOTIC = (
    "full_coordinate_final",
    "full_coordinate_loss",
    "mini_coordinate_final",
    "mini_coordinate_loss",
)


def run(
    *,
    data: str = "",
    target: str = "",
    standardised: bool = True,
    ridge: float = 1e-2,
    damping: float = 0.1,
    steps: int = 150,
    every: int = 5,
    batch: int = 32,
    rates: int = 16,
    seeds: int = 8,
    rows: int = 0,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Per quadrant (full_coordinate, full_eigenbasis, mini_coordinate, mini_eigenbasis): the comparison, its loss the excess over the
    minimum relative to the start, its steps inf since there is no target; in the mini-batch ones `loss` (M, 3, K)
    holds the 10 %, 50 % and 90 % quantiles over the seeds.

    data: a CSV or NPZ file, empty for the digits; target: its column with two values (for the digits: a digit against the rest, empty
    for even against odd). rows: use only the first so many rows, 0 for all. ValueError for data that logistic regression can't use.
    """
    nonnegative("damping", damping)
    x, y, name = examples(data, target, count("rows", rows, 0), standardised=standardised)
    q = eigen(Logistic(x, y, ridge).hessian(np.zeros(x.shape[1])).dense())
    scale = bounds(Logistic(x, y, ridge))
    found = {"batch": np.array(batch), "seeds": np.array(seeds), "shape": np.array(x.shape), "name": np.array(name)}
    for basis, features in (("coordinate", x), ("eigenbasis", q.rows(x))):
        f = Logistic(features, y, ridge)
        table_of = methods(f, rates, damping)
        protocol = {"steps": steps, "every": every, "record": {"loss": excess(f, *scale)}}
        theta = np.zeros(features.shape[1])
        full = compare(f, table_of, theta=theta, **protocol)
        mini = compare(f, table_of, theta=np.tile(theta, (seeds, 1)), batch=batch, rng=seed, **protocol)
        mini["loss"] = np.quantile(mini["loss"], (0.1, 0.5, 0.9), axis=-1, method="inverted_cdf").swapaxes(0, 1)
        for size, part in (("full", full), ("mini", mini)):
            found |= {f"{size}_{basis}_{key}": value for key, value in part.items()}
    return found


def examples(data: str, target: str, rows: int, *, standardised: bool) -> tuple[np.ndarray, np.ndarray, str]:
    """Features, labels 0 and 1, and what they are."""
    if data and not target:
        raise ValueError("target = '': name the column of your data to predict, --target COLUMN")
    last = rows or None
    if data:
        x, y, columns = table(data, target)
        name, labels = f"{target} of the given data", f"{data}: column {target!r}"
    else:
        if target not in ("", *"0123456789"):
            raise ValueError(f"target = {target!r}: must be a digit 0 ... 9 (against the rest), or empty (even against odd)")
        x, label = digits()
        x, columns = x[:, x[:last].std(0) > 0], None  # some pixels at the rim are always 0
        y, name = (label == int(target), f"digit {target} against the rest") if target else (label % 2, "even against odd digits")
        labels = name
    x, y = x[:last], binary(y[:last], labels)
    return standardise(x, data, columns) if standardised else x, y, name


def bounds(f: Logistic) -> tuple[float, float]:
    """The least loss, by Newton's method with backtracking, and how much the start exceeds it; the same in every orthonormal basis."""
    path = simulate(f, Backtracking(Newton()), f.start(), steps=12, every=12)["loss"]
    return float(path[-1]), float(path[0] - path[-1])


def excess(f: Logistic, lowest: float, scale: float):
    """theta -> (f(theta) - min f) / (f(0) - min f)."""
    return lambda theta: (f.loss(theta) - lowest) / scale


def methods(f: Logistic, rates: int, damping: float) -> dict:
    """Method -> optimizer and grid: as many rates for each, three decades up to ten times 2 / lam_max(P G) at the start, P the
    preconditioner there (the loss flattens later, so larger rates can be stable; a tenth of it for heavy ball, whose
    momentum 0.9 multiplies its rate by ten); for Adam and sign descent, whose rate is a distance,
    up to 1 / sqrt(lam_max)."""
    g = f.hessian(f.start()).dense()
    d, shape = np.diag(g), geometric(rates, 1e3)
    damping = damping * float(d.mean())

    def below(scale, factor=20.0):
        return factor / np.linalg.eigvalsh(g * np.sqrt(np.outer(scale, scale)))[-1] * shape

    distance = np.sqrt(below(np.ones_like(d), 1.0)[0]) * shape
    return {
        "GD": (SGD(1.0), below(np.ones_like(d))),
        "GN^-1": (DiagonalGN(1.0), below(1 / d)),
        "GN^-1/2": (DiagonalGN(1.0, power=-0.5), below(1 / np.sqrt(d))),
        "damped GN^-1": (DiagonalGN(1.0, damping=damping), below(1 / (d + damping))),
        "heavy ball": (HeavyBall(1.0, 0.9), below(np.ones_like(d), 3.8)),
        "Adam": (Adam(1.0, 0.9, 0.95), distance),
        "sign": (SignSGD(1.0), distance),
    }


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

"""Do the four quadrants show on real data?

Binary logistic regression on the digits, or on a table of yours. Coordinates or eigenbasis of the
Gauss-Newton matrix at the start (theta = 0, where it is the data covariance / 4), full batch or
mini-batch, all methods tuned on the same batches. Yours: lab run digits_quadrants --data FILE
--target COLUMN
"""

import numpy as np

from lab.bases import eigen
from lab.checks import count, nonnegative
from lab.data import Source, examples
from lab.instruments.comparison import compare
from lab.objectives import Logistic
from lab.optimizers import SGD, Adam, DiagonalGN, HeavyBall, SignSGD
from lab.sentences import first, quantiles_of
from lab.spectra import geometric

VERSION = 2
QUICK = {"steps": 10, "every": 5, "rates": 4, "seeds": 2, "rows": 200}
# sign descent at a constant rate
CHAOTIC = (
    "full_coordinate_final",
    "full_coordinate_loss",
    "mini_coordinate_final",
    "mini_coordinate_loss",
    "mini_coordinate_runs",
)


def run(
    *,
    data: str = "",
    target: str = "",
    missing: str = "refuse",
    features: str = "",
    drop: str = "",
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
    """Per quadrant (full_coordinate, full_eigenbasis, mini_coordinate, mini_eigenbasis): the
    comparison, its loss the excess over the minimum relative to the start, its steps inf since
    there is no target; in the mini-batch ones `runs` (M, K, seeds), at the rate that is best for
    the median last loss on other mini-batches, `loss` (M, 3, K) their 10 %, 50 % and 90 %
    quantiles, `final` (M,) their last median.

    data, target, missing, features, drop, rows: see lab.data.Source; `notes` says how the data were
    read and what was left out. ridge >= 0; damping >= 0, relative to the mean of the curvature's
    diagonal; every: steps between recorded ones; rates: as many per method; seeds: of the
    mini-batch runs. ValueError for data that logistic regression can't use, and for a loss without
    a minimum: separable classes and ridge = 0.
    """
    nonnegative("damping", damping)
    source = Source(data, target, missing, features, drop, count("rows", rows, 0))
    x, y, name, notes = examples(source, standardised=standardised)
    in_coordinates = Logistic(x, y, ridge)
    q = eigen(in_coordinates.hessian(in_coordinates.start()).dense())
    lowest, scale = bounds(in_coordinates)
    found = {
        "batch": np.array(batch),
        "seeds": np.array(seeds),
        "shape": np.array(x.shape),
        "name": np.array(name),
        "notes": np.array(notes, dtype=str),
    }
    for basis, columns in (("coordinate", x), ("eigenbasis", q.rows(x))):
        f = Logistic(columns, y, ridge)
        record = {"loss": excess(f, lowest, scale)}
        protocol = {"steps": steps, "every": every, "record": record}
        table = methods(f, rates, damping)

        full = compare(f, table, theta=f.start(), **protocol)
        starts = f.start((seeds,))
        mini = compare(f, table, theta=starts, batch=batch, rng=seed, **protocol)
        mini |= reported(f, table, mini["lr"], theta=starts, batch=batch, rng=seed + 1, **protocol)
        for size, part in (("full", full), ("mini", mini)):
            found |= {f"{size}_{basis}_{key}": value for key, value in part.items()}
    return found


TITLES = {
    "full_coordinate": "full batch, coordinates",
    "full_eigenbasis": "full batch, eigenbasis",
    "mini_coordinate": "mini-batch, coordinates",
    "mini_eigenbasis": "mini-batch, eigenbasis",
}


def summary(data) -> str:
    """Who has the lowest last loss in each quadrant, and whether that is more than a tie."""
    t = data["full_coordinate_t"][-1]
    seeds = int(data["seeds"])
    lines = [
        f"Which preconditioner wins on {data['name']}, {data['shape'][0]} examples, after {t} "
        f"steps? Excess loss over that at the start:"
    ]
    for case, title in TITLES.items():
        names, final = data[f"{case}_methods"], data[f"{case}_final"]
        bands = None
        if case.startswith("mini"):
            bands = data[f"{case}_loss"][:, 0, -1], data[f"{case}_loss"][:, 2, -1]
        # what is below is what rounding leaves of a difference of losses
        lines.append(f"{title}: {first(names, final, bands, floor=1e-12)}.")

    lines.append(
        f"Mini-batches of {data['batch']}; medians, and a tie where bands meet "
        f"({quantiles_of(seeds)}); rates were chosen on other mini-batches."
    )
    return "\n".join(lines)


def reported(f: Logistic, table: dict, lr: np.ndarray, **protocol) -> dict[str, np.ndarray]:
    """Every method at its rate, on fresh mini-batches: those that chose the rate flatter it."""
    pairs = zip(table.items(), lr, strict=True)
    chosen = {name: (optimizer, np.array([rate])) for (name, (optimizer, _)), rate in pairs}
    runs = compare(f, chosen, **protocol)["loss"]
    levels = np.quantile(runs, (0.1, 0.5, 0.9), axis=-1, method="inverted_cdf")
    return {"runs": runs, "loss": levels.swapaxes(0, 1), "final": levels[1, :, -1]}


def bounds(f: Logistic) -> tuple[float, float]:
    """The least loss, and how much the start exceeds it; the same in every orthonormal basis.
    ValueError when there is no minimum, or when it is the start, up to the rounding of a mean of m
    losses."""
    lowest = f.lowest
    at_start = float(f.loss(f.start()))
    rounding = len(f.x) * np.finfo(float).eps * at_start
    if at_start - lowest <= rounding:
        raise ValueError(
            "theta = 0 is the minimum: no feature tells the two classes apart, "
            "and there is nothing to compare"
        )
    return lowest, at_start - lowest


def excess(f: Logistic, lowest: float, scale: float):
    """theta -> (f(theta) - min f) / (f(0) - min f)."""
    return lambda theta: (f.loss(theta) - lowest) / scale


def methods(f: Logistic, rates: int, damping: float) -> dict:
    """Method -> optimizer and grid: as many rates for each, three decades up to ten times 2 /
    lam_max(P G) at the start, P the preconditioner there (the loss flattens later, so larger rates
    can be stable; a tenth of it for heavy ball, whose momentum 0.9 multiplies its rate by ten); for
    Adam and sign descent, whose rate is a distance, up to 1 / sqrt(lam_max)."""
    g = f.hessian(f.start()).dense()
    d = np.diag(g)
    one = np.ones_like(d)
    shape = geometric(rates, 1e3)
    damping = damping * float(d.mean())

    def below(scale, factor=20.0):
        preconditioned = g * np.sqrt(np.outer(scale, scale))
        return factor / np.linalg.eigvalsh(preconditioned)[-1] * shape

    distance = np.sqrt(below(one, 1.0)[0]) * shape
    return {
        "GD": (SGD(1.0), below(one)),
        "GN^-1": (DiagonalGN(1.0), below(1 / d)),
        "GN^-1/2": (DiagonalGN(1.0, power=-0.5), below(1 / np.sqrt(d))),
        "damped GN^-1": (DiagonalGN(1.0, damping=damping), below(1 / (d + damping))),
        "heavy ball": (HeavyBall(1.0, 0.9), below(one, 3.8)),  # 2 (1 + 0.9)
        "Adam": (Adam(1.0, 0.9, 0.95), distance),
        "sign": (SignSGD(1.0), distance),
    }


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

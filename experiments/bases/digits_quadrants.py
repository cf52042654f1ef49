"""Do the four quadrants show on real data?

Binary logistic regression on the digits, or on a table of yours. Coordinates or eigenbasis of the
Gauss-Newton matrix at the start (theta = 0, where it is the data covariance / 4), full batch or
mini-batch, all methods tuned on the same batches. Yours: lab run digits_quadrants --data FILE
--target COLUMN
"""

import numpy as np

from lab.checks import count
from lab.data import Source, examples
from lab.instruments.quadrants import quadrants
from lab.sentences import first, quantiles_of

VERSION = 2
QUICK = {"steps": 10, "every": 5, "rates": 4, "seeds": 2, "rows": 200}
UNITS = {
    "each its own": "shape",
    "no unit": "*_final *_loss *_runs",
    "learning rate": "*_rates",
    "steps": "*_sweep",
}
# sign descent at a constant rate
CHAOTIC = (
    "full_coordinate_final",
    "full_coordinate_loss",
    "full_eigenbasis_final",
    "full_eigenbasis_loss",
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

    t (K,); lr, final (M,), edge (M,), rates, sweep (M, L) as in
    `lab.instruments.comparison.compare`. shape (2,): examples and features. All runs start at 0.
    """
    source = Source(data, target, missing, features, drop, count("rows", rows, 0))
    # a wrong file or column is refused here, before anything runs
    x, y, name, notes = examples(source, standardised=standardised)
    tuned = {"steps": steps, "every": every, "batch": batch, "rates": rates, "seeds": seeds}
    found = quadrants(x, y, ridge=ridge, damping=damping, seed=seed, **tuned)
    return {
        "batch": np.array(batch),
        "seeds": np.array(seeds),
        "shape": np.array(x.shape),
        "name": np.array(name),
        "notes": np.array(notes, dtype=str),
        **found,
    }


TITLES = {
    "full_coordinate": "full batch, coordinates",
    "full_eigenbasis": "full batch, eigenbasis",
    "mini_coordinate": "mini-batch, coordinates",
    "mini_eigenbasis": "mini-batch, eigenbasis",
}


def summary(data) -> str:
    """Who has the lowest last loss in each quadrant, and whether that is more than a tie.

    In the full-batch quadrants a tie is within 1 %, in the mini-batch ones where the bands of 10 %
    to 90 % meet. Excess losses below 1e-12 of the start are rounding of the minimum that is
    subtracted. What is said is of this table, this ridge and this budget; that a quadrant looks as
    in theory does not show that theory's cause is at work.

    16 rates over three decades are a factor 1.58 apart. 150 mini-batches of 32 are 2.7 epochs of
    the digits.
    """
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


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

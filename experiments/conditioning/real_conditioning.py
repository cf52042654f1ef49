"""What do centring, scaling and diagonal preconditioners do to the Hessians of real data?

Linear regression on Longley's table; logistic regression on digits, even against odd, and on 5 x 5
patches of a photograph, brighter in the middle or not. Condition numbers of the Hessian at the
optimum, with a constant, and the best over all diagonals with a certified lower bound. (the
treatments are those that Ye 2024 discusses; data and numbers are ours)
"""

import numpy as np

from lab.checks import count
from lab.data import digits, longley, patches
from lab.instruments.condition import condition
from lab.sentences import number

VERSION = 1
# the search for the best diagonal ends anywhere within its certified gap of 0.1 %
CHAOTIC = (
    *(f"{name}_{kind}" for name in ("longley", "digits", "patches") for kind in ("best", "bound")),
    *("units", "means", "correlation"),
)
QUICK = {"rows": 150}
UNITS = {
    "no unit": "ridge *_jacobi *_gn_half *_row_norm *_best *_bound units means correlation",
}

TREATMENTS = ("raw", "centred", "unit columns", "standardised", "LayerNorm", "whitened")
FIELDS = ("kappa", "jacobi", "gn_half", "row_norm", "best", "bound")


def run(
    *,
    rows: int = 1500,
    ridge: float = 1e-3,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """kappa after treatments (T,) as they are and under diagonals, NAME_kappa, NAME_jacobi, ...,
    (T,); inf where the best diagonal was not computed; place (T,): 0, 1, ...; units, means,
    correlation: what multiplies kappa, (3,) for the three data sets.

    rows: of digits and patches; ridge > 0: of the standardised coefficients of logistic regression.

    units is kappa over that of the best diagonal, means that over the best after centring, and
    correlation what is left: their product is kappa, unless a factor was cut at 1. treatments (6,);
    FIELDS: as it is, Jacobi, GN^-1/2, row norms, the best diagonal and its certified bound. seed:
    of the patches and of their labels' noise.
    """
    count("rows", rows, 100)
    found = {
        "treatments": np.array(TREATMENTS),
        "ridge": np.array(ridge),
    }
    found["place"] = np.arange(len(TREATMENTS))
    causes = []
    names = []
    for name, x, y, model in _data(rows, seed):
        # squares have a minimum without one
        penalty = 0.0 if model == "linear" else ridge
        report = condition(x, y, model=model, ridge=penalty, measure=False)
        for field in FIELDS:
            values = [getattr(report.row(t), field) for t in TREATMENTS]
            # NaN stands for "not computed" in the report; a stored array has inf
            found[f"{name}_{field}"] = np.nan_to_num(np.array(values), nan=np.inf)
        causes.append(report.causes)
        names.append(name)
    found["names"] = np.array(names)
    for k, cause in enumerate(("units", "means", "correlation")):
        found[cause] = np.array([c[k] for c in causes])
    return found


def _data(rows, seed):
    """(name, features, target, model).

    Longley: 16 years, 6 columns. Digits: the 57 of the 64 pixels whose standard deviation is above
    0.1 in the first 1500. Patches: 25 pixels from 0 to 255, the label the sign of the middle one
    minus the mean of its patch, with half as much normal noise: without it the classes would be
    separable.
    """
    table = longley()
    yield "longley", table.x, table.y, "linear"

    pixels, label = digits()
    x = pixels[:rows]
    yield "digits", x[:, x.std(0) > 0.1], label[:rows] % 2, "logistic"

    rng = np.random.default_rng(seed)
    x = patches(rows, 5, rng)
    middle = x[:, 12] - x.mean(1)
    noise = 0.5 * middle.std() * rng.standard_normal(rows)
    yield "patches", 255 * x, (middle + noise > 0).astype(float), "logistic"


def summary(data) -> str:
    """What each data set suffers from, and what no diagonal repairs.

    At the optimum of each model: another model of the same table has another Hessian. The best
    diagonal is told for the raw design, the treatments by standardising.
    """
    lines = ["What do centring, scaling and diagonals do to the Hessians of real data?"]
    for k, name in enumerate(data["names"]):
        kappa = data[f"{name}_kappa"]
        units, means, left = (data[cause][k] for cause in ("units", "means", "correlation"))
        lines.append(
            f"{name}: condition number {number(kappa[0])}, of which units {number(units)}, "
            f"means {number(means)}, correlation {number(left)}; "
            f"best diagonal {number(data[f'{name}_best'][0])}, standardised {number(kappa[3])}."
        )
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

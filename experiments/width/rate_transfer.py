"""Which learning rates serve wider networks too, and which of those networks learn features?

K-FAC in the standard parameterization (SP) and in the maximal-update one (muP), with the heuristic
damping and with the trace-rescaled one, and SGD in both, on ten classes of digits: the best rate of
every width. Beside it how far the features of a hidden layer move, and the largest stable rate of
the linearised method. (stand-in for Fig. 6 of Ishikawa & Karakida 2024)

The long run trains up to width 1024 and goes to width 16384 with the critical rate.
"""

from typing import Any

import numpy as np
from _critical import largest_rate, layers, with_head
from _sweeps import (
    BASE,
    Case,
    arrays,
    even_or_odd,
    gains,
    method,
    powers_of,
    ten_classes,
    told,
    trained,
)

from lab.checks import count
from lab.instruments.width import Study, coordinate_check, slope
from lab.optimizers import SGD
from lab.sentences import number, signed
from lab.theory.mup import exponents

VERSION = 2
QUICK = {
    "widths": (16, 32),
    "rows": 24,
    "batch": 6,
    "steps": 3,
    "rates": 3,
    "seeds": 2,
    "examples": 4,
    "feature_widths": (16, 32),
    "feature_steps": 2,
    "critical_widths": (16, 32),
    "critical_examples": 8,
}
UNITS = {
    "loss": "loss median best_loss sgd_loss sgd_median sgd_best_loss",
    "learning rate": "best rates sgd_best sgd_rates sgd_theory critical",
    "no unit": "*slope *low *high *power *penalty *missed",
    "pre-activation": "moved moved_runs moved_theory",
    "examples": "rows",
}
FULL = {
    "widths": (64, 128, 256, 512, 1024),
    "rows": 512,
    "batch": 16,
    "steps": 20,
    "rates": 7,
    "seeds": 3,
    "feature_widths": (64, 128, 256, 512, 1024),
    "critical_widths": (64, 256, 1024, 4096, 16384),
    "critical_examples": 64,
}
# measured: 295 s of a core, 3.4 GB
FULL_TAKES = "about five minutes of one core and 3.4 GB"
# SP + heuristic keeps rho_A / lam(A) and rho_B / lam(B) only where rho grows like M: its best rate
# falls, by no power that is derived
CASES = {
    "SP, trace": Case("SP", "trace", 0.0),
    "muP, trace": Case("muP", "trace", 0.0),
    "SP, heuristic": Case("SP", "pi", 0.0),
    "muP, heuristic": Case("muP", "pi", 0.0),
}
DAMPING = {"trace": 1e-2, "pi": 1e-3}
DESCENT = {"SP": Case("SP", "none", -1.0), "muP": Case("muP", "none", 0.0)}
# the middle of the grids: best rates at the base width, K-FAC's and SGD's
MIDDLE = 2.0**-3
SGD_MIDDLE = 2.0**-3.25
# so far below the largest stable rate, at every width, that T steps are T times the first
FEATURE_RATE = 0.02


def run(
    *,
    widths: tuple = (64, 128, 256),
    rows: int = 256,
    batch: int = 12,
    steps: int = 12,
    rates: int = 5,
    seeds: int = 2,
    examples: int = 8,
    feature_widths: tuple = (64, 128, 256, 512),
    feature_steps: int = 10,
    critical_widths: tuple = (64, 256, 1024, 2048),
    critical_examples: int = 32,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """By case (C,) of K-FAC, width (W,) and rate (L,): loss (C, W, L, seeds) after training, inf
    above ten times that of the start; median (C, W, L); best, best_loss (C, W), the rate of a
    parabola and its loss; edge (C, W) of the grid; slope, low, high (C,) of the best rate in the
    width, inf without an interval; power (C,) what theory has for it where `derived`; penalty (C,):
    the loss of the widest with the best rate of the narrowest over its best loss, less 1; missed
    (C,): log2 of what the others promise the widest over its best rate. sgd_*: the same of SGD,
    theory (2, W) its best rates. moved (C, F): RMS of the change of the hidden layer's
    pre-activations, mean over starts; moved_runs (C, F, 4); moved_slope (C,); moved_theory (2, F),
    of trace damping. critical (C, K): largest stable rates.

    rows, batch, steps, rates, seeds: of training; examples, feature_widths, feature_steps: of the
    features' move; critical_widths, critical_examples: of the critical rate.
    """
    count("rates", rates, 3)
    data = ten_classes(rows, seed)
    budget = {"widths": widths, "seeds": seeds, "steps": steps, "batch": batch}
    # four doublings: a parabola needs the optimum and both sides, at every width
    grid = MIDDLE * np.geomspace(2.0**-2.5, 2.0**1.5, rates)
    sgd_grid = SGD_MIDDLE * np.geomspace(2.0**-3.75, 2.0**1.75, 2 * rates + 2)

    found = kronecker(data, grid, budget)
    found |= descent(data, sgd_grid, budget)
    found |= features(even_or_odd(examples, seed), feature_widths, feature_steps)
    found |= critical(even_or_odd(critical_examples, seed)[0], critical_widths, seed)
    return found | {
        "widths": np.array(widths),
        "base": np.array(BASE),
        "batch": np.array(batch),
        "rows": np.array(rows),
        "steps": np.array(steps),
        "examples": np.array(examples),
        "feature_steps": np.array(feature_steps),
        "critical_examples": np.array(critical_examples),
    }


def kronecker(
    data: tuple[np.ndarray, np.ndarray],
    grid: np.ndarray,
    budget: dict[str, Any],
) -> dict[str, np.ndarray]:
    """The sweeps of K-FAC, case by case.

    data: x (rows, 64), y (rows, 10); budget: the settings that all sweeps share. power: 0 in all
    cases but "SP, heuristic", of which nothing is derived and 0 stands in.

    cases (C,), rates (L,). The grid is around the best rate at the base width and the same for all
    cases and widths: an optimum at an edge says that the width has moved it there, or that the case
    needs another rate altogether. Dampings are fixed: 1e-2 of the traces, 1e-3 for the heuristic.
    """
    found = []
    for case in CASES.values():
        of = method(case.damp, 1.0, DAMPING[case.damp])
        found.append(trained(of, "KFAC", case.parameterization, data, grid, name="lr", **budget))
    return arrays(found) | {
        "cases": np.array(list(CASES)),
        "power": np.array([case.power for case in CASES.values()]),
        "derived": np.array([name != "SP, heuristic" for name in CASES]),
        "rates": grid,
    }


def descent(
    data: tuple[np.ndarray, np.ndarray],
    grid: np.ndarray,
    budget: dict[str, Any],
) -> dict[str, np.ndarray]:
    """The sweeps of SGD in both parameterizations, and its best rates as theory has them.

    SGD's best rate falls like 1 / M in SP (theory) and stays in muP. Its grid is wider and has more
    rates, since it has to hold both: from 2^-7 to 2^-1.5.

    sgd_theory (2, W): the best rate of the first width, times M^-1 in SP and as it is in muP;
    sgd_cases (2,). The damping of Case is "none", a word that is not read.
    """
    found = [
        trained(SGD(1.0), "SGD", case.parameterization, data, grid, name="lr", **budget)
        for case in DESCENT.values()
    ]
    swept = arrays(found)
    return {f"sgd_{name}": array for name, array in swept.items()} | {
        "sgd_cases": np.array([f"SGD, {name}" for name in DESCENT]),
        "sgd_power": np.array([case.power for case in DESCENT.values()]),
        "sgd_theory": powers_of(DESCENT, swept["best"], budget["widths"]),
        "sgd_rates": grid,
    }


def features(
    data: tuple[np.ndarray, np.ndarray],
    widths: tuple,
    steps: int,
) -> dict[str, np.ndarray]:
    """How far the hidden layer moves at one rate: full batch, one output, f_0 subtracted.

    Trained at FEATURE_RATE, the same in all cases and widths. hidden (F, S): RMS of the change of
    the second layer's pre-activations after `steps` steps; the mean over starts is geometric, as a
    slope in logarithms asks for. Theory is drawn through the first point.

    data: x (n, 64), y (n,) +-1, the full batch; f_0 is subtracted, so that all widths begin with
    the residual -y. moved_theory has SP and muP with trace damping, slopes -1/2 and 0.

    moved_slope (C,) is a fit in the logarithms over all feature_widths. In muP with valid damping
    features move alike at every width, in SP they move less the wider the network: that is what the
    derived powers say, and what the heuristic damping, for which there are none, is compared with.
    """
    x, y = data
    # four starts are few, but the change is a mean over all units and examples
    study = Study(x, y, widths, base=BASE, seeds=4)
    sizes = []
    slopes = []
    for case in CASES.values():
        of = method(case.damp, FEATURE_RATE, DAMPING[case.damp])
        table = exponents("KFAC", case.parameterization)
        checked = coordinate_check(of, table, study, steps=(steps,))
        hidden = checked.totals[0, ..., 1]
        sizes.append(hidden)
        slopes.append(slope(widths, hidden).value)
    runs = np.stack(sizes)
    middle = np.exp(np.log(runs).mean(-1))
    # RMS(dW_2 h_1) ~ M^(1/2 - e_A) in SP with valid damping, for which that is derived
    fall = np.array(widths) / widths[0]
    theory = middle[:2, :1] * np.stack([fall**-0.5, fall**0.0])
    return {
        "feature_widths": np.array(widths),
        "moved": middle,
        "moved_runs": runs,
        "moved_slope": np.array(slopes),
        "moved_theory": theory,
    }


def critical(x: np.ndarray, widths: tuple, seed: int) -> dict[str, np.ndarray]:
    """The largest stable rate of every case, (C, K), from one start per width.

    x (n, 64): the labels don't enter. Of the linearised method at the start; the damping is the
    same at every width, as in the sweeps.

    The head's scale is the only difference between the two parameterizations at the start, where
    input and hidden weights have b = 0 and 1/2 in both. One start per width: what one sees of its
    spread is how smooth the curve is.

    In a case with trace damping rho follows the traces, and the head's scale drops out; with the
    heuristic damping it doesn't.
    """
    rates = []
    for width in widths:
        standard = layers(x, width, seed)
        # W_3 has entries M^-1 in muP: those of SP at the base width
        heads = {"SP": standard, "muP": with_head(standard, np.sqrt(BASE / width))}
        row = []
        for case in CASES.values():
            row.append(largest_rate(heads[case.parameterization], case.damp, DAMPING[case.damp]))
        rates.append(row)
    return {"critical_widths": np.array(widths), "critical": np.array(rates).T}


def summary(data) -> str:
    """What transfers, what gains from width and what moves its features, case by case.

    "Wider is better" is said of best losses at each width; a transfer of the rate alone says
    nothing about it, nor about features: the last line has the critical rates of SP and muP side by
    side.

    1e-8 for the critical rates: with trace damping the head's scale cancels exactly, but for
    rounding.
    """
    lines = ["Which learning rates serve wider networks, and which of these learn features?"]
    for k, name in enumerate(data["cases"]):
        best = told(data, k)
        if not data["derived"][k]:
            best = best.replace(" (theory +0)", " (nothing derived)")
        first, *_, last = data["critical"][k]
        lines.append(
            f"K-FAC, {name}: best rate {best}, {gains(data['best_loss'][k])}; features move with "
            f"slope {signed(data['moved_slope'][k])}; critical rate {number(first)} at width "
            f"{data['critical_widths'][0]}, {number(last)} at {data['critical_widths'][-1]}."
        )
    for k, name in enumerate(data["sgd_cases"]):
        best = told(data, k, "sgd_")
        lines.append(f"{name}: best rate {best}, {gains(data['sgd_best_loss'][k])}.")
    standard, maximal = data["critical"][:2]
    gap = np.abs(standard / maximal - 1).max()
    verdict = "the same" if gap < 1e-8 else "NOT the same"
    lines.append(
        f"With trace damping both parameterizations have {verdict} critical rate at every width: "
        "that a rate transfers does not say that features are learned."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

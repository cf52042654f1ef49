"""Which dampings of K-FAC serve wider networks too?

The standard parameterization (SP) and the maximal-update one (muP), with the heuristic damping and
with the trace-rescaled one, on ten classes of digits: the best damping of every width at one rate.
In SP the heuristic keeps its share of the factors only when it grows like the width. In muP it
keeps it in hidden layers; in the first one the share of B stays and that of A grows like the width,
so that no power serves both: -2 keeps A's, 0 keeps B's and the hidden layers', and -1 the product
of both. (stand-in for Fig. 7 of Ishikawa & Karakida 2024)

The powers +1 and 0 are those of one layer's shares. The best damping is about where the fixed rate
is 1 / lam_max(K_eff), the sum over all layers: with the exact B and batches of 16 that goes as
M^0.6 in SP with the heuristic and as M^-0.35 in muP, and with the trace it stays (tested). B from
labels drawn from the model and batches of 128 have +0.8 and next to nothing: in muP the
heuristic's best damping depends on how B is estimated.

The long run trains up to width 1024.
"""

import numpy as np
from _sweeps import BASE, Case, arrays, gains, method, powers_of, ten_classes, told, trained

from lab.checks import count, positive
from lab.sentences import exponent, listed, signed

VERSION = 2
QUICK = {
    "widths": (16, 32),
    "rows": 24,
    "batch": 6,
    "steps": 3,
    "dampings": 3,
    "seeds": 2,
}
UNITS = {
    "loss": "loss median best_loss",
    "no unit": "best slope low high power theory dampings penalty missed",
    "examples": "rows",
}
FULL = {
    "widths": (64, 128, 256, 512, 1024),
    "rows": 512,
    "batch": 16,
    "steps": 16,
    "dampings": 9,
}
FULL_TAKES = "about three minutes of one core and 1.4 GB"
# rho_A / lam(A) and rho_B / lam(B) go as sqrt(rho) M^-1/2 in the hidden layer of SP; in muP as
# sqrt(rho) there and as sqrt(rho) M and sqrt(rho) in the first, so that one wants rho as it is, the
# other rho ~ M^-2, and between them no power is derived. A share goes as rho^(1/2): where the best
# share of a layer falls with the width, with other dampings too, the best rho falls twice as fast
CASES = {
    "SP, trace": Case("SP", "trace", 0.0),
    "muP, trace": Case("muP", "trace", 0.0),
    "SP, heuristic": Case("SP", "pi", 1.0),
    "muP, heuristic": Case("muP", "pi", 0.0),
}


# in the first layer rho_A rho_B = rho, where both eigenvalues together go as 1 / M
BOTH = "0 keeps hidden layers' shares and that of the first one's B, -2 its A's, -1 their product"


def run(
    *,
    widths: tuple = (64, 128, 256),
    rows: int = 256,
    batch: int = 12,
    steps: int = 12,
    dampings: int = 7,
    lr: float = 0.1,
    seeds: int = 2,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """By case (C,), width (W,) and damping (L,): loss (C, W, L, seeds) after training, inf above
    ten times that of the start; median (C, W, L); best, best_loss (C, W), the damping of a parabola
    and its loss; edge (C, W) of the grid; slope, low, high (C,) of the best damping in the width,
    inf without an interval; power (C,) and theory (C, W) what it should be, where `derived`;
    penalty (C,): the loss of the widest with the best damping of the narrowest over its best loss,
    less 1; missed (C,): log2 of what the others promise the widest over its best damping.

    rows, batch, steps, seeds, lr: of training; dampings: how many between 10^-4 and 10^-1.

    cases (C,), widths (W,), dampings (L,). Every width is trained in SP and in muP at one rate,
    since the rate of K-FAC doesn't scale in either. Two hidden layers of tanh, squares on ten
    outputs. The seed is of the choice of digits.

    The rate is not tuned: another one has another best damping.
    """
    count("dampings", dampings, 3)
    positive("lr", lr)
    data = ten_classes(rows, seed)
    budget = {"widths": widths, "seeds": seeds, "steps": steps, "batch": batch}
    grid = np.geomspace(1e-4, 1e-1, dampings)
    found = []
    for case in CASES.values():
        # 1 is replaced by every damping of the grid
        of = method(case.damp, lr, 1.0)
        sweep = trained(of, "KFAC", case.parameterization, data, grid, name="damping", **budget)
        found.append(sweep)
    swept = arrays(found)
    return swept | {
        "cases": np.array(list(CASES)),
        "power": np.array([case.power for case in CASES.values()]),
        "derived": np.array([name != "muP, heuristic" for name in CASES]),
        "theory": powers_of(CASES, swept["best"], widths),
        "dampings": grid,
        "widths": np.array(widths),
        "base": np.array(BASE),
        "batch": np.array(batch),
        "rows": np.array(rows),
        "steps": np.array(steps),
        "lr": np.array(lr),
    }


def summary(data) -> str:
    """Where the best damping goes, and what width gains, case by case.

    A slope is that of the best damping, by a parabola, against the width; "carried over" is what a
    user pays who tunes the narrowest network and trains the widest with its value.

    Seven dampings from 10^-4 to 10^-1 are half a decade apart; a parabola through the best three
    places an optimum between them. A doubling of the width moves an optimum that follows it by 0.3
    decades.
    """
    lines = ["Which dampings of K-FAC serve wider networks too?"]
    for k, name in enumerate(data["cases"]):
        gained = gains(data["best_loss"][k])
        best = told(data, k)
        if not data["derived"][k]:
            best = best.replace("theory +0", BOTH)
        lines.append(f"K-FAC, {name}: best damping {best}, {gained}.")
    away = np.abs(data["slope"] - data["power"]) * data["derived"]
    k = int(np.argmax(away))
    lines.append(f"The largest distance from theory is {away[k]:.2f} ({data['cases'][k]}).")
    lines.append(of_deviations(data))
    return "\n".join(lines)


def of_deviations(data) -> str:
    """Which powers lie outside their intervals: what theory does not account for here."""
    outside = (data["power"] < data["low"]) | (data["power"] > data["high"])
    told = []
    for k in np.flatnonzero(outside & data["derived"]):
        slope, power = signed(data["slope"][k]), exponent(data["power"][k])
        told.append(f"{data['cases'][k]} ({slope} for {power})")
    if told:
        return (
            f"Measured, and not as theory has it: outside their intervals are {listed(told)}. A "
            "power is of the shares of one layer, and all layers decide which damping is best."
        )
    return "Every derived power is inside the interval of what was measured."


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

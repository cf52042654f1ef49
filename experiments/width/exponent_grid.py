"""Does one step of (B + rho_B)^-e_B G (A + rho_A)^-e_A move the features as M^x says?

All pairs of exponents (e_A, e_B) from 0 to 1, among them SGD (0, 0), FOOF (1, 0), GNT (0, 1) and
K-FAC (1, 1), and heads W_L with entries of order M^-b_L, one step at a rate that does not scale:
slopes of RMS(dW_l h_(l-1)) in the width of three layers, against the derived ones. (the exponents
are those of Ishikawa & Karakida 2024, section 3)

A slope over widths 64 to 512 is within 0.1 of its limit as long as examples are few beside the
least width; MARGIN is that.

One step, from one kind of start: later ones, when features and errors have moved, are what
preconditioner_order looks at, for K-FAC.
"""

import numpy as np
from _sweeps import BASE, even_or_odd

from lab.checks import count
from lab.instruments.width import Study, coordinate_check, powers, slope
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.wrappers.parameterized import Powers
from lab.sentences import exponent, number, signed
from lab.theory.mup import exponents, kronecker, update
from lab.ties import rounded

VERSION = 1
QUICK = {
    "points": 2,
    "widths": (32, 64),
    "seeds": 2,
    "heads": (1.0,),
    "examples": 4,
}
UNITS = {
    "no unit": "measured reach predicted gap exponents heads damping",
}

PLACES = ("input", "hidden", "output")
NAMED = {
    "SGD": (0.0, 0.0),
    "FOOF": (1.0, 0.0),
    "GNT": (0.0, 1.0),
    "K-FAC": (1.0, 1.0),
}
# of finite width: what a slope may be off at widths 64 ... 512
MARGIN = 0.1


def run(
    *,
    points: int = 5,
    heads: tuple = (1.0, 0.5),
    widths: tuple = (64, 128, 256, 512),
    examples: int = 8,
    damping: float = 0.1,
    seeds: int = 4,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """measured, predicted (H, 3, points, points): slopes by head, layer, e_A and e_B; reach: half
    the 95 % interval of the measured ones; gap: their distance, measured less predicted. exponents
    (points,); places (3,).

    points: values of either exponent from 0 to 1; heads: b_L, 1 in muP and 1/2 in SP; examples:
    digits, even against odd; damping: a share of the traces, valid at every width.

    widths (W,); the base is 64, whatever the first is. seed: of the choice of digits. Rates do not
    scale, so that the slope is that of the preconditioned gradient itself.
    """
    count("points", points, 2)
    x, y = even_or_odd(examples, seed)
    study = Study(x, y, widths, base=BASE, seeds=seeds)
    values = np.linspace(0.0, 1.0, points)
    # e_A along the rows of a figure, e_B along its columns
    shape = (len(heads), len(PLACES), points, points)
    measured = np.zeros(shape)
    reach = np.zeros(shape)
    predicted = np.zeros(shape)
    for h, head in enumerate(heads):
        for i, e_A in enumerate(values):
            for j, e_B in enumerate(values):
                # trace damping, valid at every width
                of = ThinKronecker(1.0, damping, e_A, e_B)
                slopes = measured_slopes(of, study, head)
                measured[h, :, i, j] = [one.value for one in slopes]
                reach[h, :, i, j] = [one.high - one.value for one in slopes]
                predicted[h, :, i, j] = derived(e_A, e_B, head)
    return {
        "measured": measured,
        "reach": reach,
        "predicted": predicted,
        "gap": measured - predicted,
        "exponents": values,
        "heads": np.array(heads),
        "places": np.array(PLACES),
        "widths": np.array(widths),
        "examples": np.array(examples),
        "seeds": np.array(seeds),
        "damping": np.array(damping),
    }


def measured_slopes(of: ThinKronecker, study: Study, head: float) -> list:
    """Of the three weights, at a rate that does not scale.

    A list of Slope (value, low, high), one per layer, intervals from `seeds` starts. head: b_L; the
    other layers start as in muP, b = 0 and 1/2.

    The sum over examples in a step is the reason for few of them: their inner products must still
    concentrate at the least width.
    """
    start = {role: Powers(row.b, 0.0) for role, row in powers(exponents("SGD")).items()}
    # only the head's scale differs from muP's
    start["output"] = Powers(head, 0.0)
    moves = coordinate_check(of, start, study).moves[0]
    return [slope(study.widths, moves[..., k]) for k in range(len(PLACES))]


def derived(e_A: float, e_B: float, head: float) -> list[float]:
    """Of the same slopes.

    x of RMS(dW_l h_(l-1)) ~ M^x at c = 0: with b_L = 1 it is -1, 0, 1 for SGD, and 0 in all layers
    for K-FAC.

    The three of SGD in SP, b_L = 1/2, are -1/2, 1/2, 1.
    """
    rule = kronecker(e_A, e_B)
    return [float(update(rule, place, 0, head=head)) for place in PLACES]


def summary(data) -> str:
    """How far the slopes are from the derived ones, where most, and the four named methods.

    The four named methods are told at the first of the heads, at the nearest exponents of the grid:
    with two points those are exact, with others they may not be.
    """
    gap = np.abs(data["gap"])
    within = np.count_nonzero(gap <= MARGIN)
    lines = [
        "Does one step of the Kronecker family move the features as M^x says?",
        f"{within} of {gap.size} slopes are within {MARGIN:g} of the derived ones, "
        f"{np.count_nonzero(gap <= MARGIN / 2)} within {MARGIN / 2:g}.",
    ]
    for h, head in enumerate(data["heads"]):
        told = []
        for p, place in enumerate(data["places"]):
            worst = np.unravel_index(np.argmax(rounded(gap[h, p])), gap[h, p].shape)
            e_A, e_B = data["exponents"][list(worst)]
            told.append(f"{place} {gap[h, p][worst]:.3f} at ({number(e_A)}, {number(e_B)})")
        lines.append(f"b_L = {head:g}: largest distances {', '.join(told)}.")
    for name, (e_A, e_B) in NAMED.items():
        i, j = (int(np.argmin(np.abs(data["exponents"] - e))) for e in (e_A, e_B))
        pairs = zip(
            data["measured"][0, :, i, j],
            data["predicted"][0, :, i, j],
            strict=True,
        )
        slopes = ", ".join(f"{signed(one)} ({exponent(other)})" for one, other in pairs)
        head = data["heads"][0]
        lines.append(f"{name}, b_L = {head:g}: slopes (and derived ones) {slopes}.")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

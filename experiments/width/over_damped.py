"""What is K-FAC with a very large damping?

A damping far above the factors leaves (B + rho_B)^-1 G (A + rho_A)^-1 = G / (rho_A rho_B). With the
trace-rescaled damping that is gradient descent whose layers have the rates lr / (rho^2 tr A tr B):
in the maximal-update parameterization (muP) those that SGD needs there, M, 1 and 1 / M. With the
heuristic damping rho_A rho_B = rho: one rate for all layers, which muP does not allow SGD. (the
dampings are those of Ishikawa & Karakida 2024, section 4.2; the limit is ours)

It is a limit to compare with, not a setting to use: curvature plays no part in it.
"""

from typing import Any

import numpy as np
from _sweeps import BASE, even_or_odd, method

from lab.checks import count
from lab.instruments.width import Study, powers, slope
from lab.instruments.width.study import Start
from lab.sentences import listed, number, signed
from lab.simulation import simulate
from lab.theory.mup import exponents, gain, kronecker

VERSION = 1
QUICK = {
    "widths": (16, 32),
    "dampings": 3,
    "examples": 4,
    "seeds": 2,
}
UNITS = {
    "no unit": "dampings sine* heuristic_rate slope predicted heuristic_slope one",
    "1 / curvature": "rate theory",
}

PLACES = ("input", "hidden", "output")
PARAMETERIZATIONS = ("muP", "SP")
# sqrt(rho) of the heuristic stands against eigenvalues up to the width
HEURISTIC = 1e14
# the least and the largest share of the traces
SHARES = (1e-2, 1e4)


def run(
    *,
    widths: tuple = (64, 128, 256, 512),
    dampings: int = 13,
    examples: int = 8,
    seeds: int = 4,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """dampings (D,); sine (3, W, D): of the angle between one step and the gradient in muP, by
    layer, width and damping, root mean squares over starts; sine_theory (D,) ~ 1 / rho, from the
    largest one. By parameterization (2,), layer and width: rate (2, 3, W) = rho^2 |step| /
    |gradient| at the largest damping, theory (2, 3, W) = 1 / (tr A tr B), heuristic_rate (2, 3, W)
    = rho |step| / |gradient|, which theory has at 1; slope, predicted (2, 3): of rate in the width;
    heuristic_slope (2, 3).

    dampings: from 10^-2 to 10^4 of the traces; examples: digits, even against odd, full batch.

    SP and muP share the draws of a start. Only one step is taken: the limit is of a step, not of
    training.
    """
    count("dampings", dampings, 2)
    x, y = even_or_odd(examples, seed)
    study = Study(
        x,
        y,
        widths,
        base=BASE,
        seeds=seeds,
    )
    # six decades: from a preconditioner to a gradient
    shares = np.geomspace(*SHARES, dampings)

    all_of = [stepped(study, parameterization, shares) for parameterization in PARAMETERIZATIONS]
    rate, theory, heuristic, sines = (np.stack(one) for one in zip(*all_of, strict=True))
    # of one parameterization: the angle goes to 0 in both
    sine = sines[PARAMETERIZATIONS.index("muP")]
    return {
        "dampings": shares,
        "sine": sine,
        "sine_theory": sine[..., -1].max() * shares[-1] / shares,
        "rate": rate,
        "theory": theory,
        "heuristic_rate": heuristic,
        "slope": slopes(widths, rate),
        "predicted": np.array([orders(head) for head in (1.0, 0.5)]),
        "heuristic_slope": slopes(widths, heuristic),
        "places": np.array(PLACES),
        "widths": np.array(widths),
        "examples": np.array(examples),
        "seeds": np.array(seeds),
        "one": np.ones(len(widths)),
    }


def stepped(study: Study, parameterization: str, shares: np.ndarray) -> list[np.ndarray]:
    """rate, theory and heuristic_rate (3, W) of one parameterization, and sine (3, W, D).

    shares (D,). trace: rates shares^2, so that steps keep their size; the heuristic damping is one,
    HEURISTIC, with the rate HEURISTIC for its product rho.

    The heuristic run has one damping and one rate, so that its gains have an axis of length 1.
    """
    table = powers(exponents("KFAC", parameterization))
    trace = method(
        "trace",
        shares[:, None] ** 2,
        shares[:, None],
    )
    heuristic = method(
        "pi",
        HEURISTIC,
        np.array([[HEURISTIC]]),
    )
    found = []
    for width in study.widths:
        start = study.at(width, table)
        gains, sines = compared(start, trace)
        others, _ = compared(start, heuristic)
        found.append((gains[:, -1], 1 / traces(start), others[:, 0], sines))
    return [np.stack(one, 1) for one in zip(*found, strict=True)]


def compared(
    start: Start,
    swept: Any,
) -> tuple[np.ndarray, np.ndarray]:
    """|step| / |gradient| of one step, and the sine of their angle, (3, D).

    Rates go with the dampings, or rounding of theta would be what is left of the step.

    swept: a method whose rates and dampings are (D, 1). Means over starts of lengths' ratios, root
    mean squares of sines, of three weights.

    start: (S, ...) starts of one width; gains and sines (3, D), of input, hidden and output
    weights.
    """
    f = start.objective
    after = simulate(
        f,
        swept,
        start.theta,
        steps=1,
    ).final
    gains = []
    sines = []
    for new, old, g in zip(after, start.theta, f.grad(start.theta), strict=True):
        step = old - new
        # the part of the step that is a gradient step
        along = (step * g).sum((-1, -2)) / (g**2).sum((-1, -2))
        across = step - along[..., None, None] * g
        length = (step**2).sum((-1, -2))
        gains.append(np.sqrt(length / (g**2).sum((-1, -2))).mean(-1))
        sines.append(np.sqrt(((across**2).sum((-1, -2)) / length).mean(-1)))
    return np.stack(gains), np.stack(sines)


def traces(start: Start) -> np.ndarray:
    """tr A tr B of every layer, (3,), harmonic mean over starts: what the mean of rates sees.

    tr A = E |h|^2 over examples, tr B = E |J|^2, exact labels: the derivatives of the outputs.

    The rates 1 / (tr A tr B) are averaged over starts, as lengths of steps are: hence the harmonic
    mean.
    """
    found = []
    for layer in start.objective.curvature(start.theta, None, "exact", None).layers:
        n = layer.inputs.shape[-2]
        trace_A = (layer.inputs**2).sum((-1, -2)) / n
        trace_B = (layer.errors**2).sum((-1, -2, -3)) / n
        found.append(1 / (1 / (trace_A * trace_B)).mean())
    return np.array(found)


def slopes(widths: tuple, values: np.ndarray) -> np.ndarray:
    """Of (P, 3, W) in the width, (P, 3).

    P parameterizations, three layers.

    Without intervals: values are means over starts, one for each width.
    """
    return np.array([[slope(widths, row).value for row in part] for part in values])


def orders(head: float) -> list[float]:
    """The slopes that theory has for the rates, for K-FAC at any valid damping.

    head: b_L, 1 in muP and 1/2 in SP: 1, 0, -1 and 0, -1, -1.
    """
    powers_of = gain(kronecker(1, 1), head)
    return [float(powers_of[place]) for place in PLACES]


def summary(data) -> str:
    """The rates of layers, their slopes, and how far the steps are from gradients.

    Only the largest damping is compared with its limit; a distance of the order of 1 / rho is what
    is left there. "Are the rates that SGD needs" compares exponents, which are exact.

    Neither limit is said to be a good method.
    """
    lines = ["What is K-FAC with a very large damping?"]
    gap = np.abs(data["rate"] / data["theory"] - 1).max()
    lines.append(
        f"At {data['dampings'][-1]:g} times the traces the rates of all layers are 1 / (rho^2 tr A "
        f"tr B) to {gap:.1g} of it, and a step in muP is at a sine of at most "
        f"{data['sine'][..., -1].max():.1g} to the gradient ({data['sine'][..., 0].max():.2g} at "
        f"{data['dampings'][0]:g})."
    )
    for p, name in enumerate(PARAMETERIZATIONS):
        told = []
        for k, place in enumerate(data["places"]):
            pair = data["slope"][p, k], data["predicted"][p, k]
            told.append(f"{place} {signed(pair[0])} (theory {signed(pair[1], 0)})")
        lines.append(f"{name}, trace damping: slopes of rates in the width {listed(told)}.")
    sgd = [float(-exponents("SGD").rows[place].c) for place in PLACES]
    same = np.abs(data["predicted"][0] - sgd).max() == 0
    verdict = "are" if same else "are NOT"
    lines.append(f"Those of muP {verdict} the rates that SGD needs there.")
    away = np.abs(data["heuristic_rate"] - 1).max()
    lines.append(
        f"Heuristic damping: rates 1 / rho in every layer to {number(away)}, slopes of at most "
        f"{np.abs(data['heuristic_slope']).max():.1g}: SGD without any scaling."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

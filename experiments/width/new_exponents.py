"""Which learning rates does every other optimizer of the lab need in wider networks?

One step of each from the start of the maximal-update parameterization (muP), at a rate that does
not scale: the slope of RMS(dW_l h_(l-1)) in the width is the exponent c of the rate M^-c that its
layer needs, measured from outside; beside it the derived one, where there is a derivation.
(Ishikawa & Karakida 2024 have SGD, Shampoo and K-FAC; the other rules are ours or of the field)

An exponent says how a layer's rate must scale for its own first move to stay; that training
succeeds at such rates is another question.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from _sweeps import BASE, even_or_odd

from lab.checks import count
from lab.instruments.width import Study, coordinate_check, known_rule, powers, slope
from lab.instruments.width.coordinates import Coordinates
from lab.optimizers import OPTIMIZERS
from lab.optimizers.wrappers.parameterized import Powers
from lab.sentences import listed
from lab.theory.mup import RULES, Rule, diagonal, exponents, shampoo

VERSION = 2
# directions in which the gradient is 0 up to rounding are divided by their size
CHAOTIC = ("measured", "low", "high", "gap")
QUICK = {
    "stride": 7,
    "widths": (16, 32),
    "seeds": 2,
    "examples": 4,
}
UNITS = {
    "no unit": "measured low high derived gap",
}

PLACES = ("input", "hidden", "output")
# far below what it is added to, so that it decides nothing
TINY = 1e-12
DAMPINGS = ("eps", "eps_root", "eps_update", "eps1", "eps2", "damping")
# methods whose step has no power of the width without damping: inverses of what is near 0 have
# none. Their damping at the base width, and the share of it and the rule that it follows
DAMPED = {
    "DiagonalGN": (1e-3, 1.0, "eps", diagonal()),
    "TNT": (1e-2, 0.5, "L", shampoo()),
}
SETTINGS: dict[str, dict[str, Any]] = {"TNT": {"labels": "true"}}
# what networks answer by a matrix of all weights, 2 GB at width 128, or not at all
DENSE = {"curvature.solve", "hessian.solve", "hessian.times", "second_moment.diag"}
# a matrix of all weights of each layer
NOT_HERE = ("BlockNaturalGradient",)
MARGIN = 0.1


def run(
    *,
    widths: tuple = (64, 128, 256),
    examples: int = 6,
    seeds: int = 4,
    stride: int = 1,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """By method (N,) and layer (3,): measured, low, high: the exponent c with its 95 % interval;
    derived (N, 3), inf where no rule is known; known (N,); gap (N,): the largest distance of both,
    inf without a rule. Sorted by what is derived.

    examples: digits, even against odd, one or two steps of the full batch; stride: every so many
    methods of the registry.

    names (N,), places (3,), place (N,): 0, 1, ... Dampings are TINY, at which gradients that are 0
    up to rounding decide some slopes: those are CHAOTIC. seed: of the choice of digits.
    """
    count("stride", stride)
    x, y = even_or_odd(examples, seed)
    study = Study(
        x,
        y,
        widths,
        base=BASE,
        seeds=seeds,
    )
    # tests take a few of them
    names = methods()[::stride]
    slopes = np.array([rates(measured(name, study)) for name in names])
    theory = np.array([law_of(name, built(name)) for name in names])
    known = np.isfinite(theory).all(1)
    # by rule, then as in the registry; without one last
    # the last key of lexsort decides first: input, hidden, output
    order = np.lexsort((np.arange(len(names)), *theory.T[::-1]))
    return {
        "names": np.array(names)[order],
        "measured": slopes[order, :, 0],
        "low": slopes[order, :, 1],
        "high": slopes[order, :, 2],
        "derived": theory[order],
        "known": known[order],
        "gap": gaps(slopes[order, :, 0], theory[order]),
        "place": np.arange(len(names)),
        "places": np.array(PLACES),
        "widths": np.array(widths),
        "examples": np.array(examples),
        "seeds": np.array(seeds),
    }


def methods() -> list[str]:
    """Those of the registry that wide networks have room for.

    A method that needs what networks can't answer at these widths is left out.
    """
    here = [name for name in OPTIMIZERS if name not in NOT_HERE]
    return [name for name in here if not DENSE & built(name).needs]


def measured(name: str, study: Study) -> Coordinates:
    """Two steps, of which the first may only look.

    moves (2, W, S, 3): after one step and after two.

    A method with a warm start doesn't move in the first step, which is why there are two.
    """
    damped = "damping" if name in DAMPED else None
    return coordinate_check(
        built(name),
        start(name),
        study,
        steps=(1, 2),
        damped=damped,
    )


def gaps(slopes: np.ndarray, theory: np.ndarray) -> np.ndarray:
    """The largest distance of both (N, 3) in any layer, (N,); inf without a rule.

    slopes, theory (N, 3).
    """
    away = np.full(
        len(theory),
        np.inf,
    )
    known = np.isfinite(theory).all(1)
    away[known] = np.abs(slopes[known] - theory[known]).max(1)
    return away


def built(name: str) -> Any:
    """The method with its defaults, a rate of 1, and nothing that is added to anything.

    Hyper-parameters named in DAMPINGS are set to TINY, so that a step has a power of the width at
    all; those in DAMPED keep a damping, which follows the width as their rule says.
    """
    factory: Callable = OPTIMIZERS[name]
    there = inspect.signature(factory).parameters
    given: dict[str, Any] = {field: TINY for field in DAMPINGS if field in there}
    if name in DAMPED:
        given["damping"] = DAMPED[name][0]
    if "lr" in there:
        given["lr"] = 1.0
    if "weight_decay" in there:
        given["weight_decay"] = 0.0
    return factory(**given | SETTINGS.get(name, {}))


def start(name: str) -> dict[str, Powers]:
    """muP's scales, which are those of every method, and rates that do not scale.

    Rates have the power 0 in every layer: what is measured is what a rate would have to undo.

    The head has b = 1, as in muP: f_0 is small, and it is subtracted as well.
    """
    rows = {role: Powers(row.b, 0.0) for role, row in powers(exponents("SGD")).items()}
    if name not in DAMPED:
        return rows
    _, share, which, rule = DAMPED[name]
    shifts = powers(
        exponents(rule),
        which,
    )
    return {role: Powers(row.b, 0.0, share * shifts[role].d) for role, row in rows.items()}


def rates(found: Coordinates) -> list:
    """Slopes of the first step, or of two where the first only looks.

    Where nothing moves in the first step, a warm start, the second is measured.
    """
    first, second = found.moves
    sizes = first if first.max() > 0 else second
    return [slope(found.widths, sizes[..., k]) for k in range(len(PLACES))]


def law_of(name: str, of: Any) -> list[float]:
    """c of the three weights.

    c of input, hidden and output, Adam's 0, 1, 1; inf for all three where nothing is derived.
    """
    law: Rule | None = RULES.get(name) or known_rule(of)
    if law is None:
        return [np.inf] * len(PLACES)
    rows = exponents(law).rows
    return [float(rows[place].c) for place in PLACES]


def summary(data) -> str:
    """How many are as derived, which are not, and what was measured where nothing is derived.

    Within MARGIN in every layer counts as derived; what isn't is told with its numbers, since a
    slope over three widths can be off for reasons of finite width.
    """
    known = data["known"]
    near = known & (data["gap"] <= MARGIN)
    lines = [
        "Which learning rates does every other optimizer of the lab need in wider networks?",
        f"{len(known)} methods, {known.sum()} with a derived rule; {near.sum()} of these are "
        f"within {MARGIN:g} of it in every layer.",
    ]
    apart = [told(data, k) for k in np.flatnonzero(known & ~near)]
    if apart:
        lines.append(f"Not within it, measured (derived): {'; '.join(apart)}.")
    groups = grouped(data)
    for rule, names in groups.items():
        lines.append(f"Without a derivation, measured {rule}: {listed(names)}.")
    return "\n".join(lines)


def grouped(data) -> dict[str, list[str]]:
    """What has no derived rule by measured exponents, as halves where they are near them in
    every layer; what is alone with its rule is said together.

    "Near" is within 0.15 of halves in all layers; groups are told by size, six at most.

    Halves, since the derived exponents are whole or half numbers; what is between is told as it is.
    """
    found: dict[str, list[str]] = {}
    for k in np.flatnonzero(~data["known"]):
        own = data["measured"][k]
        halves = np.round(2 * own) / 2 + 0.0
        near = np.abs(own - halves).max() <= 1.5 * MARGIN
        name = str(data["names"][k])
        rule = ", ".join(f"{c:g}" for c in halves) if near else "no halves"
        found.setdefault(rule, []).append(name if near else told(data, k))
    # the largest groups first; what is alone is said together
    alone = [f"{names[0]} {rule}" for rule, names in found.items() if len(names) == 1]
    groups = {rule: names for rule, names in found.items() if len(names) > 1}
    ordered = dict(sorted(groups.items(), key=lambda pair: -len(pair[1])))
    few = dict(list(ordered.items())[:6])
    return few | ({"one by one": alone} if alone else {})


def told(
    data,
    k: int,
) -> str:
    """Exponents of one method.

    Measured, and in brackets derived, for input, hidden and output.
    """
    own = [f"{c:.2f}" for c in data["measured"][k]]
    if not data["known"][k]:
        return f"{data['names'][k]} {listed(own)}"
    theirs = [f"{c:g}" for c in data["derived"][k]]
    return f"{data['names'][k]} {listed(own)} ({listed(theirs)})"


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

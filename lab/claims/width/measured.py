"""The symbols that claims on one step share, and their measurement.

c is the power of the rate, M^-c; first, hidden and output are slopes in log M of RMS(dW_l h_(l-1)),
the move that a layer's own change makes, in the first step from muP's start with f_0 subtracted. 0
is maximal, below it the layer freezes, above it it explodes.

Sign and size: "first" is the slope of the layer that the inputs enter. The rate is measured at M^0
and its power taken from the slope afterwards, which is exact for steps proportional to the rate.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lab.claims import between, choice, exponent, integers, symbols
from lab.claims.width.networks import FINITE, NEAR, Sizes, slopes

c, activation, seed_of = symbols("c activation seed_of")
first, hidden, output, bias, last_bias, logits = symbols(
    "first hidden output bias last_bias logits"
)


def measured(method, activation, seed_of, head=1.0, sizes=Sizes()) -> dict[Any, float]:
    """The slopes of one network, by symbol: three layers, both kinds of biases, and the logits.

    head: W_L has entries M^-head. The rate does not scale.

    activation: "tanh" or "linear"; seed_of, an integer, picks the data.
    """
    found = slopes(method, activation, int(seed_of), head, sizes)
    return {
        first: found["input"],
        hidden: found["hidden"],
        output: found["output"],
        bias: found["input bias"],
        last_bias: found["output bias"],
        logits: found["logits"],
    }


def each_of(activation, seed_of, method, c, sizes=Sizes()) -> dict[Any, np.ndarray]:
    """Slopes of a method whose rate goes as M^-c: of a step proportional to its rate, c less.

    (R,) each. Methods whose step is not proportional to the rate, with decay or clipping, need a
    measurement per c.
    """
    rows = [measured(method, activation, s, sizes=sizes) for s in seed_of]
    # a rate M^-c takes c from every slope
    return {name: np.array([row[name] for row in rows]) - c for name in LAYERS}


# the last ones vary first: four instances are two networks, each at both ends of c
NETWORKS = {
    seed_of: integers(0, 99),
    activation: choice("tanh", "linear"),
    c: between(-1, 1),
}
MOVES = {
    first: "slope in M of RMS(dW_1 x), one step at the rate M^-c from muP's start, f_0 = 0",
    hidden: "of RMS(dW_2 h_1)",
    output: "of RMS(dW_3 h_2)",
}
LAYERS = (first, hidden, output)


def three(*powers, because: str = FINITE) -> dict[str, Any]:
    """A part per layer: the slope is what the layer needs, less c. powers: of the input, the hidden
    and the output layer."""
    names = ("input", "hidden", "output")
    parts = zip(names, LAYERS, powers, strict=True)
    return {name: exponent(s, p, tol=NEAR, because=because) for name, s, p in parts}

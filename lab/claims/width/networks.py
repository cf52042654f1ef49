"""What claims on widths measure: one step of a network on orthogonal data, at two widths.

Two hidden layers of width M, with biases, from muP's start: W_1 of entries d^(-1/2), W_2 of
M^(-1/2), W_3 of M^-1, or of M^-head. f_0 is subtracted, so that the residuals are the targets at
every width. Orthogonal examples, fewer than M: the features' Gram matrix is nearly diagonal, and
what a slope is off by is of order n / M.

A slope is between two widths of the geometric means over starts, which scatter as M^(-1/2) each:
the wide network needs fewer starts for the same error. Slopes are taken with tanh or none; ReLU on
data that are not orthogonal flips units, and needs a damping above 0.1 of the trace.

Units: sizes are root mean squares over units of a layer and over examples, so that 1 is the size of
an entry. A slope of 0 in the width is what muP promises of every move.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Layers
from lab.instruments.width import Study, powers, slope
from lab.instruments.width.study import Start
from lab.optimizers.wrappers.parameterized import Parameterized, Powers, Widths
from lab.simulation import simulate
from lab.theory.mup import exponents

WIDTHS = (64, 512)
# starts at the least width, and fewer in proportion at others: a logarithm scatters as M^(-1/2), so
# that both ends then scatter alike, and the slope between them by 0.01
SEEDS = 192
# orthogonal examples, of which two times two hidden layers are far below the least width
EXAMPLES = 2
INPUTS = 8
# what a slope that is moved by 0.05 must be told apart with
NEAR = 0.04
FINITE = (
    "192 starts at width 64, 24 at 512: three times the scatter of 0.01, and 0.01 of order n / M"
)

# muP's initial scales are the same for every rule
MUP = {role: Powers(row.b, 0.0) for role, row in powers(exponents("SGD")).items()}


class Sizes(NamedTuple):
    """Which widths are compared, with how many starts at the least of them, and examples."""

    widths: tuple[int, ...] = WIDTHS
    starts: int = SEEDS
    examples: int = EXAMPLES

    def at(self, width: int) -> Sizes:
        """The same with as many starts as this width gets: in inverse proportion to it, one at
        least."""
        return self._replace(starts=max(self.starts * self.widths[0] // width, 1))


@cache
def study(activation: str, seed: int, sizes: Sizes = Sizes()) -> Study:
    """Orthogonal examples of norm sqrt(d), targets 1, 1/2, 1/3 ... in size and of either sign.

    seed picks the inputs and the signs of the targets, not the start.
    """
    n = sizes.examples
    rng = np.random.default_rng([seed, n])
    square = rng.standard_normal((INPUTS, INPUTS))
    q, _ = np.linalg.qr(square)
    x = np.sqrt(INPUTS) * q[:n]
    signs = np.where(rng.random(n) < 0.5, -1.0, 1.0)
    y = signs / np.arange(1, n + 1)
    return Study(
        x,
        y,
        sizes.widths,
        activation=activation,
        biases=True,
        seeds=sizes.starts,
    )


@cache
def drawn(width: int, sizes: Sizes) -> Layers:
    """muP's starts of one width: drawing them costs more than a step, and neither data, activation
    nor head changes what is drawn.

    The run axis is that of the starts.
    """
    return study("tanh", 0, sizes.at(width)).at(width, MUP).theta


def start(
    activation: str,
    seed: int,
    width: int,
    head: float,
    sizes: Sizes,
) -> Start:
    """The starts of one width with W_L of entries M^-head, muP's being M^-1: the same draws,
    scaled, so that heads are compared on equal networks."""
    made = study(activation, seed, sizes.at(width))
    theta = drawn(width, sizes)
    *inner, last, bias = theta
    # drawn with muP's head, M^-1: what is missing to M^-head
    scaled = last * (width / made.base) ** (1 - head)
    layers = Layers([*inner, scaled, bias], theta.orders, theta.roles)
    return Start(made.network(width), layers, made.centred)


def with_head(head: float) -> dict[str, Powers]:
    """muP's scales with another one at the head, and rates that do not scale."""
    return MUP | {"output": Powers(head, 0.0)}


@cache
def moved(
    method: Any,
    activation: str,
    seed: int,
    head: float = 1.0,
    sizes: Sizes = Sizes(),
) -> dict[str, np.ndarray]:
    """role -> RMS(dW_l h_(l-1)) of the first step at a rate that does not scale, its geometric mean
    over the starts of every width; "logits": RMS of W_L dh_(L-1), in which dh is what the hidden
    layer's step does.

    A rate M^-c takes c from the slope, so that one measurement serves all c. Cached: several claims
    ask for one method.

    The key is the role without the layer's number; lists are in the order of sizes.widths, over the
    starts of each.
    """
    found: dict[str, list[float]] = {}
    base = sizes.widths[0]
    for width in sizes.widths:
        begun = start(activation, seed, width, head, sizes)
        sized = Parameterized(method, with_head(head), Widths(width, base))
        theta: Any = simulate(begun.objective, sized, begun.theta, steps=1).final
        own = begun.moved(theta)
        for block, name in enumerate(begun.names):
            role = name.rpartition(" ")[0]
            found.setdefault(role, []).append(geometric(own[..., block]))
        found.setdefault("logits", []).append(geometric(logits(begun, theta)))
    return {role: np.stack(one) for role, one in found.items()}


def geometric(x) -> float:
    """The geometric mean: of two slopes in logarithms it gives the mean.

    x > 0, one number per start.
    """
    return float(np.exp(np.log(x).mean()))


def logits(begun: Start, theta: Layers) -> np.ndarray:
    """RMS of J_2^T dW_2 h_1, the change of f to first order by the hidden layer, (seeds,).

    Through the moved features alone, W_3 dh_2: the head's own step is not in it.

    Biases do not move the features here: dW_2 h_1 is the weight's own part.
    """
    curvature = begun.network.evaluate(begun.theta).curvature("exact", None)
    factors = curvature.layers[1]
    block = begun.network.roles.index(("weight", 1, "hidden"))
    step = theta[block] - begun.theta[block]
    change = factors.inputs @ np.swapaxes(step, -1, -2)
    # one output: the errors of its only column
    errors = factors.errors[..., 0, :]
    along = (errors * change).sum(-1)
    return np.sqrt((along**2).mean(-1))


def slopes(
    method: Any,
    activation: str,
    seed: int,
    head: float = 1.0,
    sizes: Sizes = Sizes(),
) -> dict[str, float]:
    """role -> slope in the width of what `moved` gives.

    Of geometric means, between the widths of `sizes`; no interval is taken from them.
    """
    found = moved(method, activation, seed, head, sizes)
    return {role: slope(sizes.widths, values).value for role, values in found.items()}

"""Methods on quadratics by their rules (lab.exact.rules), at any step without iterating.

The functions take the bowl and the optimizer as `lift` has shaped it; d is theta - theta* in a
mode. The rate is constant, so that it does not matter whether it stands inside the momentum.
"""

from __future__ import annotations

import numpy as np

from lab.checks import one_line
from lab.exact.rules import Rule, linear, modes, rule_of
from lab.linalg import solve_symmetric, transposed
from lab.optimizers.gradient.first_order import SGD, HeavyBall, Nesterov
from lab.optimizers.second_order.gauss_newton import DiagonalGN, GaussNewton, Newton
from lab.optimizers.wrappers.ascent import Ascent
from lab.optimizers.wrappers.momentum import Momentum


@linear(SGD, "lr", "momentum", "dampening", "nesterov", "maximize")
def gradient_descent(b, o):
    """gain = lr q, -lr q to maximize: by itself d_t = (1 - gain)^t d_0.

    With momentum, the recurrence of lab.exact.rules. Without, any step costs one power.
    """
    m = modes(b.h)
    # ascent has no fixed point that attracts, but the recurrence is the same
    gain = -o.lr * m.q if o.maximize else o.lr * m.q
    return Rule(m, gain, o.momentum, o.dampening, o.nesterov)


@linear(HeavyBall, "lr", "momentum")
def heavy_ball(b, o):
    """d_{t+1} = (1 + momentum - a) d_t - momentum d_{t-1},  a = lr q,  d_1 = (1 - a) d_0.

    The first step has no momentum. Roots are complex, and the path oscillates, for (1 - sqrt
    momentum)^2 < a < (1 + sqrt momentum)^2.
    """
    m = modes(b.h)
    return Rule(m, o.lr * m.q, o.momentum)


@linear(Nesterov, "lr", "momentum")
def nesterov(b, o):
    """d_{t+1} = (1 - a) ((1 + momentum) d_t - momentum d_{t-1}),  a = lr q,  the y-sequence

    d_1 = (1 - (1 + momentum) a) d_0.
    """
    m = modes(b.h)
    return Rule(m, o.lr * m.q, o.momentum, nesterov=True)


@linear(DiagonalGN, "lr", "power", "damping", "labels")
def diagonal_gauss_newton(b, o):
    """gain = lr q with S^2 = (diag(H) + damping)^power; H is the curvature whatever the labels.

    Where diag(H) + damping = 0 the row of H is 0 and the coordinate rests, whatever S says there.
    """
    d = np.diagonal(b.h, axis1=-2, axis2=-1) + o.damping
    # half the power: S stands on both sides of H
    s = np.where(d > 0, d, 1.0) ** (o.power / 2)
    m = modes(b.h, s)
    return Rule(m, o.lr * m.q)


@linear(GaussNewton, "lr", "damping", "labels")
@linear(Newton, "lr", "damping")
def full_newton(b, o):
    """gain = lr q / (q + damping)

    The quotient is v^T (H + damping I)^+ H v for a mode v: 0 where solve_symmetric counts zero.
    """
    m = modes(b.h)
    v = transposed(m.v)
    damping = np.asarray(o.damping)[..., None]
    answers = solve_symmetric(b.h[..., None, :, :], v @ b.h, damping)
    return Rule(m, o.lr * (v * answers).sum(-1))


@linear(Ascent, "inner")
def ascent(b, o):
    """The rule inside with the other sign of the gradient; curvature stays that of f."""
    inside = rule_of(b, o.inner)
    return inside._replace(gain=-inside.gain)


@linear(
    Momentum,
    "inner",
    "momentum",
    "kind",
    "place",
    "nesterov",
    only={"kind": ("sum", "ema")},
)
def momentum(b, o):
    """The rule inside, with a memory: before or after a fixed matrix is the same

    An average is (1 - momentum) times the sum, from the first step on. TypeError when the method
    inside has a memory of its own: two need a recurrence of more terms.
    """
    inside = rule_of(b, o.inner)
    if np.any(inside.momentum):
        kind = type(o.inner).__name__
        raise TypeError(
            f"no closed form for Momentum around {kind}.momentum = {one_line(inside.momentum)}; "
            f"there is one for momentum = 0 in one of them; use simulate"
        )
    weight = 1 - o.momentum if o.kind == "ema" else 1.0
    return inside._replace(
        gain=weight * inside.gain,
        momentum=o.momentum,
        nesterov=o.nesterov,
    )

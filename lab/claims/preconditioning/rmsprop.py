"""RMSProp at a constant step: the two-cycle in which it ends, whatever the curvature.

x+ = x - eta g / (sqrt(v) + eps), v+ = beta2 v + (1 - beta2) g^2, g = lam x. Without noise v follows
g^2, and the step is a sign of length eta: with eps = 0 the run ends at +-eta / 2 for every lam, no
curvature is repaired there. eps > 0 takes eps / lam from the amplitude, down to 0. Adam with
momentum is not meant: its cycle need not attract.

On the way the run may come very near to 0, to exp(-pi^2 / -log beta2) and below: for beta2 next to
1 that is below the smallest number of floating point, and x = 0 for ever. Hence beta2 up to 0.99
here.
"""

from __future__ import annotations

import numpy as np
from sympy import Abs, Max, log, pi, sqrt

from lab.claims import around, between, claim, decades, derived, equal, let, sometimes, symbols
from lab.claims.loops import descend
from lab.instruments.two_cycle import jacobian
from lab.optimizers import Adam, RMSProp

beta2, eta, lam, x_0, eps, momentum, s = symbols("beta2 eta lam x_0 eps momentum s")
memory = symbols("memory")
size, rate, trace, determinant = symbols("size rate trace determinant")
STEPS = 3000
# what is left of the deviation when a run has settled: ten times less than is asked for
SETTLED = 7


def trace_of(s):
    """Of the Jacobian of a step at the cycle, in (log |x|, log v); its determinant is beta2.

    s = 1 - 2 eps / (eta lam), 1 at eps = 0 and 0 at the border where the cycle disappears."""
    return 1 + beta2 - 2 * s * (1 - beta2)


def radius_of(s):
    """Its spectral radius: sqrt(beta2) where the eigenvalues are complex."""
    t = trace_of(s)
    return Max(sqrt(beta2), (Abs(t) + sqrt(Max(t**2 - 4 * beta2, 0))) / 2)


# how far eps is from the border: a = s eta / 2
SHARE = 1 - 2 * eps / (eta * lam)
NEAR = Abs(SHARE)
# at 0, where runs end beyond the border, a step multiplies x by 1 - eta lam / eps
RATE = Max(radius_of(NEAR), (1 - NEAR) / (1 + NEAR))
# while v forgets the start, eta / (sqrt(v) + eps) passes all curvatures from below, and |x| shrinks
# to exp(-pi^2 / -log beta2); 0 is left by a factor (1 + s) / (1 - s) > e^(2 s) per step
ESCAPE = pi**2 / (2 * NEAR * log(1 / beta2))
SETTLE = SETTLED * log(10) / log(1 / RATE)


@claim(
    "rmsprop/two-cycle",
    over={
        # the closer to 1, the more steps: a third of the draws is above 0.95
        memory: decades(-2, -0.009),
        beta2: let(1 - memory),
        eta: decades(-3, 1),
        lam: decades(-2, 2),
        x_0: between(0.5, 6),
        # both sides of the border at which the cycle disappears, and on it
        eps: around(eta * lam / 2, 0.02, 2, near=(0.002, 0.2)),
        momentum: sometimes(0.0, between(0.3, 0.9)),
    },
    assuming=[momentum <= 0, ESCAPE + SETTLE <= STEPS],
    says={
        "size": equal(
            size,
            Max(0, eta / 2 - eps / lam) / eta,
            atol=1e-6,
            because="1e-7 is left when a run has settled, times its first deviation",
        ),
    },
    where={size: f"|x| / eta after {STEPS} steps of RMSProp on lam x^2 / 2 from x_0 eta"},
    cites=derived("beyond Ye 2024: no curvature is repaired at the minimum, steps are signs"),
)
def two_cycle(beta2, eta, lam, x_0, eps, momentum):
    """On x = +-a the squared gradient is constant, v = lam^2 a^2, and the step is eta lam a / (lam
    a + eps). It has to be 2 a: a = eta / 2 - eps / lam, while that is positive. Beyond, x = 0 is
    left as the only point of rest, with the factor 1 - eta lam / eps, of size below 1.

    The cycle is stable for all eps < eta lam / 2, rmsprop/two-cycle-stability: runs near the
    border, and with beta2 near 1, are slow and not unstable, and the second hypothesis counts their
    steps: to leave 0, which they come near, and to settle. beta2 = 0 would be another thing: every
    {x, x - eta} is a cycle then. With momentum the size is another one.

    Space: rates and curvatures over four decades, which only scale it; starts up to six steps away;
    eps on both sides of the border."""
    method = RMSProp(eta, beta2, eps, momentum)
    x = descend(method, lambda x: lam[:, None] * x, (x_0 * eta)[:, None], STEPS)[..., 0]
    return {size: np.abs(x[-1]) / eta}


@claim(
    "rmsprop/two-cycle-stability",
    over={beta2: between(0.02, 0.99), s: between(0.001, 1)},
    says={
        "trace": equal(
            trace,
            trace_of(s),
            atol=1e-7,
            because="central differences of width 1e-6",
        ),
        "determinant": equal(
            determinant,
            beta2,
            atol=1e-7,
            because="central differences of width 1e-6",
        ),
        "rate": equal(
            rate,
            radius_of(s),
            atol=3e-4,
            because="a double eigenvalue moves by the root of what central differences miss",
        ),
    },
    where={
        trace: "of the Jacobian of a step of RMSProp at its cycle, eps = (1 - s) eta lam / 2, in"
        " the frame that flips the sign of x",
        determinant: "the product of its two eigenvalues",
        rate: "the larger of their sizes",
    },
    cites=derived("the step, linearised; measured on Adam with beta1 = 0, which is RMSProp"),
)
def two_cycle_stability(beta2, s):
    """|x+| = |x| (q - 1), q = eta lam / (sqrt(v+) + eps), which is 2 at the cycle. d q = -q (1/2)
    sqrt(v) / (sqrt(v) + eps) d log v+ = -s d log v+, and d log v+ = beta2 d log v + 2 (1 - beta2) d
    log |x|. So in (log |x|, log v) a step is [[1 - 2 s (1 - beta2), -s beta2], [2 (1 - beta2),
    beta2]]. The determinant is beta2 for every eps, and the trace 1 + beta2 - 2 s (1 - beta2) lies
    between -(1 + beta2) and 1 + beta2 for 0 < s <= 1: both eigenvalues are inside the unit circle.
    They are complex, of size sqrt(beta2), in between. Near the border one eigenvalue is 1 - 2 s:
    the cycle fades there, it does not break.

    Space: beta2 up to 0.99, s down to a thousandth. Measured by differences on the real step."""
    own = jacobian(Adam(0.3, 0.0, beta2, (1 - s) * 0.3 / 2))
    # without momentum m is what the gradient is: that eigenvalue is 0
    x_and_v = own[:, [[0], [2]], [0, 2]]
    roots = np.linalg.eigvals(x_and_v)
    return {
        trace: np.trace(x_and_v, axis1=-2, axis2=-1),
        determinant: np.linalg.det(x_and_v),
        rate: np.abs(roots).max(-1),
    }

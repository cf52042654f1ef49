"""Blocks with a constant diagonal in the identity basis, where diagonal Gauss-Newton is gradient
descent: what no constant step, and no schedule, can beat.

Blocks H_k = Q diag(...) Q^T with Q = Hadamard / sqrt(b) have one active eigenvalue lam_k, whose
vector v_k is in {-1, 1}^b. Rigorous versions of what Liu et al. 2025 claim for the identity basis;
their own matrices are not known.

Why it matters: on such blocks the diagonal is constant, so that diagonal preconditioning sees
nothing to repair, while sign descent moves every v_k alike and needs some log2(R / eps) steps
(blocks/sign-rate).

L_T / L_0 is the loss after T steps over that at the start; all bounds are on the number T of steps,
or on what T steps leave.
"""

from __future__ import annotations

import numpy as np
from sympy import acosh, chebyshevt, cosh, log

from lab.claims import (
    around,
    at_least,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    enclosed,
    equal,
    identity,
    symbols,
)
from lab.exact import exact
from lab.objectives.quadratic import Quadratic
from lab.optimizers import SGD, Scheduled
from lab.simulation import simulate
from lab.spectra import hadamard_blocks
from lab.theory.polynomials import (
    chebyshev_extrema,
    chebyshev_step_sizes,
    minimax_on,
    optimised_schedules,
)

kappa, eps, inner, soft, stiff, share = symbols("kappa eps inner soft stiff share")
eta, T, w, program, reached, found = symbols("eta T w program reached found")
PATH = {"theta": lambda theta: theta}


@claim(
    "blocks/constant-step-lower-bound",
    over={
        kappa: decades(0.6, 2.7),
        eps: decades(-60, -4),
        inner: between(0, 1),
        stiff: decades(-0.5, 0),
        soft: decades(-0.5, 0),
        share: decades(-3, 0),
        eta: around(2 / (1 + 1 / kappa), 0.7, 1.02, near=(0.0, 0.0)),
    },
    says={
        "rate": at_least(T, log(w / eps) / (2 * log((kappa + 1) / (kappa - 1)))),
        "simple": at_least(T, (kappa - 1) / 4 * log(w / eps)),
    },
    where={
        T: "steps eta of gradient descent to eps of the first loss on blocks with the active"
        " eigenvalues 1, 1/kappa and kappa^(-inner); sqrt(lam) times coefficient: stiff, soft,"
        " share",
        w: "the smaller of the shares that the first two have in the loss at the start",
    },
    cites=derived("rigorous version of Liu et al. 2025; GN^p = GD by blocks/gn-equals-gd"),
)
def constant_step_bound(kappa, eps, inner, stiff, soft, share, eta):
    """L_T / L_0 >= w max(|1 - eta|, |1 - eta/kappa|)^(2T) >= w ((kappa - 1) / (kappa + 1))^(2T),
    and log((kappa + 1) / (kappa - 1)) <= 2 / (kappa - 1).

    w is the least that either extreme eigenvalue has of the loss at the start: a start without
    either is no slower than the spectrum that is left. The best step 2 / (1 + 1/kappa) makes both
    factors (kappa - 1) / (kappa + 1).

    "simple" is the same bound in a form that is linear in kappa; what it gives away goes to 0 as
    kappa grows, see blocks/simple-bound.

    Space: eps down to 10^-60, since whole numbers of steps make the bound loose for few of them,
    steps from 0.7 to 1.02 times the best one, a third eigenvalue anywhere between. T is inf where a
    step is too long: every bound holds there. Runs are exact powers, in closed form, up to 50,000
    steps.
    """
    lam = np.stack([np.ones_like(kappa), 1 / kappa, kappa**-inner], -1)
    alpha = np.stack([stiff, soft, share], -1) / np.sqrt(lam)
    energy = lam * alpha**2
    taken = []
    for row, a, lr, target in zip(lam, alpha, eta, eps, strict=True):
        # a block has one active eigenvalue: its coefficient is a coordinate
        f = Quadratic(np.diag(row))
        contraction = np.abs(1 - lr * row).max()
        # by then the loss is below the target, by its slowest coordinate
        most = np.ceil(np.log(target) / (2 * np.log(contraction))) + 1 if contraction < 1 else 1
        run = exact(f, SGD(lr), a, steps=np.arange(min(int(most), 50_000) + 1))
        taken.append(run.steps_to(target * f.loss(a)))
    return {T: np.array(taken), w: energy[:, :2].min(-1) / energy.sum(-1)}


@claim(
    "blocks/simple-bound",
    over={kappa: between(1.02, 100)},
    says={
        "constant step": enclosed(
            at_most(log((kappa + 1) / (kappa - 1)), 2 / (kappa - 1)), kappa=(1.02, 100)
        )
    },
    cites=derived("log(1 + x) <= x: from the rate to the bound (kappa - 1)/4 log(w/eps)"),
)
def simple_bound():
    """(kappa + 1) / (kappa - 1) = 1 + 2 / (kappa - 1).

    On the interval in ball arithmetic, where the two sides differ by a factor that goes to 1 as
    kappa grows: log((kappa + 1) / (kappa - 1)) is 2 / kappa + O(kappa^-3).
    """
    return {}


def schedules(T, kappa, seed) -> tuple[float, float, float]:
    """max_k |alpha_k(T) / alpha_k(0)|: by the linear program, by the Chebyshev schedule run on
    blocks of 16, and the least of two descents over schedules.

    From v, where all alpha_k are 1. The two descents over schedules are a search from random
    starts, which cannot prove that nothing is better, and finds nothing better.
    """
    # the largest eigenvalue is below 16, the size of a block
    lam = chebyshev_extrema(8 / kappa, 8.0, T)
    # the same interval for both: its ratio is kappa
    eta = chebyshev_step_sizes(8 / kappa, 8.0, T)
    h, v = hadamard_blocks(lam, 16)
    method = Scheduled(lambda t: eta[t], SGD(1.0))
    run = simulate(Quadratic(h), method, v.ravel(), steps=T, record=PATH)
    best = optimised_schedules(lam, T, np.random.default_rng(seed), starts=2)
    return minimax_on(lam, T), np.abs(run["theta"][-1]).max(), best.min()


@claim(
    "blocks/any-schedule-lower-bound",
    over={T: choice(2, 3, 5, 8), kappa: decades(0.5, 2.3)},
    says={
        "linear program": equal(
            program,
            1 / cosh(T * acosh((kappa + 1) / (kappa - 1))),
            atol=1e-6,
            because="the program is feasible to 1e-7",
        ),
        "attained": equal(
            reached,
            1 / cosh(T * acosh((kappa + 1) / (kappa - 1))),
            rtol=1e-9,
            because="T factors of size up to kappa, eps each",
        ),
        "no better": at_least(
            found, 1 / cosh(T * acosh((kappa + 1) / (kappa - 1))), slack=1e-9, because="T factors"
        ),
    },
    where={
        program: "least max_k |q(lam_k)| over polynomials q of degree T with q(0) = 1, lam_k the"
        " T +"
        " 1 extrema of the Chebyshev polynomial on [1, kappa]",
        reached: "max_k |alpha_k(T) / alpha_k(0)| of gradient descent with the Chebyshev schedule,"
        " on Hadamard blocks of 16",
        found: "the least that two descents over schedules reach",
    },
    cites=derived("alternation theorem; rigorous version of Liu et al. 2025"),
    instances=12,
)
def any_schedule_bound(T, kappa, seed):
    """T steps move alpha_k by q(lam_k), q(0) = 1. The minimax polynomial is T_T of the interval
    over T_T((kappa + 1) / (kappa - 1)); its roots are real, so a schedule attains it.

    Three computations that share nothing but lam: a linear program over polynomials, a run with the
    schedule, and a search over schedules. The interval is [8 / kappa, 8], whatever the text's [1,
    kappa]: only its ratio counts, and 8 keeps all eigenvalues below 16, the size of a block.

    Limits: for T = 1 it is (kappa - 1) / (kappa + 1), the best constant step. The order of the
    steps does not change q, but it does what rounding makes of it: with T up to 8 that is below
    1e-9. Space: T = 2, 3, 5, 8, and kappa from 3 to 200.
    """
    rows = np.array([schedules(T, top, seed) for top in kappa])
    return {program: rows[:, 0], reached: rows[:, 1], found: rows[:, 2]}


q = symbols("q")
MIDDLE = (1 + q**2) / (2 * q)


def left(steps: int):
    """1 / T_T((kappa + 1)/(kappa - 1)) against its closed form in q.

    By SymPy, for each T by itself; the docstring below has the reason for all T.
    """
    return identity(1 / chebyshevt(steps, MIDDLE), 2 * q**steps / (1 + q ** (2 * steps)))


@claim(
    "blocks/chebyshev-rate",
    over={q: between(0, 1)},
    says={
        "middle": identity((((1 + q) / (1 - q)) ** 2 + 1) / (((1 + q) / (1 - q)) ** 2 - 1), MIDDLE),
        "T = 2": left(2),
        "T = 3": left(3),
        "T = 5": left(5),
        "T = 8": left(8),
    },
    cites=derived("the bound of blocks/any-schedule-lower-bound in the rate of heavy ball"),
)
def chebyshev_rate():
    """q = (sqrt kappa - 1)/(sqrt kappa + 1), so kappa = ((1 + q)/(1 - q))^2, and T_T of (q + 1/q)/2
    is (q^T + q^-T)/2. The best T steps leave between q^T and 2 q^T: schedules save no more than
    the rate of heavy ball.

    Heavy ball at its best parameters falls by q per step, up to a factor that grows like T, and
    need not know T.
    """
    return {}

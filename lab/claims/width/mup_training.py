"""Training at many widths: what transfers, what learns features, what is deterministic.

k copies start as copies of one network, and at muP's rates they stay so: the loss of every step is
that of one copy, with any memory, and every hyper-parameter transfers. At other tables what changes
is an exact power of k, too. It is seen here what transfer of a rate is no evidence for: K-FAC with
relative damping has one stable rate in SP and in muP, and features that move in muP alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sympy import Eq, Rational

from lab.arrays import inner
from lab.claims import (
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    integers,
    named,
    sometimes,
    symbols,
)
from lab.claims.formulas import one_by_one
from lab.claims.width.copied import (
    COPIES,
    EXACT,
    OFF,
    Data,
    Moves,
    activation,
    b_L,
    c,
    cases,
    copies,
    off,
    powers_of,
    seed_of,
)
from lab.claims.width.trainings import METHODS, hidden_move, losses, maximal, trained
from lab.instruments.width import slope
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.wrappers.parameterized import ROLES, Powers
from lab.simulation import simulate
from lab.theory.mup import (
    kronecker,
)

rho, e_B, damp, method, eta = symbols("rho e_B damp method eta")
narrow, wide, features, size, lost, gained = symbols("narrow wide features size lost gained")

# several steps: a kink would turn the rounding of one into another gradient in the next
SMOOTH = {activation: choice("tanh", "gelu"), seed_of: integers(0, 999)}
SAME = "ten steps of rounding"
SMALL = "features have moved by 10^-4, a weak direction by some times that"


@claim(
    "mup-training/learning-rate-transfer",
    over=SMOOTH | {method: choice(*METHODS), eta: decades(-3, -1.5), rho: decades(-2, 0)} | OFF,
    assuming=[Eq(off, 0)],
    says={"loss": equal(wide, narrow, rtol=1e-8, because=SAME)},
    where={
        narrow: "loss after ten steps at the rate eta, damping or eps rho",
        wide: "loss of four copies at muP's rates and dampings of the method, rates times 4^-off",
    },
    cites=derived("a step of k copies is that of one, k^-1 times between all pairs of copies"),
    instances=16,
)
def learning_rate_transfer(activation, seed_of, method, eta, rho, off):
    """W_2 = I x W + 11^T x D / k, blocks W on the diagonal and D everywhere: features and errors
    stay copies, so gradients and statistics do, and at muP's rates D is that of one copy. h_2 gets
    D h_1 / k from each of k copies, which is what one copy gets from D. Step by step: if it holds
    before a step, every gradient block is one of k x k equal ones, k^-head times that of one copy,
    every statistic a power of k times its own, and the step has the form again.

    Hence every hyper-parameter transfers, with memory and momentum, at every step: rate, damping,
    eps, betas. Drawn networks are no copies: there it holds as M -> inf, and while ranks stay
    (mup-ranks/late-drift).

    Space: seven methods with their dampings by the rule, smooth activations, rates over a decade
    and a half. off != 0: four copies at 4^-off times muP's rates, which shows in the loss.

    Where a rule is wrong by k^off the loss after ten steps is another one; so this is a test of
    every exponent at once, whereas a coordinate check looks at one layer and one step. Four copies
    have 24 units in a hidden layer, one has 6.
    """
    make, rule, damping = METHODS[method]

    def one(seed, rate, shift, missed):
        rows = maximal(rule, damping, missed)
        return losses(make(rate, shift), rows, Data(activation, int(seed)))

    rows = one_by_one(one, seed_of, eta, rho, off)
    return {narrow: rows[:, 0], wide: rows[:, 1]}


@named
def of_the_trace(damp):
    """dampings are shares of the traces of A and B"""
    return damp == "trace"


# its input layer keeps no share, and its output layer moves whatever the share
HEURISTIC = Moves("heuristic", kronecker(1, 1), ("hidden",))


@claim(
    "mup-training/damping-transfer",
    over={
        activation: choice("tanh", "gelu"),
        seed_of: integers(0, 999),
        c: between(-1, 1),
        b_L: between(0.5, 1.5),
        rho: decades(-3, 0),
        damp: choice("trace", "trace", "absolute"),
    }
    | OFF,
    assuming=[Eq(off, 0), of_the_trace(damp)],
    says={"loss": equal(wide, narrow, rtol=1e-8, because=SAME)} | HEURISTIC.says(),
    where={
        narrow: "loss after ten steps of K-FAC at the rate 0.01, damping rho",
        wide: "loss of four copies in muP, with the same damping",
    }
    | HEURISTIC.where(),
    cites=derived("rho_A / tr A and rho_B / tr B; the measured shift: Ishikawa & Karakida 2024"),
    instances=6,
)
def damping_transfer(activation, seed_of, c, b_L, rho, damp, off):
    """Shares of traces transfer as they are: rho_A / tr A and rho_B / tr B are what a step sees.
    The heuristic keeps a hidden layer's shares only with rho ~ M^(2 (1 - b_L)),
    mup-damping/heuristic-fails, here times k^-off: none in muP, M in SP, where the best damping is
    seen to grow with the width.

    So the published shift of the best damping is one of SP with the heuristic, not of SP: with
    shares of traces there is none in SP either. In muP the heuristic keeps a hidden layer's shares,
    while its input layer dies: its A is damped away. Which rho trains best there is not settled by
    one layer: K_eff is a sum over all of them, and the best rho was measured to stay with B from
    drawn labels and to fall with the exact one (experiment damping_transfer). That a damping
    transfers is no evidence for features.

    Space: dampings over three decades; absolute ones break the first part.

    A share is compared between one copy and four, hence 1e-8: no scatter is in it, and a wrong
    power of k shows.
    """
    data = [Data(activation, int(seed)) for seed in seed_of]
    # shares of a trace follow the width by themselves
    flat = maximal(kronecker(1, 1), None, 0.0)
    rows = []
    moved = []
    for x, one, case in zip(rho, data, cases(activation, seed_of, c, b_L, off), strict=True):
        rows.append(losses(ThinKronecker(0.01, x, damp=damp), flat, one))
        # rho ~ k^(2 (1 - b_L)), which is k^-d
        d = {"hidden": 2 * (case.head - 1) + case.off}
        roles = powers_of(ThinKronecker(1.0, x, damp="pi"), case, d, "damping")
        moved.append(roles["hidden"])
    pairs = np.array(rows)
    return {narrow: pairs[:, 0], wide: pairs[:, 1], HEURISTIC.symbol("hidden"): np.array(moved)}


FLAT = dict.fromkeys(ROLES, Powers(0.0, 0.0))


@claim(
    "mup-training/sp-transfers-with-trace-damping",
    over=SMOOTH
    | {
        b_L: between(0.5, 1.5),
        e_B: sometimes(1.0, between(0, 0.9)),
        rho: decades(-3, 0),
        damp: choice("trace", "trace", "pi"),
    },
    assuming=[Eq(e_B, 1), of_the_trace(damp)],
    says={
        "loss": equal(wide, narrow, rtol=1e-9, because="rounding of roots"),
        "features": equal(features, b_L - 1, atol=1e-6, because=EXACT),
    },
    where={
        narrow: "d loss / d rate at the start of K-FAC, rates that do not scale, one copy, W_L of"
        " entries M^-b_L",
        wide: "the same, four copies",
        features: "p of RMS(dW_2 h_1) ~ k^p",
    },
    cites=derived("K_eff of B's output gradients does not see b_L; Ishikawa & Karakida 2024, 4.2"),
    instances=12,
)
def sp_transfers(activation, seed_of, b_L, e_B, rho, damp):
    """-<G, dW> is a function of H^T H and J^T J over their traces, with e_B = 1 and B of output
    gradients: the head multiplies J by a number, which B^-1 takes out of dW J, and relative damping
    doesn't see. So the largest stable rate is the same at every width and b_L, in SP (b_L = 1/2)
    too, where features move as M^(-1/2): dW h has one J less than <G, dW>. That a rate transfers
    says nothing about features.

    Space: heads from NTK's to 3/2; e_B below 1 and the heuristic break the first part."""

    def one(seed, head, power, shift):
        """<G, dW> of one copy and of four, and the power of the hidden move."""
        method = ThinKronecker(1.0, shift, 1.0, power, damp=damp)
        slopes = []
        moved = []
        for k in COPIES:
            begun = copies(Data(activation, int(seed)), k, head)
            end: Any = simulate(begun.objective, method, begun.theta, steps=1).final
            gradient = begun.objective.grad(begun.theta)
            slopes.append(inner(gradient, end - begun.theta)[0])
            moved.append(begun.moved(end)[0, begun.names.index("hidden 2")])
        return [*slopes, slope(COPIES, moved).value]

    rows = one_by_one(one, seed_of, b_L, e_B, rho)
    return {narrow: rows[:, 0], wide: rows[:, 1], features: rows[:, 2]}


@claim(
    "mup-training/feature-learning-window",
    over=SMOOTH
    | {
        b_L: between(0.5, 1.25),
        # both sides of the hypothesis
        size: decades(-6, -1.5),
        damp: choice("trace", "trace", "pi"),
    },
    assuming=[size <= Rational(1, 10**5), of_the_trace(damp)],
    says={
        "features": equal(features, b_L - 1, atol=0.006, because=SMALL),
        "loss": equal(gained, lost, rtol=0.015, because=SMALL),
    },
    where={
        features: "p of the RMS change of u_2 ~ k^p in ten steps of K-FAC, damping 0.1 tr, b_L and"
        " rate at every k those at which RMS(dW_2 h_1) = size in the first step of one copy",
        lost: "what one copy takes off the loss in ten steps",
        gained: "what four take off",
    },
    cites=derived("dh ~ M^((b_L - 1)(2 e_B - 1)) with e_B = 1"),
    instances=12,
)
def feature_learning_window(activation, seed_of, b_L, size, damp):
    """dh ~ M^((b_L - 1)(2 e_B - 1)) with e_B = 1: b_L = 1 alone moves features at every width.
    Below it they freeze, above they grow with M, by M^(1/10) at 1.1 already, while the loss does
    not tell: K_eff, which it follows, doesn't see b_L (sp-transfers-with-trace-damping). No safe
    side: SGD, e_B = 0, has one, b_L > 1, where features freeze.

    Small moves are a hypothesis: the exponent is of the first order, and moves of order 1 change J.
    Space: ten steps, first moves from 1e-6 to 0.03, heads from NTK's to 1.25.

    Why the size of the first move is fixed and not the rate: so small moves keep every head in the
    first order, whatever its stable rates.
    """

    def one(seed, head, first):
        """The power of the change of u_2, and the gains of one copy and of four."""
        data = Data(activation, int(seed))
        # the rate at which the first step has the size that was drawn
        method = ThinKronecker(first / hidden_move(data, damp), 0.1, damp=damp)
        found = [trained(method, FLAT, data, k, head) for k in COPIES]
        moved = [begun.changed(run.final)[0, 1] for begun, run in found]
        last = [run["loss"][0, 0] - run["loss"][-1, 0] for _, run in found]
        return [slope(COPIES, moved).value, *last]

    rows = one_by_one(one, seed_of, b_L, size)
    return {features: rows[:, 0], lost: rows[:, 1], gained: rows[:, 2]}

"""Limits and laws of the Kronecker family: thin solves, batches, critical rates, constants."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from sympy import Rational

from lab.arrays import Layers
from lab.claims import (
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    exponent,
    integers,
    symbols,
)
from lab.claims.formulas import one_by_one
from lab.claims.width.networks import MUP, Sizes, study
from lab.instruments.width import Start, Study, powers, slope
from lab.linalg import symmetric_power
from lab.optimizers import SGD
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.wrappers.parameterized import Parameterized, Widths
from lab.simulation import simulate
from lab.theory.mup import (
    Family,
    critical_rate,
    effective_kernel,
    exponents,
    first_step,
    kronecker,
)
from lab.thin import power_times, pushed

e, e_A, e_B, rho, b_L, seed_of = symbols("e e_A e_B rho b_L seed_of")
thin, dense, gap, method = symbols("thin dense gap method")
by_batch, matched, single, swept = symbols("by_batch matched single swept")
features, limits, last, last_limit = symbols("features limits last last_limit")

RATIO = "the largest eigenvalue of Z Z^T is at most 30, and an eigenvalue r is known to 30 eps / r"


SCATTER = "8 starts at M = 512: four times the scatter of 0.02, and terms of order n / M"


def tall(seed, rows=12, columns=3) -> np.ndarray:
    """Z with its last column twice: rank deficient."""
    z = np.random.default_rng(int(seed)).standard_normal((rows, columns))
    return np.concatenate([z, z[:, -1:]], 1)


@claim(
    "mup-limits/push-through",
    over={e: between(0, 1), rho: decades(-8, 1), seed_of: integers(0, 999)},
    says={
        "on its range": equal(thin, dense, rtol=1e-6, because=RATIO),
        "anywhere": at_most(gap, 3e-14 * (30 / rho) ** e),
    },
    where={
        thin: "|Z (Z^T Z + rho)^-e|_F from the 4 columns of Z (12, 4), one of them twice",
        dense: "|(Z Z^T + rho)^-e Z|_F from the 12 x 12 matrix",
        gap: "largest entry of the difference of both, over the largest entry, applied to Z",
    },
    cites=derived("Z = U S V^T: both sides are U S (S^2 + rho)^-e V^T"),
)
def push_through(e, rho, seed_of):
    """g(Z Z^T) Z = Z g(Z^T Z) for every g. Outside the range the thin form is rho^-e X plus what
    cancels it on the range, which loses (lam / rho)^e of the digits."""

    def one(power, shift, seed):
        z = tall(seed)
        whole = symmetric_power(z @ z.T + shift * np.eye(12), -power) @ z
        by_thin = power_times(z, z, -power, shift)
        lost = np.abs(by_thin - whole).max() / np.abs(whole).max()
        return [np.linalg.norm(pushed(z, -power, shift)), np.linalg.norm(whole), lost]

    return dict(zip((thin, dense, gap), one_by_one(one, e, rho, seed_of).T, strict=True))


@claim(
    "mup-limits/critical-rate",
    over={seed_of: integers(0, 999), b_L: between(0.4, 2), rho: decades(-2, 0)},
    says={
        "head": equal(matched, swept, rtol=1e-8, because="solves of condition 1 / rho"),
        "one example": equal(single, 2 * (1 + rho) ** 2 / 3, rtol=1e-9, because="rounding"),
    },
    where={
        matched: "largest stable rate of linearised K-FAC, three layers of tanh, M = 32, three"
        " examples, trace damping, W_L of entries M^-1",
        swept: "the same with W_L of entries M^-b_L",
        single: "of the first example alone",
    },
    cites=derived("K_eff = sum_l n S_B o S_A, S_X = X (X + rho tr X)^-1; Ishikawa & Karakida 2024"),
)
def critical(seed_of, b_L, rho):
    """B of output gradients is multiplied by a number, which relative damping cancels: SP and muP
    have one critical rate at every width. For n = 1 every S is 1 / (1 + rho)."""

    def one(head, shift, seed):
        grams = layer_grams(int(seed))
        scale = float(32 ** (1 - head)) ** 2
        heads = [*(scale * b for b in grams[1][:-1]), grams[1][-1]]
        alone = [[x[:1, :1] for x in part] for part in grams]
        rates = [(grams[0], grams[1]), (grams[0], heads), alone]
        return [critical_rate(effective_kernel(a, b, shift)) for a, b in rates]

    names = (matched, swept, single)
    return dict(zip(names, one_by_one(one, b_L, rho, seed_of).T, strict=True))


def layer_grams(seed) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """H^T H and J^T J of every layer of one start, three examples."""
    begun = study("tanh", seed, Sizes((32, 64), 1, 3)).at(32, MUP)
    factors = begun.network.evaluate(begun.theta).curvature("exact", None).layers
    inputs = [f.inputs[0] @ f.inputs[0].T for f in factors]
    errors = [f.errors[0, :, 0] @ f.errors[0, :, 0].T for f in factors]
    return inputs, errors


@claim(
    "mup-limits/constants",
    over={e_A: between(0, 1), e_B: between(0, 1), seed_of: integers(0, 99)},
    says={
        "features": equal(features, limits, rtol=0.12, because=SCATTER),
        "output": equal(last, last_limit, rtol=0.12, because=SCATTER),
    },
    where={
        features: "(RMS(dW_1 x), RMS(dW_2 h_1)), two hidden layers of ReLU, M = 512, at the first"
        " example, 8 starts; one step of the Kronecker family, trace damping 0.1",
        limits: "the same at M = inf, by arc-cosine kernels",
        last: "RMS over starts of dW_3 h_2 there",
        last_limit: "the same at M = inf",
    },
    cites=derived("limits of the Gram matrices in (*)"),
    instances=6,
)
def constants(e_A, e_B, seed_of):
    """dW_l h = Z (Z^T Z + rho_B)^-e_B X (H^T H + rho_A)^-e_A H^T h: a function of Gram matrices."""

    def one(a, b, seed):
        made = study("relu", int(seed), Sizes((512, 1024), 8))
        return [*of_width(made, int(seed), a, b), *of_limit(made, a, b)]

    rows = one_by_one(one, e_A, e_B, seed_of)
    return {features: rows[:, :2], last: rows[:, 2], limits: rows[:, 3:5], last_limit: rows[:, 5]}


def of_width(made, seed, e_A, e_B):
    """The three moves at M = 512, at the first example: root mean squares over units and starts."""
    plain = Study(made.x, made.y, made.widths, activation="relu", base=1, seeds=8)
    drawn = plain.at(512, MUP)
    first, hidden, head = drawn.theta
    theta = Layers([first, np.sqrt(2) * hidden, head], drawn.theta.orders, drawn.theta.roles)
    begun = Start(drawn.network, theta, True)
    table = powers(exponents("kronecker", e_A=e_A, e_B=e_B))
    method = Parameterized(ThinKronecker(1.0, 0.1, e_A, e_B), table, Widths(512, 1))
    end: Any = simulate(begun.objective, method, theta, steps=1).final
    factors = begun.network.evaluate(theta).curvature("exact", None).layers
    moves = []
    for new, old, layer in zip(end, theta, factors, strict=True):
        h = layer.inputs[:, :1]
        change = h @ np.swapaxes(new - old, -1, -2)
        moves.append(np.sqrt((change**2).mean()))
    return moves


def of_limit(made, e_A, e_B):
    """The three moves at M = inf, at the first example."""
    found = first_step(made.x, made.y, made.x[:1], Family(e_A, e_B, 0.1))
    return [*found.features[:, 0], abs(found.output[0])]


BATCHES = (2, 4, 8)


@claim(
    "mup-limits/batch-exponent",
    over={e_A: between(0, 1), e_B: between(0, 0.5), seed_of: integers(0, 99)},
    says={
        "power": exponent(
            by_batch,
            e_A + e_B - 1,
            tol=0.15,
            because="M = 512, and the Gram of J, one output, is not diagonal: 0.2 e_B",
        )
    },
    where={
        by_batch: "slope in the number n of examples, 2 to 8, of RMS(dW_2 h_1) in two hidden"
        " layers of tanh, orthogonal inputs, targets +-1, trace damping 1e-4, M = 512"
    },
    cites=derived("each example moves itself: A, B ~ 1/n of its own, G ~ 1/n"),
    instances=6,
)
def batch_exponent(e_A, e_B, seed_of):
    """On orthogonal features and errors, full rank and rho below 1 / n, the eigenvalues of A and B
    are 1 / n of those of one example, to the powers -e_A and -e_B, and G is 1 / n."""

    def one(a, b, seed):
        sizes = [hidden_move(n, a, b, int(seed)) for n in BATCHES]
        return slope(BATCHES, sizes).value

    return {by_batch: one_by_one(one, e_A, e_B, seed_of)}


def hidden_move(n, e_A, e_B, seed) -> float:
    """RMS(dW_2 h_1) of one start of width 512."""
    made = study("tanh", seed, Sizes((512, 1024), 2, n))
    signs = Study(made.x, np.sign(made.y), made.widths, seeds=2)
    begun = signs.at(512, MUP)
    method = ThinKronecker(1.0, 1e-4, e_A, e_B)
    end: Any = simulate(begun.objective, method, begun.theta, steps=1).final
    return float(begun.moved(end)[:, 1].mean())


DRAWN = Sizes((16, 128), 128)
TAUGHT = {
    "SGD": (SGD(0.02), kronecker(0, 0)),
    "K-FAC": (ThinKronecker(0.03, 0.1), kronecker(1, 1)),
}
KINDS = ("muP", "lazy")
SPREAD = "128 starts at widths 16 and 128: four times the scatter of 0.04"
spread, lazy_spread = symbols("spread lazy_spread")


@claim(
    "mup-limits/deterministic-limit",
    over={method: choice(*TAUGHT), seed_of: integers(0, 99)},
    says={
        "muP": equal(spread, -Rational(1, 2), atol=0.16, because=SPREAD),
        "lazy": equal(lazy_spread, Rational(1, 2), atol=0.16, because=SPREAD),
    },
    where={
        spread: "slope in M of the standard deviation over starts of f after three steps, tanh,"
        " drawn networks of widths 16 and 128, muP",
        lazy_spread: "that of sqrt(M) times it in the lazy parameterization",
    },
    cites=derived("f is a smooth function of means over M units; the lazy f_0 is a sum of M terms"),
    instances=4,
)
def deterministic_limit(method, seed_of):
    """In muP all starts of a wide network train to one function; in the lazy one f_0 is of order 1
    at every width, and what training leaves of it too."""
    optimizer, rule = TAUGHT[method]

    def one(seed):
        maximal, lazy = (spreads(optimizer, exponents(rule, x), int(seed)) for x in KINDS)
        return [maximal, lazy + 0.5]

    rows = one_by_one(one, seed_of)
    return {spread: rows[:, 0], lazy_spread: rows[:, 1]}


def spreads(optimizer, table, seed) -> float:
    """The slope of the spread of f at the examples."""
    rows = powers(table)
    plain = replace(study("tanh", seed, DRAWN), centred=False)
    found = []
    for width in DRAWN.widths:
        begun = plain.at(width, rows)
        sized = Parameterized(optimizer, rows, Widths(width, DRAWN.widths[0]))
        end: Any = simulate(begun.objective, sized, begun.theta, steps=3).final
        deviations = begun.network.evaluate(end).z.std(0)
        found.append(deviations.mean())
    return slope(DRAWN.widths, found).value

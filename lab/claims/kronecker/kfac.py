"""K-FAC's two averages against the Fisher block that they stand for.

One dense layer, g_n back-propagated errors and a_n inputs with weights w_n: the block is F = sum w
(g g^T) kron (a a^T), rows of W one after the other. K-FAC takes G kron A with G = sum w g g^T, A =
sum w a a^T, TNT the product of F's own partial traces over its trace. The claims: TNT is K-FAC with
energy-weighted averages; how far K-FAC's trace is off; what K-FAC is invariant to; and the four
cases in which it is exact. Martens & Grosse 2015 say affine invariance; the rest is derived.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq

from lab.arrays import Layers
from lab.claims import (
    at_least,
    choice,
    claim,
    data,
    decades,
    derived,
    equal,
    named,
    sometimes,
    start,
    stated_by,
    symbols,
    vector,
)
from lab.claims.kronecker.drawn import normals, tnt, unit
from lab.claims.kronecker.networks import (
    SIZE,
    both,
    definite,
    energy_weighted,
    expected,
    factor_traces,
    gaussian,
    linear,
    network,
    outputs_after,
    rows_of,
)
from lab.optimizers import KFAC
from lab.theory.kronecker.moments import kronecker_product, layer_factors, layer_moment

X, y, theta, gain, loss, activation = symbols("X y theta gain loss activation")
product, fisher, g, a, w = symbols("product fisher g a w")

MARTENS = "Martens & Grosse 2015"


@named
def mean(x):
    """the mean over samples"""
    return x.mean(-1)


@claim(
    "kfac/energy-weighting",
    over={
        loss: choice("half_mse", "bce", "softmax"),
        activation: choice("tanh", "softplus"),
        X: data(5, 3),
        y: normals(5, 2),
        gain: decades(-1, 0),
        theta: start(12, ("generic",)),
    },
    says={
        "TNT": equal(
            product, energy_weighted(g, a, w), atol=1e-12, because="sums of 10 shares of 1"
        ),
        "K-FAC's trace": equal(fisher, factor_traces(g, a, w), rtol=1e-12, because="rounding"),
    },
    where={
        g: "back-propagated errors of the first layer of a network 3-2-o on the rows of X, one per"
        " example and label, exact",
        a: "its inputs",
        w: "their weights",
        product: "F_TNT / tr F of the first block of the Fisher matrix, (6, 6)",
        fisher: "tr(E g g^T kron E a a^T)",
    },
    cites=derived("partial traces of sum w (g g^T) kron (a a^T)"),
    instances=24,
)
def energy_weighting(loss, activation, X, y, gain, theta):
    """The partial traces of F are M_1 = sum w |a|^2 g g^T and M_2 = sum w |g|^2 a a^T, because tr a
    a^T = |a|^2; its trace is tau = sum w |g|^2 |a|^2. F_TNT = M_1 kron M_2 / tau: TNT's factors are
    K-FAC's averages, each weighted by the energy of the other side, and the trace is that of the
    block. The trace of G kron A is that of independent energies instead.

    The two agree where |g| and |a| are both constant, or F = G kron A. One of them constant is not
    enough. A layer with one output has a separable F, and TNT exact, while K-FAC is off.

    Space: networks 3-2-o without biases, all three losses with exact labels, weights down to a
    tenth. Those of the second output are larger by 1 before: where two classes have one weight,
    errors of the first layer are p - p, and shares of 0 are not defined."""
    found = []
    # 2 x 3 and 2 x 2 weights, the last two of the second output
    apart = np.where((np.arange(12) == 8) | (np.arange(12) == 9), 1.0, 0.0)
    for rows, targets, at in zip(X, y, gain[:, None] * (theta + apart), strict=True):
        f, weights = network(rows, targets, loss, activation, at, biases=False)
        block = f.curvature(weights, None, "exact", None).dense()[:6, :6]
        # the block of the first weight, 2 x 3, comes first
        found.append((block, *rows_of(f, weights, 0)))
    blocks, errors, inputs, shares = (np.array(column) for column in zip(*found, strict=True))
    both = kronecker_product(layer_factors(errors, inputs, shares))
    total = shares.sum(-1)
    return {
        product: unit(tnt(blocks, (2, 3))),
        fisher: np.trace(both, axis1=-2, axis2=-1) * total,
        g: errors,
        a: inputs,
        w: shares,
    }


n, sizes_g, sizes_a = symbols("n sizes_g sizes_a")
mismatch, inverse, moment, energies = symbols("mismatch inverse moment energies")


@claim(
    "kfac/trace-mismatch",
    over={
        # five decades: one sample can have all the energy, which is where 4 mismatch is 1
        sizes_g: vector(4, -5, 0),
        sizes_a: vector(4, -5, 0),
        g: normals(4, 2),
        a: normals(4, 3),
    },
    says={
        "quotient": equal(
            mismatch,
            mean(sizes_g**2) * mean(sizes_a**2) / mean(sizes_g**2 * sizes_a**2),
            rtol=1e-12,
            because="rounding",
        ),
        "at least": at_least(4 * mismatch, 1, slack=1e-12),
    },
    where={
        mismatch: "tr(E g g^T kron E a a^T) / tr E[g g^T kron a a^T] over four samples of equal"
        " weight, of directions g, a and lengths sizes_g, sizes_a",
    },
    cites=derived("a mean of products of numbers >= 0 is at most N times the product of means"),
)
def trace_mismatch(sizes_g, sizes_a, g, a):
    """tr(G kron A) = E|g|^2 E|a|^2, and tr F = E[|g|^2 |a|^2]: the quotient is 1 / (1 + cov /
    product of means). Over N equal samples E[|g|^2 |a|^2] <= N E|g|^2 E|a|^2, because the double
    sum of |g_i|^2 |a_j|^2 has the diagonal among its terms: at least 1 / N, with equality iff all
    energy is in one sample. There is no upper bound: large errors may meet small inputs. Directions
    don't matter.

    Space: four samples whose lengths spread over five decades, each side by itself, so that both
    ends are reached."""
    errors = sizes_g[..., None] * g / np.linalg.norm(g, axis=-1, keepdims=True)
    inputs = sizes_a[..., None] * a / np.linalg.norm(a, axis=-1, keepdims=True)
    # equal weights: the bound 1 / N is for these
    share = np.full(sizes_g.shape, 0.25)
    both = kronecker_product(layer_factors(errors, inputs, share))
    block = layer_moment(errors, inputs, share)
    return {mismatch: np.trace(both, axis1=1, axis2=2) / np.trace(block, axis1=1, axis2=2)}


damping, Omega, shift, outputs, transformed = symbols("damping Omega shift outputs transformed")


@claim(
    "kfac/affine-invariance",
    over={
        loss: choice("half_mse", "bce"),
        X: normals(8, 2),
        y: normals(8, 2),
        theta: start(12, ("generic",)),
        # maps near the identity: kappa of the transformed inputs stays moderate
        Omega: normals(2, 2, size=0.2),
        shift: normals(2, size=0.5),
        damping: sometimes(0.0, decades(-3, 0)),
    },
    assuming=[Eq(damping, 0), definite(loss, X, y, theta)],
    says={
        "same function": equal(
            outputs, transformed, atol=1e-7, because="kappa(A) 1e4 in three steps of size .1"
        ),
    },
    where={
        outputs: "outputs on the rows of X after three steps of K-FAC with exact labels, a network"
        " 2-2-2 with biases",
        transformed: "the same when the network is given (I + Omega) x + shift, and starts at the"
        " first weights that undo it",
    },
    cites=stated_by(f"{MARTENS}, invariance to affine maps of activations"),
    instances=10,
)
def affine_invariance(loss, X, y, theta, Omega, shift, damping):
    """a -> T a, T affine with the constant 1 kept, is undone by the weights W -> W T^-1. Errors
    don't change; A -> T A T^T, and the gradient M -> M T^T. So G^-1 M A^-1 -> G^-1 M T^T T^-T A^-1
    T^-1 = (G^-1 M A^-1) T^-1: the step of the map undone. Step by step the two networks compute the
    same function. The block of the Fisher matrix itself, undamped, has the same law; K-FAC keeps it
    because the map acts on one factor alone.

    Needs A and G definite, to the digits that are compared, the bias inside a (or else shifts are
    not linear), and no damping: A + lam I does not transform as A does. Undamped TNT is invariant
    to orthogonal maps without shift only: its G-side is weighted by |a|^2, which T changes.

    Space: eight examples of two inputs, maps I + 0.2 normal and shifts of 0.5, a quarter of the
    instances damped; three steps, which compound a difference."""
    plain, mapped = [], []
    for k, at in enumerate(SIZE * theta):
        f, weights = network(X[k], y[k], loss, "tanh", at)
        # invertible: 0.2 normal entries leave the identity in charge
        turn = np.eye(2) + Omega[k]
        other, _ = network(X[k] @ turn.T + shift[k], y[k], loss, "tanh", at)
        first = np.linalg.solve(turn.T, weights[0].T).T
        blocks = [first, weights[1] - first @ shift[k], *list(weights)[2:]]
        there = Layers(blocks, [2, 1, 2, 1], f.roles)
        method = KFAC(0.1, float(damping[k]), momentum=0.0, labels="exact", every=1)
        plain.append(outputs_after(f, method, weights))
        mapped.append(outputs_after(other, method, there))
    return {outputs: np.array(plain), transformed: np.array(mapped)}


labels, last, last_exact, flat, flat_exact, one, one_exact = symbols(
    "labels last last_exact flat flat_exact one one_exact"
)


@claim(
    "kfac/exact-for-deep-linear-cases",
    over={
        activation: choice("linear", "linear", "tanh"),
        loss: choice("half_mse", "half_mse", "bce", "softmax"),
        # what is assumed twice: all three hypotheses hold in two of nine instances
        labels: choice("exact", "exact", "true"),
        # with one example every case is exact
        X: data(4, 2),
        y: normals(4, 2),
        theta: start(12, ("generic",)),
    },
    assuming=[linear(activation), gaussian(loss), expected(labels)],
    says={
        "first layer": equal(product, fisher, atol=1e-13, because="sums of 8 shares of 1"),
        "last, half-MSE": equal(last, last_exact, atol=1e-13, because="the same"),
        "last, weights 0": equal(flat, flat_exact, atol=1e-13, because="the same"),
        "one sample": equal(one, one_exact, atol=1e-13, because="the same"),
    },
    where={
        product: "E g g^T kron E a a^T over its trace, first layer of a network 2-2-o with biases",
        fisher: "its Fisher block over its trace",
        last: "the first of the last layer of a tanh network with half-MSE and exact labels",
        last_exact: "its Fisher block over its trace",
        flat: "the first of the last layer under softmax while its weights are 0",
        flat_exact: "its Fisher block over its trace",
        one: "the first of the first layer under BCE, with one example",
        one_exact: "its Fisher block over its trace",
    },
    cites=derived("g = B^T xi with xi independent of the input; constant g covariance; one input"),
    instances=14,
)
def exact_for_deep_linear_cases(activation, loss, labels, X, y, theta):
    """G kron A is F iff E[g g^T kron a a^T] = E g g^T kron E a a^T. Four cases:

    first layer: a linear network has g = B^T xi with B the weights behind, the same for all
    examples, and Gaussian labels from the model give xi independent of the input. True labels, a
    bent activation, or a loss whose label covariance depends on the output, break the independence.
    (Between layers k and l the same holds of E g_k g_l^T kron E a_k a_l^T.)

    last layer, half-MSE: g = xi itself, whatever is before it. Last layer at weights 0: the model's
    probabilities are the same for all inputs, and so is E g g^T given x. One sample: a a^T is a
    constant.

    Rarely elsewhere: errors of 0.5 (BCE), 1.0 (tanh) and 1.3 (softmax) of the first block were
    measured. That F is a product is not enough: of one output it always is, and the product is
    TNT's.

    Space: networks 2-2-o with biases at generic weights; four inputs, so that no average is of
    one."""
    found = []
    for x, targets, at in zip(X, y, theta, strict=True):
        # the first layer has four weights and two biases
        silent = np.concatenate([at[:6], 0 * at[6:]])
        found.append(
            (
                *both(*network(x, targets, loss, activation, at), 0, labels),
                *both(*network(x, targets, "half_mse", "tanh", at), 1, "exact"),
                *both(*network(x, targets, "softmax", "tanh", silent), 1, "exact"),
                *both(*network(x[:1], targets[:1], "bce", "tanh", at), 0, "exact"),
            )
        )
    columns = [np.array(column) for column in zip(*found, strict=True)]
    names = (product, fisher, last, last_exact, flat, flat_exact, one, one_exact)
    return dict(zip(names, columns, strict=True))

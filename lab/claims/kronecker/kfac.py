"""K-FAC's two averages against the Fisher block that they stand for."""

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
from lab.claims.kronecker.networks import both, network, outputs_after, rows_of
from lab.optimizers import KFAC
from lab.theory.kronecker.moments import kronecker_product, layer_factors, layer_moment

X, y, theta, gain, loss, activation = symbols("X y theta gain loss activation")
product, fisher, g, a, w = symbols("product fisher g a w")

MARTENS = "Martens & Grosse 2015"


@named
def energy_weighted(g, a, w):
    """sum w |a|^2 g g^T kron sum w |g|^2 a a^T / (sum w |a|^2 |g|^2)^2"""
    sizes = (g**2).sum(-1), (a**2).sum(-1)
    left = np.einsum("rn,rna,rnb->rab", w * sizes[1], g, g)
    right = np.einsum("rn,rna,rnb->rab", w * sizes[0], a, a)
    total = (w * sizes[0] * sizes[1]).sum(-1)
    return kronecker_product([left, right]) / total[:, None, None] ** 2


@named
def factor_traces(g, a, w):
    """sum w |g|^2 times sum w |a|^2"""
    energy = (w * (g**2).sum(-1)).sum(-1)
    return energy * (w * (a**2).sum(-1)).sum(-1)


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
    """TNT's factors of a dense layer are K-FAC's averages, each weighted by the energy of the other
    side, and the trace is that of the Fisher block; K-FAC's is that of independent energies."""
    found = []
    for rows, targets, at in zip(X, y, gain[:, None] * theta, strict=True):
        f, weights = network(rows, targets, loss, activation, at, biases=False)
        block = f.curvature(weights, None, "exact", None).dense()[:6, :6]
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
    """1 / (1 + cov / product of means): from 1 / N, all energy in one sample, to infinity, when
    large errors meet small inputs."""
    errors = sizes_g[..., None] * g / np.linalg.norm(g, axis=-1, keepdims=True)
    inputs = sizes_a[..., None] * a / np.linalg.norm(a, axis=-1, keepdims=True)
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
        Omega: normals(2, 2, size=0.2),
        shift: normals(2, size=0.5),
        damping: sometimes(0.0, decades(-3, 0)),
    },
    assuming=[Eq(damping, 0)],
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
    """a -> T a with T affine gives A -> T A T^T and M -> M T^T, so that G^-1 M A^-1 -> G^-1 M A^-1
    T^-1, the step of the map undone. Needs A, G definite, and the bias inside a."""
    plain, mapped = [], []
    for k, at in enumerate(0.7 * theta):
        f, weights = network(X[k], y[k], loss, "tanh", at)
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


@named
def linear(activation):
    """the network is linear"""
    return activation == "linear"


@named
def gaussian(loss):
    """the loss is half-MSE"""
    return loss == "half_mse"


@named
def expected(labels):
    """labels are the model's, averaged exactly"""
    return labels == "exact"


@claim(
    "kfac/exact-for-deep-linear-cases",
    over={
        activation: choice("linear", "linear", "tanh"),
        loss: choice("half_mse", "half_mse", "bce", "softmax"),
        labels: choice("exact", "exact", "true"),
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
    """Exact iff E[g g^T kron a a^T] = E g g^T kron E a a^T: in deep linear networks with Gaussian
    labels, in last layers with constant label covariance, for one input. Rarely elsewhere."""
    found = []
    for x, targets, at in zip(X, y, theta, strict=True):
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

"""AdaL: what its formula implies, gradient by gradient. The paper's own theorem is not known; every
statement is derived from the printed update."""

from __future__ import annotations

import numpy as np
from sympy import Abs, Eq, sign, sqrt

from lab.arrays import norm
from lab.claims import (
    between,
    claim,
    data,
    decades,
    derived,
    dimension,
    equal,
    let,
    named,
    sometimes,
    start,
    symbols,
)
from lab.optimizers import AdaL, Adam
from lab.simulation import replay

beta1, beta2, eta, eps = symbols("beta1 beta2 eta eps")
g, n, e, a_1, a_2, s_1, s_2, rho_1, rho_3 = symbols("g n e a_1 a_2 s_1 s_2 rho_1 rho_3")
c, t, drift, step, step_1, step_3 = symbols("c t drift step step_1 step_3")
path, adam_path, scaled_path, added = symbols("path adam_path scaled_path added")
FORMULA = "from the update h = |g|_1 g; the paper's text is not known"
OPERATIONS = "a dozen operations per step"


def played(optimizer, gradients: np.ndarray) -> np.ndarray:
    """The path from 0 (R, T, n) on gradients (R, T, n), whatever the points are."""
    found = replay(optimizer, np.zeros(gradients[:, 0].shape), gradients.swapaxes(0, 1))
    return found[1:].swapaxes(0, 1)


@claim(
    "adal/first-step",
    over={
        n: dimension(1, 6),
        eta: decades(-3, 1),
        beta1: between(0, 0.99),
        beta2: between(0, 0.999),
        e: between(-90, 90),
        g: start(n),
        eps: sometimes(0.0, decades(-3, -1)),
    },
    assuming=[Eq(eps, 0), Abs(e) < 70],
    says={"sign": equal(step, -eta * sign(g), rtol=4e-15, because=OPERATIONS)},
    where={step: "the first step, on the gradient 10^e g"},
    cites=derived(FORMULA),
)
def first_step(eta, beta1, beta2, e, g, eps):
    """m_hat = h and v_hat = h^2: the factor |g|_1 cancels, and so does every size whose fourth
    power is a floating-point number. A coordinate that is 0 stays, as sign 0 = 0."""
    gradient = 10.0 ** e[:, None] * g
    return {step: played(AdaL(eta, beta1, beta2, eps), gradient[:, None])[:, 0]}


@claim(
    "adal/constant-norm-is-adam",
    over={
        n: dimension(1, 4),
        beta1: between(0, 0.99),
        beta2: between(0, 0.999),
        c: decades(-6, 6),
        g: data(12, n),
        drift: sometimes(0.0, between(-2, 2)),
        eps: sometimes(0.0, decades(-3, -1)),
    },
    assuming=[Eq(drift, 0), Eq(eps, 0)],
    says={"paths": equal(path, adam_path, rtol=1e-12, atol=1e-13, because=OPERATIONS)},
    where={
        path: "AdaL with constant step 0.1 on 12 gradients along g_t of l1 norm c 10^(drift t)",
        adam_path: "Adam with the same step, beta1, beta2 and eps on the same gradients",
    },
    cites=derived(FORMULA),
)
def constant_norm(beta1, beta2, c, g, drift, eps):
    """h = c g with a constant c, and m_hat / sqrt(v_hat) is homogeneous of degree 0."""
    size = c[:, None] * 10 ** (drift[:, None] * np.arange(12) / 12)
    gradients = g * (size / norm(g, 1))[..., None]
    adal = AdaL(0.1, beta1, beta2, eps, schedule="constant")
    adam = Adam(0.1, beta1, beta2, eps)
    return {path: played(adal, gradients), adam_path: played(adam, gradients)}


# the second step is a difference of points of size 1
CLOSE = "a dozen operations on numbers of size 1"


def second_step(ratio):
    """Of a coordinate with h_1 / h_2 = ratio > 0, without eps, over eta / sqrt 2."""
    return (1 + beta1 * ratio) / (1 + beta1) * sqrt((1 + beta2) / (1 + beta2 * ratio**2))


@claim(
    "adal/readings-differ",
    over={
        beta1: between(0, 0.99),
        beta2: between(0, 0.999),
        a_1: decades(-2, 2),
        a_2: decades(-2, 2),
        s_1: sometimes(0.0, decades(-2, 2), share=0.3),
        s_2: sometimes(0.0, decades(-2, 2), share=0.3),
        rho_1: let((a_1 + s_1) * a_1 / ((a_2 + s_2) * a_2)),
        rho_3: let(a_1**2 / a_2**2),
    },
    says={
        "|g|_1 g": equal(step_1, second_step(rho_1), rtol=1e-12, atol=1e-14, because=CLOSE),
        "|g_i| g_i": equal(step_3, second_step(rho_3), rtol=1e-12, atol=1e-14, because=CLOSE),
    },
    where={
        step_1: "second step, over -eta / sqrt 2, of a coordinate with gradients a_1, then a_2,"
        " beside others of l1 norm s_1, then s_2; AdaL, eps = 0",
        step_3: "the same with |g_i| in place of |g|_1",
    },
    cites=derived(FORMULA),
)
def readings_differ(beta1, beta2, a_1, a_2, s_1, s_2):
    """m_hat and v_hat of h_1 and h_2. The readings coincide iff s_1 / a_1 = s_2 / a_2: in dimension
    one, beside coordinates that are 0, and while all coordinates keep their shares of |g|_1."""
    gradients = np.stack([np.stack([a_1, s_1], -1), np.stack([a_2, s_2], -1)], 1)
    found = {}
    for name, factor in ((step_1, "l1"), (step_3, "coordinate")):
        first, second = played(AdaL(1.0, beta1, beta2, 0.0, factor=factor), gradients).swapaxes(
            0, 1
        )
        found[name] = (first - second)[:, 0] * np.sqrt(2)
    return found


@claim(
    "adal/scale-invariance",
    over={
        n: dimension(1, 4),
        beta1: between(0, 0.99),
        beta2: between(0, 0.999),
        c: decades(-6, 6),
        g: data(12, n),
        eps: sometimes(0.0, decades(-3, -1)),
    },
    assuming=[Eq(eps, 0)],
    says={"paths": equal(scaled_path, path, rtol=1e-12, atol=1e-13, because=OPERATIONS)},
    where={
        path: "AdaL's path, eta = 0.1, on the gradients g_1 ... g_12",
        scaled_path: "its path on c g_1 ... c g_12",
    },
    cites=derived(FORMULA),
)
def scale_invariance(beta1, beta2, c, g, eps):
    """h has degree 2 in g, and m_hat / sqrt(v_hat) degree 0 in h."""
    adal = AdaL(0.1, beta1, beta2, eps)
    return {path: played(adal, g), scaled_path: played(adal, c[:, None, None] * g)}


@named
def mean_h(g, beta1):
    """the average of |g_k|_1 g_k, k <= t, with weights proportional to beta1^(t - k)"""
    h = norm(g, 1)[..., None] * g
    age = np.arange(g.shape[1])[:, None] - np.arange(g.shape[1])
    weight = np.where(age >= 0, beta1[:, None, None] ** np.maximum(age, 0), 0.0)
    return (weight / weight.sum(-1, keepdims=True)) @ h


@claim(
    "adal/eps-term",
    over={
        n: dimension(1, 4),
        eta: decades(-3, 1),
        beta1: between(0, 0.99),
        beta2: between(0, 0.999),
        eps: decades(-4, 1),
        c: decades(-2, 2),
        g: data(12, n),
    },
    says={
        "steps": equal(
            added,
            -eta * eps / sqrt(t) * c**2 * mean_h(g, beta1),
            rtol=1e-9,
            atol=1e-10,
            because="steps of size eta <= 10 are subtracted, and eps >= 1e-4 of them is left",
        )
    },
    where={
        added: "step t of AdaL with eps minus that without, both on the gradients c g_1 ... c g_12",
        t: "1 ... 12",
    },
    cites=derived(FORMULA),
)
def eps_term(eta, beta1, beta2, eps, c, g):
    """delta = -eta_t m_hat / sqrt(v_hat) - eta_t eps m_hat, eta_t = eta / sqrt t: the second term
    is a gradient step on h, of degree two in the loss."""
    gradients = c[:, None, None] * g
    difference = played(AdaL(eta, beta1, beta2, eps), gradients)
    difference -= played(AdaL(eta, beta1, beta2, 0.0), gradients)
    steps = np.diff(difference, axis=1, prepend=0.0)
    return {added: steps, t: np.broadcast_to(np.arange(1.0, 13.0), (len(g), 12))}

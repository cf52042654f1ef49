"""AdaL: what its formula implies, gradient by gradient. The paper's own theorem is not known; every
statement is derived from the printed update.

    h_t = |g_t|_1 g_t
    m_t = beta1 m_(t-1) + (1 - beta1) h_t        m_hat = m_t / (1 - beta1^t)
    v_t = beta2 v_(t-1) + (1 - beta2) h_t^2      v_hat = v_t / (1 - beta2^t)
    theta_t = theta_(t-1) - (eta / sqrt t) (v_hat^(-1/2) + eps) m_hat

The one source with a formula (the zij catalogue's entry on arXiv 2107.01525) prints one l1 norm
over all coordinates, a step eta / sqrt t, and eps beside the inverse root, not beside the root as
in Adam. Where v_hat = 0, m_hat = 0 as well and the Adam part is 0.

Together: without eps AdaL is Adam on the sequence h. Only the ratios |g_s|_1 / |g_t|_1 of the norms
matter, never their size; the norm couples the coordinates, which |g_i| g_i in its place does not;
and eps adds a plain gradient step on h. How it ends on a quadratic is quadratics/adal.py, what it
does to noise noise/adal.py.
"""

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
# a dozen roundings of 2e-16 are 3e-15; over twelve steps they add up to 1e-13
OPERATIONS = "a dozen operations per step"


def played(optimizer, gradients: np.ndarray) -> np.ndarray:
    """The path theta_1 ... theta_T from theta_0 = 0, (R, T, n), on gradients (R, T, n) that do not
    depend on theta: step t is entry t - 1."""
    found = replay(optimizer, np.zeros(gradients[:, 0].shape), gradients.swapaxes(0, 1))
    return found[1:].swapaxes(0, 1)


@claim(
    "adal/first-step",
    over={
        n: dimension(1, 6),
        eta: decades(-3, 1),
        beta1: between(0, 0.99),
        beta2: between(0, 0.999),
        # h^2 has the size 10^(4 e), and floating-point numbers end at e = 77
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
    """m_hat_1 = h and v_hat_1 = h^2 for all beta1, beta2 in [0, 1), so that the step is -eta h /
    |h| = -eta sign(g): the factor |g|_1 cancels, and with it "amplifying early" for the first step.

    Every size does whose fourth power is a floating-point number, as h^2 = |g|_1^2 g^2: this is |e|
    < 70, which leaves some decades below 308 / 4 = 77 for the entries of g itself. A coordinate
    that is 0 stays, as sign 0 = 0. An eps > 0 adds -eta eps h, which has the size of g squared. An
    equality: no instance is worse than rounding.
    """
    gradient = 10.0 ** e[:, None] * g
    return {step: played(AdaL(eta, beta1, beta2, eps), gradient[:, None])[:, 0]}


@claim(
    "adal/constant-norm-is-adam",
    over={
        n: dimension(1, 4),
        beta1: between(0, 0.99),
        beta2: between(0, 0.999),
        # fourth powers of 1e6 are far from the ends of floating point
        c: decades(-6, 6),
        g: data(12, n),
        # the norm changes by up to a factor 100 outside the hypothesis
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
    """h_t = c g_t with one constant c. m_hat and v_hat are averages of h and h^2 with weights that
    sum to 1, so they are c and c^2 times Adam's, and m_hat / sqrt(v_hat) is homogeneous of degree
    0: c cancels, whatever it is.

    Where each hypothesis is used: with a drift the norm of an old gradient is another factor than
    that of a new one, and no common c is left (drift 2 is a factor 10^2 over the path); eps > 0
    stands beside v_hat^(-1/2) here and beside sqrt(v_hat) in Adam, so the two agree at eps = 0
    alone. The steps of both are constant: AdaL's own schedule eta / sqrt t would be a third
    difference.
    """
    size = c[:, None] * 10 ** (drift[:, None] * np.arange(12) / 12)
    gradients = g * (size / norm(g, 1))[..., None]
    # without eta / sqrt t, which Adam has not
    adal = AdaL(0.1, beta1, beta2, eps, schedule="constant")
    adam = Adam(0.1, beta1, beta2, eps)
    return {path: played(adal, gradients), adam_path: played(adam, gradients)}


# the second step is a difference of points of size 1
CLOSE = "a dozen operations on numbers of size 1"


def second_step(ratio):
    """Of a coordinate with h_1 / h_2 = ratio > 0, without eps, over eta / sqrt 2: m_hat_2 /
    sqrt(v_hat_2) with m_hat_2 = (beta1 h_1 + h_2) / (1 + beta1), and v_hat_2 the same of the
    squares.
    """
    return (1 + beta1 * ratio) / (1 + beta1) * sqrt((1 + beta2) / (1 + beta2 * ratio**2))


@claim(
    "adal/readings-differ",
    over={
        beta1: between(0, 0.99),
        beta2: between(0, 0.999),
        a_1: decades(-2, 2),
        a_2: decades(-2, 2),
        # alone in 30 % of the draws, where the two readings agree
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
    """m_hat_2 = (beta1 h_1 + h_2) / (1 + beta1) and v_hat_2 = (beta2 h_1^2 + h_2^2) / (1 + beta2).
    Divided by h_2 both depend on h_1 / h_2 alone, which is rho_1 for h = |g|_1 g and rho_3 for h_i
    = |g_i| g_i; the step is eta / sqrt 2 times the quotient.

    The readings coincide iff s_1 / a_1 = s_2 / a_2: in dimension one, beside coordinates that are
    0, and while all coordinates keep their shares of |g|_1. So 30 % of the others are exactly 0,
    where a test of either reading passes both; elsewhere the two formulas tell them apart. As beta1
    = beta2 -> 0 both are sign descent again.
    """
    gradients = np.stack([np.stack([a_1, s_1], -1), np.stack([a_2, s_2], -1)], 1)
    found = {}
    for name, factor in ((step_1, "l1"), (step_3, "coordinate")):
        first, second = played(AdaL(1.0, beta1, beta2, 0.0, factor=factor), gradients).swapaxes(
            0, 1
        )
        # the second step has the rate eta / sqrt 2
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
    """h has degree 2 in g: |c g|_1 c g = c^2 h for c > 0. m_hat / sqrt(v_hat) has degree 0 in h, so
    the path does not see c. With eps > 0 it does, and as c^2: the added step is -eta_t eps m_hat
    (adal/eps-term), so eps has a unit, that of 1 / g^2. Sign changes of single coordinates would
    pass too; different factors for different coordinates would not, since they change the shares of
    |g|_1.
    """
    adal = AdaL(0.1, beta1, beta2, eps)
    return {path: played(adal, g), scaled_path: played(adal, c[:, None, None] * g)}


@named
def mean_h(g, beta1):
    """the average of |g_k|_1 g_k, k <= t, with weights proportional to beta1^(t - k)

    (R, T, n), one average per step t: the debiased m_hat in closed form, by one product with a
    lower triangular matrix of weights instead of the recursion that is being checked.
    """
    h = norm(g, 1)[..., None] * g
    age = np.arange(g.shape[1])[:, None] - np.arange(g.shape[1])
    # 0 for gradients that are still to come
    weight = np.where(age >= 0, beta1[:, None, None] ** np.maximum(age, 0), 0.0)
    return (weight / weight.sum(-1, keepdims=True)) @ h


@claim(
    "adal/eps-term",
    over={
        n: dimension(1, 4),
        eta: decades(-3, 1),
        beta1: between(0, 0.99),
        beta2: between(0, 0.999),
        # no smaller: the term would drown in the step it is subtracted from
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
    """delta_t = -eta_t v_hat^(-1/2) m_hat - eta_t eps m_hat with eta_t = eta / sqrt t. The
    gradients are given, so that m_hat and v_hat are the same with and without eps and the
    difference of the two runs, step by step, is the second term: a gradient step on h, of degree
    two in the loss.

    Looking at the difference alone pins the term: its degree by itself would also pass 2 eps, -eps,
    or g for h. Tolerance: the difference of two paths of sizes up to 12 eta <= 120 keeps 1e-13 or
    so of them.
    """
    gradients = c[:, None, None] * g
    difference = played(AdaL(eta, beta1, beta2, eps), gradients)
    difference -= played(AdaL(eta, beta1, beta2, 0.0), gradients)
    steps = np.diff(difference, axis=1, prepend=0.0)
    return {added: steps, t: np.broadcast_to(np.arange(1.0, 13.0), (len(g), 12))}

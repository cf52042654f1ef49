"""Empirical against true Fisher in logistic regression, and sampled labels.

z the logit of an example, sig = e^z / (1 + e^z) its probability of label 1. True Fisher G = E sig
(1 - sig) x x^T, also the Hessian and the Gauss-Newton matrix; empirical M_1 = E (sig - y)^2 x x^T =
E g g^T with labels y of the data. Adam's v estimates the diagonal of M_1 (at batch 1), GN's is that
of G.

They agree where labels come from the model, at the teacher or by sampling; per example they differ
by e^-margin without bounds, and with Gaussian inputs the difference is a scalar and a part of rank
two. Setting: the stochastic logistic half of arXiv 2510.13680; statements and constants are derived
here.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit
from sympy import Eq, exp, pi, sqrt

from lab.claims import (
    at_least,
    between,
    choice,
    claim,
    data,
    derived,
    dimension,
    equal,
    identity,
    slope,
    sometimes,
    spd,
    start,
    symbols,
)
from lab.claims.enumerated import mean_outer
from lab.claims.noise.labels import (
    GIVEN,
    PER_ROW,
    SAMPLED,
    fresh,
    from_model,
    outcomes,
    tanh_network,
)
from lab.claims.noise.pencils import NORMS, pencils
from lab.objectives import GaussianLogistic, Logistic

n, B, z, y, Sigma, theta, flipped = symbols("n B z y Sigma theta flipped")
ratio, empirical, true = symbols("ratio empirical true")

SIG = exp(z) / (1 + exp(z))


@claim(
    "fisher/residual-over-weight",
    over={z: between(-12, 12)},
    says={
        "label 1": identity((SIG - 1) ** 2 / (SIG * (1 - SIG)), exp(-z)),
        "label 0": identity(SIG**2 / (SIG * (1 - SIG)), exp(z)),
        "in the mean": identity(SIG * exp(-z) + (1 - SIG) * exp(z), 1),
    },
    cites=derived("the algebra behind fisher/logistic-ratio"),
)
def residual_over_weight():
    """The weights of an example in the empirical and the true Fisher matrix, sig = e^z / (1 + e^z):
    (1 - sig) / sig = e^-z for label 1 and sig / (1 - sig) = e^z for label 0, e^-margin in one word.
    Over the model's own labels their ratio has the mean sig e^-z + (1 - sig) e^z = (1 - sig) + sig
    = 1, which is Fisher's identity. Equality of the two weights only at z = 0.
    """
    return {}


@claim(
    "fisher/logistic-ratio",
    over={
        z: between(-12, 12),
        y: choice(0, 1),
        # the second part quadratures over x^T theta alone: dimensions cost nothing
        n: dimension(1, 4),
        Sigma: spd(n, -2, 0),
        # norms of some 2 to 4: labels neither certain nor coins
        theta: start(n, size=2.0),
        flipped: sometimes(0.0, between(0.02, 0.5)),
    },
    assuming=[Eq(flipped, 0)],
    says={
        "ratio": equal(ratio, exp(-(2 * y - 1) * z), rtol=1e-9, because="e^|z| eps, |z| <= 12"),
        "at the teacher": equal(empirical, true, atol=1e-12, because="quadrature to 1e-13"),
    },
    where={
        ratio: "the weights of an example with logit z and label y in the empirical and the true"
        " Fisher matrix",
        empirical: "E g g^T at theta, x ~ N(0, Sigma), labels from the model at theta, a share"
        " of them flipped",
        true: "the Hessian there",
    },
    cites=derived("(sig - y)^2 / (sig (1 - sig)); Fisher's identity"),
    instances=24,
)
def logistic_ratio(z, y, Sigma, theta, flipped):
    """e^-margin, margin = (2y - 1) z: unbounded above for confident errors, and not bounded away
    from 0 for confident rights, so that no constants bound one curvature by the other for all data:
    unlike in linear regression (moments/sandwich). With both labels equally likely the mean ratio
    is cosh z.

    In the mean over the model's own labels they agree, E g g^T = G at the teacher theta = theta*:
    the second part, exactly, for every Sigma and theta. Flipping a share of the labels is mixing in
    those of the teacher -theta; then E (sig - y)^2 grows where the model is confident, and the two
    matrices are not even proportional: at 10 % and norm 1.5, 1.67 times G along theta and 1.17
    across.

    Space: logits up to 12, where e^12 = 1.6e5 has still eleven digits as a quotient of two weights;
    the margin itself should be used beyond, as 0/0 comes at 745.
    """
    one = [
        Logistic(np.ones((1, 1)), np.array([float(y)])).curvature(x[None], None, labels, None)
        for x in z
        for labels in ("true", "exact")
    ]
    weights = np.array([rows.weight for rows in one]).reshape(-1, 2)
    moments, hessians = [], []
    for sigma, at, share in zip(Sigma, theta, flipped, strict=True):
        right, wrong = (GaussianLogistic(sigma, star) for star in (at, -at))
        parts = [f.second_moment(at, 1).dense() for f in (right, wrong)]
        moments.append((1 - share) * parts[0] + share * parts[1])
        hessians.append(right.hessian(at).dense())
    return {
        ratio: weights[:, 0] / weights[:, 1],
        empirical: np.array(moments),
        true: np.array(hessians),
    }


teacher, angle, fixed, c = symbols("teacher angle fixed c")
bulk, count, top, low, e_0, M_11 = symbols("bulk count top low e_0 M_11")

# the first corrections are of relative size teacher / c: 1.5e-3 from c = 1e3 on
LARGE = "the next order in teacher / c"


@claim(
    "fisher/gaussian-pencil",
    over={
        n: dimension(3, 6),
        # against norms of 1e3 and more: teacher / c <= 1.5e-3
        teacher: between(0.2, 1.5),
        angle: between(0, np.pi),
        fixed: choice(1, 0),
    },
    assuming=[Eq(fixed, 1)],
    says={
        "bulk": at_least(count, n - 2, because="eigenvalues within 1e-7"),
        "bulk grows": slope(bulk, c, 1, tol=3e-3, because=LARGE),
        "largest grows": slope(top, c, 3, tol=3e-3, because=LARGE),
        "smallest grows": slope(low, c, 1, tol=3e-3, because=LARGE),
        "spread grows": slope(top / low, c, 2, tol=5e-3, because=LARGE),
        "bulk at": equal(bulk, sqrt(2 * pi) * e_0 * c, rtol=3e-3, because=LARGE),
        "largest at": equal(top, 3 * sqrt(2 * pi) / pi**2 * M_11 * c**3, rtol=3e-3, because=LARGE),
    },
    where={
        bulk: "the eigenvalue of (M_1, G), Sigma = I, that belongs to all directions but two; M_1 ="
        " E g g^T with labels from the teacher, theta of norm c at this angle to it",
        top: "the larger of the other two",
        low: "the smaller of them",
        c: "norms from 10^3 to 10^4",
        count: "how many of n eigenvalues are e_0 / psi at norm 5, e_0 = E (sig - y)^2, psi = E sig"
        " (1 - sig)",
        e_0: "E (sig - y)^2",
        M_11: "E (sig - y)^2 (x^T theta)^2 / c^2",
    },
    cites=derived("Stein's identity"),
    instances=10,
)
def gaussian_pencil(n, teacher, angle, fixed):
    """Both matrices are a multiple of Sigma plus a part in the plane of theta and theta* (Stein's
    identity: E w(z) x x^T with z jointly Gaussian with x). So all but two generalised eigenvalues
    of (M_1, G) are e_0 / psi, e_0 = E (sig - y)^2, psi = E sig (1 - sig).

    As c = |theta| grows only inputs with |x^T theta| = O(1) are undecided. z ~ N(0, c^2) has the
    density 1 / (sqrt(2 pi) c) there, so psi ~ 1 / (sqrt(2 pi) c) and, as the integral of z^2 sig (1
    - sig) is pi^2 / 3, G ~ pi^2 / (3 sqrt(2 pi) c^3) along theta; M_1 has a limit. Hence the
    exponents: 1 for the bulk, 3 along theta, 2 for the spread. Not if the teacher grows along:
    theta = theta* has M_1 = G and spread 1, which is the outside of the hypothesis.
    """
    found = [pencils(n, *one, fixed) for one in zip(teacher, angle, strict=True)]
    columns = map(np.array, zip(*found, strict=True))
    values = dict(zip((bulk, top, low, e_0, M_11, count), columns, strict=True))
    return values | {c: np.broadcast_to(NORMS, values[bulk].shape)}


X, V, labels, linear, network = symbols("X V labels linear network")
G_1, G_2 = symbols("G_1 G_2")


@claim(
    "fisher/sampled-labels",
    over={
        # at B = 1 only the mean of (sig - y)^2 enters; the cross terms begin at 2
        B: choice(1, 2, 3),
        labels: choice(SAMPLED, GIVEN, PER_ROW),
        # three rows and batches of up to three: draws that repeat a row are among them
        X: data(3, 2),
        theta: start(2),
        V: start(6),
    },
    assuming=[from_model(labels), fresh(labels)],
    says={
        "linear model": equal(linear, G_1 / B, atol=1e-12, because="216 outcomes of size 20"),
        "network": equal(network, G_2 / B, atol=1e-12, because="216 outcomes of size 20"),
    },
    where={
        linear: "E[g_B g_B^T] of logistic regression on the rows of X at theta, over all batches of"
        " B rows drawn with replacement, and all labels",
        G_1: "its Gauss-Newton matrix over all rows",
        network: "the same of a network with two tanh units and the weights V",
        G_2: "its Gauss-Newton matrix",
    },
    cites=derived("scores have mean 0; the identity behind sampled Gauss-Newton curvature"),
)
def sampled_labels(B, labels, X, theta, V):
    """g_B = (1/B) sum of scores (sig - y) J, J the gradient of the logit. Given the rows, scores of
    different draws are independent of mean 0, so only the squares remain: E[g_B g_B^T] = E[(sig -
    y)^2 J J^T] / B and (sig - y)^2 has the mean sig (1 - sig). So it is G / B at every batch size,
    where the data's labels leave (1 - 1/B) grad grad^T beside it. True of every model and point;
    equality. Adam on sampled labels is therefore GN^-1/2 with the step eta sqrt B, whatever the
    basis: the control that separates the empirical Fisher's part in a comparison from the basis'
    and the noise's.

    Both hypotheses are used once: the mean 0 needs labels of the model, and independence a fresh
    label for every draw: two draws of one row that share its label are correlated. Space: all 216
    outcomes of three rows in batches of three, a linear logit and one of two tanh units, where the
    Gauss-Newton matrix is not the Hessian.
    """
    found = []
    for x, at, weights in zip(X, theta, V, strict=True):
        f = Logistic(x, np.array([1.0, 0.0, 0.0]))
        rows, drawn, chance = outcomes(expit(x @ at), B, labels)
        g = f.curvature(np.broadcast_to(at, (len(rows), 2)), rows, drawn, None).mean()

        z, jacobian = tanh_network(x, weights)
        p = expit(z)
        rows, drawn, other = outcomes(p, B, labels)
        h = ((p[rows] - drawn)[..., None] * jacobian[rows]).mean(1)
        newton = jacobian.T @ ((p * (1 - p))[:, None] * jacobian) / len(p)
        exact = f.curvature(at, None, "exact", None).dense()
        found.append((mean_outer(g, chance), exact, mean_outer(h, other), newton))
    columns = map(np.array, zip(*found, strict=True))
    return dict(zip((linear, G_1, network, G_2), columns, strict=True))

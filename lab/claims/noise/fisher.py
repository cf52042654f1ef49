"""Empirical against true Fisher in logistic regression, and sampled labels."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.linalg import eigh
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
    named,
    slope,
    sometimes,
    spd,
    start,
    symbols,
)
from lab.claims.enumerated import mean_outer
from lab.objectives import GaussianLogistic, Logistic
from lab.theory.fisher import logistic_pencil
from lab.theory.logistic_moments import mean_weight

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
    """The weights of an example in the empirical and the true Fisher matrix, sig = e^z / (1 + e^z).
    Over the model's own labels their ratio has the mean 1, which is Fisher's identity."""
    return {}


@claim(
    "fisher/logistic-ratio",
    over={
        z: between(-12, 12),
        y: choice(0, 1),
        n: dimension(1, 4),
        Sigma: spd(n, -2, 0),
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
    from 0 for confident rights, so that no constants bound one curvature by the other for all
    data. In the mean over the model's own labels they agree."""
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
NORMS = np.geomspace(1e3, 1e4, 5)


def pencils(n, teacher, angle, fixed) -> tuple:
    """bulk, top, low, e_0, M_11 at every norm, and how many of n eigenvalues are e_0 / psi."""
    star = teacher * (np.cos(angle) * np.eye(n)[0] + np.sin(angle) * np.eye(n)[1])
    theta = np.outer(np.append(NORMS, 5.0), np.eye(n)[0])
    stars = np.where(fixed, star, theta)
    told = logistic_pencil(np.ones(n), theta[:-1], stars[:-1])

    problems = [GaussianLogistic(np.ones(n), row) for row in stars]
    m = [f.second_moment(x, 1).dense() for f, x in zip(problems, theta, strict=True)]
    own = np.array([[h[2, 2], h[0, 0]] for h in m])
    lam = eigh(m[-1], problems[-1].hessian(theta[-1]).dense(), eigvals_only=True)
    equal_to = own[-1, 0] / mean_weight(np.array(25.0))
    count = np.isclose(lam, equal_to, rtol=1e-7, atol=0.0).sum()
    return (told.bulk, *told.others.T, *own[:-1].T, count)


@claim(
    "fisher/gaussian-pencil",
    over={
        n: dimension(3, 6),
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
    """Both matrices are a multiple of Sigma plus a part in the plane of theta and theta*. As c
    grows only inputs with |x^T theta| = O(1) are undecided, so psi ~ 1 / (sqrt(2 pi) c), and along
    theta G ~ pi^2 / (3 sqrt(2 pi) c^3), while M_1 has a limit. Not if the teacher grows along."""
    found = [pencils(n, *one, fixed) for one in zip(teacher, angle, strict=True)]
    columns = map(np.array, zip(*found, strict=True))
    values = dict(zip((bulk, top, low, e_0, M_11, count), columns, strict=True))
    return values | {c: np.broadcast_to(NORMS, values[bulk].shape)}


X, V, labels, linear, network = symbols("X V labels linear network")
G_1, G_2 = symbols("G_1 G_2")

SAMPLED, GIVEN, PER_ROW = "one per draw", "the data's", "one per row"


@named
def from_model(labels):
    """the labels are drawn from the model"""
    return labels != GIVEN


@named
def fresh(labels):
    """every draw has a label of its own, also of a row that was drawn before"""
    return labels != PER_ROW


def outcomes(p, size, labels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All batches: rows (N, B), their labels (N, B), and probabilities (N,); p (m,) of label 1. The
    data's labels are 1, 0, 0, ..."""
    m = len(p)
    rows = np.array(list(itertools.product(range(m), repeat=size)))
    if labels == GIVEN:
        return rows, (rows == 0).astype(float), np.full(len(rows), m ** -float(size))

    shared = labels == PER_ROW
    choices = np.array(list(itertools.product((0.0, 1.0), repeat=m if shared else size)))
    batches = np.repeat(rows, len(choices), 0)
    choices = np.tile(choices, (len(rows), 1))
    drawn = np.take_along_axis(choices, batches, 1) if shared else choices
    chance = p if shared else p[batches]
    return batches, drawn, np.where(choices == 1, chance, 1 - chance).prod(1) / m**size


@claim(
    "fisher/sampled-labels",
    over={
        B: choice(1, 2, 3),
        labels: choice(SAMPLED, GIVEN, PER_ROW),
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
    """Scores of different draws are independent of mean 0, so only the squares remain: (sig - y)^2
    has the mean sig (1 - sig). True of every model, point and batch size."""
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


def tanh_network(x, weights) -> tuple[np.ndarray, np.ndarray]:
    """z = a^T tanh(W x) (m,) and its Jacobian in (W, a) (m, 6)."""
    hidden, a = weights[:4].reshape(2, 2), weights[4:]
    t = np.tanh(x @ hidden.T)
    inner = (a * (1 - t**2))[:, :, None] * x[:, None, :]
    return t @ a, np.concatenate([inner.reshape(len(x), -1), t], 1)

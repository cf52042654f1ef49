"""Claims: empirical against true Fisher in logistic regression, sampled labels, and the Kronecker structure of gradient noise."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.linalg import eigh
from scipy.special import expit

from lab.bases import random
from lab.claims.former.registry import claim
from lab.claims.former.relations import Check, at_least, equal, every, slope
from lab.modes import vec
from lab.objectives import GaussianLogistic, Logistic
from lab.spectra import geometric, with_spectrum
from lab.theory.fisher import logistic_pencil, matrix_regression_moment, pencil_laws, weight_ratio

DIRECTIONS = {"aligned": 0.0, "orthogonal": np.pi / 2, "anti-aligned": np.pi}
SPREADS: dict[str, dict[float, float]] = {"aligned": {5: 4.8, 15: 33, 40: 216}, "anti-aligned": {1.5: 2.9, 5: 12.4, 15: 88, 40: 597}}


@claim(
    "fisher/logistic-ratio",
    paper="liu2025",
    statement=r"w_{emp} / w_{true} = e^{-margin} for every example, unbounded both ways;  M_1 = G at \theta = \theta^*",
    source="derived; the second part is Fisher's identity",
    assumes="logistic regression, labels 0 and 1; for M_1 = G, Gaussian inputs and labels drawn from the model at theta_star",
    evidence="exact",
    control={"sign": 1.0},
)
def logistic_ratio(sign=-1.0, seed=0):
    """The weights of the two curvatures of one data set; sign: of the margin. Margins 20 and -20 rule out any constants."""
    rng = np.random.default_rng(seed)
    x, y, theta = rng.standard_normal((50, 3)), (rng.random(50) < 0.5).astype(float), rng.standard_normal(3)
    x[:2], y[:2] = np.outer([20.0, -20.0], theta / (theta @ theta)), 0.0
    f, z = Logistic(x, y), x @ theta
    measured = f.curvature(theta, None, "true", rng).weight / f.curvature(theta, None, "exact", rng).weight
    g = GaussianLogistic(with_spectrum(geometric(4, 30.0), random(4, rng)), 2 * rng.standard_normal(4))
    true, empirical = g.hessian(g.minimiser).dense(), g.second_moment(g.minimiser, 1).dense()
    # sig(z) - 1 loses a factor e^z of precision, |z| < 6 where y = 1
    return every(
        equal(measured, np.exp(sign * (2 * y - 1) * z), rtol=1e-12, what="ratio"),
        equal(weight_ratio(z, y), measured, rtol=1e-12, what="ratio, by its formula"),
        at_least(measured.max() / measured.min(), 1e17, what="max / min over examples"),
        equal(empirical, true, atol=1e-13 * np.abs(true).max(), what="M_1 at theta_star"),
    )


@claim(
    "fisher/gaussian-pencil",
    paper="liu2025",
    statement=r"(M_1, G) has the eigenvalue e_0/\psi n-2 times;  as c = |\theta| \to \infty: bulk \sim c, max \sim c^3, spread \sim c^2",
    source="derived: Stein's identity",
    assumes="logistic regression, Gaussian inputs, labels drawn from a teacher that stays fixed",
    evidence="numeric",
    control={"well_specified": True},
)
def gaussian_pencil(well_specified=False, teacher=1.5):
    """well_specified: labels come from the student itself, whose empirical Fisher is the true one at every norm."""
    checks = [_bulk(teacher, well_specified)]
    for direction, spreads in SPREADS.items():
        measured = _along(list(spreads), teacher, DIRECTIONS[direction], well_specified).spread
        for value, stated in zip(measured, spreads.values(), strict=True):
            checks.append(equal(value, stated, atol=0.5 if stated >= 20 else 0.05, what=f"spread, {direction}"))
    # the first corrections are of relative size teacher / c, so at c >= 1e3 slopes and constants are right to about 1.5e-3
    norms = np.geomspace(1e3, 1e4, 5)
    for direction, angle in DIRECTIONS.items():
        found, laws = _along(norms, teacher, angle, well_specified), pencil_laws(teacher, angle)
        low, top = found.others[:, 1], found.others[:, 0]
        of = (
            ("bulk", found.bulk, 1, laws.bulk),
            ("low", low, 1, laws.low),
            ("max", top, 3, laws.top),
            ("spread", found.spread, 2, laws.spread),
        )
        for name, value, power, constant in of:
            checks.append(slope(norms, value, power, tol=2e-3, what=f"slope of the {name}, {direction}"))
            checks.append(equal(value / norms**power, constant, rtol=3e-3, what=f"constant of the {name}"))
    return every(*checks)


def _along(norms, teacher, angle, well_specified=False):
    """The pencil of students of the given norms at an angle to the teacher, n = 4, Sigma = I."""
    theta = np.outer(norms, [1.0, 0.0, 0.0, 0.0])
    star = theta if well_specified else teacher * np.array([np.cos(angle), np.sin(angle), 0.0, 0.0])
    return logistic_pencil(np.ones(4), theta, star)


def _bulk(teacher, well_specified, n=6, seed=0) -> Check:
    """Against the dense pencil of the objective's own matrices, random covariance and directions, norms 0.1 to 40."""
    rng, checks = np.random.default_rng(seed), []
    sigma = with_spectrum(geometric(n, 20.0), random(n, rng))
    for norm in (0.1, 1.5, 15.0, 40.0):
        theta, star = (a * z / np.sqrt(z @ sigma @ z) for a, z in zip((norm, teacher), rng.standard_normal((2, n)), strict=True))
        star = theta if well_specified else star
        f, pencil = GaussianLogistic(sigma, star), logistic_pencil(sigma, theta, star)
        lam = eigh(f.second_moment(theta, 1).dense(), f.hessian(theta).dense(), eigvals_only=True)[::-1]
        # G's condition number is kappa(Sigma) c^2 / 3 < 2e4, times that of M_1, with rounding 1e-16 and moments right to 1e-13
        checks.append(equal(lam, pencil.eigenvalues, rtol=1e-7, what=f"eigenvalues at norm {norm:g}"))
    return every(*checks)


@claim(
    "fisher/sampled-labels",
    paper="liu2025",
    statement=r"E[g_B g_B^T] = G / B exactly, for every model, point and batch size, when labels are drawn from the model",
    source="derived: scores have mean 0; the identity behind sampled Gauss-Newton-Bartlett estimators",
    assumes="a label of its own for every draw, also when a row is drawn twice",
    evidence="exact",
    control={"labels": "true"},
)
def sampled_labels(labels="sampled", seed=0):
    """Every batch of rows and every labelling enumerated with its probability, B = 1, 2, 3: a linear model through the lab's own
    curvature, and a network. labels "true": the data's; "per row": one draw per row of the data, shared by its repetitions."""
    rng = np.random.default_rng(seed)
    x, y, theta = rng.standard_normal((3, 2)), np.array([1.0, 0.0, 0.0]), rng.standard_normal(2)
    f, checks = Logistic(x, y), []
    p, exact = expit(x @ theta), f.curvature(theta, None, "exact", rng).dense()
    hidden, a = rng.standard_normal((2, 2)), rng.standard_normal(2)
    jacobian = _network_jacobian(x, hidden, a)
    q = expit(np.tanh(x @ hidden.T) @ a)
    weighted = jacobian.T @ ((q * (1 - q))[:, None] * jacobian) / 3
    for size in (1, 2, 3):
        rows, drawn, chance = _outcomes(p, y, size, labels)
        g = f.curvature(np.broadcast_to(theta, (len(rows), 2)), rows, "sampled", _Enumerated(drawn)).mean()
        checks.append(equal(_moment(g, chance), exact / size, atol=1e-14, what=f"linear model, B = {size}"))
        rows, drawn, chance = _outcomes(q, y, size, labels)
        g = ((q[rows] - drawn)[..., None] * jacobian[rows]).mean(1)
        checks.append(equal(_moment(g, chance), weighted / size, atol=1e-14, what=f"network, B = {size}"))
    return every(*checks)


class _Enumerated:
    """Stands in for a random generator: uniform numbers that make every label the prescribed one."""

    def __init__(self, labels):
        self.labels = labels

    def random(self, shape):
        return np.where(self.labels.reshape(shape) == 1, 0.0, 1.0)


def _outcomes(p, y, size, labels):
    """All batches: rows (R, B), labels (R, B) and probabilities (R,); labels "true" and "per row" as in sampled_labels."""
    m = len(p)
    rows = np.array(list(itertools.product(range(m), repeat=size)))
    if labels == "true":
        return rows, y[rows], np.full(len(rows), m ** -float(size))
    shared = labels == "per row"
    choices = np.array(list(itertools.product((0, 1), repeat=m if shared else size)))
    rows, choices = np.repeat(rows, len(choices), 0), np.tile(choices, (len(rows), 1))
    drawn = np.take_along_axis(choices, rows, 1) if shared else choices
    of = p if shared else p[rows]
    return rows, drawn, np.where(choices == 1, of, 1 - of).prod(1) / m**size


def _moment(g, chance):
    return (chance[:, None] * g).T @ g


def _network_jacobian(x, hidden, a):
    """d z / d (hidden, a) of z = a^T tanh(hidden x), (m, out in + out)."""
    t = np.tanh(x @ hidden.T)
    inner = (a * (1 - t**2))[:, :, None] * x[:, None, :]
    return np.concatenate([inner.reshape(len(x), -1), t], 1)


@claim(
    "kronecker/noise-structure",
    paper="liu2025",
    statement=r"E[g_B g_B^T] = (\Sigma \otimes C + X)/B + \bar g \bar g^T,  C = \Delta\Sigma\Delta^T + N;  \Delta = 0: \Sigma \otimes N/B",
    source="derived: Isserlis' theorem",
    assumes="matrix regression y = W x + noise, Gaussian x and Gaussian noise of covariance N",
    evidence="exact",
    control={"swapped": False},
)
def noise_structure(swapped=True, seed=0):
    """Expectation by a Gauss-Hermite product rule with 3 nodes per Gaussian, exact for these polynomials of degree 4; swapped: whether
    the term X, which is no Kronecker product, is there. At Delta = 0 the eigenvectors of N and Sigma diagonalise the moment, and no other
    left basis does."""
    rng = np.random.default_rng(seed)
    sigma, noise = with_spectrum(geometric(2, 5.0), random(2, rng)), with_spectrum(geometric(2, 9.0), random(2, rng))
    delta, checks = rng.standard_normal((2, 2)), []
    mean = delta @ sigma
    extra = np.einsum("bi,aj->iajb", mean, mean).reshape(4, 4)
    for size in (1, 2):
        expected = matrix_regression_moment(sigma, delta, noise, size) - (0.0 if swapped else 1.0) * extra / size
        measured = _hermite_moment(sigma, delta, noise, size)
        checks.append(equal(measured, expected, atol=1e-12 * np.abs(expected).max(), what=f"B = {size}"))
    pure, right = matrix_regression_moment(sigma, 0 * delta, noise, 1), np.linalg.eigh(sigma)[1]
    checks.append(equal(_off_diagonal(pure, np.kron(right, np.linalg.eigh(noise)[1])), 0.0, atol=1e-14, what="off-diagonal, eig(N)"))
    checks.append(at_least(_off_diagonal(pure, np.kron(right, np.eye(2))), 0.01, what="off-diagonal, I on the left"))
    return every(*checks)


def _off_diagonal(h, q):
    """The largest off-diagonal entry of Q^T H Q relative to its largest entry."""
    turned = q.T @ h @ q
    return np.abs(turned - np.diag(np.diag(turned))).max() / np.abs(turned).max()


def _hermite_moment(sigma, delta, noise, size):
    """E[vec g vec g^T] of the mean gradient of `size` examples, by tensor quadrature over all of their Gaussians."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(3)
    z = np.array(list(itertools.product(nodes, repeat=4)))
    chance = np.array(list(itertools.product(weights / weights.sum(), repeat=4))).prod(1)
    x, xi = z[:, :2] @ np.linalg.cholesky(sigma).T, z[:, 2:] @ np.linalg.cholesky(noise).T
    single = vec((x @ delta.T - xi)[:, :, None] * x[:, None, :])
    if size == 1:
        return _moment(single, chance)
    pairs = (single[:, None] + single[None]) / 2
    return _moment(pairs.reshape(-1, 4), np.outer(chance, chance).ravel())

"""A basis that is renewed and methods that go along, against loops in NumPy."""

import numpy as np
import pytest
from refusals import refused

from lab.arrays import Layers
from lab.bases import eigenvectors
from lab.curvature import Dense
from lab.optimizers import SGD, Accompanied, Adam, DiagonalGN, InRenewedBasis, Shampoo, example
from lab.simulation import simulate

RNG = np.random.default_rng(3)
LR, BETA1, BETA2, EPS = 0.1, 0.5, 0.8, 0.1


class Bent:
    """sum_i theta_i^4 / 4 + theta^T H theta / 2, whose curvature turns along the way."""

    def __init__(self, h):
        self.h = h

    def start(self, runs=(), rng=None):
        return np.zeros((*runs, len(self.h)))

    def draw(self, rng, runs, size):
        return None

    def loss(self, theta, rows=None):
        return (theta**4).sum(-1) / 4 + (theta * self.grad_of_h(theta)).sum(-1) / 2

    def grad_of_h(self, theta):
        return theta @ self.h

    def grad(self, theta, rows=None):
        return theta**3 + self.grad_of_h(theta)

    def curvature(self, theta, rows, labels, rng):
        return Dense(self.at(theta))

    def at(self, theta):
        return self.h + 3 * theta[..., None] ** 2 * np.eye(4)


def problem():
    a = RNG.standard_normal((4, 4))
    return Bent(a @ a.T / 4), RNG.standard_normal(4)


def columns_of(h, old):
    """Eigenvectors one by one in the places of the old columns that they are nearest to."""
    _, v = np.linalg.eigh(h)
    new = np.empty_like(old)
    left = list(range(4))
    for j in np.argsort(-np.abs(old.T @ v).max(1)):
        overlap = [abs(old[:, j] @ v[:, k]) for k in left]
        k = left.pop(int(np.argmax(overlap)))
        new[:, j] = np.sign(old[:, j] @ v[:, k]) * v[:, k]
    return new


def test_a_renewed_basis_is_this_loop():
    """Adam whose m turns and whose v stays, and GN on the curvature of the last renewal."""
    f, start = problem()
    adam = Adam(LR, BETA1, BETA2, EPS)
    path = simulate(f, InRenewedBasis(eigenvectors, adam, every=3), start, steps=8, record=POINT)
    gn = InRenewedBasis(eigenvectors, DiagonalGN(LR, -1.0, 0.2), every=3)
    newton = simulate(f, gn, start, steps=8, record=POINT)

    theta, other = start, start
    m = v = np.zeros(4)
    q = np.eye(4)
    for t in range(8):
        if t % 3 == 0:
            new = columns_of(f.at(theta), q)
            m = new.T @ (q @ m)
            q = new
            lam, u = np.linalg.eigh(f.at(other))
        z = q.T @ f.grad(theta)
        m = BETA1 * m + (1 - BETA1) * z
        v = BETA2 * v + (1 - BETA2) * z * z
        m_hat, v_hat = m / (1 - BETA1 ** (t + 1)), v / (1 - BETA2 ** (t + 1))
        theta = theta - LR * q @ (m_hat / (np.sqrt(v_hat) + EPS))
        other = other - LR * u @ ((u.T @ f.grad(other)) / (lam + 0.2))
        # eight steps of four coordinates: some rounding of eigenvectors, gaps are above 0.1
        np.testing.assert_allclose(path["theta"][t + 1], theta, rtol=1e-10)
        np.testing.assert_allclose(newton["theta"][t + 1], other, rtol=1e-10)


def test_the_order_and_signs_of_columns_are_not_seen():
    """A basis whose columns stand otherwise at every second renewal: they are put in their places,
    and averages that belong to columns stay with them."""
    f, start = problem()
    calls = []

    def shuffled(g):
        calls.append(g)
        q = eigenvectors(g)
        return -q[..., ::-1] if len(calls) % 2 else q

    adam = Adam(LR, BETA1, BETA2, EPS)
    plain = simulate(f, InRenewedBasis(eigenvectors, adam, every=2), start, steps=8)
    other = simulate(f, InRenewedBasis(shuffled, adam, every=2), start, steps=8)
    np.testing.assert_allclose(other["loss"], plain["loss"], rtol=1e-12)


POINT = {"theta": lambda theta: theta}


def test_others_are_asked_and_not_followed():
    """Each of them is at every step where it would be alone on the leader's path."""
    f, start = problem()
    adam = Adam(LR, BETA1, BETA2, EPS)
    told = simulate(
        f,
        Accompanied(SGD(LR), (adam,)),
        start,
        steps=5,
        record={
            "theta": lambda theta: theta,
            "leads": lambda theta, s: s.leads,
            "would": lambda theta, s: s.would[0],
        },
    )
    theta = start
    m = v = np.zeros(4)
    np.testing.assert_array_equal(told["would"][0], 0.0)
    for t in range(1, 6):
        g = f.grad(theta)
        m = BETA1 * m + (1 - BETA1) * g
        v = BETA2 * v + (1 - BETA2) * g * g
        m_hat, v_hat = m / (1 - BETA1**t), v / (1 - BETA2**t)
        theta = theta - LR * g
        np.testing.assert_allclose(told["theta"][t], theta, rtol=1e-12)
        np.testing.assert_allclose(told["leads"][t], -LR * g, rtol=1e-12)
        would = -LR * m_hat / (np.sqrt(v_hat) + EPS)
        np.testing.assert_allclose(told["would"][t], would, rtol=1e-12)


def test_a_run_beyond_the_floating_range_goes_on():
    """Its basis is the identity, and the other run does not see it."""
    f, start = problem()
    both = np.stack([start, 1e155 * start])
    method = InRenewedBasis(eigenvectors, DiagonalGN(LR, -1.0, 0.2), every=2)
    together = simulate(f, method, both, steps=4, record=POINT)["theta"]
    alone = simulate(f, method, start, steps=4, record=POINT)["theta"]
    # batched products may be added up in another order
    np.testing.assert_allclose(together[:, 0], alone, rtol=1e-12)
    assert not np.isfinite(together[-1, 1]).all()


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: InRenewedBasis(eigenvectors, Shampoo(0.1)), TypeError, "state has matrices"),
        (lambda: InRenewedBasis(eigenvectors, SGD(0.1), 0), ValueError, "every"),
        (
            lambda: InRenewedBasis(eigenvectors, SGD(0.1)).init(Layers([np.zeros(2)])),
            TypeError,
            "takes one vector",
        ),
        (
            lambda: Accompanied(SGD(0.1), (example("Adam", lr=np.array([0.1, 0.2])),)),
            TypeError,
            "others",
        ),
    ],
)
def test_what_they_refuse(call, error, said):
    refused(call, error, said)

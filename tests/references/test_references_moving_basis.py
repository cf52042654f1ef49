"""SOAP, a moving basis around Adam, and decoupled decay, written out by hand."""

import math
from functools import partial

import numpy as np
import pytest
from streams import iterates, stream

from lab.optimizers import L2, SOAP, Adam, InMovingBasis, Regularized, ShampooEigenbasis

RNG = np.random.default_rng(21)


def turned_by_hand(left, right, v, factors):
    """Both bases after columns are sorted by Rayleigh quotient, a power step and QR; v sorted."""
    rows, columns = factors
    down = np.argsort(-np.diag(left.T @ rows @ left))
    across = np.argsort(-np.diag(right.T @ columns @ right))
    moved = rows @ left[:, down], columns @ right[:, across]
    return *(np.linalg.qr(power_step)[0] for power_step in moved), v[down][:, across]


def soap_by_hand(theta, grads, bases, *, every, skip):
    """SOAP on one matrix as its code proceeds: columns and v reordered by Rayleigh quotient, power
    step, QR; m taken back and forth."""
    lr, b1, b2, bs, eps, decay = 0.2, 0.5, 0.8, 0.7, 0.1, 0.3
    left, right = bases
    m = np.zeros_like(theta)
    v = np.zeros_like(theta)
    rows = (1 - bs) * grads[0] @ grads[0].T
    columns = (1 - bs) * grads[0].T @ grads[0]
    path = [theta]
    t = 0
    for k, g in enumerate(grads):
        if k == 0 and skip:
            path.append(theta)
            continue
        t += 1
        z = left.T @ g @ right
        m, v = b1 * m + (1 - b1) * z, b2 * v + (1 - b2) * z**2
        rate = lr * math.sqrt(1 - b2**t) / (1 - b1**t)
        theta = theta - rate * left @ (m / (np.sqrt(v) + eps)) @ right.T
        theta = theta - lr * decay * theta
        path.append(theta)
        if k == 0:
            continue
        m = left @ m @ right.T
        rows = bs * rows + (1 - bs) * g @ g.T
        columns = bs * columns + (1 - bs) * g.T @ g
        if k % every == 0:
            left, right, v = turned_by_hand(left, right, v, (rows, columns))
        m = left.T @ m @ right
    return np.array(path)


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("given", [True, False])
def test_soap(skip, every, given):
    theta, grads = stream((3, 3))
    factors = grads[0] @ grads[0].T, grads[0].T @ grads[0]
    bases = tuple(
        np.linalg.qr(RNG.standard_normal((3, 3)))[0] if given else np.linalg.eigh(h)[1][:, ::-1]
        for h in factors
    )
    tracker = {"factor_beta2": 0.7, "every": every, "initial": (bases,) if given else None}
    optimizer = SOAP(0.2, 0.5, 0.8, 0.1, weight_decay=0.3, skip_first=skip, **tracker)
    expected = soap_by_hand(theta, grads, bases, every=every, skip=skip)
    np.testing.assert_allclose(iterates(optimizer, grads, theta), expected, rtol=1e-10, atol=1e-12)


def test_decayed_adam_with_eps_before_the_debiasing():
    theta, grads = stream((5,))
    for debias, after in ((True, True), (False, False)):
        path = [theta]
        m = [0.0] * 5
        v = [0.0] * 5
        x = list(theta)
        for t, g in enumerate(grads, 1):
            for i in range(5):
                m[i] = 0.5 * m[i] + 0.5 * g[i]
                v[i] = 0.8 * v[i] + 0.2 * g[i] ** 2
                rate = 0.2 * math.sqrt(1 - 0.8**t) / (1 - 0.5**t) if debias else 0.2
                step = rate * m[i] / (math.sqrt(v[i]) + 0.1)
                x[i] = (x[i] - step) * (1 - 0.2 * 0.3) if after else x[i] * (1 - 0.2 * 0.3) - step
            path.append(np.array(x))
        settings = {"eps_place": "hat"} if debias else {"debias": "none"}
        form = "after" if after else "before"
        optimizer = Regularized(Adam(0.2, 0.5, 0.8, 0.1, **settings), L2(0.3), on="z", form=form)
        np.testing.assert_allclose(iterates(optimizer, grads, theta), path, rtol=1e-12, atol=1e-13)


def test_moving_basis_is_carried():
    """One vector, Adam inside: m is rotated into the new basis, v keeps its columns."""
    theta, grads = stream((3,))
    q0 = np.linalg.qr(RNG.standard_normal((3, 3)))[0]
    tracker = ShampooEigenbasis(0.7, 0.4, every=2, initial=((q0,),), vectors_too=True)
    found = iterates(
        InMovingBasis(tracker, Adam(0.2, 0.5, 0.8, 0.1, eps_place="hat")), grads, theta
    )
    q = q0
    m = np.zeros(3)
    v = np.zeros(3)
    a = 0.3 * np.outer(grads[0], grads[0])
    x = theta
    path = [theta]
    for t, g in enumerate(grads, 1):
        z = q.T @ g
        m, v = 0.5 * m + 0.5 * z, 0.8 * v + 0.2 * z**2
        x = x - 0.2 * math.sqrt(1 - 0.8**t) / (1 - 0.5**t) * q @ (m / (np.sqrt(v) + 0.1))
        path.append(x)
        if t == 1:
            continue
        a = 0.7 * a + 0.3 * np.outer(g, g)
        if (t - 1) % 2 == 0:
            damped = a + 0.4 * np.eye(3)
            order = np.argsort(-np.diag(q.T @ damped @ q))
            p, upper = np.linalg.qr(damped @ q[:, order])
            p = (p * np.sign(np.diag(upper)))[:, np.argsort(order)]
            m, q = p.T @ q @ m, p
    np.testing.assert_allclose(found, path, rtol=1e-11, atol=1e-13)


REFERENCES = {"SOAP": partial(test_soap, True, 3, True)}

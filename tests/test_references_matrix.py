"""Every matrix-aware and curvature-using method against a short scalar version of its own, on loud hyper-parameters.

The references loop over entries and share nothing with the lab; matrices and tensors are Layers, vectors are vectors.
"""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from lab.arrays import Layers, lift
from lab.curvature import Dense
from lab.optimizers import (
    Adafactor,
    AdaHessian,
    AdaL,
    Adam,
    Decayed,
    InMovingBasis,
    Muon,
    Shampoo,
    ShampooEigenbasis,
    SophiaG,
    SophiaH,
    soap,
)
from lab.simulation import replay

RNG = np.random.default_rng(21)
SHAPES = {"vector": (5,), "wide": (2, 5), "tall": (4, 3), "tensor": (2, 3, 2)}
STEPS = 7


def stream(shape, seed=3):
    """A start and STEPS gradients of one shape, the entries of very different sizes."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal(shape), rng.standard_normal((STEPS, *shape)) * np.geomspace(3, 0.1, int(np.prod(shape))).reshape(shape)


def ours(optimizer, theta, grads, **answers):
    """The lab's path, (STEPS + 1, *shape)."""
    if theta.ndim == 1:
        return replay(optimizer, theta, grads, **answers)
    return replay(optimizer, Layers([theta]), [Layers([g]) for g in grads], **answers)[0]


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def rms(x):
    return math.sqrt(mean(v * v for v in np.ravel(x)))


def second_moment(q_history, weights, shape, axes, lowest):
    """Factored V over `axes`, from all squared gradients and their final weights, entry by entry; mean at least `lowest`."""
    q = sum(w * x for w, x in zip(weights, q_history, strict=True))
    if axes is None:
        return q
    v = np.empty(shape)
    a, b = axes
    for index in np.ndindex(shape):
        over_a = mean(q[(*index[:a], i, *index[a + 1 :])] for i in range(shape[a]))
        over_b = mean(q[(*index[:b], i, *index[b + 1 :])] for i in range(shape[b]))
        both = mean(
            q[tuple(i if d == a else j if d == b else index[d] for d in range(len(shape)))]
            for i in range(shape[a])
            for j in range(shape[b])
        )
        v[index] = over_a * over_b / max(both, lowest)
    return v


def adafactor(theta, grads, axes, *, torch, lr, power, eps, floor, decay, clip, beta1=0.0):
    """torch: eps as a floor, warm rate, decay times lr. Otherwise optax: eps added, plain rate, momentum, plain decay."""
    path, weights, history, m = [theta], [], [], np.zeros_like(theta)
    for t, g in enumerate(grads, 1):
        newest = t**power
        weights = [w * (1 - newest) for w in weights] + [newest]
        history.append(g**2 if torch else g**2 + eps)
        v = second_moment(history, weights, g.shape, axes, eps if torch else 0.0)
        u = g / np.sqrt(np.maximum(v, eps**2) if torch else v)
        u = u / max(1.0, rms(u) / clip)
        rate = min(lr, t**-0.5) if torch else lr
        m = beta1 * m + (1 - beta1) * rate * max(floor, rms(theta)) * u
        theta = theta - m - (lr if torch else 1.0) * decay * theta
        path.append(theta)
    return np.array(path)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("torch", [True, False])
@pytest.mark.parametrize("floor", [0.1, 2.5])
def test_adafactor(shape, torch, floor):
    theta, grads = stream(SHAPES[shape])
    last = None if len(theta.shape) < 2 else (theta.ndim - 2, theta.ndim - 1)
    settings = {"lr": 0.4, "power": -0.6, "eps": 0.3, "floor": floor, "clip": 0.8}
    expected = adafactor(theta, grads, last, torch=torch, decay=0.2, beta1=0.0 if torch else 0.4, **settings)
    if torch:
        optimizer = Adafactor(**settings, weight_decay=0.2, eps_mode="floor")
    else:
        optimizer = Adafactor(**settings, weight_decay=0.2, beta1=0.4, warm=False, decay_by_lr=False)
    np.testing.assert_allclose(ours(optimizer, theta, grads), expected, rtol=1e-12, atol=1e-13)


def test_adafactor_on_the_two_largest_axes():
    """optax factors the two largest axes, torch the last two, and `least` refuses to factor a short one."""
    theta, grads = stream((5, 2, 3))
    settings = {"lr": 0.4, "power": -0.6, "eps": 0.3, "floor": 0.1, "clip": 0.8}
    for axes, least, expected_axes in (("largest", 1, (0, 2)), ("last", 1, (1, 2)), ("largest", 4, None)):
        expected = adafactor(theta, grads, expected_axes, torch=False, decay=0.0, **settings)
        optimizer = Adafactor(**settings, axes=axes, least=least, warm=False)
        np.testing.assert_allclose(ours(optimizer, theta, grads), expected, rtol=1e-12, atol=1e-13)


def quintic(s, coefficients, iterations):
    """The scalar map of the iteration on one singular value."""
    a, b, c = coefficients
    for _ in range(iterations):
        s = a * s + b * s**3 + c * s**5
    return s


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("nesterov", [True, False])
@pytest.mark.parametrize("kind", ["authors", "torch", "optax"])
def test_muon(shape, nesterov, kind):
    """Through the singular values: the iteration maps each of them by a scalar polynomial and keeps the singular vectors."""
    theta, grads = stream(SHAPES[shape])
    lr, beta, eps, decay, coefficients = 0.3, 0.6, 0.2, 0.15, (2.0, -1.5, 0.4)
    path, m, x = [theta], 0.0, theta
    rows, columns = (theta.shape[0], int(np.prod(theta.shape[1:]))) if theta.ndim > 1 else (5, 1)
    for t, g in enumerate(grads, 1):
        m = beta * m + (1 - beta) * g
        u = beta * m + (1 - beta) * g if nesterov else m
        if kind == "optax":
            u = m / (1 - beta**t) if not nesterov else beta * m / (1 - beta ** (t + 1)) + (1 - beta) * g / (1 - beta**t)
        left, s, right = np.linalg.svd(u.reshape(rows, columns), full_matrices=False)
        size = math.sqrt(sum(v * v for v in s))
        s = s / (max(size, eps) if kind == "torch" else size + eps)
        factor = {
            "authors": max(1, rows / columns) ** 0.5,
            "optax": max(1, columns / rows) ** 0.5,
            "torch": 0.2 * max(rows, columns) ** 0.5,
        }
        o = left @ np.diag([quintic(v, coefficients, 4) for v in s]) @ right
        x = x - lr * factor[kind] * o.reshape(theta.shape) - lr * decay * x
        path.append(x)
    choices = {"authors": {}, "torch": {"eps_added": False, "rms": 0.2}, "optax": {"average": "debiased", "shape": "columns"}}
    optimizer = Muon(lr, beta, eps, decay, nesterov, 4, coefficients, **choices[kind])
    np.testing.assert_allclose(ours(optimizer, theta, grads), path, rtol=1e-10, atol=1e-12)


def root(h, power):
    lam, q = np.linalg.eigh(h)
    return q @ np.diag(lam**power) @ q.T


@pytest.mark.parametrize("shape", SHAPES)
def test_shampoo(shape):
    theta, grads = stream(SHAPES[shape])
    lr, eps, k, x, path = 0.3, 0.2, theta.ndim, theta, [theta]
    factors = [eps * np.eye(d) for d in theta.shape]
    for g in grads:
        step = g
        for j in range(k):
            others = [i for i in range(k) if i != j]
            factors[j] = factors[j] + np.tensordot(g, g, (others, others))
            step = np.moveaxis(np.tensordot(root(factors[j], -1 / (2 * k)), step, (1, j)), 0, j)
        x = x - lr * step
        path.append(x)
    np.testing.assert_allclose(ours(Shampoo(lr, eps), theta, grads), path, rtol=1e-10, atol=1e-12)


def soap_by_hand(theta, grads, bases, *, every, skip):
    """SOAP on one matrix as its code proceeds: columns and v reordered by Rayleigh quotient, power step, QR; m taken back and forth."""
    lr, b1, b2, bs, eps, decay = 0.2, 0.5, 0.8, 0.7, 0.1, 0.3
    left, right = bases
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    left_factor, r = (1 - bs) * grads[0] @ grads[0].T, (1 - bs) * grads[0].T @ grads[0]
    path, t = [theta], 0
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
        left_factor, r = bs * left_factor + (1 - bs) * g @ g.T, bs * r + (1 - bs) * g.T @ g
        if k % every == 0:
            down, across = np.argsort(-np.diag(left.T @ left_factor @ left)), np.argsort(-np.diag(right.T @ r @ right))
            v = v[down][:, across]
            left, right = np.linalg.qr(left_factor @ left[:, down])[0], np.linalg.qr(r @ right[:, across])[0]
        m = left.T @ m @ right
    return np.array(path)


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("given", [True, False])
def test_soap(skip, every, given):
    theta, grads = stream((3, 3))
    factors = grads[0] @ grads[0].T, grads[0].T @ grads[0]
    bases = tuple(np.linalg.qr(RNG.standard_normal((3, 3)))[0] if given else np.linalg.eigh(h)[1][:, ::-1] for h in factors)
    tracker = ShampooEigenbasis(0.7, every=every, initial=(bases,) if given else None)
    optimizer = soap(0.2, beta1=0.5, beta2=0.8, eps=0.1, weight_decay=0.3, tracker=tracker, skip_first=skip)
    expected = soap_by_hand(theta, grads, bases, every=every, skip=skip)
    np.testing.assert_allclose(ours(optimizer, theta, grads), expected, rtol=1e-10, atol=1e-12)


def test_decayed_adam_in_eps_hat_order():
    theta, grads = stream((5,))
    for debias, after in ((True, True), (False, False)):
        path, m, v, x = [theta], [0.0] * 5, [0.0] * 5, list(theta)
        for t, g in enumerate(grads, 1):
            for i in range(5):
                m[i] = 0.5 * m[i] + 0.5 * g[i]
                v[i] = 0.8 * v[i] + 0.2 * g[i] ** 2
                rate = 0.2 * math.sqrt(1 - 0.8**t) / (1 - 0.5**t) if debias else 0.2
                step = rate * m[i] / (math.sqrt(v[i]) + 0.1)
                x[i] = (x[i] - step) * (1 - 0.2 * 0.3) if after else x[i] * (1 - 0.2 * 0.3) - step
            path.append(np.array(x))
        np.testing.assert_allclose(
            ours(Decayed(Adam(0.2, 0.5, 0.8, 0.1, eps_hat=debias, debias_m=debias, debias_v=debias), 0.3, after), theta, grads),
            path,
            rtol=1e-12,
            atol=1e-13,
        )


def sophia(theta, grads, estimates, *, gamma, clip, debias, after, added):
    path, m, h, x = [theta], [0.0] * 5, [0.0] * 5, list(theta)
    for t, g in enumerate(grads):
        for i in range(5):
            m[i] = 0.5 * m[i] + 0.5 * g[i]
            new = 0.8 * h[i] + 0.2 * estimates[t][i] if t % 3 == 0 else h[i]
            used = gamma * (h[i] if after else new)
            h[i] = new
            top = m[i] / (1 - 0.5 ** (t + 1)) if debias else m[i]
            ratio = top / (used + 0.1) if added else top / max(used, 0.1)
            ratio = ratio if clip is None else max(-clip, min(clip, ratio))
            x[i] = x[i] * (1 - 0.2 * 0.3) - 0.2 * ratio
        path.append(np.array(x))
    return path


VARIANTS = [
    {"clip": 0.7, "debias": False, "after": False, "added": False},
    {"clip": 0.7, "debias": True, "after": True, "added": False},
    {"clip": None, "debias": False, "after": False, "added": True},
]


@pytest.mark.parametrize("variant", VARIANTS)
def test_sophia_hutchinson(variant):
    theta, grads = stream((5,))
    matrices = [a + a.T for a in RNG.standard_normal((STEPS, 5, 5))]
    probes = RNG.choice([-1.0, 1.0], (STEPS, 5))
    estimates = [[u[i] * sum(h[i, j] * u[j] for j in range(5)) for i in range(5)] for h, u in zip(matrices, probes, strict=True)]
    optimizer = SophiaH(
        0.2,
        0.5,
        0.8,
        1.5,
        0.1,
        0.3,
        3,
        variant["clip"],
        debias=variant["debias"],
        refresh_after=variant["after"],
        eps_added=variant["added"],
    )
    found = ours(optimizer, theta, grads, hessian=[Dense(h) for h in matrices], probes=probes)
    np.testing.assert_allclose(found, sophia(theta, grads, estimates, gamma=1.5, **variant), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("variant", VARIANTS)
def test_sophia_gauss_newton_bartlett(variant):
    theta, grads = stream((5,))
    sampled = RNG.standard_normal((STEPS, 5))
    estimates = [[6.0 * v * v for v in g] for g in sampled]
    optimizer = SophiaG(
        0.2,
        0.5,
        0.8,
        1.5,
        0.1,
        0.3,
        6.0,
        3,
        variant["clip"],
        debias=variant["debias"],
        refresh_after=variant["after"],
        eps_added=variant["added"],
    )
    found = ours(optimizer, theta, grads, curvatures=[SimpleNamespace(mean=lambda g=g: g) for g in sampled])
    np.testing.assert_allclose(found, sophia(theta, grads, estimates, gamma=1.5, **variant), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("power", [-1.0, -0.4, 0.0])
def test_adahessian(power):
    theta, grads = stream((5,))
    matrices = [a + a.T for a in RNG.standard_normal((STEPS, 5, 5))]
    probes = RNG.choice([-1.0, 1.0], (STEPS, 5))
    path, m, v, x = [theta], [0.0] * 5, [0.0] * 5, list(theta)
    for t, g in enumerate(grads, 1):
        for i in range(5):
            d = abs(sum(matrices[t - 1][i, j] * probes[t - 1][j] for j in range(5)))
            m[i], v[i] = 0.5 * m[i] + 0.5 * g[i], 0.8 * v[i] + 0.2 * d * d
            low = math.sqrt(v[i] / (1 - 0.8**t)) ** (-power) + 0.1
            x[i] = x[i] - 0.2 * (m[i] / (1 - 0.5**t) / low + 0.3 * x[i])
        path.append(np.array(x))
    optimizer = AdaHessian(0.2, 0.5, 0.8, 0.1, power, 0.3)
    found = ours(optimizer, theta, grads, hessian=[Dense(h) for h in matrices], probes=probes)
    np.testing.assert_allclose(found, path, rtol=1e-12, atol=1e-13)


def test_adahessian_averages_convolution_kernels():
    """|H u| is averaged over the last two axes of a block of order 4, and of no other; signed averages would be smaller."""
    shapes, rng = [(2, 1, 2, 2), (2, 3), (3,)], np.random.default_rng(4)
    theta = Layers([rng.standard_normal(s) for s in shapes])
    product = Layers([rng.standard_normal(s) for s in shapes])
    oracle = SimpleNamespace(grad=theta, hessian=SimpleNamespace(times=lambda u: product), probe=lambda: theta)
    for average in (True, False):
        optimizer = lift(AdaHessian(1.0, 0.0, 0.0, 0.0, average_kernels=average), theta)
        delta, _ = optimizer.step(optimizer.init(theta), oracle, theta)
        for k, (g, hu) in enumerate(zip(theta, product, strict=True)):
            d = np.abs(hu)
            if k == 0 and average:
                d = np.array([[[[mean(np.ravel(abs(hu[o, i])))] * 2] * 2 for i in range(1)] for o in range(2)])
            np.testing.assert_allclose(delta[k], -g / d, rtol=1e-13)


READINGS = ["l1", "coordinate", "loss", "none"]


@pytest.mark.parametrize("factor", READINGS)
@pytest.mark.parametrize("eps_mode", ["literal", "adam"])
@pytest.mark.parametrize("amsgrad", [True, False])
@pytest.mark.parametrize("exponent", [1.0, 0.5])
def test_adal(factor, eps_mode, amsgrad, exponent):
    theta, grads = stream((5,))
    grads = grads * np.linspace(1.5, 0.3, STEPS)[:, None]
    losses = np.geomspace(3, 0.2, STEPS)
    for schedule in ("sqrt", "constant"):
        path, m, v, top, x = [theta], [0.0] * 5, [0.0] * 5, [0.0] * 5, list(theta)
        for t, g in enumerate(grads, 1):
            for i in range(5):
                size = {"l1": sum(abs(a) for a in g), "coordinate": abs(g[i]), "loss": losses[t - 1], "none": 1.0}[factor] ** exponent
                h = size * g[i]
                m[i], v[i] = 0.5 * m[i] + 0.5 * h, 0.8 * v[i] + 0.2 * h * h
                mh, vh = m[i] / (1 - 0.5**t), v[i] / (1 - 0.8**t)
                top[i] = max(top[i], vh)
                vh = top[i] if amsgrad else vh
                z = (vh**-0.5 + 0.1) * mh if eps_mode == "literal" else mh / (vh**0.5 + 0.1)
                x[i] = x[i] - (0.2 / math.sqrt(t) if schedule == "sqrt" else 0.2) * z
            path.append(np.array(x))
        optimizer = AdaL(0.2, 0.5, 0.8, 0.1, exponent, factor, eps_mode, schedule, amsgrad=amsgrad)
        np.testing.assert_allclose(ours(optimizer, theta, grads, loss=losses), path, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("norm_scope", ["global", "tensor"])
def test_adal_norm_scope(norm_scope):
    """One norm over all blocks, or one per block; the literal eps sees its size. Two steps by hand, beta1 = beta2 = 0.5."""
    rng = np.random.default_rng(8)
    first, second = (Layers([rng.standard_normal((2, 3)), 9 * rng.standard_normal(2)]) for _ in range(2))
    theta = Layers([np.zeros((2, 3)), np.zeros(2)])
    found = replay(AdaL(0.2, 0.5, 0.5, 0.01, schedule="constant", norm_scope=norm_scope), theta, [first, second])
    total = [sum(np.abs(b).sum() for b in g) for g in (first, second)]
    for k in range(2):
        sizes = total if norm_scope == "global" else [np.abs(first[k]).sum(), np.abs(second[k]).sum()]
        a, b = sizes[0] * first[k], sizes[1] * second[k]
        m = (a / 4 + b / 2) / 0.75
        expected = -0.2 * (np.sign(a) + 0.01 * a) - 0.2 * (m / np.sqrt((a**2 / 4 + b**2 / 2) / 0.75) + 0.01 * m)
        np.testing.assert_allclose(found[k][2], expected, rtol=1e-13)


def test_moving_basis_is_carried():
    """One vector, Adam inside: m is rotated into the new basis, v keeps its columns."""
    theta, grads = stream((3,))
    q0 = np.linalg.qr(RNG.standard_normal((3, 3)))[0]
    tracker = ShampooEigenbasis(0.7, 0.4, every=2, initial=((q0,),), vectors_too=True)
    found = ours(InMovingBasis(tracker, Adam(0.2, 0.5, 0.8, 0.1, eps_hat=True)), theta, grads)
    q, m, v, a, x, path = q0, np.zeros(3), np.zeros(3), 0.3 * np.outer(grads[0], grads[0]), theta, [theta]
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

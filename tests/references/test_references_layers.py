"""Kronecker-factored methods that read the factors of a network, against naive versions: two layers
by loops over the examples. No code of the lab."""

from functools import partial

import numpy as np
import pytest
from test_references_kronecker import (
    BETA,
    DAMPING,
    LR,
    MOMENTUM,
    equal_traces,
    refreshed,
)

from lab.arrays import Layers
from lab.batches import Batch, Recorded
from lab.objectives import MLP
from lab.optimizers import example
from lab.simulation import simulate

RNG = np.random.default_rng(5)
X = RNG.standard_normal((5, 2))
Y = RNG.standard_normal((5, 2))
DRAWN = RNG.standard_normal((6, 5, 2))
F = MLP(X, Y, (3,), activation="tanh", loss="half_mse")
STEPS = 6


def passes(theta, targets):
    """Per layer, per example: (a; 1), the output h, and the gradient g in it."""
    (w1, b1), (w2, b2) = theta
    layers = [[], []]
    for x, t in zip(X, targets, strict=True):
        h1 = w1 @ x + b1
        a1 = np.tanh(h1)
        h2 = w2 @ a1 + b2
        g2 = h2 - t
        g1 = (w2.T @ g2) * (1 - a1**2)
        layers[0].append((np.append(x, 1.0), h1, g1))
        layers[1].append((np.append(a1, 1.0), h2, g2))
    return layers


def mean(layer, f):
    return sum(f(*sample) for sample in layer) / len(layer)


def gradients(theta):
    """(W, b) gradients of the mean loss as one matrix per layer."""
    return [mean(layer, lambda a, h, g: np.outer(g, a)) for layer in passes(theta, Y)]


def preconditioned(theta, moments, divide):
    """Steps of momentum and divided sums; moments(theta, targets, t) per layer is averaged."""
    path = [theta]
    m = [0.0, 0.0]
    h = [None, None]
    for i in range(STEPS):
        m = [MOMENTUM * old + g for old, g in zip(m, gradients(path[-1]), strict=True)]
        new = moments(path[-1], DRAWN[i], i)
        h = [average(old, one, i) for old, one in zip(h, new, strict=True)]
        if refreshed(i, True):
            kept = h
        steps = [divide(x, *held) for x, held in zip(m, kept, strict=True)]
        path.append(moved(path[-1], steps))
    return path


def average(old, new, i, beta=BETA):
    beta = min(beta, 1 - 1 / (i + 1))
    return new if i == 0 else [beta * a + (1 - beta) * b for a, b in zip(old, new, strict=True)]


def moved(theta, steps):
    """theta - LR steps, each a matrix whose last column is the bias."""
    return [(w - LR * x[:, :-1], b - LR * x[:, -1]) for (w, b), x in zip(theta, steps, strict=True)]


def both(theta, targets, i):
    """(E g g^T, E a a^T) per layer."""
    return [
        [
            mean(layer, lambda a, h, g: np.outer(g, g)),
            mean(layer, lambda a, h, g: np.outer(a, a)),
        ]
        for layer in passes(theta, targets)
    ]


def inputs_alone(theta, targets, i):
    return [[a] for _, a in both(theta, targets, i)]


def errors_alone(theta, targets, i):
    return [[g] for g, _ in both(theta, targets, i)]


def by_pi(x, g, a):
    pi = np.sqrt(np.trace(a) / len(a) / (np.trace(g) / len(g)))
    size = np.sqrt(DAMPING)
    left = np.linalg.inv(g + size / pi * np.eye(len(g)))
    return left @ x @ np.linalg.inv(a + size * pi * np.eye(len(a)))


def right_alone(x, a):
    return x @ np.linalg.inv(a + DAMPING * np.eye(len(a)))


def left_alone(x, g):
    return np.linalg.inv(g + DAMPING * np.eye(len(g))) @ x


def kfac():
    return preconditioned(start(), both, by_pi)


def foof():
    return preconditioned(start(), inputs_alone, right_alone)


def gnt():
    return preconditioned(start(), errors_alone, left_alone)


def tnt_per_example():
    """Weights and biases by themselves; averages from 0; the plain ema."""
    path, m, h = [start()], [0.0] * 4, [None] * 4
    for i in range(STEPS):
        slopes = [part for g in gradients(path[-1]) for part in (g[:, :-1], g[:, -1])]
        m = [MOMENTUM * old + g for old, g in zip(m, slopes, strict=True)]
        new = []
        for layer in passes(path[-1], DRAWN[i]):
            new.append(
                [
                    mean(layer, lambda a, h, g: a[:-1] @ a[:-1] * np.outer(g, g)),
                    mean(layer, lambda a, h, g: g @ g * np.outer(a[:-1], a[:-1])),
                ]
            )
            new.append([mean(layer, lambda a, h, g: np.outer(g, g))])
        h = [
            [BETA * (0 if old is None else old[j]) + (1 - BETA) * b for j, b in enumerate(one)]
            for old, one in zip(h, new, strict=True)
        ]
        if refreshed(i, True):
            inverses = [
                [np.linalg.inv(u + DAMPING * np.eye(len(u))) for u in equal_traces(one)]
                for one in h
            ]
        steps = [
            p[0] @ x @ p[1] if len(p) > 1 else p[0] @ x for p, x in zip(inverses, m, strict=True)
        ]
        joined = [np.column_stack(steps[:2]), np.column_stack(steps[2:])]
        path.append(moved(path[-1], joined))
    return path


def ekfac():
    """Eigenvectors at each refresh, second moments in them after every sample."""
    path = [start()]
    m = [0.0, 0.0]
    h = [None, None]
    v = [None, None]
    for i in range(STEPS):
        m = [MOMENTUM * old + g for old, g in zip(m, gradients(path[-1]), strict=True)]
        new = both(path[-1], DRAWN[i], i)
        h = [average(old, one, i) for old, one in zip(h, new, strict=True)]
        if refreshed(i, True):
            bases = [[np.linalg.eigh(a)[1] for a in one] for one in h]
        steps = []
        for k, layer in enumerate(passes(path[-1], DRAWN[i])):
            left, right = bases[k]
            if i == 0:
                v[k] = np.outer(*(np.linalg.eigvalsh(a) for a in h[k]))
            square = mean(layer, lambda a, h, g: (left.T @ np.outer(g, a) @ right) ** 2)  # noqa: B023
            v[k] = 0.7 * v[k] + 0.3 * square
            steps.append(left @ ((left.T @ m[k] @ right) / (v[k] + DAMPING)) @ right.T)
        path.append(moved(path[-1], steps))
    return path


def block_natural():
    """The full matrix of every layer, labels enumerated: E over N(0, I) errors of the output is a
    sum over unit vectors."""
    path = [start()]
    m = [0.0, 0.0]
    f = [None, None]
    for i in range(STEPS):
        m = [MOMENTUM * old + g for old, g in zip(m, gradients(path[-1]), strict=True)]
        new = [0.0, 0.0]
        for unit in np.eye(2):
            outputs = np.array([h for _, h, _ in passes(path[-1], Y)[1]])
            for k, layer in enumerate(passes(path[-1], outputs - unit)):
                vs = [np.outer(g, a).ravel() for a, _, g in layer]
                new[k] = new[k] + sum(np.outer(one, one) for one in vs) / len(vs)
        f = new if i == 0 else [BETA * a + (1 - BETA) * b for a, b in zip(f, new, strict=True)]
        steps = []
        for x, a in zip(m, f, strict=True):
            solved = np.linalg.solve(a + DAMPING * np.eye(len(a)), x.ravel())
            steps.append(solved.reshape(x.shape))
        path.append(moved(path[-1], steps))
    return path


def bfgs(h, s, y):
    """(I - s y^T / s.y) H (I - y s^T / s.y) + s s^T / s.y"""
    left = np.eye(len(s)) - np.outer(s, y) / (s @ y)
    return left @ h @ left.T + np.outer(s, s) / (s @ y)


def doubly_damped(h, s, y, mu1, mu2):
    if s @ y < mu1 * (y @ h @ y):
        t = (1 - mu1) * (y @ h @ y) / (y @ h @ y - s @ y)
        s = t * s + (1 - t) * h @ y
    if s @ y < mu2 * (s @ s):
        t = (1 - mu2) * (s @ s) / (s @ s - s @ y)
        y = t * y + (1 - t) * s
    return s, y


def kbfgs(memory=None):
    """With a memory, H is made anew from I and the last pairs."""
    size = np.sqrt(DAMPING)
    b1, b3 = 0.5, 0.7
    path, m, a, ha = [start()], [0.0, 0.0], [None, None], [None, None]
    hg, s, y, pairs = [np.eye(3), np.eye(2)], [0.0, 0.0], [0.0, 0.0], [[], []]
    for i in range(STEPS):
        before = passes(path[-1], Y)
        m = [b1 * old + (1 - b1) * g for old, g in zip(m, gradients(path[-1]), strict=True)]
        for k, layer in enumerate(before):
            now = mean(layer, lambda a, h, g: np.outer(a, a))
            a[k] = now if i == 0 else BETA * a[k] + (1 - BETA) * now
            if i == 0:
                ha[k] = np.linalg.inv(a[k] + size * np.eye(len(now)))
        path.append(moved(path[-1], [hg[k] @ m[k] @ ha[k] for k in (0, 1)]))
        after = passes(path[-1], Y)
        for k in (0, 1):
            s[k] = b3 * s[k] + (1 - b3) * (_h(before[k]) - _h(after[k]))
            y[k] = b3 * y[k] + (1 - b3) * (_g(before[k]) - _g(after[k]))
            pair = doubly_damped(hg[k], s[k], y[k], 0.2, size)
            if pair[0] @ pair[1] > 1e-4 * (pair[0] @ pair[0]) * np.linalg.norm(_g(before[k])):
                pairs[k].append(pair)
                hg[k] = bfgs(hg[k], *pair)
            if memory:
                hg[k] = np.eye(len(hg[k]))
                for one in pairs[k][-memory:]:
                    hg[k] = bfgs(hg[k], *one)
            middle = mean(before[k], lambda a, h, g: a)
            direction = ha[k] @ middle
            ha[k] = bfgs(ha[k], direction, (a[k] + size * np.eye(len(middle))) @ direction)
    return path


def _h(layer):
    return mean(layer, lambda a, h, g: h)


def _g(layer):
    return mean(layer, lambda a, h, g: g)


def start():
    w1, b1, w2, b2 = F.start((), np.random.default_rng(2)).blocks
    return [(w1, b1 + 0.1), (w2, b2 - 0.2)]


ON_NETWORK = {
    "KFAC": kfac,
    "FOOF": foof,
    "GNT": gnt,
    "PerExampleTNT": tnt_per_example,
    "EKFAC": ekfac,
    "BlockNaturalGradient": block_natural,
    "KBFGS": kbfgs,
    "KBFGSL": partial(kbfgs, 3),
}


@pytest.mark.parametrize("name", ON_NETWORK)
def test_on_a_network(name):
    """The damped matrices here have condition numbers below 100."""
    like = F.start()
    theta = Layers([x for pair in start() for x in pair], like.orders, like.roles)
    rows = np.arange(5)
    batches = Recorded([Batch(rows, 5, labels) for labels in DRAWN])
    settings = {"batch": batches, "record": {"theta": lambda x: x}}
    found = simulate(F, example(name), theta, steps=STEPS, **settings)["theta"]
    expected = ON_NETWORK[name]()
    for b, block in enumerate(found):
        path = [theta[b // 2][b % 2] for theta in expected]
        np.testing.assert_allclose(block, path, rtol=1e-9, atol=1e-11)


REFERENCES = {name: partial(test_on_a_network, name) for name in ON_NETWORK}

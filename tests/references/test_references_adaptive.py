"""K-FAC as Martens & Grosse (2015) have it, written out a second time: two layers, the exact Fisher
matrix as one dense matrix, a system of two equations, and both dampings that follow."""

import numpy as np
from test_references_layers import F, X, Y, both, gradients, passes, start

from lab.arrays import Layers
from lab.batches import Batch, Recorded
from lab.objectives import LeastSquares
from lab.optimizers import DiagonalGN, ModelStep, Tikhonov, example
from lab.oracle import Asked
from lab.simulation import simulate

STEPS = 11
EVERY, ADAPT_EVERY = 3, 2
# of the registry's example
LR, DAMPING, BETA, DECAY = 0.9, 0.3, 0.8, 0.2
DRAWN = np.random.default_rng(8).standard_normal((STEPS, 5, 2))


def columns(theta):
    """Weights and biases as one matrix per layer."""
    return [np.column_stack(pair) for pair in theta]


def vector(matrices):
    return np.concatenate([x.ravel() for x in matrices])


def matrices(v):
    return [v[:9].reshape(3, 3), v[9:].reshape(2, 4)]


def loss(theta):
    outputs = np.array([h for _, h, _ in passes(theta, Y)[1]])
    penalty = DECAY / 2 * vector(columns(theta)) @ vector(columns(theta))
    return ((outputs - Y) ** 2).sum(1).mean() / 2 + penalty


def fisher(theta):
    """E over labels N(z, I), which is a sum over the units of the output."""
    outputs = np.array([h for _, h, _ in passes(theta, Y)[1]])
    f = 0.0
    for unit in np.eye(2):
        for first, second in zip(*passes(theta, outputs - unit), strict=True):
            v = vector([np.outer(g, a) for a, _, g in (first, second)])
            f = f + np.outer(v, v) / len(X)
    return f


def direction(slopes, inverses):
    return -vector([g @ s @ a for s, (g, a) in zip(slopes, inverses, strict=True)])


def inverses(h, gamma):
    found = []
    for g, a in h:
        pi = np.sqrt(np.trace(a) / len(a) / (np.trace(g) / len(g)))
        left = g + gamma / pi * np.eye(len(g))
        right = a + pi * gamma * np.eye(len(a))
        found.append((np.linalg.inv(left), np.linalg.inv(right)))
    return found


def lowest(b, g, d, before):
    """The step and the value of the model, on the span of d and the last step."""
    span = np.stack([d, before] if before.any() else [d])
    coefficients = np.linalg.solve(span @ b @ span.T, -span @ g)
    step = coefficients @ span
    return step, g @ step + step @ b @ step / 2


def averaged(h, new, beta):
    return [
        [beta * x + (1 - beta) * y for x, y in zip(old, one, strict=True)]
        for old, one in zip(h, new, strict=True)
    ]


def adaptive():
    path, h, told = [start()], None, []
    damping, gamma = DAMPING, np.sqrt(DAMPING + DECAY)
    before = np.zeros(17)
    omega = np.sqrt(19 / 20) ** EVERY
    for i in range(STEPS):
        theta = path[-1]
        slopes = [g + DECAY * w for g, w in zip(gradients(theta), columns(theta), strict=True)]
        new = both(theta, DRAWN[i], i)
        beta = min(BETA, 1 - 1 / (i + 1))
        h = new if i == 0 else averaged(h, new, beta)
        b = fisher(theta) + (damping + DECAY) * np.eye(17)
        g = vector(slopes)
        if i % EVERY == 0 and i:
            tried = [gamma, omega * gamma, gamma / omega]
            values = [lowest(b, g, direction(slopes, inverses(h, c)), before)[1] for c in tried]
            gamma = tried[int(np.argmin(values))]
        if i % EVERY == 0 or i < EVERY:
            kept = inverses(h, gamma)
        step = LR * lowest(b, g, direction(slopes, kept), before)[0]
        value = g @ step + step @ b @ step / 2
        moved = [w + s for w, s in zip(columns(theta), matrices(step), strict=True)]
        path.append([(w[:, :-1], w[:, -1]) for w in moved])
        if (i + 1) % ADAPT_EVERY == 0:
            rho = (loss(path[-1]) - loss(theta)) / value
            damping = damping * (19 / 20) ** (ADAPT_EVERY * ((rho > 0.75) * 1 - (rho < 0.25) * 1))
        before = step
        told.append((damping, gamma))
    return path, told


def test_adaptive_kfac():
    """The systems have condition numbers below 1e3, and are solved three times in a step."""
    like = F.start()
    theta = Layers([x for pair in start() for x in pair], like.orders, like.roles)
    batches = Recorded([Batch(np.arange(5), 5, labels) for labels in DRAWN])
    settings = {"batch": batches, "record": {"theta": lambda x: x}}
    found = simulate(F, example("AdaptiveKFAC"), theta, steps=STEPS, **settings)["theta"]
    expected, told = adaptive()
    for b, block in enumerate(found):
        path = [theta[b // 2][b % 2] for theta in expected]
        np.testing.assert_allclose(block, path, rtol=1e-9, atol=1e-11)
    # both dampings have moved, or a fixed one would do
    assert all(len(set(np.round(one, 12))) > 1 for one in zip(*told, strict=True))


def test_labels_are_drawn_once_in_a_step(monkeypatch):
    """Also where three dampings are compared: on other labels another gamma would win by chance."""
    asked = []
    original = Asked.curvature

    def counted(self, labels="exact"):
        asked.append(labels)
        return original(self, labels)

    monkeypatch.setattr(Asked, "curvature", counted)
    simulate(F, example("AdaptiveKFAC"), F.start(), steps=STEPS, batch=4)
    assert asked.count("sampled") == STEPS


def test_the_metric_is_that_of_the_direction():
    """M (delta - lr mu delta_prev) = -lr g; the matrices have condition numbers below 100."""
    rng = np.random.default_rng(4)
    f = LeastSquares(rng.standard_normal((9, 3)), rng.standard_normal(9))
    method = ModelStep(DiagonalGN(0.5, -1.0, 0.1), Tikhonov(0.2, 0.7), 0.5, every=2)
    record = {"theta": lambda x: x, "s": lambda x, s: states.append(s) or x}
    states = []
    path = simulate(f, method, rng.standard_normal(3), steps=5, record=record)["theta"]
    for t in range(1, 5):
        s = states[t + 1]
        own = s.delta - 0.7 * s.mu * states[t].delta
        expected = -0.7 * f.grad(path[t])
        np.testing.assert_allclose(method.metric(s).times(own), expected, rtol=1e-10)


REFERENCES = {"AdaptiveKFAC": test_adaptive_kfac}

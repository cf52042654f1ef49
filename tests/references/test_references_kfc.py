"""K-FAC of convolutions (Grosse & Martens 2016), written out: loops over examples and places."""

import numpy as np
from test_references_kronecker import BETA, DAMPING, LR, MOMENTUM, refreshed

from lab.arrays import Layers
from lab.batches import Batch, Recorded
from lab.objectives import MLP, ConvNet
from lab.optimizers import KFAC, KFC, example
from lab.oracle import Asked
from lab.simulation import simulate

RNG = np.random.default_rng(51)
HEIGHT, WIDTH, CHANNELS, SIZE, OUT = 3, 4, 2, 2, 2
X = RNG.standard_normal((4, HEIGHT * WIDTH * CHANNELS))
Y = RNG.standard_normal((4, 2))
F = ConvNet(X, Y, (HEIGHT, WIDTH, CHANNELS), (OUT,), size=SIZE, activation="tanh", loss="half_mse")
PLACES = [(r, s) for r in range(HEIGHT - SIZE + 1) for s in range(WIDTH - SIZE + 1)]
STEPS = 5
DRAWN = RNG.standard_normal((STEPS, 4, 2))


def patch(row, place):
    """(a_t; 1), channels before the places of the window."""
    image = row.reshape(HEIGHT, WIDTH, CHANNELS)
    r, s = place
    a = [image[r + i, s + j, c] for c in range(CHANNELS) for i in range(SIZE) for j in range(SIZE)]
    return np.array([*a, 1.0])


def passes(theta, targets):
    """Per example: the patches and errors at every place; the dense layer's input and error."""
    kernel, w = theta
    told = []
    for row, target in zip(X, targets, strict=True):
        patches = [patch(row, place) for place in PLACES]
        hidden = [np.tanh(kernel @ a) for a in patches]
        a = np.append(np.concatenate(hidden), 1.0)
        g = w @ a - target
        back = (w.T @ g)[:-1].reshape(len(PLACES), OUT)
        errors = [e * (1 - h**2) for e, h in zip(back, hidden, strict=True)]
        told.append((patches, errors, a, g))
    return told


def mean(terms):
    return sum(terms) / len(X)


def gradients(told):
    kernel = mean([np.outer(g, a) for ps, es, _, _ in told for g, a in zip(es, ps, strict=True)])
    return [kernel, mean([np.outer(g, a) for _, _, a, g in told])]


def factors(told):
    gamma = mean([np.outer(g, g) for _, es, _, _ in told for g in es]) / len(PLACES)
    omega = mean([np.outer(a, a) for ps, _, _, _ in told for a in ps])
    dense = [mean([np.outer(g, g) for *_, g in told]), mean([np.outer(a, a) for *_, a, _ in told])]
    return [[gamma, omega], dense]


def solved(x, g, a):
    pi = np.sqrt(np.trace(a) / len(a) / (np.trace(g) / len(g)))
    left = g + np.sqrt(DAMPING) / pi * np.eye(len(g))
    return np.linalg.inv(left) @ x @ np.linalg.inv(a + pi * np.sqrt(DAMPING) * np.eye(len(a)))


def start():
    k, b, w, c = F.start((), np.random.default_rng(2)).blocks
    kernel = np.column_stack([k.reshape(OUT, -1), b + 0.1])
    return [kernel, np.column_stack([w, c - 0.2])]


def kfc():
    path, m, h = [start()], [0.0, 0.0], None
    for i in range(STEPS):
        slopes = gradients(passes(path[-1], Y))
        m = [MOMENTUM * old + g for old, g in zip(m, slopes, strict=True)]
        new = factors(passes(path[-1], DRAWN[i]))
        beta = min(BETA, 1 - 1 / (i + 1))
        if h is None:
            h = new
        h = [
            [beta * x + (1 - beta) * y for x, y in zip(old, one, strict=True)]
            for old, one in zip(h, new, strict=True)
        ]
        if refreshed(i, True):
            kept = h
        steps = [solved(x, *held) for x, held in zip(m, kept, strict=True)]
        path.append([w - LR * x for w, x in zip(path[-1], steps, strict=True)])
    return path


def as_layers(matrices):
    like = F.start()
    kernel, w = matrices
    blocks = [kernel[:, :-1].reshape(like[0].shape), kernel[:, -1], w[:, :-1], w[:, -1]]
    return Layers(blocks, like.orders, like.roles)


def test_on_a_convolutional_network():
    """The damped matrices here have condition numbers below 100."""
    batches = Recorded([Batch(np.arange(4), 4, labels) for labels in DRAWN])
    settings = {"batch": batches, "record": {"theta": lambda x: x}}
    found = simulate(F, example("KFC"), as_layers(start()), steps=STEPS, **settings)["theta"]
    expected = [as_layers(point) for point in kfc()]
    for b, block in enumerate(found):
        path = [point[b] for point in expected]
        np.testing.assert_allclose(block, path, rtol=1e-9, atol=1e-11)


def test_patches_and_errors_make_the_gradient():
    """Summed over places, for several runs and exact labels: their products are the gradients of
    the examples, and those of true labels average to the gradient."""
    theta = F.start((3,), np.random.default_rng(6))
    for labels in ("true", "exact"):
        g = Asked(F, theta).curvature(labels)
        patches, errors = g.local[0]
        products = np.einsum("rmcto,rmtd->rmcod", errors, patches)
        others = g.others[0]
        np.testing.assert_allclose(products.reshape(others.shape), others, rtol=1e-12, atol=1e-14)
    gradient = Asked(F, theta).curvature("true").mean()
    patches, errors = Asked(F, theta).curvature("true").local[0]
    average = np.einsum("rmcto,rmtd->rod", errors, patches) / 4
    np.testing.assert_allclose(average.reshape(gradient[0].shape), gradient[0], rtol=1e-12)


def test_with_one_place_a_convolution_is_a_dense_layer():
    """A window as large as the image: KFC on it is K-FAC on the network with that layer dense,
    whose inputs are the image with its channels first. On dense networks alone they are one."""
    x = RNG.standard_normal((6, 2 * 2 * 3))
    y = RNG.standard_normal((6, 2))
    convolved = ConvNet(x, y, (2, 2, 3), (4,), size=2, activation="tanh", loss="half_mse")
    first = x.reshape(6, 4, 3).swapaxes(1, 2).reshape(6, 12)
    dense = MLP(first, y, (4,), activation="tanh", loss="half_mse")
    start = convolved.start((), np.random.default_rng(3))
    like = dense.start()
    flat = [x.reshape(other.shape) for x, other in zip(start, like, strict=True)]
    theta = Layers(flat, like.orders, like.roles)
    settings = {"steps": 6, "record": {"theta": lambda x: x}}
    method = KFC(0.1, 0.3, 0.8, 0.5, labels="exact", every=2)
    twin = KFAC(0.1, 0.3, 0.8, 0.5, labels="exact", every=2)
    one = simulate(convolved, method, start, **settings)["theta"]
    other = simulate(dense, twin, theta, **settings)["theta"]
    again = simulate(dense, method, theta, **settings)["theta"]
    for a, b, c in zip(one, other, again, strict=True):
        np.testing.assert_allclose(a.reshape(b.shape), b, rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(c, b, rtol=1e-12, atol=1e-14)


REFERENCES = {"KFC": test_on_a_convolutional_network}

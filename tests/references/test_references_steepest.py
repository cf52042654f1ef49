"""Steepest descent in norms of matrices, and Muon's relatives, through singular values and loops
over rows; nothing here is the lab's."""

import math
from functools import partial

import numpy as np
import pytest
from streams import SHAPES, iterates, stream

from lab.arrays import Layers
from lab.optimizers import LMO, AdaMuon, Dion2, MuonH, NorMuon, Scion, SignSVD
from lab.simulation import replay

JORDAN = [(3.4445, -4.7750, 2.0315)] * 5

# Polar Express as its authors print it, already divided by powers of 1.01
EXPRESS = [
    (8.28721201814563 / 1.01, -23.595886519098837 / 1.01**3, 17.300387312530933 / 1.01**5),
    (4.107059111542203 / 1.01, -2.9478499167379106 / 1.01**3, 0.5448431082926601 / 1.01**5),
    (3.9486908534822946 / 1.01, -2.908902115962949 / 1.01**3, 0.5518191394370137 / 1.01**5),
]


def rows_columns(shape):
    """A vector is one column."""
    return (shape[0], int(np.prod(shape[1:]))) if len(shape) > 1 else (shape[0], 1)


def singular(x, f):
    """The singular values of a matrix replaced by f of them."""
    left, s, right = np.linalg.svd(x, full_matrices=False)
    return left @ np.diag([f(v) for v in s]) @ right


def root(x, quintics, eps, margin=1.0):
    """Every singular value through the scalar polynomials, one after the other."""
    length = margin * math.sqrt((x * x).sum()) + eps

    def value(s):
        s = s / length
        for a, b, c in quintics:
            s = a * s + b * s**3 + c * s**5
        return s

    return singular(x, value)


def exact(x):
    return singular(x, lambda s: 1.0)


def rows_normalised(x):
    return np.array([row / math.sqrt(sum(v * v for v in row)) for row in x])


def averages(grads, beta, nesterov=False):
    m = 0.0
    for g in grads:
        m = beta * m + (1 - beta) * g
        yield beta * m + (1 - beta) * g if nesterov else m


def path_of(theta, steps):
    points = [theta]
    for step in steps:
        points.append(points[-1] - step)
    return points


DIRECTIONS = {
    "sign": lambda x: np.array([[math.copysign(1, v) if v else 0.0 for v in row] for row in x]),
    "spectral": lambda x: root(x, JORDAN, 0.2),
    "row": rows_normalised,
    "column": lambda x: rows_normalised(x.T).T,
    "frobenius": lambda x: x / math.sqrt((x * x).sum()),
}
OPERATOR = {
    "sign": lambda m, n: 1 / n,
    "spectral": lambda m, n: math.sqrt(m / n),
    "row": lambda m, n: 1 / math.sqrt(n),
    "column": lambda m, n: math.sqrt(m),
    "frobenius": lambda m, n: math.sqrt(m * n),
}


def compare(optimizer, grads, theta, expected):
    found = iterates(optimizer, grads, theta)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("norm", DIRECTIONS)
def test_lmo(shape, norm):
    theta, grads = stream(SHAPES[shape])
    m, n = rows_columns(theta.shape)
    for scale, radius in (("none", 1.0), ("operator", OPERATOR[norm](m, n))):
        steps = [
            0.3 * radius * DIRECTIONS[norm](u.reshape(m, n)).reshape(theta.shape)
            for u in averages(grads, 0.6, nesterov=True)
        ]
        optimizer = LMO(0.3, 0.6, 0.2, norm=norm, nesterov=True, scale=scale)
        compare(optimizer, grads, theta, path_of(theta, steps))


def test_polar_express():
    """Three of its maps, the norm kept below 1 by one per cent."""
    theta, grads = stream(SHAPES["wide"])
    steps = [0.3 * root(u, EXPRESS, 0.2, 1.01) for u in averages(grads, 0.6)]
    optimizer = LMO(0.3, 0.6, 0.2, root="polar-express", iterations=3)
    compare(optimizer, grads, theta, path_of(theta, steps))


def test_sign_svd():
    theta, grads = stream(SHAPES["tall"])
    compare(SignSVD(0.3), grads, theta, path_of(theta, [0.3 * exact(g) for g in grads]))


ROLES = (
    ("weight", 0, "input"),
    ("bias", 0, "hidden"),
    ("weight", 1, "hidden"),
    ("weight", 2, "output"),
)
NORM_OF = ("column", "frobenius", "spectral", "sign")


def test_scion():
    """Four blocks, each in the norm of its role and in operator scale, with decay beside the
    step."""
    rng = np.random.default_rng(7)
    shapes = [(3, 2), (3,), (4, 3), (2, 4)]
    theta = [rng.standard_normal(shape) for shape in shapes]
    grads = [[rng.standard_normal(shape) for shape in shapes] for _ in range(5)]
    lr, decay = 0.3, 0.15
    expected = [theta]
    ms = [0.0] * 4
    for g in grads:
        new = []
        for b, norm in enumerate(NORM_OF):
            ms[b] = 0.6 * ms[b] + 0.4 * g[b]
            m, n = rows_columns(shapes[b])
            direction = DIRECTIONS[norm](ms[b].reshape(m, n)).reshape(shapes[b])
            x = expected[-1][b]
            new.append(x - lr * OPERATOR[norm](m, n) * direction - lr * decay * x)
        expected.append(new)
    start = Layers(theta, roles=ROLES)
    optimizer = Scion(lr, 0.6, 0.2, weight_decay=decay)
    found = replay(optimizer, start, [Layers(g, roles=ROLES) for g in grads])
    for b in range(4):
        np.testing.assert_allclose(found[b], [x[b] for x in expected], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("length", ["kept", "rms"])
def test_normuon(shape, length):
    theta, grads = stream(SHAPES[shape])
    m, n = rows_columns(theta.shape)
    v, steps = [0.0] * m, []
    for u in averages(grads, 0.6, nesterov=True):
        o = root(u.reshape(m, n), JORDAN, 0.2)
        for i in range(m):
            v[i] = 0.8 * v[i] + 0.2 * sum(x * x for x in o[i]) / n
        z = np.array([o[i] / (math.sqrt(v[i]) + 0.05) for i in range(m)])
        wanted = math.sqrt((o * o).sum()) * max(1, m / n) ** 0.5
        wanted = 0.2 * math.sqrt(m * n) if length == "rms" else wanted
        steps.append(0.3 * wanted / math.sqrt((z * z).sum()) * z.reshape(theta.shape))
    optimizer = NorMuon(0.3, 0.6, 0.8, 0.2, 0.05, length=length)
    compare(optimizer, grads, theta, path_of(theta, steps))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("signed", [True, False])
def test_adamuon(shape, signed):
    theta, grads = stream(SHAPES[shape])
    m, n = rows_columns(theta.shape)
    v, steps = 0.0, []
    for t, u in enumerate(averages(grads, 0.6, nesterov=True), 1):
        x = u.reshape(m, n)
        o = root(DIRECTIONS["sign"](x) if signed else x, JORDAN, 0.2)
        v = 0.8 * v + 0.2 * o * o
        z = o / (np.sqrt(v / (1 - 0.8**t)) + 0.05)
        # as in the authors' code: two factors, one of the shorter side, one of the longer
        z = z * min(m, n) ** 0.5 / (math.sqrt((z * z).sum()) + 0.05)
        steps.append(0.3 * 0.2 * max(m, n) ** 0.5 * z.reshape(theta.shape))
    optimizer = AdaMuon(0.3, 0.6, 0.8, 0.2, 0.05, signed=signed)
    compare(optimizer, grads, theta, path_of(theta, steps))


@pytest.mark.parametrize("shape", ["tall", "wide"])
def test_dion2(shape):
    """The heaviest lines of the shorter side, gathered into a matrix of their own."""
    theta, grads = stream(SHAPES[shape])
    m, n = theta.shape
    b, steps = np.zeros((m, n)), []
    for g in grads:
        b = b + g
        lines = b if m <= n else b.T
        weight = [sum(abs(v) for v in line) for line in lines]
        best = sorted(range(len(lines)), key=lambda i: -weight[i])[: math.ceil(0.5 * len(lines))]
        o = root(lines[best], JORDAN, 0.2)
        step = np.zeros_like(lines)
        step[best] = 0.3 * math.sqrt(m / n) * o
        lines = lines.copy()
        lines[best] *= 0.6
        b = lines if m <= n else lines.T
        steps.append(step if m <= n else step.T)
    compare(Dion2(0.3, 0.6, 0.2, part=0.5, root="jordan"), grads, theta, path_of(theta, steps))


def test_muon_on_the_sphere():
    theta, grads = stream(SHAPES["tall"])
    radius = math.sqrt((theta * theta).sum())
    points = [theta]
    for u in averages(grads, 0.6, nesterov=True):
        o = root(u, JORDAN, 0.2)
        moved = points[-1] - 0.3 * radius * o / math.sqrt((o * o).sum())
        points.append(radius * moved / math.sqrt((moved * moved).sum()))
    compare(MuonH(0.3, 0.6, 0.2), grads, theta, points)


REFERENCES = {
    "LMO": partial(test_lmo, "tall", "spectral"),
    "SignSVD": test_sign_svd,
    "Scion": test_scion,
    "NorMuon": partial(test_normuon, "tall", "kept"),
    "AdaMuon": partial(test_adamuon, "wide", True),
    "Dion2": partial(test_dion2, "tall"),
    "MuonH": test_muon_on_the_sphere,
}

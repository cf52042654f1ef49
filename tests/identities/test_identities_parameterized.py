"""A parameterization around optimizers, and the thin Kronecker family against its matrices."""

import numpy as np
import pytest

from lab.linalg import symmetric_power
from lab.objectives.networks import MLP
from lab.optimizers import SGD, Adam, Momentum, with_
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.wrappers.parameterized import Parameterized, Powers, Widths
from lab.oracle import Asked
from lab.simulation import simulate

RNG = np.random.default_rng(5)
X = RNG.standard_normal((4, 3))
Y = RNG.standard_normal((4, 2))
NET = MLP(X, Y, (6, 6))
TABLE = {
    "input": Powers(0.0, -1.0, 1.0),
    "hidden": Powers(0.5, 0.25, 0.5),
    "output": Powers(1.0, 1.0, 0.0),
    "hidden bias": Powers(0.0, -0.5, 2.0),
    "output bias": Powers(0.0, 0.0, -1.0),
}
ROLES = ("input", "hidden bias", "hidden", "hidden bias", "output", "output bias")


def steps(method, runs=(2,)):
    theta = NET.start(runs, np.random.default_rng(0))
    record = {"theta": lambda theta: theta}
    return simulate(NET, method, theta, steps=3, record=record)["theta"]


def first_step(path, block):
    return path[block][1] - path[block][0]


def test_rates_of_roles():
    plain = steps(SGD(0.1))
    sized = steps(Parameterized(SGD(0.1), TABLE, Widths(12, 6)))
    for block, role in enumerate(ROLES):
        factor = 2.0 ** -TABLE[role].c
        np.testing.assert_allclose(
            first_step(sized, block), factor * first_step(plain, block), rtol=1e-10, atol=1e-14
        )


def test_dampings_of_roles():
    """Adam's first step is lr g / (|g| + eps), so that the eps of each role can be read off."""
    eps = 0.05
    sized = steps(Parameterized(Adam(1.0, eps=eps), TABLE, Widths(12, 6), "eps"))
    theta = NET.start((2,), np.random.default_rng(0))
    for block, role in enumerate(ROLES):
        g = NET.grad(theta)[block]
        own = eps * 2.0 ** -TABLE[role].d
        expected = -(2.0 ** -TABLE[role].c) * g / (np.abs(g) + own)
        np.testing.assert_allclose(first_step(sized, block), expected, rtol=1e-10, atol=1e-13)


def test_at_the_base_it_is_the_method():
    plain = steps(Momentum(Adam(0.1, eps=0.1), 0.5))
    sized = steps(Parameterized(Momentum(Adam(0.1, eps=0.1), 0.5), TABLE, Widths(6, 6), "eps"))
    for one, other in zip(plain, sized, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_swept_rates():
    method = Parameterized(SGD(np.array([[0.1], [0.2]])), TABLE, Widths(12, 6))
    swept = steps(method)
    alone = steps(with_(method, lr=0.2))
    for one, other in zip(swept, alone, strict=True):
        np.testing.assert_allclose(one[:, 1], other, rtol=1e-12)


def test_start():
    method = Parameterized(SGD(0.1), TABLE, Widths(24, 6))
    plain = NET.start((3,), np.random.default_rng(1))
    sized = method.start(NET, (3,), np.random.default_rng(1))
    for block, factor in enumerate((1.0, 1.0, 1.0, 1.0, 0.5, 1.0)):
        np.testing.assert_allclose(sized[block], factor * plain[block])


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: Parameterized(SGD(0.1), TABLE, (0, 6)), ValueError, "widths.width = 0"),
        (lambda: Parameterized(SGD(0.1), TABLE, (6, 0)), ValueError, "widths.base = 0"),
        (lambda: Parameterized(SGD(0.1), {"middle": (0, 0)}, (6, 6)), ValueError, "'middle'"),
        (lambda: Parameterized(SGD(0.1), {"input": (0, np.nan)}, (6, 6)), ValueError, "'input'"),
        (lambda: Parameterized(SGD(0.1), [], (6, 6)), TypeError, "must be a mapping"),
        (lambda: Parameterized(SGD(0.1), TABLE, (6, 6), "damping"), TypeError, "no damping"),
        (lambda: Parameterized(0.1, TABLE, (6, 6)), TypeError, "Parameterized.inner"),
        (lambda: steps(Parameterized(SGD(0.1), {}, (6, 6))), TypeError, "theta needs 'input'"),
        (lambda: ThinKronecker(0.1, -1.0), ValueError, "damping = -1"),
        (lambda: ThinKronecker(0.1, 1.0, damp="half"), ValueError, "'half'"),
        (lambda: ThinKronecker(0.1, 1.0, errors="all"), ValueError, "'all'"),
        (lambda: ThinKronecker(0.1, 1.0, np.nan), ValueError, "e_A"),
    ],
)
def test_malformed(call, error, said):
    with pytest.raises(error, match=said):
        call()


def dense_step(layer, true, e_A, e_B, damp):
    """-(B + rho_B)^-e_B G (A + rho_A)^-e_A of one run, from matrices written out."""
    n = len(layer.inputs)
    a = layer.inputs.T @ layer.inputs / n
    columns = layer.errors.reshape(-1, layer.errors.shape[-1])
    b = columns.T @ columns / n
    g = true.errors[:, 0].T @ layer.inputs / n
    rho = 0.3
    if damp == "trace":
        rho_A = rho * np.trace(a)
        rho_B = rho * np.trace(b)
    else:
        pi = np.sqrt(np.trace(a) / len(a) / (np.trace(b) / len(b)))
        rho_A = pi * np.sqrt(rho)
        rho_B = np.sqrt(rho) / pi
    left = symmetric_power(b + rho_B * np.eye(len(b)), -e_B)
    right = symmetric_power(a + rho_A * np.eye(len(a)), -e_A)
    return -left @ g @ right, -left @ true.errors[:, 0].mean(0)


@pytest.mark.parametrize("errors", ["output", "loss"])
@pytest.mark.parametrize("damp", ["trace", "pi"])
def test_the_thin_family_is_the_dense_one(errors, damp):
    theta = NET.start((2,), np.random.default_rng(0))
    end = simulate(NET, ThinKronecker(1.0, 0.3, 0.7, 0.4, errors, damp), theta, steps=1).final
    at = NET.evaluate(theta)
    true = at.curvature("true", None).layers
    seen = true if errors == "loss" else at.curvature("exact", None).layers
    for k, (layer, loss) in enumerate(zip(seen, true, strict=True)):
        for run in range(2):
            own = [type(f)(*(x[run] for x in f)) for f in (layer, loss)]
            weight, bias = dense_step(*own, 0.7, 0.4, damp)
            moved = end[2 * k][run] - theta[2 * k][run]
            np.testing.assert_allclose(moved, weight, atol=1e-12)
            moved = end[2 * k + 1][run] - theta[2 * k + 1][run]
            np.testing.assert_allclose(moved, bias, atol=1e-12)


def test_exponents_zero_are_gradient_descent():
    theta = NET.start((2,), np.random.default_rng(0))
    thin = simulate(NET, ThinKronecker(0.1, 0.3, 0.0, 0.0), theta, steps=2).final
    plain = simulate(NET, SGD(0.1), theta, steps=2).final
    for one, other in zip(thin, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def test_its_metric():
    theta = NET.start((2,), np.random.default_rng(0))
    method = ThinKronecker(1.0, 0.3, 0.7, 0.4)
    oracle = Asked(NET, theta)
    delta, state = method.step(method.init(theta), oracle, theta)
    metric = method.metric(state)
    for one, other in zip(metric.solve(oracle.grad), delta, strict=True):
        np.testing.assert_allclose(one, -other, atol=1e-12)
    for one, other in zip(metric.times(-1.0 * delta), oracle.grad, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


def test_swept_damping():
    theta = NET.start((2,), np.random.default_rng(0))
    grid = np.array([[0.1], [0.4]])
    swept = simulate(NET, ThinKronecker(1.0, grid), theta, steps=1).final
    alone = simulate(NET, ThinKronecker(1.0, 0.4), theta, steps=1).final
    for one, other in zip(swept, alone, strict=True):
        np.testing.assert_allclose(one[1], other, atol=1e-12)


def test_a_scale_takes_a_step_of_sgd():
    """It belongs to no dense layer: no factor divides its gradient. With exponents 0 all do."""
    f = MLP(X, Y, (4,), normalised="layer")
    theta = f.start((), np.random.default_rng(0))
    record = {"theta": lambda theta: theta}

    def moved(method):
        path = simulate(f, method, theta, steps=1, record=record)["theta"]
        return [first_step(path, block) for block in range(len(theta))]

    plain = moved(SGD(0.1))
    for ours, step in zip(moved(ThinKronecker(0.1, 0.5, 0.0, 0.0)), plain, strict=True):
        np.testing.assert_allclose(ours, step, rtol=1e-12, atol=1e-15)

    scales = [block for block, role in enumerate(theta.roles) if "scale" in role or "shift" in role]
    assert scales
    divided = moved(ThinKronecker(0.1, 0.5))
    for block in scales:
        np.testing.assert_allclose(divided[block], plain[block], rtol=1e-12, atol=1e-15)

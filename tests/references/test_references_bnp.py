"""BNP against a naive version: two layers by loops over examples, mini-batches smaller than the
layers are wide, statistics by scalars. No code of the lab."""

from functools import partial

import numpy as np
import pytest

from lab.arrays import Layers
from lab.batches import Batch, Recorded
from lab.objectives import MLP
from lab.optimizers import example
from lab.simulation import simulate

RNG = np.random.default_rng(8)
X, Y = RNG.standard_normal((9, 4)) * [0.3, 2, 1, 1] + [2, 0, -1, 0], RNG.standard_normal((9, 2))
BATCHES = [[0, 3], [5, 5], [1, 8], [2, 7], [6, 4], [3, 0]]
# those of the registry's example
LR, BETA, EPS1, EPS2 = 0.07, 0.8, 0.2, 0.1


def passes(theta, rows):
    """Per layer the inputs a and the gradients g in the outputs, one example after the other."""
    (w1, b1), (w2, b2) = theta
    found = [([], []), ([], [])]
    for j in rows:
        a1 = [np.tanh(b1[i] + sum(w1[i][k] * X[j][k] for k in range(4))) for i in range(3)]
        g2 = [b2[i] + sum(w2[i][k] * a1[k] for k in range(3)) - Y[j][i] for i in range(2)]
        g1 = [sum(w2[i][k] * g2[i] for i in range(2)) * (1 - a1[k] ** 2) for k in range(3)]
        for layer, a, g in ((0, X[j], g1), (1, a1, g2)):
            found[layer][0].append(a)
            found[layer][1].append(g)
    return found


def statistics(old, values, t, variance, start):
    """Running mean and variance of one variable."""
    mu, var = old
    keep = {"unit": BETA, "first": BETA if t else 0.0, "mean": min(BETA, 1 - 1 / (t + 1))}[start]
    own = sum(values) / len(values)
    spread = sum((x - own) ** 2 for x in values) / len(values)
    if variance == "total":
        spread += keep * (own - mu) ** 2
    return keep * mu + (1 - keep) * own, keep * var + (1 - keep) * spread


def naive(theta, batches, *, variance="total", start="mean", rescaled=True, frozen=False):
    held = [[(0.0, 1.0)] * 4, [(0.0, 1.0)] * 3]
    path = [theta]
    for t, rows in enumerate(batches):
        moved = []
        for layer, (inputs, errors) in enumerate(passes(path[-1], rows)):
            m, n = len(inputs[0]), len(rows)
            if not (frozen and t):
                held[layer] = [
                    statistics(held[layer][k], [a[k] for a in inputs], t, variance, start)
                    for k in range(m)
                ]
            largest = max(var for _, var in held[layer])
            q2 = max(m / n, 1) if rescaled else 1
            w, b = (x.copy() for x in path[-1][layer])
            for i in range(len(b)):
                own = sum(g[i] for g in errors) / n
                change = own / q2
                for k in range(m):
                    mu, var = held[layer][k]
                    whole = sum(g[i] * a[k] for a, g in zip(inputs, errors, strict=True)) / n
                    step = (whole - own * mu) / (var + EPS1 * largest + EPS2) / q2
                    w[i, k] -= LR * step
                    change -= step * mu
                b[i] -= LR * change
            moved.append((w, b))
        path.append(moved)
    return path


def compare(batches, **switches):
    f = MLP(X, Y, (3,), activation="tanh", loss="half_mse")
    like = f.start((), np.random.default_rng(2))
    theta = Layers([x + 0.1 for x in like], like.orders, like.roles)
    recorded = Recorded([Batch(np.array(rows), len(rows)) for rows in batches])
    found = simulate(
        f,
        example("BNP", **switches),
        theta,
        steps=len(batches),
        batch=recorded,
        record={"theta": lambda x: x},
    )["theta"]
    expected = naive([tuple(theta)[:2], tuple(theta)[2:]], batches, **switches)
    for b, block in enumerate(found):
        path = [point[b // 2][b % 2] for point in expected]
        # divisors are above 0.1, so nothing is lost but digits of sums
        np.testing.assert_allclose(block, path, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("start", ["mean", "first", "unit"])
@pytest.mark.parametrize("variance", ["total", "batch"])
def test_statistics(variance, start):
    compare(BATCHES, variance=variance, start=start)


@pytest.mark.parametrize("switch", [{"rescaled": False}, {"frozen": True}])
def test_switches(switch):
    compare(BATCHES, **switch)


@pytest.mark.parametrize("start", ["mean", "unit"])
def test_one_example_at_a_time(start):
    compare([[3], [1], [4], [1], [5]], start=start)


REFERENCES = {"BNP": partial(compare, BATCHES)}

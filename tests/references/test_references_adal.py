"""AdaL in all its readings against a scalar version of its own."""

import math
from functools import partial

import numpy as np
import pytest
from streams import STEPS, iterates, stream

from lab.arrays import Layers
from lab.optimizers import AdaL
from lab.simulation import replay

READINGS = ["l1", "coordinate", "loss", "none"]


@pytest.mark.parametrize("factor", READINGS)
@pytest.mark.parametrize("eps_place", ["literal", "outside"])
@pytest.mark.parametrize("amsgrad", [True, False])
@pytest.mark.parametrize("exponent", [1.0, 0.5])
def test_adal(factor, eps_place, amsgrad, exponent):
    theta, grads = stream((5,))
    grads = grads * np.linspace(1.5, 0.3, STEPS)[:, None]
    losses = np.geomspace(3, 0.2, STEPS)
    for schedule in ("sqrt", "constant"):
        path = [theta]
        m = [0.0] * 5
        v = [0.0] * 5
        top = [0.0] * 5
        x = list(theta)
        for t, g in enumerate(grads, 1):
            for i in range(5):
                size = {
                    "l1": sum(abs(a) for a in g),
                    "coordinate": abs(g[i]),
                    "loss": losses[t - 1],
                    "none": 1.0,
                }[factor] ** exponent
                h = size * g[i]
                m[i], v[i] = 0.5 * m[i] + 0.5 * h, 0.8 * v[i] + 0.2 * h * h
                mh, vh = m[i] / (1 - 0.5**t), v[i] / (1 - 0.8**t)
                top[i] = max(top[i], vh)
                vh = top[i] if amsgrad else vh
                z = (vh**-0.5 + 0.1) * mh if eps_place == "literal" else mh / (vh**0.5 + 0.1)
                x[i] = x[i] - (0.2 / math.sqrt(t) if schedule == "sqrt" else 0.2) * z
            path.append(np.array(x))
        optimizer = AdaL(0.2, 0.5, 0.8, 0.1, exponent, factor, eps_place, schedule, amsgrad=amsgrad)
        np.testing.assert_allclose(
            iterates(optimizer, grads, theta, loss=losses), path, rtol=1e-12, atol=1e-13
        )


@pytest.mark.parametrize("norm_scope", ["global", "tensor"])
def test_adal_norm_scope(norm_scope):
    """One norm over all blocks, or one per block; the literal eps sees its size. Two steps by hand,
    beta1 = beta2 = 0.5."""
    rng = np.random.default_rng(8)
    first, second = (
        Layers([rng.standard_normal((2, 3)), 9 * rng.standard_normal(2)]) for _ in range(2)
    )
    theta = Layers([np.zeros((2, 3)), np.zeros(2)])
    found = replay(
        AdaL(0.2, 0.5, 0.5, 0.01, schedule="constant", norm_scope=norm_scope),
        theta,
        [first, second],
    )
    total = [sum(np.abs(b).sum() for b in g) for g in (first, second)]
    for k in range(2):
        sizes = (
            total if norm_scope == "global" else [np.abs(first[k]).sum(), np.abs(second[k]).sum()]
        )
        a = sizes[0] * first[k]
        b = sizes[1] * second[k]
        m = (a / 4 + b / 2) / 0.75
        expected = -0.2 * (np.sign(a) + 0.01 * a) - 0.2 * (
            m / np.sqrt((a**2 / 4 + b**2 / 2) / 0.75) + 0.01 * m
        )
        np.testing.assert_allclose(found[k][2], expected, rtol=1e-13)


REFERENCES = {"AdaL": partial(test_adal, "l1", "literal", False, 1.0)}

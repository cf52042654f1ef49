"""What is averaged and when, by the Kronecker-factored methods."""

from types import SimpleNamespace

import numpy as np
import pytest
from examples import start
from layered_objectives import network
from refusals import refused
from streams import iterates

from lab.objectives import Quadratic
from lab.optimizers import (
    KFAC,
)
from lab.optimizers.matrix.kronecker import Kronecker, refreshes
from lab.optimizers.matrix.points import POINTS, point, point_of
from lab.optimizers.matrix.samples import Many, Outer
from lab.optimizers.matrix.statistic import Statistic
from lab.simulation import simulate

RNG = np.random.default_rng(31)


CLOSE = {"rtol": 1e-11, "atol": 1e-12}


def test_samples_of_a_layer_written_out():
    """Outer products and the tensors that they stand for have the same moments."""
    g = RNG.standard_normal((5, 2, 3))
    a = RNG.standard_normal((5, 4))
    outer = Outer(g, a)
    many = Many(2, g[..., :, None] * a[:, None, None, :])
    bases = tuple(np.linalg.qr(RNG.standard_normal((d, d)))[0] for d in (3, 4))
    for one, other in zip(outer.grams(), many.grams(), strict=True):
        np.testing.assert_allclose(one, other, **CLOSE)
    np.testing.assert_allclose(outer.squares(bases), many.squares(bases), **CLOSE)
    np.testing.assert_allclose(outer.rows()[0], many.rows()[0], **CLOSE)
    assert outer.rows()[1] == many.rows()[1] == 5


def test_roots_stand_still_with_their_factors(monkeypatch):
    """Five steps with roots every three: two refreshes, of two layers' two factors."""
    calls = []
    module = "lab.optimizers.matrix.kronecker.matrix_power"
    monkeypatch.setattr(module, lambda a, *rest: calls.append(1) or np.linalg.inv(a))
    f = network()
    theta = start(f)
    simulate(f, KFAC(0.1, 0.3, every=3, sample_every=3), theta, steps=5)
    assert len(calls) == 2 * 2 * 2


def test_refreshes():
    assert [i for i in range(9) if refreshes(i, 1, 4, True)] == [0, 1, 2, 3, 4, 8]
    assert [i for i in range(9) if refreshes(i, 2, 4, True)] == [0, 2, 4, 8]
    assert [i for i in range(9) if refreshes(i, 1, 4, False)] == [0, 4, 8]


def test_averages():
    """ "mean" is the running mean until 1 / n falls to 1 - beta2; "debiased" divides by 1 -
    beta2^n."""
    grads = RNG.standard_normal((3, 2))
    outer = [np.outer(g, g) for g in grads]

    def factor(average):
        statistic = Statistic(labels="true", average=average, beta2=0.5)
        s = statistic.start(grads[0])
        for t, g in enumerate(grads):
            samples = statistic.take(SimpleNamespace(grad=g), grads[0], t)
            s = statistic.updated(s, samples, t, grads[0], 0.0)
        return statistic.current(s, grads[0])[0][0]

    ema = 0.125 * outer[0] + 0.25 * outer[1] + 0.5 * outer[2]
    np.testing.assert_allclose(factor("ema"), ema, rtol=1e-14)
    np.testing.assert_allclose(factor("debiased"), ema / 0.875, rtol=1e-14)
    np.testing.assert_allclose(factor("sum"), sum(outer), rtol=1e-14)
    mean = 0.25 * outer[0] + 0.25 * outer[1] + 0.5 * outer[2]
    np.testing.assert_allclose(factor("mean"), mean, rtol=1e-14)


@pytest.mark.parametrize("name", POINTS)
def test_points_know_their_names(name):
    assert point_of(point(name, 0.1, 0.2, {}, {})) == name
    assert point_of(Quadratic(np.eye(2))) is None


def test_what_does_not_go_together():
    refused(lambda: Statistic("layers"), TypeError, "Statistic.of = 'layers'")
    refused(lambda: Statistic("whitened", "example"), TypeError, "only per = 'batch'")
    refused(lambda: Statistic(labels="exact"), TypeError, "Statistic.labels = 'exact'")
    refused(lambda: Kronecker(1.0, 0.1, powers=(0.5,)), ValueError, "Kronecker.powers = (0.5,)")
    refused(lambda: Kronecker(1.0, 0.1, powers=()), ValueError, "Kronecker.powers = ()")
    newton = {"powers": (-0.4,), "root": "newton"}
    refused(lambda: Kronecker(1.0, 0.1, **newton), ValueError, "takes -1 / p integer")
    refused(lambda: Kronecker(1.0, 0.1, powers=None, root="cholesky"), ValueError, "is for -1")
    two = Kronecker(1.0, 0.1, Statistic(labels="true"), powers=(-0.5, -1.0))
    refused(lambda: iterates(two, np.ones((1, 3))), TypeError, "a tensor has 1 factors")
    pi = Kronecker(1.0, 0.1, Statistic(labels="true"), scale="pi")
    refused(lambda: iterates(pi, np.ones((1, 3))), TypeError, "there are 1 factors")
    joined = Kronecker(1.0, 0.1, Statistic(labels="true", bias="column"))
    refused(lambda: iterates(joined, np.ones((1, 3))), TypeError, "theta is one vector")

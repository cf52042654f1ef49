"""What a step asks of a network: forward passes; and inverses of damped factors."""

import numpy as np
import pytest

from lab.linalg import symmetric_power
from lab.objectives import MLP
from lab.objectives.networks import passes
from lab.optimizers import KFAC, SGD, TNT
from lab.optimizers.matrix.kbfgs import KBFGS
from lab.optimizers.matrix.roots import pseudo_inverse
from lab.oracle import Asked

RNG = np.random.default_rng(5)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (SGD(0.1), 1),
        (TNT(1e-3, 0.1), 1),
        (KFAC(0.1, 0.1), 1),
        (KFAC(0.1, 0.1, labels="true"), 1),
        (KBFGS(0.1, 0.1), 2),
    ],
    ids=["SGD", "TNT", "K-FAC", "K-FAC, true labels", "K-BFGS"],
)
def test_forward_passes_of_a_step(method, expected, monkeypatch):
    x = RNG.random((9, 4))
    f = MLP(x, RNG.random((9, 2)), (3,), loss="bce")
    theta = f.start()
    counted = []
    forward = passes.Pass.__init__

    def counting(self, *arguments):
        counted.append(1)
        forward(self, *arguments)

    monkeypatch.setattr(passes.Pass, "__init__", counting)
    state = method.init(theta)
    for _ in range(3):
        counted.clear()
        delta, state = method.step(state, Asked(f, theta), theta)
        assert len(counted) == expected
        theta = theta + delta


def spectra(d):
    """Regular, close to the floor on either side, singular, indefinite by rounding, zero."""
    floor = d * 2.0**-52
    yield np.linspace(1, 2, d)
    for least in (100 * floor, 0.01 * floor, 0.0, -0.1 * floor):
        lam = np.ones(d)
        lam[0] = least
        yield lam
    yield np.zeros(d)


@pytest.mark.parametrize("d", [1, 2, 7])
def test_inverses_are_those_on_the_range(d):
    """Each matrix of a stack by itself, whatever the others are; the error of an inverse is its
    condition number times precision, relative to its norm."""
    q = np.linalg.qr(RNG.standard_normal((d, d)))[0]
    stack = np.stack([(q * lam) @ q.T for lam in spectra(d)])
    # eigh reads one triangle
    stack = (stack + stack.swapaxes(-1, -2)) / 2
    found = pseudo_inverse(stack)
    # by Cholesky one triangle is the mirror of the other
    np.testing.assert_array_equal(found[0], found[0].T, err_msg="one is a copy of the other")
    for a, inverse, lam in zip(stack, found, spectra(d), strict=True):
        alone = pseudo_inverse(a)
        np.testing.assert_array_equal(alone, inverse, err_msg="the same calls of LAPACK")
        expected = symmetric_power(a, -1.0)
        kept = lam[lam > d * 2.0**-52]
        kappa = kept.max() / kept.min() if len(kept) else 1.0
        bound = 10 * d * 2.0**-52 * kappa * np.linalg.norm(expected)
        assert np.linalg.norm(inverse - expected) <= bound


def test_a_diverged_run_does_not_spoil_its_neighbours():
    stack = np.stack([np.eye(3), np.full((3, 3), np.nan), 4 * np.eye(3)])
    found = pseudo_inverse(stack)
    np.testing.assert_array_equal(found[[0, 2]], [np.eye(3), np.eye(3) / 4])
    assert np.isnan(found[1]).all()

"""Distributed Shampoo on blocks with a late start, written out: slices, roots and norms."""

import numpy as np
import pytest
from refusals import refused
from test_references_kronecker import LR, root

from lab import conventions
from lab.arrays import Layers, PerBlock
from lab.optimizers import Blocked, GraftedShampoo, Shampoo, SignSGD, example, with_
from lab.simulation import replay

RNG = np.random.default_rng(41)
THETA = [RNG.standard_normal((5, 3)), RNG.standard_normal(5)]
GRADS = [[RNG.standard_normal((5, 3)), RNG.standard_normal(5)] for _ in range(7)]
B1, B2, EPS, DAMPING = 0.5, 0.8, 0.1, 0.3
LARGEST = 2


def slices(shape):
    """The places of the blocks of a tensor."""
    cut = [[slice(first, first + LARGEST) for first in range(0, d, LARGEST)] for d in shape]
    if len(shape) == 1:
        return [(rows,) for rows in cut[0]]
    return [(rows, columns) for rows in cut[0] for columns in cut[1]]


def preconditioned(x, factors, t):
    """Of a block with its averages, by the root of order 2 k."""
    k = x.ndim
    roots = [root(a / (1 - B2**t) + DAMPING * np.eye(len(a)), -1 / (2 * k)) for a in factors]
    return roots[0] @ x if k == 1 else roots[0] @ x @ roots[1]


def distributed(lrs, start, graft):
    path = [[x.copy() for x in THETA]]
    m = [np.zeros_like(x) for x in THETA]
    v = [np.zeros_like(x) for x in THETA]
    factors = [
        [[np.zeros((d, d)) for d in x[place].shape] for place in slices(x.shape)] for x in THETA
    ]
    for t, grads in enumerate(GRADS, 1):
        point = []
        for b, g in enumerate(grads):
            m[b] = B1 * m[b] + (1 - B1) * g
            v[b] = B2 * v[b] + (1 - B2) * g**2
            adam = m[b] / (1 - B1**t) / (np.sqrt(v[b] / (1 - B2**t)) + EPS)
            step = np.zeros_like(g)
            for place, own in zip(slices(g.shape), factors[b], strict=True):
                x = g[place].reshape(len(g[place]), -1)
                own[0] = B2 * own[0] + (1 - B2) * x @ x.T
                if g.ndim > 1:
                    own[1] = B2 * own[1] + (1 - B2) * x.T @ x
                step[place] = preconditioned(m[b][place], own, t)
                if graft == "block":
                    step[place] *= np.linalg.norm(adam[place]) / np.linalg.norm(step[place])
            if graft == "tensor":
                step *= np.linalg.norm(adam) / np.linalg.norm(step)
            point.append(path[-1][b] - lrs[b] * (adam if t < start else step))
        path.append(point)
    return path


def compare(method, lrs, start, graft):
    found = replay(method, Layers(THETA), [Layers(g) for g in GRADS])
    for b, x in enumerate(found):
        expected = [point[b] for point in distributed(lrs, start, graft)]
        np.testing.assert_allclose(x, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("graft", ["block", "tensor"])
@pytest.mark.parametrize("start", [1, 4])
def test_distributed_shampoo(graft, start):
    """Roots of matrices with condition numbers below 100."""
    method = example("GraftedShampoo", largest=LARGEST, start=start, graft=graft)
    compare(method, (LR, LR), start, graft)


@pytest.mark.parametrize("graft", ["block", "tensor"])
def test_every_tensor_has_a_rate_of_its_own(graft):
    method = example("GraftedShampoo", largest=LARGEST, start=1, graft=graft)
    with_rates = example(
        "GraftedShampoo", largest=LARGEST, start=1, graft=graft, lr=PerBlock((0.07, 0.2))
    )
    assert type(method) is type(with_rates)
    compare(with_rates, (0.07, 0.2), 1, graft)


def test_a_start_is_the_refresh_unless_given():
    """Before the first roots of a rare refresh would be used the step is Adam's."""
    late = example("GraftedShampoo", every=3, start=None)
    same = example("GraftedShampoo", every=3, start=3)
    other = example("GraftedShampoo", every=3, start=1)
    paths = [
        replay(method, Layers(THETA), [Layers(g) for g in GRADS])[0]
        for method in (late, same, other)
    ]
    np.testing.assert_array_equal(paths[0], paths[1], err_msg="one method, built twice")
    assert np.abs(paths[0] - paths[2]).max() > 1e-3


def scalable(start, every, decay):
    """Anil et al.: lengths of gradients, heavy ball with Nesterov's look ahead, roots damped by a
    share of the largest eigenvalue."""
    path = [[x.copy() for x in THETA]]
    b = [np.zeros_like(x) for x in THETA]
    factors = [
        [[np.zeros((d, d)) for d in x[place].shape] for place in slices(x.shape)] for x in THETA
    ]
    roots = {}
    for t, grads in enumerate(GRADS):
        point = []
        for k, g in enumerate(grads):
            step = np.zeros_like(g)
            for j, place in enumerate(slices(g.shape)):
                own = factors[k][j]
                x = g[place].reshape(len(g[place]), -1)
                for mode, moment in enumerate((x @ x.T, x.T @ x)[: g.ndim]):
                    own[mode] = B2 * own[mode] + (1 - B2) * moment
                if t % every == 0:
                    lam = [np.linalg.norm(a, 2) for a in own]
                    damped = [
                        a + DAMPING * s * np.eye(len(a)) for a, s in zip(own, lam, strict=True)
                    ]
                    roots[k, j] = [root(a, -1 / (2 * g.ndim)) for a in damped]
                turned = roots[k, j][0] @ g[place]
                step[place] = turned if g.ndim == 1 else turned @ roots[k, j][1]
            used = g if t < start else step * np.linalg.norm(g) / np.linalg.norm(step)
            used = used + decay * path[-1][k]
            b[k] = B1 * b[k] + used
            point.append(path[-1][k] - LR * (used + B1 * b[k]))
        path.append(point)
    return path


@pytest.mark.parametrize(("start", "every", "decay"), [(0, 1, 0.0), (3, 2, 0.1)])
def test_scalable_shampoo(start, every, decay):
    method = conventions.authors(
        "ScalableShampoo",
        learning_rate=LR,
        block_size=LARGEST,
        beta1=B1,
        beta2=B2,
        matrix_epsilon=DAMPING,
        weight_decay=decay,
        start_preconditioning_step=start,
        preconditioning_compute_steps=every,
    )
    found = replay(method, Layers(THETA), [Layers(g) for g in GRADS])
    for k, x in enumerate(found):
        expected = [point[k] for point in scalable(start, every, decay)]
        np.testing.assert_allclose(x, expected, rtol=1e-10, atol=1e-12)


def test_muonclip_without_attention_is_muon_as_long_as_adam_s():
    """The polar factor of the sum of gradients, all singular values of it 1: a root mean square of
    .2 over the entries of a square matrix."""
    rng = np.random.default_rng(1)
    g = rng.standard_normal((4, 4))
    clip = conventions.authors("MuonClip", lr=0.1, momentum=0.5, weight_decay=0.0)
    exact = with_(clip, orthogonalise="svd", eps=0.0)
    step = replay(exact, Layers([0 * g]), [Layers([g])])[0][1]
    u, _, v = np.linalg.svd(g)
    np.testing.assert_allclose(step, -0.1 * 0.2 * np.sqrt(4) * u @ v, rtol=1e-12, atol=1e-14)
    assert np.sqrt((step**2).mean()) == pytest.approx(0.1 * 0.2, rel=1e-12)


def test_runs_and_vectors_are_cut_alike():
    """A sweep over vectors, cut into parts: every run by itself."""
    theta = THETA[1]
    grads = np.stack([g[1] for g in GRADS])
    lrs = np.array([0.05, 0.1, 0.2])
    together = replay(Blocked(Shampoo(lrs, 0.1), 2), theta, grads)
    for k, lr in enumerate(lrs):
        parts = [
            replay(Shampoo(lr, 0.1), theta[p], grads[:, p])
            for p in (slice(0, 2), slice(2, 4), slice(4, 5))
        ]
        np.testing.assert_allclose(together[:, k], np.concatenate(parts, -1), rtol=1e-11)


def test_a_coordinatewise_method_sees_no_cut():
    grads = [Layers(g) for g in GRADS]
    cut = replay(Blocked(SignSGD(0.1), 2), Layers(THETA), grads)
    whole = replay(SignSGD(0.1), Layers(THETA), grads)
    for one, other in zip(cut, whole, strict=True):
        np.testing.assert_array_equal(one, other, err_msg="signs times one rate")


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: Blocked(Shampoo(0.1), 0), ValueError, "Blocked.largest"),
        (lambda: Blocked(example("TNT"), 4), TypeError, "curvature.mean: must ask for gradients"),
        (lambda: GraftedShampoo(0.1, graft="row"), ValueError, "GraftedShampoo.graft"),
        (lambda: GraftedShampoo(0.1, start=0), ValueError, "GraftedShampoo.start"),
    ],
)
def test_what_they_refuse(call, error, said):
    refused(call, error, said)

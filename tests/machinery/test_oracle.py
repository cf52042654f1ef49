"""The oracle answers what the objective says, once, and rotates as a whole."""

import numpy as np
import pytest
from examples import layered as layered_problem
from examples import objectives, start

from lab.arrays import Layers
from lab.bases import random
from lab.batches import Batch
from lab.objectives import Reparameterised
from lab.oracle import Asked

F = objectives()["Logistic"]
THETA = start(F, (3,))
BATCH = F.draw(np.random.default_rng(1), (3,), 4)
Q = random(6, np.random.default_rng(2))


class Counting:
    """An objective that counts how often it is asked for gradient and loss."""

    def __init__(self, f):
        self.f, self.asked = f, []

    def grad(self, theta, batch):
        self.asked.append("grad")
        return self.f.grad(theta, batch)

    def loss(self, theta, batch):
        self.asked.append("loss")
        return self.f.loss(theta, batch)


def test_answers_are_the_objectives_on_the_batch_computed_once():
    f = Counting(F)
    oracle = Asked(f, THETA, Batch(BATCH, 4))
    assert f.asked == []
    for _ in range(2):
        np.testing.assert_array_equal(
            oracle.grad, F.grad(THETA, BATCH), err_msg="the same call twice"
        )
        np.testing.assert_array_equal(
            oracle.loss, F.loss(THETA, BATCH), err_msg="the same call twice"
        )
    assert f.asked == ["grad", "loss"]
    np.testing.assert_array_equal(
        Asked(F, THETA, Batch(BATCH)).hessian.dense(),
        F.hessian(THETA, BATCH).dense(),
        err_msg="the same call twice",
    )


def test_at_is_another_point_on_the_same_batch():
    np.testing.assert_array_equal(
        Asked(F, THETA, Batch(BATCH)).at(2 * THETA).grad,
        F.grad(2 * THETA, BATCH),
        err_msg="the same call twice",
    )
    assert Asked(F, THETA, Batch(BATCH, 4)).at(THETA).batch.size == 4


def test_probes_are_signs_of_their_own_generator():
    oracle = Asked(F, THETA, rng=np.random.default_rng(3))
    first = oracle.probe()
    second = oracle.at(THETA).probe()
    assert first.shape == THETA.shape
    assert set(np.unique(first)) == {-1.0, 1.0}
    assert (first != second).any()
    blocks = Asked(None, start(layered_problem()), rng=np.random.default_rng(3)).probe()
    assert isinstance(blocks, Layers)


def test_labels():
    exact = Asked(F, THETA, Batch(BATCH)).curvature().diag()
    np.testing.assert_array_equal(
        exact, F.curvature(THETA, BATCH, "exact", None).diag(), err_msg="the same call twice"
    )
    drawn = [
        Asked(F, THETA, Batch(BATCH), rng=np.random.default_rng(3)).curvature("sampled").diag()
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*drawn, err_msg="the same call twice")
    assert (drawn[0] != exact).any()
    with pytest.raises(
        ValueError, match="labels = 'drawn': must be one of 'exact', 'sampled', 'true'"
    ):
        Asked(F, THETA).curvature("drawn")


def test_the_rotated_oracle_is_the_oracle_of_the_rotated_problem():
    turned = Asked(F, THETA, Batch(BATCH, 4), rng=np.random.default_rng(0)).in_variables(
        Q, Q.to(THETA)
    )
    moved = Asked(Reparameterised(F, Q), Q.to(THETA), Batch(BATCH, 4), rng=np.random.default_rng(0))
    np.testing.assert_allclose(turned.grad, moved.grad, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(turned.loss, moved.loss, rtol=1e-12)
    np.testing.assert_allclose(
        turned.hessian.dense(), moved.hessian.dense(), rtol=1e-11, atol=1e-13
    )
    np.testing.assert_allclose(
        turned.curvature("sampled").diag(),
        moved.curvature("sampled").diag(),
        rtol=1e-10,
        atol=1e-13,
    )
    np.testing.assert_array_equal(turned.probe(), moved.probe(), err_msg="signs from one stream")
    z = 1.5 * Q.to(THETA)
    np.testing.assert_allclose(turned.at(z).grad, moved.at(z).grad, rtol=1e-11, atol=1e-13)
    twice = turned.in_variables(Q, Q.to(THETA))
    np.testing.assert_allclose(twice.grad, Q.to(Q.to(F.grad(THETA, BATCH))), rtol=1e-11, atol=1e-13)


def test_second_moment_where_the_objective_knows_it():
    class Knows:
        def second_moment(self, theta, size):
            return F.curvature(theta, None, "exact", None).scaled(np.full(6, 1 / size))

    oracle = Asked(Knows(), THETA[0], Batch(size=2))
    np.testing.assert_allclose(
        oracle.second_moment.dense(), F.hessian(THETA[0]).dense() / 4, rtol=1e-13
    )
    np.testing.assert_allclose(
        oracle.in_variables(Q, Q.to(THETA)).second_moment.dense(),
        Q.q.T @ F.hessian(THETA[0]).dense() @ Q.q / 4,
        atol=1e-14,
    )
    with pytest.raises(
        TypeError, match="Counting has no second_moment: this optimizer can't run on it"
    ):
        _ = Asked(Counting(F), THETA).second_moment

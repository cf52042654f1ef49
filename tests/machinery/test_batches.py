"""Which examples a step sees: draws, epochs, recordings, given labels."""

import numpy as np
import pytest
from layered_objectives import network

from lab.batches import Batch, Drawn, Epochs, FullBatch, Recorded, batches
from lab.objectives import LeastSquares, Logistic, Quadratic
from lab.optimizers import SGD, DiagonalGN, IdealisedAdam
from lab.simulation import simulate

RNG = np.random.default_rng(3)
X = RNG.standard_normal((11, 3))
Y = RNG.standard_normal(11)
F = LeastSquares(X, Y)
THETA = np.array([0.3, -0.2, 0.5])


def streamed(source, objective, steps, runs=()):
    stream = source.stream(objective, np.random.default_rng(5), runs)
    return [next(stream) for _ in range(steps)]


def test_an_integer_is_fresh_draws_and_none_is_the_full_batch():
    assert isinstance(batches(None), FullBatch)
    assert batches(4).size == 4
    one = simulate(F, SGD(0.05), THETA, steps=6, batch=4)["loss"]
    other = simulate(F, SGD(0.05), THETA, steps=6, batch=Drawn(4))["loss"]
    np.testing.assert_array_equal(one, other, err_msg="the same call twice")


@pytest.mark.parametrize("runs", [(), (2, 3)])
def test_an_epoch_sees_every_example_once(runs):
    seen = streamed(Epochs(4, drop_last=False), F, 9, runs)
    assert [batch.size for batch in seen] == [4, 4, 3] * 3
    for epoch in range(3):
        rows = np.concatenate([b.rows for b in seen[3 * epoch : 3 * epoch + 3]], axis=-1)
        everything = np.broadcast_to(np.arange(11), (*runs, 11))
        np.testing.assert_array_equal(np.sort(rows, -1), everything, err_msg="integers")
    assert (seen[0].rows != seen[3].rows).any()


def test_drop_last_leaves_out_what_does_not_fill_a_batch():
    assert Epochs(4).per_epoch(F) == 2
    assert Epochs(4, drop_last=False).per_epoch(F) == 3
    assert {batch.size for batch in streamed(Epochs(4), F, 20)} == {4}


def test_an_epoch_of_all_examples_is_the_full_batch():
    for objective in (F, Logistic(X, (Y > 0).astype(float), 0.1)):
        epochs = simulate(objective, SGD(0.1), THETA, steps=5, batch=Epochs(11))["loss"]
        full = simulate(objective, SGD(0.1), THETA, steps=5)["loss"]
        # the same sum over examples in another order: 11 terms, five steps
        np.testing.assert_allclose(epochs, full, rtol=1e-13)


def test_the_layered_objective_goes_through_epochs():
    f = network()
    epochs = simulate(f, SGD(0.1), f.start(), steps=4, batch=Epochs(9))
    full = simulate(f, SGD(0.1), f.start(), steps=4)
    np.testing.assert_allclose(epochs["loss"], full["loss"], rtol=1e-13)
    short = simulate(f, SGD(0.1), f.start(), steps=4, batch=Epochs(4, drop_last=False))
    assert np.isfinite(short["loss"]).all()


def test_recorded_batches_are_followed():
    f = network()
    rows = [np.array([0, 3]), np.array([8, 1]), np.array([2, 2])]
    recorded = simulate(
        f, SGD(0.1), f.start(), steps=3, batch=Recorded(rows), record={"theta": lambda x: x}
    )
    theta = f.start()
    for t, batch in enumerate(rows):
        theta = theta - 0.1 * f.grad(theta, batch)
        for block, expected in zip(recorded["theta"], theta, strict=True):
            np.testing.assert_allclose(block[t + 1], expected, rtol=1e-14)


def test_a_recording_that_is_too_short_says_so():
    with pytest.raises(ValueError, match="the recording has 1 batches: the run needs more steps"):
        simulate(F, SGD(0.1), THETA, steps=2, batch=Recorded([np.array([0])]))


@pytest.mark.parametrize("objective", [F, Logistic(X, (Y > 0).astype(float), 0.1), network()])
def test_given_labels_answer_sampled(objective):
    """Labels that a batch carries take the place of a draw: curvature "sampled" is that of the
    recorded labels."""
    rng = np.random.default_rng(1)
    theta = objective.start((), rng)
    rows = np.array([0, 4, 7])
    labels = np.array([1.0, 0.0, 1.0])
    method = DiagonalGN(0.1, damping=0.2, labels="sampled")
    given = simulate(
        objective, method, theta, steps=1, batch=Recorded([Batch(rows, 3, labels)])
    ).final

    h = objective.curvature(theta, rows, labels, None).diag()
    expected = theta - 0.1 * objective.grad(theta, rows) / (h + 0.2)
    assert (
        np.abs(np.concatenate([np.ravel(a - b) for a, b in pairs(given, expected)])).max() < 1e-14
    )


def pairs(a, b):
    return zip(a, b, strict=True) if hasattr(a, "blocks") else [(a, b)]


REFUSED = {
    "no examples": (
        lambda: simulate(Quadratic(np.eye(2)), SGD(0.1), np.ones(2), steps=1, batch=Epochs(2)),
        TypeError,
        "Quadratic has no list of examples to go through: use batch=SIZE",
    ),
    "more than there are": (
        lambda: simulate(F, SGD(0.1), THETA, steps=1, batch=Epochs(12)),
        ValueError,
        "Epochs.size = 12: there are 11 examples",
    ),
    "no size": (lambda: Epochs(0), ValueError, "Epochs.size = 0: must be an integer >= 1"),
    "fraction": (
        lambda: simulate(F, SGD(0.1), THETA, steps=1, batch=2.5),
        ValueError,
        "batch = 2.5: must be an integer >= 1",
    ),
    "not batches": (
        lambda: simulate(F, SGD(0.1), THETA, steps=1, batch=[1, 2]),
        TypeError,
        "batch is of type list: must be an instance with stream",
    ),
    "second moment of an epoch": (
        lambda: simulate(F, IdealisedAdam(0.1), THETA, steps=1, batch=Epochs(2)),
        TypeError,
        "second_moment is that of batches drawn with replacement",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused(case):
    call, kind, told = REFUSED[case]
    with pytest.raises(kind) as refused:
        call()
    assert told in str(refused.value)

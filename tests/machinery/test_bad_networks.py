"""Malformed networks: refused where the user called, in one line."""

import numpy as np
import pytest
from refusals import refused

from lab import simulate
from lab.objectives import MLP, ConvNet, Network
from lab.objectives.networks.stages import Dense
from lab.optimizers import SGD

X = np.ones((4, 3))
Y = np.arange(4.0)
IMAGES = np.ones((4, 12))


def coupled():
    return MLP(X, Y, (2,), normalised="batch")


CASES = {
    "text": (lambda: MLP([["a"]], [1.0]), TypeError, "x has dtype"),
    "NaN": (lambda: MLP(X * np.nan, Y), ValueError, "x[0, 0] = nan: must be finite"),
    "one axis": (lambda: MLP(Y, Y), ValueError, "x has shape (4,): must have 2 axes"),
    "no rows": (lambda: MLP(X[:0], Y[:0]), ValueError, "x is empty: must have at least one"),
    "no columns": (lambda: MLP(X[:, :0], Y), ValueError, "x is empty: must have at least one"),
    "no outputs": (
        lambda: MLP(X, np.ones((4, 0))),
        ValueError,
        "y is empty: must have at least one",
    ),
    "other rows": (lambda: MLP(X, Y[:3]), ValueError, "x has shape (4, 3) and y (3,)"),
    "three axes": (lambda: MLP(X, np.ones((4, 1, 1))), ValueError, "y has shape (4, 1, 1): must"),
    "width 0": (lambda: MLP(X, Y, (3, 0)), ValueError, "hidden[1] = 0: must be an integer >= 1"),
    "width 1.5": (lambda: MLP(X, Y, (1.5,)), ValueError, "hidden[0] = 1.5: must be an integer"),
    "one number": (lambda: MLP(X, Y, 3), TypeError, "hidden = 3: must be a sequence of"),
    "activation": (
        lambda: MLP(X, Y, (2,), activation="swish"),
        ValueError,
        "activation[0] = 'swish': must be one of 'linear', 'relu', 'tanh'",
    ),
    "two activations": (
        lambda: MLP(X, Y, (2,), activation=("relu", "tanh")),
        ValueError,
        "activation = ['relu', 'tanh']: needs one per hidden layer, there are 1",
    ),
    "loss": (lambda: MLP(X, Y, loss="l1"), ValueError, "loss = 'l1': must be one of 'half_mse'"),
    "biases": (lambda: MLP(X, Y, biases=1), TypeError, "biases = 1: must be True or False"),
    "gain": (lambda: MLP(X, Y, gain=0.0), ValueError, "gain = 0: must be > 0"),
    "normalised": (
        lambda: MLP(X, Y, (2,), normalised="group"),
        ValueError,
        "normalised = 'group': must be one of 'batch', 'layer'",
    ),
    "one unit to normalise": (
        lambda: MLP(X, Y, (1,), normalised="layer"),
        ValueError,
        "normalised = 'layer': a hidden layer of width 1 has no variance",
    ),
    "probability": (lambda: MLP(X, Y, loss="bce"), ValueError, "y has entries [2. 3.]: must be in"),
    "class 1/2": (lambda: MLP(X, Y / 2, loss="softmax"), ValueError, "must be class numbers 0, 1"),
    "class -1": (lambda: MLP(X, Y - 1, loss="softmax"), ValueError, "y has entries [-1.]"),
    "no stages": (
        lambda: Network(X, Y, ()),
        TypeError,
        "stages must end with a Dense layer, whose outputs the loss reads",
    ),
    "outputs": (
        lambda: Network(X, Y, (Dense(3, 2),)),
        ValueError,
        "stages end with 2 outputs: y needs 1",
    ),
    "one class": (
        lambda: MLP(X, 0 * Y, loss="softmax"),
        ValueError,
        "y has one class: softmax needs at least 2",
    ),
    "batch of 1": (
        lambda: simulate(coupled(), SGD(0.1), coupled().start(), steps=1, batch=1),
        ValueError,
        "batch of 1 example: batch normalisation needs at least 2",
    ),
    "labels": (
        lambda: MLP(X, Y).curvature(MLP(X, Y).start(), None, np.ones(3), None),
        ValueError,
        "labels has shape (3,): must end in (4, 1), like y",
    ),
    "image": (
        lambda: ConvNet(IMAGES, Y, (3, 3, 1)),
        ValueError,
        "shape = (3, 3, 1): must be (H, W, C) with H W C = 12, a row of x",
    ),
    "kernel": (
        lambda: ConvNet(IMAGES, Y, (3, 4, 1), size=4),
        ValueError,
        "size = 4: the image is 3 x 4",
    ),
    "channels": (
        lambda: ConvNet(IMAGES, Y, (3, 4, 1), (0,), size=2),
        ValueError,
        "channels[0] = 0: must be an integer >= 1",
    ),
    "stride": (
        lambda: ConvNet(IMAGES, Y, (3, 4, 1), (2,), size=2, stride=0),
        ValueError,
        "stride = 0: must be an integer >= 1",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_refused(name):
    call, error, said = CASES[name]
    refused(call, error, said)


def test_a_method_of_factors_is_refused_where_there_are_none():
    """Coupled examples have no gradients of their own, kernels no factors: "factors" is not
    offered."""
    assert "factors" in MLP(X, Y, (2,)).offers
    assert "factors" in MLP(X, Y, (2,), normalised="layer").offers
    assert "factors" not in coupled().offers
    assert "factors" not in ConvNet(IMAGES, Y, (3, 4, 1), (2,), size=2).offers


def test_a_batch_of_one_is_nothing_special_elsewhere():
    f = MLP(X, Y, (2,))
    path = simulate(f, SGD(0.01), f.start(), steps=3, batch=1)
    assert np.isfinite(path["loss"]).all()

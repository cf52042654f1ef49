"""Units of a network's inputs, hidden activations and outputs: what becomes of the steps of the
Kronecker-factored methods, on networks and units that are drawn."""

import numpy as np
import pytest
from examples import optimizers
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.arrays import Layers, PerBlock
from lab.batches import Batch, Recorded
from lab.objectives import MLP
from lab.optimizers import BlockNaturalGradient, with_
from lab.optimizers.matrix.eigen_corrected import EigenCorrected
from lab.optimizers.matrix.kronecker import Kronecker
from lab.optimizers.matrix.layer_units import LayerUnits
from lab.optimizers.matrix.statistic import Statistic
from lab.simulation import simulate

# the full matrix of a layer, damped as a whole
NATURAL = LayerUnits((0.0, 0.0), (2.0, -2.0), 0.0)
LAYERED = Statistic(of="layers", per="example", bias="column", average="mean", beta2=0.8)
METHODS = {
    name: o
    for name, o in optimizers().items()
    if isinstance(o, (Kronecker, EigenCorrected, BlockNaturalGradient))
}
METHODS |= {
    # a root of damping for one factor, and pi that splits a damping of each
    "FOOF, root": Kronecker(0.07, 0.3, LAYERED, damp="root", powers=(0.0, -1.0)),
    "KFAC, each": Kronecker(0.07, 0.3, LAYERED, scale="pi", damp="each"),
}
LAWS = {
    name: NATURAL if isinstance(o, BlockNaturalGradient) else o.layer_units
    for name, o in METHODS.items()
}
KNOWN = [name for name, law in LAWS.items() if law is not None]
UNKNOWN = [name for name, law in LAWS.items() if law is None]
STEPS = 4

powers_of_units = st.floats(-1.0, 1.0).map(lambda x: 10**x)
drawn = given(
    seed=st.integers(0, 2**20),
    units=st.tuples(powers_of_units, powers_of_units, powers_of_units),
)


def problem(seed, units):
    """Inputs, hidden activations and outputs in these units; noise of labels is that of outputs in
    numbers, whatever their unit."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((6, 3))
    y = rng.standard_normal((6, 2))
    first, hidden, last = units
    f = MLP(first * x, last * y, (4,), activation="relu", biases=False)
    start = f.start((), rng)
    scale = [hidden / first, last / hidden]
    weights = [k * w for k, w in zip(scale, start, strict=True)]
    return f, Layers(weights, start.orders, start.roles), scale


def path(f, method, theta, noise):
    """Labels of the model are its outputs and the same noise, when the points are the same ones."""
    batches = Recorded([Batch(np.arange(6), 6)] * STEPS)
    run = simulate(
        f, method, theta, steps=STEPS, batch=batches, rng=noise, record={"theta": lambda x: x}
    )
    return run["theta"]


def in_units(method, law, units):
    """The method with lr and damping that the law asks for, layer by layer; true labels: the unit
    of the loss is in the errors once more."""
    first, hidden, last = units
    output = last**2 if law.loss else last
    factors = []
    for name in ("lr", "damping"):
        c_power, s_power = getattr(law, name)
        loss = law.loss if name == "lr" else 0.0
        values = []
        for c, u in ((first, hidden), (hidden, last)):
            s = u / output
            values.append(c**c_power * s**s_power * last**loss)
        factors.append(values)
    known = {name: getattr(method, name) for name in ("lr", "damping")}
    return with_(
        method,
        **{
            name: PerBlock(tuple(known[name] * k for k in values))
            for name, values in zip(known, factors, strict=True)
        },
    )


def gap(name, law, seed, units):
    """How far the path in other units is from the path in them, per layer, over its length."""
    method = METHODS[name]
    ones = (1.0, 1.0, 1.0)
    f, theta, _ = problem(seed, ones)
    reference = path(f, method, theta, seed)
    other, start, scale = problem(seed, units)
    changed = path(other, in_units(method, law, units), start, seed)
    return max(
        np.abs(b / k - a).max() / np.abs(a - a[0]).max()
        for a, b, k in zip(reference, changed, scale, strict=True)
    )


@pytest.mark.parametrize("name", KNOWN)
@settings(max_examples=5, deadline=None)
@drawn
def test_the_path_is_the_same_in_other_units(name, seed, units):
    """Damped matrices have condition numbers below 1e4 in both units, over four steps."""
    assert gap(name, LAWS[name], seed, units) < 1e-8


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("which", ["lr", "damping"])
def test_another_power_is_noticed(name, which):
    """A twentieth more of c or of s, in units that are ten times others."""
    law = LAWS[name]
    c, s = getattr(law, which)
    for other in ((c + 0.05, s), (c, s + 0.05)):
        wrong = law._replace(**{which: other})
        assert gap(name, wrong, 3, (0.1, 1.0, 10.0)) > 1e-4


@pytest.mark.parametrize("name", UNKNOWN)
def test_where_no_damping_will_do_the_path_is_another(name):
    """K-FAC without pi adds one number to A and G, whose units differ: not even the damping of its
    product makes the paths one. Without damping K-FAC has no units at all."""
    assert gap(name, NATURAL, 3, (0.1, 1.0, 10.0)) > 1e-3


def test_the_methods_without_a_law():
    """K-FAC without pi, and statistics that are whitened from I."""
    assert {name.split("(")[0] for name in UNKNOWN} == {"KFAC", "KLShampoo"}

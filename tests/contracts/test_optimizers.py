"""Contracts over every registered optimizer and wrapper."""

import dataclasses

import numpy as np
import pytest
from examples import (
    answers,
    flat,
    ground,
    layered,
    layered_objectives,
    objectives,
    optimizers,
    scalar_fields,
    start,
    wrapped,
)
from followed import followed
from layered_objectives import as_vector, network
from spies import Watched

from lab.arrays import Layers, PerBlock, lift, scalars, with_runs
from lab.optimizers import EXAMPLES, hyperparameters, lr_of, with_
from lab.optimizers import OPTIMIZERS as REGISTERED
from lab.oracle import Asked
from lab.simulation import simulate

OPTIMIZERS = optimizers()
EVERY = OPTIMIZERS | wrapped(6)
F = objectives()["Reparameterised"]
each_optimizer = pytest.mark.parametrize("name", EVERY)


def path(optimizer, theta, *, objective=None, steps=5, batch=None):
    objective = ground(optimizer) if objective is None else objective
    return simulate(objective, optimizer, theta, steps=steps, batch=batch, record={"theta": flat})[
        "theta"
    ]


def swept_fields(optimizer):
    """Name and value of the hyper-parameters that may be swept, by the names that `with_` knows."""
    known = hyperparameters(optimizer)
    return [(field, known[field]) for field in dict(scalars(optimizer)) if field in known]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_sweep_is_the_loop_over_its_runs(name):
    """Every Scalar field, swept alone and all together, equals one run per value."""
    optimizer = OPTIMIZERS[name]
    theta = start(ground(optimizer))
    swept = {field: np.linspace(0.6, 0.95, 4) * value for field, value in swept_fields(optimizer)}
    for names in [[field] for field in swept] + [list(swept)]:
        together = path(with_(optimizer, **{k: swept[k] for k in names}), theta, batch=3)
        for k in range(4):
            single = {field: float(swept[field][k]) for field in names}
            alone = path(with_(optimizer, **single), theta, batch=3)
            np.testing.assert_allclose(together[:, k], alone, rtol=1e-12, atol=1e-12)


@each_optimizer
def test_two_run_axes_are_a_sweep_over_paired_seeds(name):
    """Learning rates (L, 1) with starts (S, n): run (l, s) is the run with rate l on the batches of
    seed s."""
    theta = start(ground(EVERY[name]), (3,))
    lrs = np.array([[0.02], [0.05]])
    together = path(with_(EVERY[name], lr=lrs), theta, batch=4)
    assert together.shape == (6, 2, *flat(theta).shape)
    row = path(with_(EVERY[name], lr=0.05), theta, batch=4)
    # an exact line search stops anywhere inside its tolerance on the slope, 1e-12
    tolerance = 1e-10 if "LineSearch" in name else 1e-12
    np.testing.assert_allclose(together[:, 1], row, rtol=tolerance, atol=tolerance / 10)


def warm(optimizer, theta):
    """Optimizer, state and point after three steps, so that nothing is at its initial value."""
    run = followed(ground(optimizer), optimizer, theta, 3)
    return lift(optimizer, theta), run.states[-1], run.points[-1]


def leaves(state):
    if dataclasses.is_dataclass(state):
        return [
            leaf
            for field in dataclasses.fields(state)
            for leaf in leaves(getattr(state, field.name))
        ]
    if isinstance(state, tuple):
        return [leaf for part in state for leaf in leaves(part)]
    if isinstance(state, Layers):
        return list(state.blocks)
    return [np.asarray(state)]


@each_optimizer
def test_a_step_is_pure(name):
    """Neither state nor theta changes under a step from a warm state, and the same call gives the
    same answer."""
    f = ground(EVERY[name])
    optimizer, state, theta = warm(EVERY[name], start(f))
    before = [x.copy() for x in leaves(state)], [x.copy() for x in leaves(theta)]
    first = optimizer.step(state, Asked(f, theta, rng=np.random.default_rng(1)), theta)
    second = optimizer.step(state, Asked(f, theta, rng=np.random.default_rng(1)), theta)
    for old, new in zip(before[0], leaves(state), strict=True):
        np.testing.assert_array_equal(old, new, err_msg="untouched")
    for old, new in zip(before[1], leaves(theta), strict=True):
        np.testing.assert_array_equal(old, new, err_msg="untouched")
    np.testing.assert_array_equal(flat(first[0]), flat(second[0]), err_msg="the same call twice")
    for a, b in zip(leaves(first[1]), leaves(second[1]), strict=True):
        np.testing.assert_array_equal(a, b, err_msg="the same call twice")


@each_optimizer
def test_it_touches_exactly_what_it_needs(name):
    f = ground(EVERY[name])
    watched = Watched(EVERY[name])
    simulate(f, watched, start(f), steps=3)
    assert watched.asked == EVERY[name].needs


def arrays(state):
    """All arrays with axes inside a state."""
    if isinstance(state, np.ndarray):
        return [state] if state.ndim else []
    inside = state if isinstance(state, (tuple, list, Layers)) else ()
    return [array for part in inside for array in arrays(part)]


@each_optimizer
@pytest.mark.parametrize("seeds", [(), (3,)], ids=["one start", "three starts"])
def test_point_and_states_stay_in_memory_order(name, seeds):
    """A start (n,) with a sweep (R,), broadcast, would have its runs as the fastest axis: several
    times slower from then on."""
    optimizer = EVERY[name]
    f = ground(optimizer)
    if "lr" in {field.name for field in dataclasses.fields(optimizer)}:
        optimizer = dataclasses.replace(optimizer, lr=optimizer.lr * np.array([[0.5], [1.0]]))
    told = []
    run = simulate(
        f,
        optimizer,
        start(f, seeds),
        steps=3,
        batch=4,
        record={"none": lambda theta, state: told.append((theta, state)) or np.zeros(2)},
    )
    assert all(array.flags.c_contiguous for array in leaves(run.final))
    for point in told:
        assert all(array.flags.c_contiguous or array.strides[0] == 0 for array in arrays(point))


@each_optimizer
def test_shapes_and_dtype(name):
    f = ground(EVERY[name])
    theta = with_runs(start(f), (2, 3))
    optimizer, state, theta = warm(EVERY[name], theta)
    delta, _ = optimizer.step(state, Asked(f, theta), theta)
    for change, x in zip(leaves(delta), leaves(theta), strict=True):
        assert change.shape == x.shape
        assert change.dtype == np.float64


def scope(optimizer):
    return getattr(optimizer, "scope", "vector")


LAYERED = layered_objectives()
ON_LAYERS = [
    (name, problem)
    for name, optimizer in OPTIMIZERS.items()
    for problem, f in LAYERED.items()
    if answers(f, optimizer)
]


def test_every_method_runs_on_layers():
    assert {name for name, _ in ON_LAYERS} == set(OPTIMIZERS)


@pytest.mark.parametrize(
    ("name", "problem"), [pair for pair in ON_LAYERS if scope(OPTIMIZERS[pair[0]]) == "vector"]
)
def test_layers_and_their_flat_vector_move_alike(name, problem):
    """A diagonal or Euclidean method takes the same steps whether the parameters come as blocks or
    as one vector."""
    blocks = LAYERED[problem]
    theta = start(blocks)
    in_blocks = path(OPTIMIZERS[name], theta, objective=blocks)
    in_vector = path(OPTIMIZERS[name], flat(theta), objective=as_vector(blocks))
    np.testing.assert_allclose(in_blocks, in_vector, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, optimizer in OPTIMIZERS.items()
        if scope(optimizer) != "vector" and answers(F, optimizer)
    ],
)
def test_a_scope_is_there_for_a_reason(name):
    """A method that declares a scope moves differently when its blocks are joined to one vector."""
    blocks = layered()
    in_blocks = path(OPTIMIZERS[name], start(blocks), objective=blocks)
    in_vector = path(OPTIMIZERS[name], flat(start(blocks)), objective=blocks.f)
    assert np.abs(in_blocks - in_vector).max() > 1e-3


@pytest.mark.parametrize(("name", "problem"), ON_LAYERS)
def test_layers_with_runs(name, problem):
    """Every hyper-parameter swept at once over a layered problem, on its mini-batches, equals one
    run per value."""
    f = LAYERED[problem]
    optimizer = OPTIMIZERS[name]
    theta = start(f)
    batch = None if problem == "three blocks" else 4
    swept = {field: np.linspace(0.6, 0.95, 3) * value for field, value in swept_fields(optimizer)}
    together = path(with_(optimizer, **swept), theta, objective=f, batch=batch)
    for k in range(3):
        single = {field: float(values[k]) for field, values in swept.items()}
        alone = path(with_(optimizer, **single), theta, objective=f, batch=batch)
        np.testing.assert_allclose(together[:, k], alone, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("name", "problem"), ON_LAYERS)
def test_one_value_for_all_blocks_is_that_value_for_each(name, problem):
    f = LAYERED[problem]
    optimizer = OPTIMIZERS[name]
    theta = start(f)
    lr = lr_of(optimizer)
    per_block = with_(optimizer, lr=PerBlock((lr,) * len(theta)))
    np.testing.assert_allclose(
        path(per_block, theta, objective=f),
        path(optimizer, theta, objective=f),
        rtol=1e-12,
        atol=1e-13,
    )


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_scalar_changes_the_path(name):
    """A hyper-parameter that does nothing is a mistake. Mini-batches, because sign methods see no
    small change of smooth gradients;
    methods of matrices are asked on a layered problem."""
    optimizer = OPTIMIZERS[name]
    f = ground(optimizer)
    batch = 2
    if scope(optimizer) == "matrix":
        # the quadratic's curvature has mean gradient 0, whatever the labels
        f, batch = (layered(), None) if optimizer.needs == {"grad"} else (network(), 2)
    theta = start(f)
    reference = path(optimizer, theta, objective=f, steps=12, batch=batch)
    for field, value in swept_fields(optimizer):
        if value == 0:  # switched off by its variant
            continue
        changed = path(
            with_(optimizer, **{field: 0.9 * value}), theta, objective=f, steps=12, batch=batch
        )
        assert np.abs(changed - reference).max() > 1e-6, field


@pytest.mark.parametrize("name", REGISTERED)
def test_every_scalar_has_an_example(name):
    """A new hyper-parameter must enter EXAMPLES, so that no contract runs at its default:
    lab/optimizers/registry.py."""
    missing = set(scalar_fields(name)) - set(EXAMPLES[name])
    assert not missing, f"add {missing} of {name} to EXAMPLES in lab/optimizers/registry.py"

"""Layers, inner products, norms, run axes, and hyper-parameters that are sweeps."""

import numpy as np
import pytest
from examples import flat
from hypothesis import given
from hypothesis import strategies as st

from lab.arrays import (
    Layers,
    each,
    each_tensor,
    inner,
    lift,
    like,
    norm,
    per_matrix,
    rowwise,
    runs,
    scalars,
    sweep_shape,
    tensors,
    with_runs,
    zeros_like,
)
from lab.bases import coordinate
from lab.optimizers import SGD, Adam, Geometric, HeavyBall, InBasis, Linear, Scheduled


def blocks(runs=(), seed=0):
    """A matrix, a vector and a 3-mode tensor with run axes."""
    rng = np.random.default_rng(seed)
    return Layers([rng.standard_normal(runs + s) for s in ((2, 3), (4,), (2, 1, 3))], (2, 1, 3))


@pytest.mark.parametrize("shape", [(), (5,), (2, 5)])
def test_arithmetic_is_that_of_the_flat_vector(shape):
    a = blocks(shape)
    b = blocks(shape, 1)
    result = 0.3 * a - (1 - 0.3) * b**2 / (1 + np.abs(a)) + np.sqrt(np.abs(b)) * np.sign(a)
    x = flat(a)
    y = flat(b)
    terms = 0.3 * x, (1 - 0.3) * y**2 / (1 + np.abs(x)), np.sqrt(np.abs(y)) * np.sign(x)

    # y**2 of an array is square(y), that of Layers was power(y, 2) before NumPy 2.2: one ulp. At
    # most four roundings follow in a term.
    rounding = 8 * np.finfo(float).eps * sum(map(np.abs, terms))
    assert (np.abs(flat(result) - (terms[0] - terms[1] + terms[2])) <= rounding).all()
    assert result.orders == a.orders
    assert runs(result) == shape


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(0, 2**31))
def test_inner_and_norm_are_those_of_the_flat_vector(shape, seed):
    rng = np.random.default_rng(seed)
    a, b = (
        Layers([rng.standard_normal((3, *shape)), rng.standard_normal((3, 2))], (len(shape), 1))
        for _ in range(2)
    )
    np.testing.assert_allclose(inner(a, b), (flat(a) * flat(b)).sum(-1), rtol=1e-12, atol=1e-14)
    for order in (1, 2, np.inf):
        np.testing.assert_allclose(
            norm(a, order), np.linalg.norm(flat(a), order, axis=-1), rtol=1e-13
        )
        # sums of n <= 66 positive numbers in another order: n eps = 1.5e-14
        np.testing.assert_allclose(
            norm(flat(a), order), np.linalg.norm(flat(a), order, axis=-1), rtol=2e-14
        )


def test_vectors():
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(inner(x, x), [5, 50])
    assert runs(x) == (2,)
    assert each(np.add, x, 1).shape == (2, 3)
    assert with_runs(x, (4, 2)).shape == (4, 2, 3)


def test_layers_is_a_sequence_of_blocks():
    a = blocks((5,))
    assert len(a) == 3
    assert [x.shape for x in a] == [(5, 2, 3), (5, 4), (5, 2, 1, 3)]
    assert a[1].shape == (5, 4)
    assert repr(a) == "Layers((5, 2, 3), (5, 4), (5, 2, 1, 3); orders (2, 1, 3))"
    assert Layers([np.ones((2, 3)), [1, 2]]).orders == (2, 1)
    assert all(x.dtype == float for x in Layers([[1, 2], [True]]))


def test_each_passes_other_arguments_to_every_block():
    doubled = each(lambda x, factor: factor * x, blocks(), 2)
    np.testing.assert_array_equal(flat(doubled), 2 * flat(blocks()), err_msg="doubling is exact")
    pairs = each(lambda x, y: x - y, blocks(), blocks())
    np.testing.assert_array_equal(flat(pairs), 0)


def test_zeros_and_repeats():
    zeros = zeros_like(blocks((5,)))
    assert [x.shape for x in zeros] == [x.shape for x in blocks((5,))]
    assert not flat(zeros).any()
    repeated = with_runs(blocks(), (2, 5))
    assert runs(repeated) == (2, 5)
    np.testing.assert_array_equal(flat(repeated)[1, 3], flat(blocks()), err_msg="copies")


def test_rowwise_multiplies_run_by_run():
    lr = np.array([1.0, 10.0])
    np.testing.assert_array_equal(
        rowwise(lr, np.ones((2, 3))) * np.ones((2, 3)), [[1] * 3, [10] * 3]
    )
    scaled = rowwise(lr, blocks((2,))) * blocks((2,))
    np.testing.assert_array_equal(
        flat(scaled),
        lr[:, None] * flat(blocks((2,))),
        err_msg="one product of the same two numbers",
    )
    assert rowwise(0.5, blocks()) == 0.5


def test_lift_shapes_every_scalar_also_inside_wrappers():
    optimizer = Scheduled(
        Geometric(np.array([0.5, 0.6])),
        InBasis(coordinate(3), Adam(lr=np.array([1.0, 2.0]), beta1=0.5)),
    )
    lifted = lift(optimizer, np.ones((2, 3)))
    assert lifted.schedule.ratio.shape == lifted.inner.inner.lr.shape == (2, 1)
    assert lifted.inner.inner.beta1 == 0.5
    assert optimizer.inner.inner.lr.shape == (2,), "the original is not touched"
    assert [x.shape for x in lift(SGD(np.ones(5)), blocks((5,))).lr] == [
        (5, 1, 1),
        (5, 1),
        (5, 1, 1, 1),
    ]


def test_scalars_and_sweep_shape():
    optimizer = Scheduled(Linear(np.ones((2, 1))), HeavyBall(lr=np.ones(3)))
    assert [name for name, _ in scalars(optimizer)] == ["horizon", "lr", "momentum"]
    assert sweep_shape(optimizer) == (2, 3)
    nested = Scheduled(Linear(np.ones((2, 1))), Scheduled(Linear(np.ones(3)), SGD(0.1)))
    assert sweep_shape(nested) == (2, 3), "two parameters of one name both count"
    with pytest.raises(ValueError, match=r"lr \(2,\), beta1 \(3,\) do not broadcast"):
        sweep_shape(Adam(lr=np.ones(2), beta1=np.full(3, 0.5)))


def test_what_does_not_mix_is_refused():
    with pytest.raises(TypeError, match="does not mix with Layers"):
        blocks() + np.ones(4)
    with pytest.raises(ValueError, match="Layers of 3 and 1 blocks do not mix"):
        blocks() + Layers([np.ones(2)])
    with pytest.raises(ValueError, match="Layers of 1 and 3 blocks do not mix"):
        Layers([np.ones(2)]) * blocks()
    with pytest.raises(TypeError, match="block 0 has dtype complex128: must be real"):
        Layers([1j * np.ones(2)])
    with pytest.raises(ValueError, match="one order per block"):
        Layers([np.ones(2)], (1, 1))
    with pytest.raises(TypeError):
        np.add.reduce(blocks())
    with pytest.raises(TypeError):
        np.add(blocks(), 1, out=blocks())


def test_tensors_carry_their_order():
    theta = Layers([np.ones((2, 3, 4)), np.ones((2, 5))], (2, 1))
    assert [k for k, *_ in tensors(theta)] == [2, 1]
    np.testing.assert_array_equal(
        each_tensor(lambda k, x: k * x, theta)[0], 2 * theta[0], err_msg="doubling is exact"
    )
    assert each_tensor(lambda k, x: k * x, np.ones(3)).tolist() == [1, 1, 1]
    assert like(np.ones(3), [np.zeros(3)]).shape == (3,)
    assert per_matrix(np.ones((2, 1, 1, 1)), 3).shape == (2, 1, 1)
    assert per_matrix(np.ones((2, 1)), 1).shape == (2, 1, 1)
    assert per_matrix(0.5, 3) == 0.5

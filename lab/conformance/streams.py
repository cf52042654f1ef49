"""Inputs with power: gradients, and further answers, on which a change anywhere in a method changes
its path.

A method is a formula with branches: signs, maxima, clips, an eps, a refresh every k steps. A stream
has power over a branch when it takes both sides. So it has coordinates that keep their sign and
that alternate, zeros in one coordinate and a step where every gradient is zero, a peak with many
small gradients behind it (a maximum that should not forget), gradients far below every usual eps,
and tensors where a method sees tensors.

It must not have more than that. Two right programs have to agree on it, so nothing arbitrary is
decided by rounding: no eigenvectors of a null space, no singular values over decades for a method
that rotates, no gradient whose square underflows. A test changes every field of every registered
method and asks that its record shows it to ten digits.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Layers, Params
from lab.conformance.answers import Told, members, unfolded
from lab.optimizers.protocol import Optimizer, hyperparameters

# Steps of a record: two refreshes of every method that refreshes each tenth step, and what follows
# them.
STEPS = 32
DIMS = 8

# Sizes of the coordinates, in turn: usual, large, usual with zeros, and below eps = 1e-6, 1e-8,
# and 1e-12.
SIZES = (1.0, 30.0, 1.0, 3e-7, 1e-9, 1e-13)
ZEROS = 2
ALTERNATING = 1

# Steps, from 0: a peak, a gradient that is zero everywhere, and tiny ones.
PEAK = 4
STILL = 9
TINY = (6, 12, 13)

# The decay of the gradients from step to step, the sizes of the peak and of the tiny ones, and the
# examples per label.
SHRINKING = 0.93
PEAK_SIZE = 20.0
TINY_SIZE = 1e-9
EXAMPLES = 2

# Sizes of the gradients behind the labels: curvatures on both sides of a clip, and of an eps for
# tiny gradients.
LABELS = (1.0, 900.0, 30.0, 1e-4, 1e-5, 5e-6)
ALIKE = (1.0, 30.0)


class Stream(NamedTuple):
    """Where a record starts, its gradients, and what else the method is told.

    theta0: (n,), or Layers. grads: the same with the steps as a first axis, (T, n).
    """

    theta0: Params
    grads: Params
    told: Told


def stream(
    optimizer: Optimizer, *, steps: int, dims: int, seed: int, single: bool = False
) -> Stream:
    """Inputs for a method: vectors, or tensors where it sees them; single: one tensor only.

    dims: the length of a vector; a matrix has (dims + 1) // 2 columns and a row more. The numbers
    have four significant digits, and are the same for every method of one kind and seed.
    """
    rng = np.random.default_rng(seed)
    shapes = _shapes(optimizer, dims, single)
    total = sum(math.prod(shape) for shape in shapes)
    theta = _rounded(rng.standard_normal(total))

    matrix = _scope(optimizer) == "matrix"
    # a basis or a solve made from gradients of very different sizes is one that no two programs
    # share
    mixes = matrix or "rotation" in getattr(optimizer, "invariances", ())
    sizes = np.ones(total) if mixes else np.resize(SIZES, total)
    if matrix:
        # the eps of such a method is beside the norm or the mean of all entries: it shows when all
        # are tiny. Beside a damping, tiny gradients leave a multiple of I, whose eigenvectors are
        # arbitrary; and singular values over decades have vectors that single precision does not
        # hold
        damped = "damping" in hyperparameters(optimizer)
        tiny = TINY if damped else (0, *TINY)
        flat = _gradients(rng, steps, sizes, tiny=tiny, decades=0.0)
    else:
        flat = _gradients(rng, steps, sizes)

    start = _blocks(theta, shapes)
    grads = _stacked(flat, shapes)
    told = _told(optimizer, rng, start, sizes, steps)
    return Stream(start, grads, told)


def _scope(optimizer):
    """What it sees of a layer: "matrix", or "vector" where it does not say."""
    return getattr(optimizer, "scope", "vector")


def _shapes(optimizer, dims, single):
    """Of the blocks: (dims,) alone for a method of vectors; a matrix, a vector and a kernel
    where it sees matrices; two vectors where it sees tensors as wholes, in one of its settings.
    """
    if _scope(optimizer) == "matrix":
        # the axes differ, so that rows, columns and "the largest axes" are told apart; by one
        # only, because the eigenvectors of a larger null space are arbitrary
        columns = (dims + 1) // 2
        matrix = (columns + 1, columns)
        return [matrix] if single else [matrix, (2,), (4, 2, 3)]
    # a method that can see tensors, in another of its settings, gets two
    if hasattr(optimizer, "scope") and not single:
        return [(dims,), (3,)]
    if "probe" in members(optimizer) and not single:
        return [(dims,), (1, 1, 2, 2)]
    return [(dims,)]


def _gradients(
    rng: np.random.Generator,
    steps: int,
    sizes: np.ndarray,
    tiny: tuple[int, ...] = TINY,
    decades: float = 1.0,
) -> np.ndarray:
    """(T, N): s_j h_t 0.93^t (mean_j + 0.7 z_tj 10^u_tj), z normal, u uniform in +-decades

    s_j from SIZES. h_t: the peak, the still step, the tiny ones, else 1. The coordinates j = 0, 1,
    2 of every six keep their sign, alternate, and have zeros.
    """
    time = np.arange(steps)[:, None]
    drawn = rng.standard_normal((steps, len(sizes)))
    mean = rng.standard_normal(len(sizes))
    # sizes over some decades: the sign of an average turns on how large a gradient is, not on its
    # sign alone
    spread = 10.0 ** rng.uniform(-decades, decades, drawn.shape)
    flat = SHRINKING**time * (mean + 0.7 * drawn * spread)

    alternating = np.abs(flat[:, ALTERNATING::6])
    flat[:, ALTERNATING::6] = alternating * (-1.0) ** time
    flat[:, ::6] = np.abs(flat[:, ::6])
    zeros = rng.random(steps) < 0.4
    # at the first two steps as well, where averages begin
    zeros[:2] = True
    flat[zeros, ZEROS::6] = 0.0

    height = np.ones(steps)
    events = {PEAK: PEAK_SIZE, STILL: 0.0}
    events |= dict.fromkeys(tiny, TINY_SIZE)
    for step, size in events.items():
        if step < steps:
            height[step] = size
    return _rounded(flat * sizes * height[:, None])


def _rounded(x):
    """To four significant digits, as decimal text reads back exactly in every program, in
    single precision too up to its own rounding.
    """
    texts = [f"{value:.4g}" for value in x.ravel()]
    rounded = np.array(texts, dtype=float)
    return rounded.reshape(x.shape)


def _is_vector(shapes):
    """One parameter of one axis: an array, not Layers, in the stream as in theta0."""
    return len(shapes) == 1 and len(shapes[0]) == 1


def _blocks(row, shapes) -> Params:
    """The row (N,) as parameters of these shapes."""
    if _is_vector(shapes):
        return row
    like = Layers([np.zeros(shape) for shape in shapes])
    return unfolded(row, like)


def _stacked(flat, shapes) -> Params:
    """The rows (T, N) as parameters with the steps as first axis: (T, n), or Layers of (T,
    ...).
    """
    if _is_vector(shapes):
        return flat
    points = [_blocks(row, shapes) for row in flat]
    blocks = [np.stack(block) for block in zip(*points, strict=True)]
    orders = [len(shape) for shape in shapes]
    return Layers(blocks, orders)


def _told(
    optimizer: Optimizer,
    rng: np.random.Generator,
    start: Params,
    sizes: np.ndarray,
    steps: int,
) -> Told:
    """The answers to what the method asks for, see `Told`; nothing that it does not ask.

    Curvatures are positive definite, Hessians have one negative direction: a method that takes
    an absolute value, or clips, is seen to do so.
    """
    needs = members(optimizer)
    n = len(sizes)
    found: dict[str, Any] = {}
    if "hessian" in needs:
        found["hessian"] = _hessian(rng, sizes, -1.0)
    if "curvature" in needs:
        found["curvature"] = _hessian(rng, sizes, 1.0)
        # a mean is that of a few examples too; what is inverted, or has a diagonal, is of full rank
        examples = EXAMPLES
        if optimizer.needs - {"grad"} != {"curvature.mean"}:
            examples += n
        for name in ("sampled", "true"):
            rows = rng.standard_normal((steps, examples, n))
            # over decades only for methods that treat coordinates one by one
            alike = (sizes == 1).all()
            size = np.resize(ALIKE if alike else LABELS, n)
            found[name] = _rounded(rows * size)
    if "second_moment" in needs:
        found["second_moment"] = _hessian(rng, sizes, 1.0)
    if "probe" in needs:
        blocks = start if isinstance(start, Layers) else [start]
        shapes = [block.shape for block in blocks]
        signs = rng.choice([-1.0, 1.0], size=(steps, n))
        found["probes"] = _stacked(signs, shapes)
    if "loss" in needs:
        losses = 1.0 + rng.random(steps)
        found["losses"] = _rounded(losses)
    return Told(**found)


def _hessian(rng, sizes, last):
    """diag(s) (2 I + E) diag(s), s^2 = sizes, the first direction times `last`: -1 makes it
    indefinite. E symmetric with entries of size 1 / n.
    """
    n = len(sizes)
    # a perturbation of norm below 1: the signs of the eigenvalues are those of the diagonal
    noise = rng.standard_normal((n, n)) / (2 * n)
    signs = np.ones(n)
    signs[0] = last
    inner = np.diag(2.0 * signs) + noise + noise.T
    scale = np.sqrt(sizes)
    product = _rounded(scale[:, None] * inner * scale)
    # symmetric to the last bit, which rounding to four digits need not leave
    above = np.triu(product, 1)
    return np.triu(product) + above.T

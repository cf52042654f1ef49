"""What the functions of this package take: second moments and their modes, factors, layers' rows.

Each check answers the argument as a float array, or raises a ValueError or TypeError that names it.
"""

from __future__ import annotations

import math

import numpy as np

from lab.checks import EPS, count, nonnegative, one_line, real
from lab.domains import matrices, runs_fit, several, square, symmetric_matrices


def second_moment(c, dims) -> tuple[np.ndarray, tuple[int, ...]]:
    """C as a stack of symmetric positive semi-definite matrices, and dims as integers that fit."""
    sizes = tuple(count("dims", d) for d in several("dims", dims))
    total = math.prod(sizes)
    c = positive_semidefinite("c", c)
    if c.shape[-1] != total:
        raise ValueError(f"c has shape {c.shape}: must be of size {total}, the product of dims")
    return c, sizes


def positive_semidefinite(
    name: str,
    h,
) -> np.ndarray:
    """h as a stack (*r, n, n) of symmetric positive semi-definite matrices."""
    h = symmetric_matrices(name, h)
    lam = np.linalg.eigvalsh(h)
    least = lam[..., 0]
    # ten times the rounding of eigenvalues: h may itself be a sum of products
    rounding = 10 * h.shape[-1] * EPS * np.abs(lam).max(-1)
    if (least < -rounding).any():
        raise ValueError(f"{name} has smallest eigenvalue {least.min():.3g}: must be >= 0")
    return h


def two_modes(dims) -> tuple[int, int]:
    """dims = (m, n). ValueError for another number of modes."""
    given = several("dims", dims)
    if len(given) != 2:
        raise ValueError(f"dims = {one_line(dims)}: must be the two sizes of a matrix")
    m, n = (count("dims", d) for d in given)
    return m, n


def square_factors(
    name: str,
    factors,
) -> list[np.ndarray]:
    """At least one finite square matrix or stack, whose runs fit."""
    given = several(name, factors)
    if not given:
        raise ValueError(f"{name} is empty: must have at least one matrix")

    checked: list[np.ndarray] = []
    for j, factor in enumerate(given):
        each = f"{name}[{j}]"
        factor = square(each, matrices(each, factor))
        runs_fit(each, factor.shape[:-2], runs_of(*checked))
        checked.append(factor)
    return checked


def runs_of(*stacks) -> tuple[int, ...]:
    """The run axes that stacks of matrices (*r, m, n) have together."""
    return np.broadcast_shapes(*(stack.shape[:-2] for stack in stacks))


def layer_rows(g, a, weight) -> list[np.ndarray]:
    """Rows of factors and their weights, of as many rows each."""
    g = matrices("g", g)
    a = matrices("a", a)
    weight = real("weight", weight)
    nonnegative("weight", weight)

    rows = g.shape[-2]
    if a.shape[-2] != rows:
        raise ValueError(f"a has shape {a.shape}: must have {rows} rows, as g")
    if not weight.ndim or weight.shape[-1] != rows:
        raise ValueError(f"weight has shape {weight.shape}: must have {rows} entries, as g")
    runs_fit("a", a.shape[:-2], g.shape[:-2])
    runs_fit("weight", weight.shape[:-1], runs_of(g, a))
    return [g, a, weight]

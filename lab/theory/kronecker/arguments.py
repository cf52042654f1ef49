"""What the functions of this package take: second moments and their modes, factors, layers' rows.

Each check answers the argument as a float array, or raises a ValueError or TypeError that names it.
Matrices may be asymmetric by rounding, 1e-12 of the largest entry, and are not symmetrised: LAPACK
reads one triangle. Eigenvalues that rounding made negative pass: see `invariants.spectrum`.
"""

from __future__ import annotations

import math

import numpy as np

from lab.checks import EPS, count, nonnegative, one_line, real
from lab.domains import runs_fit, several
from lab.matrix_checks import matrices, square, symmetric_matrices


def second_moment(c, dims) -> tuple[np.ndarray, tuple[int, ...]]:
    """C as a stack (*r, D, D) of symmetric positive semi-definite matrices, and dims as integers.

    ValueError unless dims are >= 1 and their product is D.
    """
    given = several("dims", dims)
    sizes = tuple(count("dims", d) for d in given)
    total = math.prod(sizes)
    c = positive_semidefinite("c", c)
    size = c.shape[-1]
    if size != total:
        raise ValueError(f"c has shape {c.shape}: must be of size {total}, the product of dims")
    return c, sizes


def positive_semidefinite(
    name: str,
    h,
) -> np.ndarray:
    """h as a stack (*r, n, n) of symmetric positive semi-definite matrices.

    ValueError for an eigenvalue below -10 n eps |lam|_max.
    """
    h = symmetric_matrices(name, h)
    lam = np.linalg.eigvalsh(h)
    least = lam[..., 0]
    largest = np.abs(lam).max(-1)

    # ten times the rounding of eigenvalues: h may itself be a sum of products
    n = h.shape[-1]
    rounding = 10 * n * EPS * largest
    negative = least < -rounding
    if negative.any():
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
        stack = matrices(each, factor)
        stack = square(each, stack)
        # against all before it, not the first alone: each may bring run axes
        known = runs_of(*checked)
        runs_fit(each, stack.shape[:-2], known)
        checked.append(stack)
    return checked


def runs_of(*stacks) -> tuple[int, ...]:
    """The run axes that stacks of matrices (*r, m, n) have together, () for none."""
    shapes = [stack.shape[:-2] for stack in stacks]
    return np.broadcast_shapes(*shapes)


def layer_rows(g, a, weight) -> list[np.ndarray]:
    """Errors g (*r, N, out), inputs a (*r, N, in) and weights (*r, N) >= 0 of the same N rows.

    ValueError where N differs or the run axes do not broadcast.
    """
    g = matrices("g", g)
    a = matrices("a", a)
    weight = real("weight", weight)
    nonnegative("weight", weight)

    rows = g.shape[-2]
    others = a.shape[-2]
    if others != rows:
        raise ValueError(f"a has shape {a.shape}: must have {rows} rows, as g")
    # a number has no rows to weigh
    own = weight.shape[-1:]
    if own != (rows,):
        raise ValueError(f"weight has shape {weight.shape}: must have {rows} entries, as g")
    first = g.shape[:-2]
    runs_fit("a", a.shape[:-2], first)
    known = runs_of(g, a)
    runs_fit("weight", weight.shape[:-1], known)
    return [g, a, weight]

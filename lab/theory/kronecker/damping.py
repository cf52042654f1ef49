"""Damping of Kronecker factors, and what a batch's size does to it.

Damped factors over-damp their product: (L + e I) kron (R + e I) = L kron R + e^2 I + e (L kron I +
I kron R), and the last term is never negative.
"""

from __future__ import annotations

import math

import numpy as np

from lab.checks import count, nonnegative, positive
from lab.domains import in_range, number, runs_fit
from lab.linalg import ratio
from lab.theory.kronecker.arguments import positive_semidefinite, runs_of
from lab.theory.kronecker.invariants import Pair, per_run, trace


@in_range
def pi_damped(
    left: np.ndarray,
    right: np.ndarray,
    damping: float,
) -> Pair:
    """K-FAC's factored damping: L + sqrt(damping) / pi,  R + pi sqrt(damping)

    pi^2 = (tr R / dim R) / (tr L / dim L), and pi = 1 where a trace is 0; damping >= 0. The product
    depends on L kron R alone, and is TNT's with eps = sqrt(damping): pi L and R / pi have one
    average eigenvalue, and (L + e / pi) kron (R + pi e) = (pi L + e) kron (R / pi + e). left
    (*r, m, m) and right (*r, n, n) positive semi-definite. (Martens & Grosse 2015)
    """
    left, right = _pair(left, right)
    size = math.sqrt(number("damping", damping, nonnegative))
    pi = _pi(left, right)
    return _shifted(left, size / pi), _shifted(right, size * pi)


def _pair(left, right):
    """Two stacks of positive semi-definite matrices whose runs fit."""
    left = positive_semidefinite("left", left)
    right = positive_semidefinite("right", right)
    runs_fit("right", right.shape[:-2], runs_of(left))
    return left, right


def _average(h):
    """The average eigenvalue, (*r,)."""
    return trace(h) / h.shape[-1]


def _shifted(h, size):
    """H + size I, size a number or one per run."""
    return h + per_run(size) * np.eye(h.shape[-1])


@in_range
def equal_average(
    left: np.ndarray,
    right: np.ndarray,
) -> Pair:
    """pi L and R / pi, whose eigenvalues have the same average; their product is that of L and R.

    Unchanged where a trace is 0. pi as in `pi_damped`.
    """
    left, right = _pair(left, right)
    pi = per_run(_pi(left, right))
    return pi * left, right / pi


def _pi(left, right):
    """The root of the quotient of the average eigenvalues, 1 where a trace is 0."""
    by_left = _average(left)
    by_right = _average(right)
    # a factor 0 has no scale to balance the other one with
    both = (by_left > 0) & (by_right > 0)
    pi = np.sqrt(ratio(by_right, by_left))
    return np.where(both, pi, 1.0)


@in_range
def per_sample_settings(
    lr: float,
    eps: float,
    batch: int,
    order: int,
) -> tuple[float, float]:
    """(lr B, eps B^(1/k)): (lr, eps) of TNT on a batch's mean gradient, in per-sample units

    k modes. The batch's mean estimates F / B. A bias (k = 1) is damped by eps B, a matrix by
    eps sqrt B: from prod_i (U_i B^(-1/k) + eps) = prod_i (U_i + eps B^(1/k)) / B. So a change of
    the batch's size changes what biases are damped by, against matrices. An identity for factors
    scaled by 1 / B; those of a batch's mean and of its examples agree in expectation only.
    """
    lr = number("lr", lr, positive)
    eps = number("eps", eps, nonnegative)
    size = count("batch", batch)
    return lr * size, eps * size ** (1 / count("order", order))

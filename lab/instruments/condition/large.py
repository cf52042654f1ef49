"""Hessians of thousands of columns: one Gram matrix, one inverse, and extremes by Lanczos.

With the weighted mean mu and deviations s of the columns, w the mean curvature and R the weighted
correlations (the ridge included, which makes them definite), the Hessian of one logit is

    H = w [[1, mu^T], [mu, S R S + mu mu^T]]        S = diag(s)

so that centring changes mu, scaling changes mu and s, and R and its inverse serve all of them, as
products: H itself is never formed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import cholesky, lapack
from scipy.sparse.linalg import LinearOperator, eigsh

from lab.checks import EPS
from lab.instruments.condition.models import Model
from lab.instruments.condition.treatments import Conditioned

# of Lanczos: an eigenvalue is as exact as its residual, and four digits are printed
LANCZOS = 1e-5
# a shift of singular correlations, which makes their null vectors the largest of the inverse
SHIFT = 1e-8


class Correlations(NamedTuple):
    """R (n, n), its inverse, and log det R; None and -inf where R is singular to rounding."""

    r: np.ndarray
    inverse: np.ndarray | None
    log_det: float


def correlations(
    z: np.ndarray,
    weights: np.ndarray,
    ridge: np.ndarray,
) -> Correlations:
    """Of columns z (m, n) with weighted mean 0 and deviation 1, plus diag(ridge); weights (m,)."""
    root = np.sqrt(weights / weights.sum())
    scaled = root[:, None] * z
    r = scaled.T @ scaled
    r[np.diag_indices_from(r)] += ridge
    inverse, log_det = _inverse(r)
    return Correlations(r, inverse, log_det)


def _inverse(r) -> tuple[np.ndarray | None, float]:
    """By Cholesky's factor, and log det."""
    try:
        factor = cholesky(r, lower=True)
    except np.linalg.LinAlgError:
        return None, -np.inf
    pivots = np.diag(factor)
    # 1 / pivot^2 is what no combination of the columns before explains: below it, rounding
    if pivots.min() ** 2 <= len(r) * EPS * r.diagonal().max():
        return None, -np.inf
    half, _ = lapack.dpotri(factor, lower=True)
    inverse = half + np.tril(half, -1).T
    return inverse, float(2 * np.log(pivots).sum())


class Ends(NamedTuple):
    """Of a spectrum: lam_max, and kappa."""

    largest: float
    kappa: float


class Products(NamedTuple):
    """The Hessian of a treatment through its products: w, mu (n,), s (n,) and R of above."""

    w: float
    mu: np.ndarray
    s: np.ndarray
    known: Correlations

    def times(
        self,
        v: np.ndarray,
    ) -> np.ndarray:
        """H v."""
        rest = v[1:]
        along = v[0] + self.mu @ rest
        inside = self.known.r @ (self.s * rest)
        columns = self.s * inside + along * self.mu
        return self.w * np.concatenate([[along], columns])

    def solve(
        self,
        v: np.ndarray,
    ) -> np.ndarray:
        """H^-1 v."""
        rest = v[1:] - v[0] * self.mu
        inside = self.known.inverse @ (rest / self.s)
        u = inside / self.s
        first = v[0] - self.mu @ u
        return np.concatenate([[first], u]) / self.w

    def diagonal(self) -> np.ndarray:
        own = self.s**2 * self.known.r.diagonal() + self.mu**2
        return self.w * np.concatenate([[1.0], own])

    def rows(self) -> np.ndarray:
        """|H e_i|."""
        r = self.known.r
        square = self.mu @ self.mu
        variances = self.s**2
        both = self.s * self.mu
        spread = variances * (r**2 @ variances)
        mixed = 2 * both * (r @ both)
        # the squares of row i, beside the entry mu_i of the constant
        squares = spread + mixed + self.mu**2 * (1 + square)
        return self.w * np.sqrt(np.concatenate([[1 + square], squares]))

    def log_kaporin(self) -> float:
        diagonal = self.diagonal()
        size = len(diagonal)
        scales = size * np.log(self.w) + 2 * np.log(self.s).sum()
        log_det = scales + self.known.log_det
        return float(size * np.log(diagonal.mean()) - log_det)

    def ends(
        self,
        d: np.ndarray,
    ) -> Ends:
        """Of D H D; kappa is inf where R is singular."""
        largest = _largest(lambda v: d * self.times(d * v), len(d))
        if self.known.inverse is None:
            return Ends(largest, np.inf)
        inverse = _largest(lambda v: self.solve(v / d) / d, len(d))
        return Ends(largest, max(largest * inverse, 1.0))


def _largest(product, size: int) -> float:
    value, _ = _top(product, size)
    return value


def _top(product, size: int) -> tuple[float, np.ndarray]:
    """The largest eigenvalue and its vector."""
    operator = LinearOperator((size, size), matvec=lambda v: product(v.ravel()))
    # a start that no symmetry makes orthogonal to the eigenvector, the same in every call
    start = np.random.default_rng(0).standard_normal(size)
    value, vector = eigsh(
        operator,
        k=1,
        which="LA",
        v0=start,
        tol=LANCZOS,
    )
    return float(value[0]), vector[:, 0]


def treated_products(
    x: np.ndarray,
    model: Model,
) -> dict[str, Products]:
    """Of the treatments that only shift and scale columns x (m, n); one logit."""
    weights = model.curvatures[:, 0, 0]
    mean = x.mean(0)
    deviation = x.std(0)
    mu = weights @ x / weights.sum()
    centre = x - mu
    s = np.sqrt(weights @ centre**2 / weights.sum())
    w = float(weights.mean())
    ridge = model.ridge * (deviation / s) ** 2 / w
    known = correlations(centre / s, weights, ridge)

    length = np.linalg.norm(x, axis=0)
    shifted = mu - mean
    standard = s / deviation
    found = {
        "raw": Products(w, mu, s, known),
        "centred": Products(w, shifted, s, known),
        "unit columns": Products(w, mu / length, s / length, known),
        "standardised": Products(w, shifted / deviation, standard, known),
    }
    # for models in which the curvature varies
    if np.ptp(weights) > 1e-12 * weights.max():
        found["weighted centre"] = Products(w, 0 * mu, standard, known)
    return found


def row_of(
    name: str,
    h: Products,
    none: Ends,
    jacobi: float,
) -> Conditioned:
    """The row of the table of a treatment: kappa from both ends, no search.

    none: of H itself; jacobi: kappa of Jacobi's scaling.
    """
    nan = float("nan")
    gn_half = h.ends(h.diagonal() ** -0.25)
    row_norm = h.ends(h.rows() ** -0.5)
    log_k = h.log_kaporin() if np.isfinite(none.kappa) else nan
    return Conditioned(
        name,
        none.kappa,
        log_k,
        jacobi,
        gn_half.kappa,
        row_norm.kappa,
        nan,
        nan,
        none.largest,
    )


def inflation(plain: Correlations) -> np.ndarray:
    """VIF (n,) of the columns without ridge: inf where they determine each other."""
    if plain.inverse is None:
        return np.full(len(plain.r), np.inf)
    return np.maximum(plain.inverse.diagonal(), 1.0)


def smallest_vector(plain: Correlations) -> np.ndarray:
    """The eigenvector of the smallest eigenvalue, (n,); one of them where it is 0."""
    inverse = plain.inverse
    if inverse is None:
        shifted = plain.r + SHIFT * np.eye(len(plain.r))
        inverse, _ = _inverse(shifted)
    _, vector = _top(lambda v: inverse @ v, len(plain.r))
    return vector

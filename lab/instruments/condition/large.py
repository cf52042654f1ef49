"""Hessians of thousands of columns: one Gram matrix, one inverse, and extremes by Lanczos.

With the weighted mean mu and deviations s of the columns, w the mean curvature and R the weighted
correlations (the ridge included, which makes them definite), the Hessian of one logit is

    H = w [[1, mu^T], [mu, S R S + mu mu^T]]        S = diag(s)

so that centring changes mu, scaling changes mu and s, and R and its inverse serve all of them, as
products: H itself is never formed. All of them ask for their products at once (`in_step`).

Where it comes from: w E[xhat xhat^T] over examples weighted by their curvatures has E[x] = mu and
E[x x^T] = Cov + mu mu^T, Cov = S R S. The Schur complement of the corner is w S R S, hence

    det H = w^(n+1) det R prod_i s_i^2      H^-1 = (1/w) [[1 + mu^T u, -u^T], [-u, (S R S)^-1]]

with u = (S R S)^-1 mu. kappa is the product of the largest eigenvalues of H and of H^-1, both of
which Lanczos finds well: it never has to resolve the small end of a spectrum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import cholesky, lapack

from lab.checks import EPS
from lab.instruments.condition.models import Model
from lab.instruments.condition.treatments import Conditioned
from lab.theory.conditioning.asking import Run, answered, in_step, through
from lab.theory.conditioning.krylov import top

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
    """Of columns z (m, n) with weighted mean 0 and deviation 1, plus diag(ridge); weights (m,).

    R = Z^T diag(weights) Z / sum(weights) + diag(ridge), ridge (n,) >= 0 in units of the weighted
    variances. Without a ridge diag(R) = 1.
    """
    root = np.sqrt(weights / weights.sum())
    scaled = root[:, None] * z
    r = scaled.T @ scaled
    r[np.diag_indices_from(r)] += ridge
    inverse, log_det = _inverse(r)
    return Correlations(r, inverse, log_det)


def _inverse(r) -> tuple[np.ndarray | None, float]:
    """The inverse and log det by Cholesky's factor; (None, -inf) where no digit of it is left."""
    try:
        factor = cholesky(r, lower=True)
    except np.linalg.LinAlgError:
        return None, -np.inf
    pivots = np.diag(factor)
    # pivot^2 is what of a column no combination of those before it explains: below this, rounding
    if pivots.min() ** 2 <= len(r) * EPS * r.diagonal().max():
        return None, -np.inf
    # half the work of a general inverse, and symmetric by construction
    half, _ = lapack.dpotri(factor, lower=True)
    inverse = half + np.tril(half, -1).T
    return inverse, float(2 * np.log(pivots).sum())


class Ends(NamedTuple):
    """lam_max of a spectrum, and kappa = lam_max / lam_min, inf where R was singular."""

    largest: float
    kappa: float


class Products(NamedTuple):
    """The Hessian of a treatment through its products: w, mu (n,), s (n,) and R of above.

    `times` and `solve` are generators: they yield the vector that R, or its inverse, is to be
    applied to, and are sent the answer, so that many of them share one matrix product.
    """

    w: float
    mu: np.ndarray
    s: np.ndarray
    known: Correlations

    def times(
        self,
        v: np.ndarray,
    ) -> Run:
        """H v for v (n + 1,), from a product with R: with a = v_0 + mu^T v', (w a, w (S R S v' + a
        mu)).
        """
        rest = v[1:]
        along = v[0] + self.mu @ rest
        inside = yield self.s * rest
        columns = self.s * inside + along * self.mu
        return self.w * np.concatenate([[along], columns])

    def solve(
        self,
        v: np.ndarray,
    ) -> Run:
        """H^-1 v, from a product with the inverse of R.

        Eliminating the constant: S R S u = v' - v_0 mu, then the first entry v_0 - mu^T u, all over
        w.
        """
        rest = v[1:] - v[0] * self.mu
        inside = yield rest / self.s
        u = inside / self.s
        first = v[0] - self.mu @ u
        return np.concatenate([[first], u]) / self.w

    def scaled(
        self,
        d: np.ndarray,
    ) -> Products:
        """D H D for the diagonal d (n + 1,): the constant's entry is a unit for all others.

        w d_0^2, mu d / d_0 and s d / d_0 describe it, with the same R.
        """
        columns = d[1:] / d[0]
        return Products(
            self.w * d[0] ** 2,
            self.mu * columns,
            self.s * columns,
            self.known,
        )

    def diagonal(self) -> np.ndarray:
        """w (1, s_i^2 R_ii + mu_i^2), (n + 1,)."""
        own = self.s**2 * self.known.r.diagonal() + self.mu**2
        return self.w * np.concatenate([[1.0], own])

    def rows(self) -> np.ndarray:
        """|H e_i|, (n + 1,), without forming H.

        Of the constant w (1 + |mu|^2)^(1/2); of column i, the square over w^2 is
        mu_i^2 (1 + |mu|^2) + s_i^2 sum_j R_ij^2 s_j^2 + 2 s_i mu_i sum_j R_ij s_j mu_j.
        """
        r = self.known.r
        square = self.mu @ self.mu
        both = self.s * self.mu
        spread = self.s**2 * _squares_times(r, self.s**2)
        mixed = 2 * both * (both @ r)
        # the squares of row i, beside the entry mu_i of the constant
        squares = spread + mixed + self.mu**2 * (1 + square)
        return self.w * np.sqrt(np.concatenate([[1 + square], squares]))

    def log_kaporin(self) -> float:
        """(n + 1) ln(tr H / (n + 1)) - ln det H >= 0; inf where R is singular."""
        diagonal = self.diagonal()
        size = len(diagonal)
        scales = size * np.log(self.w) + 2 * np.log(self.s).sum()
        log_det = scales + self.known.log_det
        return float(size * np.log(diagonal.mean()) - log_det)


def _squares_times(r, v) -> np.ndarray:
    """(r * r) v, by blocks of rows: a second matrix of this size is not needed."""
    blocks = np.array_split(r, 1 + len(r) // 256)
    return np.concatenate([block**2 @ v for block in blocks])


def extremes(seen: Sequence[Products]) -> list[Ends]:
    """Of Hessians that all have the same R: lam_max, and kappa = lam_max(H) lam_max(H^-1).

    kappa is inf where R is singular, and at least 1 whatever the rounding. A step of Lanczos is one
    product with a block of vectors for all of them.
    """
    known = seen[0].known
    sizes = [len(h.s) + 1 for h in seen]
    highs = in_step(
        known.r,
        [through(top(size, LANCZOS), h.times) for h, size in zip(seen, sizes, strict=True)],
    )
    if known.inverse is None:
        return [Ends(value, np.inf) for value, _ in highs]
    lows = in_step(
        known.inverse,
        [through(top(size, LANCZOS), h.solve) for h, size in zip(seen, sizes, strict=True)],
    )
    pairs = zip(highs, lows, strict=True)
    return [Ends(high, max(high * inverse, 1.0)) for (high, _), (inverse, _) in pairs]


def treated_products(
    x: np.ndarray,
    model: Model,
) -> dict[str, Products]:
    """Of the treatments that only shift and scale columns x (m, n); one logit.

    raw (mu, s), centred (mu - mean, s), unit columns and standardised (either over a scale per
    column); the centre weighted by the curvatures, mu = 0, where these vary. LayerNorm and
    whitening mix rows or columns, and have another R: they are not here.
    """
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


def diagonals(h: Products) -> dict[str, np.ndarray]:
    """The scalings that the table has a column for: name -> d (n + 1,), for D H D."""
    diagonal = h.diagonal()
    return {
        "none": np.ones(len(diagonal)),
        "jacobi": diagonal**-0.5,
        "gn_half": diagonal**-0.25,
        "row_norm": h.rows() ** -0.5,
    }


def row_of(
    name: str,
    h: Products,
    ends: dict[str, Ends],
) -> Conditioned:
    """The row of the table of a treatment: from the ends under every scaling, no search."""
    nan = float("nan")
    kappas = {how: found.kappa for how, found in ends.items()}
    none = kappas.pop("none")
    log_k = h.log_kaporin() if np.isfinite(none) else nan
    return Conditioned(
        name,
        none,
        log_k,
        **kappas,
        best=nan,
        bound=nan,
        largest=ends["none"].largest,
    )


def inflation(plain: Correlations) -> np.ndarray:
    """VIF_j = (R^-1)_jj, (n,), of columns without ridge: inf where they determine each other."""
    if plain.inverse is None:
        return np.full(len(plain.r), np.inf)
    return np.maximum(plain.inverse.diagonal(), 1.0)


def smallest_vector(plain: Correlations) -> np.ndarray:
    """The eigenvector of the smallest eigenvalue, (n,); one of them where it is 0.

    It is that of the largest eigenvalue of R^-1, or of (R + SHIFT)^-1 where R is singular.
    """
    inverse = plain.inverse
    if inverse is None:
        shifted = plain.r + SHIFT * np.eye(len(plain.r))
        inverse, _ = _inverse(shifted)
    size = len(plain.r)
    _, vector = answered(top(size, LANCZOS), lambda v, _: inverse @ v)
    return vector

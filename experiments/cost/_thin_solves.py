"""Powers of a damped factor from its few columns, against those of the whole matrix.

A damped factor of K-FAC or Shampoo is A = Z Z^T + rho, with Z (m, n) the n columns of a batch and n
far below the width m. Its power on a matrix X of its range is needed, e = 1 for K-FAC and 1/2 for
Shampoo; from the columns it costs about m n^2 operations, from the matrix m^3.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from lab.instruments.timing import interleaved
from lab.linalg import transposed
from lab.thin import power_times, pushed

# K-FAC's and Shampoo's in the Kronecker family
POWERS = (1.0, 0.5)
# rho over the largest eigenvalue
SHARES = (1e-2, 1e-4, 1e-6, 1e-8)
# that of the timed solves
SHARE = 1e-3


class Factor(NamedTuple):
    """Z (m, n), a gradient X = Z C in its span, C (n, n), the largest eigenvalue of Z Z^T."""

    z: np.ndarray
    x: np.ndarray
    mixing: np.ndarray
    largest: float


def factor(
    width: int,
    batch: int,
    seed: int,
) -> Factor:
    """Columns of uneven sizes, one of them twice, so that Z Z^T is ill-conditioned.

    Scales of the columns go from 1 down to 0.03; one column is there twice, which makes Z^T Z
    singular and its range one smaller than n: what a batch with a repeated example does. The seed
    is [seed, width]: widths have draws of their own. x = Z C (m, n).
    """
    rng = np.random.default_rng([seed, width])
    z = rng.standard_normal((width, batch)) * np.geomspace(1.0, 0.03, batch) / np.sqrt(width)
    z[:, -1] = z[:, 0]
    mixing = rng.standard_normal((batch, batch))
    return Factor(
        z,
        z @ mixing,
        mixing,
        float(np.linalg.norm(z, 2) ** 2),
    )


def thin(of: Factor, power: float, rho: float) -> np.ndarray:
    """(Z Z^T + rho)^-e X by `lab.thin`.

    power is e > 0; the answer has the shape of x, (m, n).
    """
    return power_times(
        of.z,
        of.x,
        -power,
        rho,
    )


def dense(of: Factor, power: float, rho: float) -> np.ndarray:
    """The same of the m x m matrix: by Cholesky for e = 1, by eigenvalues otherwise.

    Z Z^T is formed and overwritten, which is part of the time, as it is part of the method. (m, n)
    """
    a = of.z @ transposed(of.z)
    if power == 1.0:
        a[np.diag_indices_from(a)] += rho
        return cho_solve(
            cho_factor(a, overwrite_a=True),
            of.x,
        )
    lam, q = np.linalg.eigh(a)
    return powered(lam, q, of.x, power, rho)


def powered(lam, q, x, power, rho) -> np.ndarray:
    """Q (lam + rho)^-e Q^T X; eigenvalues that rounding left below 0 are 0.

    lam (m,), q (m, m), x (m, n): rho > 0 keeps every power finite.
    """
    gain = (np.maximum(lam, 0.0) + rho) ** -power
    return (q * gain) @ (q.T @ x)


def thin_solves(
    widths: tuple,
    batch: int,
    *,
    rounds: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """What `run` of the experiment says of its arrays thin_*.

    thin_ratio is a median of ratios within rounds, thin_seconds one of seconds. Both forms solve
    the same system; rho is 1e-3 of the largest eigenvalue. The gaps are of the widest factor only.

    seconds of a form at one width are of solving for n right sides, all columns of X, at once.
    """
    jobs = {}
    for width in widths:
        # drawn outside of the clock
        of = factor(width, batch, seed)
        rho = SHARE * of.largest
        for power in POWERS:
            jobs[width, power, "thin"] = lambda f=of, e=power, r=rho: thin(f, e, r)
            jobs[width, power, "dense"] = lambda f=of, e=power, r=rho: dense(f, e, r)
    seconds = interleaved(jobs, rounds)

    # the order in which the jobs were made
    shape = (len(widths), len(POWERS), 2, rounds)
    runs = np.array(list(seconds.values())).reshape(shape)
    ratio = runs[:, :, 1] / runs[:, :, 0]
    return agreement(factor(widths[-1], batch, seed)) | {
        "thin_widths": np.array(widths),
        "thin_batch": np.array(batch),
        "thin_powers": np.array(POWERS),
        "thin_ratio": np.median(ratio, -1).T,
        "thin_ratio_runs": np.moveaxis(ratio, 0, 1),
        "thin_seconds": np.median(runs, -1).transpose(1, 2, 0),
    }


def agreement(of: Factor) -> dict[str, np.ndarray]:
    """How far both forms are from U S (S^2 + rho)^-e V^T, in which nothing cancels, relative to the
    largest entry, against ten times eps (lam / rho)^e: what is lost on the range of Z, where the
    two terms of the thin form cancel, and a whole matrix has eigenvalues that are rounding.

    thin_shares (R,), thin_gap (2, E, R): thin, dense; thin_bound (E, R), e by share. The reference
    is as exact as its products: U S (S^2 + rho)^-e V^T from the singular values of Z, times C. Ten
    is a margin for sums over n columns, not a derived constant.

    The second index of thin_gap is the power, 1 and 1/2, the third the share of rho in lam.
    """
    # once for all: it takes seconds
    lam, q = np.linalg.eigh(of.z @ transposed(of.z))
    eps = np.finfo(float).eps
    gaps: dict[str, list] = {
        "thin": [],
        "dense": [],
    }
    bounds = []
    for power in POWERS:
        for share in SHARES:
            rho = share * of.largest
            exact = pushed(of.z, -power, rho) @ of.mixing
            whole = dense(of, 1.0, rho) if power == 1.0 else powered(lam, q, of.x, power, rho)
            for name, found in (("thin", thin(of, power, rho)), ("dense", whole)):
                lost = np.abs(found - exact).max() / np.abs(exact).max()
                gaps[name].append(lost)
            bounds.append(10 * eps * share**-power)
    shape = (len(POWERS), len(SHARES))
    return {
        "thin_shares": np.array(SHARES),
        "thin_gap": np.array([gaps["thin"], gaps["dense"]]).reshape(2, *shape),
        "thin_bound": np.array(bounds).reshape(shape),
    }

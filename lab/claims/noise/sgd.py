"""SGD with a fixed preconditioner on Gaussian linear regression: the recursion, and what is best in
it.

q is the spectrum of P Sigma, learning rate included. Rows x = Sigma^(1/2) z, the coordinates of z
independent and of one kurtosis, 3 when they are Gaussian; label noise independent; fresh examples.
C = E delta delta^T obeys a linear recursion; in whitened coordinates its diagonal m closes, m+ = T
m + (noise^2 / B) q^2 with T = diag(1 - 2 q + (1 + 1/B) q^2) + q^2 1^T / B. So P matters through q
alone, the limit of stability is a scalar equation, and GN^-1 is the best of all constant P: derived
here; the diagonal device is known.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq, sign

from lab.claims import (
    around,
    at_least,
    batch_sizes,
    between,
    choice,
    claim,
    decades,
    derived,
    dimension,
    equal,
    integers,
    lattice,
    let,
    one_by_one,
    sometimes,
    spd,
    spectrum,
    symbols,
    threshold,
    vector,
)
from lab.claims.enumerated import fractions
from lab.claims.noise.formulas import drift, feedback, heat, kept, stability_limit, trace, transfer
from lab.claims.noise.recursion import limit, moved, spectral_radius, spectrum_rate
from lab.spectra import power_law
from lab.theory import sgd
from lab.theory.recursion import risk_curve

n, a, s, T, B, best = symbols("n a s T B best")
Sigma, P, C, noise, kurtosis, after = symbols("Sigma P C noise kurtosis after")
A, D, W = symbols("A D W")
radius, diagonal, lam, eta, stays = symbols("radius diagonal lam eta stays")
P1, part, Q, solved, iterated, width, x, rate, even = symbols(
    "P1 part Q solved iterated width x rate even"
)

# a non-symmetric eigenvalue problem: rounding times the condition of the eigenvectors
EIGENVECTORS = "kappa(Sigma) kappa(P) n^2 eps"
# 1 - Q is no smaller than 1e-3, which amplifies rounding a thousand times
NEAR = "rounding over 1 - Q, and over the slowest mode"


@claim(
    "sgd/covariance-recursion",
    over={
        n: dimension(1, 3),
        B: choice(1, 2),
        A: lattice(n, n, low=-1, high=1),
        D: lattice(n, n),
        W: lattice(n, n, low=-1, high=1),
        noise: integers(0, 3),
        kurtosis: choice(3, 1),
    },
    assuming=[Eq(kurtosis, 3)],
    says={
        "one step": equal(
            after,
            C
            - drift(P, Sigma, C)
            + (1 + 1 / B) * kept(P, Sigma, C)
            + (trace(Sigma, C) + noise**2) / B * heat(P, Sigma),
            because="in fractions",
        )
    },
    where={
        after: "E[delta delta^T] after the step delta - P g_B, C before it, over all delta, batches"
        " of B rows, and labels",
        Sigma: "A A^T, the covariance of the rows",
        C: "D^T D / n, that of delta, a row of D",
        P: "W + W^T, of either sign",
    },
    cites=derived("the exact second moment of the gradient, moments/isserlis"),
    instances=12,
)
def covariance_recursion(n, B, A, D, W, noise, kurtosis):
    """(delta - P g)(delta - P g)^T in the mean: E g = Sigma delta, and E g g^T = (1 + 1/B) Sigma
    delta delta^T Sigma + (delta^T Sigma delta + noise^2) / B Sigma by moments/isserlis; then the
    mean over delta, with P symmetric. It is linear in delta delta^T, so any law of delta with that
    mean has the same C afterwards: here the rows of D, each with probability 1/n.

    Kurtosis 3 is necessary, as there. P need be neither positive nor commute with Sigma. Whole
    numbers throughout, compared as fractions.
    """
    p = W + W.swapaxes(-1, -2)
    found = []
    for a, rows, matrix, size in zip(A, D, p, noise, strict=True):
        law = {"noise": int(size), "kurtosis": kurtosis, "batch": B}
        steps = [moved(a, delta, matrix, **law) for delta in rows]
        found.append(sum(steps[1:], steps[0]) / n)
    before = fractions(D.swapaxes(-1, -2) @ D, n)
    return {after: np.array(found), Sigma: A @ A.swapaxes(-1, -2), C: before, P: p}


@claim(
    "sgd/spectrum-only",
    over={
        n: dimension(1, 4),
        B: batch_sizes(1000),
        Sigma: spd(n, -3, 0),
        P: spd(n, -3, 0),
        # of the stability limit: also where the rate is above 1
        part: between(0.1, 1.3),
    },
    says={
        "equal spectra": equal(radius, diagonal, rtol=1e-9, because=EIGENVECTORS),
        "rate": equal(radius, spectrum_rate(P1, Sigma, B), rtol=1e-9, because=EIGENVECTORS),
    },
    where={
        radius: "spectral radius of C -> C+ without label noise, the preconditioner eta P with eta"
        " the given part of the stability limit",
        diagonal: "the same of the diagonal preconditioner with that spectrum, Sigma = I",
        P1: "eta P",
    },
    cites=derived("the diagonal in the eigenbasis of Sigma^(1/2) P Sigma^(1/2) closes, dominates"),
)
def spectrum_only(B, Sigma, P, part):
    """In whitened coordinates along the eigenvectors of Sigma^(1/2) P Sigma^(1/2) the diagonal of C
    obeys T = diag((1 - q)^2 + q^2/B) + q^2 1^T/B. An entry off it shrinks by 1 - q_i - q_j + (1 +
    1/B) q_i q_j, in size at most the mean of the two diagonal factors, as |C_ij|^2 <= C_ii C_jj;
    and T has entries >= 0, so its Perron root is the rate of all of C.

    det(T - r) = 0 by the matrix determinant lemma is (1/B) sum q_i^2 / (r - 1 + 2 q_i - (1 + 1/B)
    q_i^2) = 1, the second part with x = 1 - r. Steps from a tenth to 1.3 times the stability limit:
    unstable ones obey the same law. Rounding: the operator is not symmetric.
    """
    eta = part * one_by_one(limit, P, Sigma, B)
    p = eta[:, None, None] * P
    q = one_by_one(sgd.preconditioned_spectrum, p, Sigma)
    plain = [
        spectral_radius(np.diag(row), np.eye(len(row)), b) for row, b in zip(q, B, strict=True)
    ]
    return {radius: one_by_one(spectral_radius, p, Sigma, B), diagonal: np.array(plain), P1: p}


@claim(
    "sgd/stability",
    # one large and many tiny eigenvalues among them, and batches to 1e9
    over={n: dimension(1, 20), B: batch_sizes(), lam: spectrum(n, -4, 0)},
    says={
        "stable": threshold(
            eta,
            stability_limit(lam, B),
            stays,
            margin=1e-6,
            because="an eigenvalue moves by 2 min q per unit of relative step: 2e-10, n eps",
        )
    },
    where={stays: "all eigenvalues of the recursion of m = diag(C) are below 1, q = eta lam"},
    cites=derived("Perron-Frobenius and the matrix determinant lemma"),
)
def stability(lam, B, eta):
    """I - T = diag(2q - (1+1/B) q^2) - q^2 1^T/B has entries <= 0 off the diagonal. It is a
    nonsingular M-matrix, and then rho(T) < 1, iff its diagonal part is positive and 1^T diag^-1 q^2
    / B < 1, that is (1/B) sum q_i / (2 - (1+1/B) q_i) < 1. If some q_i >= 2 / (1 + 1/B), T_ii >= 1
    and so is its Perron root.

    Both are needed: n = 1, B = 8, q = 2.5 has a negative sum and diverges. The sum increases in
    eta, so there is one threshold. T is measured in units in which it is symmetric, hence to n eps,
    and 1e-6 beside the threshold can be told.
    """
    top = np.linalg.eigvalsh(transfer(eta[:, None] * lam, B))[:, -1]
    return {stays: top < 1}


@claim(
    "sgd/best-preconditioner",
    over={
        n: dimension(1, 8),
        B: integers(1, 1000),
        # 0 in 30 % of the draws: GN^-1, where the bound is attained
        width: sometimes(0.0, between(0, 1), 0.3),
        x: vector(n, -1, 1),
        kurtosis: sometimes(3.0, between(1, 5)),
    },
    assuming=[Eq(kurtosis, 3)],
    says={
        "every": at_least(rate, (n + 1) / (B + n + 1)),
        "best": equal(even, (n + 1) / (B + n + 1), rtol=1e-12, because="n eps"),
    },
    where={
        rate: "mean-square rate with the spectrum q_i = B / (B + n + 1) x_i^width of P Sigma",
        even: "the same at width 0, which is GN^-1 with its best step",
    },
    cites=derived("each term of the rate equation is smallest at q_i = B / (B + n + 1)"),
)
def best_preconditioner(n, B, width, x, kurtosis):
    """The rate r = 1 - y solves (1/B) sum q_i^2 / (2 q_i - (1+1/B) q_i^2 - y) = 1
    (sgd/spectrum-only). With u = 1/q a term is 1 / (2 u - y u^2 - (1 + 1/B)), smallest at u = 1/y,
    where it is 1 / (1/y - 1 - 1/B). So n of them make 1 >= (n/B) / (1/y - 1 - 1/B), hence y <= B /
    (B + n + 1) and r >= (n + 1)/(B + n + 1), with equality iff q_i = y for all i: eta P = B / (B +
    n + 1) Sigma^-1, GN^-1.

    For every constant P and step; not for schedules or finite horizons, where others can win
    (sgd/finite-horizon-exponent), and not for rows of another kurtosis: one-hot rows have (n -
    1)/(B + n - 1).
    """
    at_best = np.full(x.shape, (B / (B + n + 1))[:, None])
    rates = [
        np.linalg.eigvalsh(transfer(q, B, kurtosis))[:, -1]
        for q in (at_best * x ** width[:, None], at_best)
    ]
    return dict(zip((rate, even), rates, strict=True))


@claim(
    "sgd/stationary-risk",
    over={
        n: dimension(1, 12),
        B: batch_sizes(1000),
        lam: spectrum(n, -3, 0),
        part: around(1, 0.01, 1.25, near=(1e-3, 0.05)),
        eta: let(part * stability_limit(lam, B)),
        noise: decades(-1, 1),
        Q: let(feedback(lam, eta, B)),
    },
    assuming=[part < 1],
    says={
        "fixed point": equal(solved, noise**2 * Q / (1 - Q), rtol=1e-10, because=NEAR),
        "10^9 steps": equal(iterated, noise**2 * Q / (1 - Q), rtol=1e-8, because=NEAR),
    },
    where={
        solved: "sum of (I - T)^-1 q^2 noise^2 / B, q = eta lam",
        iterated: "tr(Sigma C) after 10^9 steps of the recursion, from C = I",
    },
    cites=derived("fixed point of the recursion of m"),
)
def stationary_risk(lam, B, eta, noise):
    """At the fixed point m_i (2 q_i - (1+1/B) q_i^2) = (q_i^2 / B)(sum m + noise^2), so m_i = q_i /
    (2 - (1+1/B) q_i) (sum m + noise^2) / B; they add up to Q (sum m + noise^2), and tr(Sigma C) =
    sum m = noise^2 Q / (1 - Q), twice the excess risk. It grows without bound towards the limit of
    stability, Q = 1, beyond which there is none: the hypothesis. For small steps it is noise^2 eta
    tr(P Sigma) / (2 B).

    By a linear solve, and by 10^9 steps of the recursion, which are enough for the slowest mode of
    this space.
    """
    q = eta[:, None] * lam
    heat = noise[:, None] * q / np.sqrt(B)[:, None]
    rest = np.eye(q.shape[-1]) - transfer(q, B)
    at = (heat * np.linalg.solve(rest, heat[..., None])[..., 0]).sum(-1)
    runs = [
        risk_curve(row, lam_0, [10**9], int(b), float(size))[0]
        for row, lam_0, b, size in zip(q, lam, B, noise, strict=True)
    ]
    return {solved: at, iterated: np.array(runs)}


# a power's neighbours, whatever the best one is: which side of -1 has less risk
POWERS = np.linspace(-1.5, -0.5, 9)


@claim(
    "sgd/finite-horizon-exponent",
    over={
        n: choice(20, 50),
        a: choice(0.5, 1.0, 1.5, 2.0, 3.0),
        s: choice(-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0),
        B: choice(1, 512),
        T: integers(1, 20_000, together=True),
    },
    assuming=[n >= T, Eq(B, 1)],
    says={"side": equal(sign(best + 1), sign(1 - s), because="a sign")},
    where={
        best: "power p in -3/2, -11/8, ..., -1/2 with the lowest risk of GN^p after T steps, its"
        " learning rate tuned;"
        " lam_i = i^-a, E d_i^2 = lam_i^-s, no label noise"
    },
    cites=derived("exact second-moment recursion, 40 learning rates for every power and horizon"),
    instances=24,
)
def finite_horizon(n, a, s, B, T):
    """One greedy step of batch 1 has p_i ~ (1/lam_i) / (2 + tau / (lam_i d_i^2)): GN^-1 times a
    Wiener factor. Where noise dominates that is d_i^2 ~ lam_i^-s: the source condition picks the
    power, -s to begin with, and as T grows it tends to -1, the best asymptotic rate. So for T <= n
    the best power is above -1 for s < 1, below for s > 1, and -1 at every horizon for s = 1. At s =
    0, T = n and batch 1 it is near -1/2, which small-batch Adam resembles.

    Not proved for all T <= n; not true for T >> n or large batches, where -1 is reached at T ~ n /
    B: the two hypotheses. An earlier statement, "in (-1, 0) unless s = 1", is false for every s >
    1.
    """
    return {best: sgd.best_exponent(power_law(n, a), s, [T], B, powers=POWERS).best}

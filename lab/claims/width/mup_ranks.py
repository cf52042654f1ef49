"""What the rank of an update does to the rate that it needs: the late drift of aligned lengths.

A rule that fixes |dW|_F (an aligned RMS) fixes the singular values at |dW|_F / sqrt(r), r the rank.
At the start updates are of rank 1 or of that of a batch; later their rank grows. The gradients here
have M^s equal singular values and entries +-1, so that methods that divide by entries keep them,
and every slope is exact.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import hadamard

from lab.arrays import Layers
from lab.claims import between, choice, claim, derived, equal, integers, symbols
from lab.claims.formulas import one_by_one
from lab.instruments.width import slope
from lab.optimizers import LMO, AdaMuon
from lab.simulation import replay

s, c, seed_of = symbols("s c seed_of")
known, unknown, first, last, polar = symbols("known unknown first last polar")
# powers of 16: their fourth roots are powers of 2, as Hadamard matrices need
WIDTHS = (16, 256)
STEPS = 3
ROUNDING = "the rounding of a root of a matrix of equal singular values"


@claim(
    "mup-ranks/late-drift",
    over={s: choice(0, 0.25, 0.5, 0.75, 1), c: between(-1, 1), seed_of: integers(0, 999)},
    says={
        "features that the update knows": equal(known, 1 - s / 2, atol=1e-6, because=ROUNDING),
        "features that it does not": equal(unknown, 0.5 + 0 * s, atol=1e-6, because=ROUNDING),
        "at rank 1": equal(first, 1 + 0 * s, atol=1e-6, because=ROUNDING),
        "at rank M": equal(last, 0.5 + 0 * s, atol=1e-6, because=ROUNDING),
        "Muon by sqrt(out / in)": equal(polar, -c, atol=1e-6, because=ROUNDING),
    },
    where={
        known: "slope in M, 16 to 256, of RMS(dW h), dW the third step of AdaMuon on one M x M"
        " gradient of M^s equal singular values, h in its row space, of entries of order 1",
        unknown: "the same, root mean square over all h with entries of order 1",
        first: "the first at s = 0",
        last: "the first at s = 1",
        polar: "slope of RMS(dW h), dW M^-c times sqrt(out / in) times the polar factor",
    },
    cites=derived(
        "|dW|_F = 0.2 M at every rank r, so that its singular values are 0.2 M / sqrt(r); the drift"
        " is reported by Qiu et al. 2025, who find the stable rank to grow to about the width"
    ),
    instances=8,
)
def late_drift(s, c, seed_of):
    """AdaMuon's length is |dW|_F = 0.2 M at every rank r: r equal singular values 0.2 M / sqrt(r).
    For h in the row space with entries of order 1, |h| = sqrt(M): RMS(dW h) = 0.2 M / sqrt(r), M^(1
    - s/2) at r = M^s. For h of no direction it is |dW|_F / sqrt(M), M^(1/2) at every rank.

    So an aligned length needs the rate M^-1 for updates of rank 1, and M^(s/2) times that at rank
    M^s: what was right at the start is too low, by sqrt(M), once the rank has grown to the width.
    The rate of a norm, sqrt(out / in), does not see the rank: the polar factor's singular values
    are 1, and RMS(dW h) is that of h.

    Space: five ranks between 1 and M, widths 16 and 256, signs at random."""

    def one(power, seed):
        """Slopes of the five sizes."""
        rows = []
        for m in WIDTHS:
            rank = round(m**power)
            seen, blind, by_norm = sizes(m, rank, int(seed))
            low = sizes(m, 1, int(seed))[0]
            full = sizes(m, m, int(seed))[0]
            rows.append([seen, blind, low, full, by_norm])
        return [slope(WIDTHS, column).value for column in np.transpose(rows)]

    rows = one_by_one(one, s, seed_of)
    # Muon's own rate M^-c is a number times its step
    rows[:, -1] -= c
    return dict(zip((known, unknown, first, last, polar), rows.T, strict=True))


def sizes(width: int, rank: int, seed: int) -> list[float]:
    """RMS(dW h) of AdaMuon for a row h of the gradient, its mean over all h, and Muon's for h."""
    g = gradient(width, rank, seed)
    step = last_step(AdaMuon(1.0), g)
    h = np.sign(g[0])
    operator = last_step(LMO(1.0, 0.0, scale="operator", root="exact"), g)
    everywhere = np.sqrt((step**2).sum() / width)
    return [rms(step @ h), everywhere, rms(operator @ h)]


def gradient(width: int, rank: int, seed: int) -> np.ndarray:
    """Entries +-1, `rank` equal singular values: what is divided by its entries keeps them.

    Hadamard's matrix of `rank` rows, each entry a block of ones; rows and columns times random
    signs. width and rank are powers of 2."""
    rng = np.random.default_rng([seed, width])
    block = width // rank
    equal_ones = np.kron(hadamard(rank), np.ones((block, block)))
    rows, columns = rng.choice([-1.0, 1.0], (2, width))
    return rows[:, None] * equal_ones * columns


def last_step(method, g: np.ndarray) -> np.ndarray:
    """Of STEPS steps on one gradient."""
    theta = Layers([np.zeros_like(g)], (2,))
    again = Layers([g], (2,))
    path = replay(method, theta, [again] * STEPS)[0]
    return path[-1] - path[-2]


def rms(x: np.ndarray) -> float:
    """The root of the mean square of entries."""
    return float(np.sqrt((x**2).mean()))

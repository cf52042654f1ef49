"""Maximal update of Shampoo: its statistics, its blocks, and SOAP in fresh and in stale bases."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from sympy import Eq, Rational

from lab.arrays import Layers
from lab.claims import (
    between,
    claim,
    decades,
    derived,
    equal,
    identity,
    sometimes,
    symbols,
)
from lab.claims.formulas import one_by_one
from lab.claims.width.copied import (
    EXACT,
    NETS,
    OFF,
    UNITS,
    Moves,
    all_of,
    c,
    cases,
    copies,
    off,
    powers_of,
)
from lab.instruments.width import FromFunction, Start, slope
from lab.linalg import hadamard, symmetric_power
from lab.objectives.networks import MLP
from lab.optimizers import SOAP
from lab.optimizers.matrix.kronecker import Kronecker
from lab.optimizers.matrix.statistic import Statistic
from lab.simulation import simulate
from lab.theory.mup import (
    PLACES,
    blocked,
    eigenbasis,
    entrywise,
    exponents,
    shampoo,
    spectral,
)

HALF = Rational(1, 2)
# any orthogonal matrix of four rows
ORTHOGONAL = hadamard(4) / 2
OURS = "|h|^2 ~ M, |J|^2 ~ M^(1 - 2 b_L) enter every factor by their Gram matrices"
QIU = "Qiu et al. 2025, section 3.1"

e, eps, rho, skew = symbols("e eps rho skew")


def shampoo_of(per: Literal["batch", "example"], e: float, damping: float) -> Kronecker:
    """(L + damping)^(-e/2) G (R + damping)^(-e/2) of one batch."""
    statistic = Statistic("modes", per, "true", beta2=0.0)
    return Kronecker(1.0, damping, statistic, powers=(-e / 2,))


STATISTICS = (Moves("by_batch", shampoo(e)), Moves("by_example", shampoo(e)))
of_batch, of_example = symbols("of_batch of_example")


@claim(
    "mup-shampoo/shampoo-statistics",
    over=NETS
    | {e: between(0.1, 1), rho: decades(-3, 1)}
    | OFF
    | {skew: sometimes(0.0, between(0.3, 0.9), share=0.8)},
    assuming=[Eq(off, 0), Eq(skew, 0)],
    says=all_of("says", *STATISTICS)
    | {
        "n, of the batch": equal(of_batch, 2 * e - 1, atol=1e-6, because=EXACT),
        "n, of the examples": equal(of_example, e - 1, atol=1e-6, because=EXACT),
    },
    where=all_of("where", *STATISTICS)
    | {
        of_batch: "slope of RMS(dW_2 h_1) in the number n of examples, 2 and 4, L = G G^T of the"
        " batch, orthogonal h_i and delta_i of one length",
        of_example: "the same, L the mean of the examples' own G_i G_i^T",
    },
    cites=derived(OURS + "; means over examples: Ishikawa & Karakida 2024"),
    instances=6,
)
def shampoo_statistics(activation, seed_of, c, b_L, e, rho, off, skew):
    """Both statistics have the size |delta|^2 |h|^2, so rates and dampings are the same. G is 1 / n
    of each example's own, L of the batch 1 / n^2 and L of the examples 1 / n of theirs."""
    found = cases(activation, seed_of, c, b_L, off, biases=False)
    by_batch, by_example = STATISTICS
    pairs = list(zip(e, rho, strict=True))
    laws = one_by_one(n_laws, e, skew)
    return (
        by_batch.of([shampoo_of("batch", *one) for one in pairs], found, "L", "damping")
        | by_example.of([shampoo_of("example", *one) for one in pairs], found, "L", "damping")
        | {of_batch: laws[:, 0], of_example: laws[:, 1]}
    )


def n_laws(e, skew) -> list[float]:
    """Slopes in n of the hidden move, by the batch and by the examples."""
    found = []
    for method in (shampoo_of("batch", e, 0.0), shampoo_of("example", e, 0.0)):
        sizes = [orthogonal_move(method, n, skew) for n in (2, 4)]
        found.append(slope((2, 4), sizes).value)
    return found


def orthogonal_move(method, n, skew) -> float:
    """RMS(dW_2 h_1) on the first n of 4 examples: axes of the input, each with an output of its
    own; a linear network with orthogonal weights. skew: what all examples share."""
    x = np.eye(4) + skew
    network = MLP(x[:n], np.eye(4)[:n], (4, 4), activation="linear", biases=False)
    start: Any = network.start((1,))
    theta = Layers([ORTHOGONAL[None]] * 3, start.orders, start.roles)
    begun = Start(network, theta, True)
    end: Any = simulate(begun.objective, method, theta, steps=1).final
    return float(begun.moved(end)[0, 1])


# blocks of UNITS rows and columns, of UNITS sqrt(k), of all
BLOCKS = {s: Moves(f"s={s}", blocked(e, s)) for s in (0, HALF, 1)}
PUBLISHED = {place: symbols(f"published_{place}") for place in PLACES}


@claim(
    "mup-shampoo/block-shampoo",
    over=NETS | {e: between(0.1, 0.9), rho: decades(-3, 1)} | OFF,
    assuming=[Eq(off, 0)],
    says=all_of("says", *BLOCKS.values())
    | {
        f"published, {place}": equal(PUBLISHED[place], -c, atol=1e-6, because=EXACT)
        for place in PLACES
    },
    where=all_of("where", *BLOCKS.values())
    | {
        PUBLISHED[place]: "p of RMS(dW_l h_(l-1)) ~ k^p at b_L = 1, s = 1/2, at the published rate"
        " (d_out / d_in)^(1 - e) n_blk^-e and eps b_in b_out / d_out^2 k^-off, times k^-c, " + place
        for place in PLACES
    },
    cites=derived("|G_block|^2 is 1 / n_blk of |G|^2; the published rate and eps: " + QIU),
    instances=5,
)
def block_shampoo(activation, seed_of, c, b_L, e, rho, off):
    """n_blk steps of size |G_block|^(1 - 2 e): c = (2 e - 1 - e s, 2 e (1 - s), 1 - e s) at b_L = 1
    for blocks of M^s, which is the published rate if a side without M is left whole. s = 0, e =
    1/2: Adam's rule; s = 1: Shampoo's."""
    found = cases(activation, seed_of, c, b_L, off, biases=False)
    pairs = list(zip(e, rho, strict=True))
    measured: dict[Any, np.ndarray] = {}
    for s, table in BLOCKS.items():
        methods = []
        for (power, damping), case in zip(pairs, found, strict=True):
            d = table.dampings("L", case)
            methods.append(derived_blocks(power, float(s), damping, d))
        measured |= table.of(methods, found)

    rows = []
    for (power, damping), case in zip(pairs, found, strict=True):
        method = published_blocks(power, damping, case.off)
        rows.append(powers_of(method, case._replace(head=1.0)))
    return measured | {PUBLISHED[place]: np.array([row[place] for row in rows]) for place in PLACES}


def derived_blocks(e, s, rho, d):
    """For k copies: Shampoo in blocks of UNITS k^s, damping rho k^-d of the role."""

    def of(k):
        def rule(w, batch):
            side = UNITS * round(k**s)
            return -stepped_blocks(batch.grad, side, e, rho * float(k) ** -d[batch.role])

        return FromFunction(rule)

    return of


def published_blocks(e, rho, off):
    """The same with blocks of UNITS k^(1/2), the rate and the eps as printed."""

    def of(k):
        def rule(w, batch):
            rows, columns = w.shape
            side = UNITS * round(k**0.5)
            b_out, b_in = (min(side, n) for n in w.shape)
            eps = rho * b_in * b_out / rows**2 * float(k) ** -off
            rate = (rows / columns) ** (1 - e) * (rows * columns / (b_out * b_in)) ** -e
            return -rate * stepped_blocks(batch.grad, side, e, eps)

        return FromFunction(rule)

    return of


def stepped_blocks(g, side, e, eps) -> np.ndarray:
    """(L + eps)^(-e/2) G (R + eps)^(-e/2), block by block; sides up to `side` are not cut."""
    step = np.empty_like(g)
    for top in range(0, g.shape[0], side):
        for left in range(0, g.shape[1], side):
            part = np.s_[top : top + side, left : left + side]
            x = g[part]
            rows, columns = map(np.eye, x.shape)
            outer = symmetric_power(x @ x.T + eps * rows, -e / 2)
            inner = symmetric_power(x.T @ x + eps * columns, -e / 2)
            step[part] = outer @ x @ inner
    return step


FRESH = Moves("fresh", eigenbasis())
LEFT = Moves("left_only", eigenbasis(right=False))
RIGHT = Moves("right_only", eigenbasis(left=False))
STALE = Moves("stale", entrywise(0))
LARGE = Moves("stale_with_a_large_eps", spectral())
NEEDED = exponents(entrywise(0)).rows
RATE = exponents(eigenbasis()).rows


@claim(
    "mup-shampoo/soap-stale-basis",
    over=NETS | {eps: decades(-3, 1)} | OFF,
    assuming=[Eq(off, 0)],
    says=all_of("says", FRESH, LEFT, RIGHT, STALE, LARGE)
    | {
        "left over, input": identity(NEEDED["input"].c - RATE["input"].c, HALF),
        "left over, hidden": identity(NEEDED["hidden"].c - RATE["hidden"].c, 1),
        "left over, output": identity(NEEDED["output"].c - RATE["output"].c, HALF),
    },
    where=all_of("where", FRESH, LEFT, RIGHT, STALE, LARGE),
    cites=derived("the number of entries of the gradient in its own basis does not see M; " + QIU),
    instances=4,
)
def soap_stale_basis(activation, seed_of, c, b_L, eps, off):
    """In the eigenvectors of its own L and R a gradient is diagonal: sign and SVD, Muon's rule, the
    published sqrt(d_out / d_in). In any other basis all M^2 entries move: Adam's rule, which at the
    published rate leaves the slopes 1/2, 1, 1/2. The authors update the basis before the gradient
    enters it, so their check fails; eps ~ sqrt(d_in / d_out) far above the entries repairs it."""
    found = cases(activation, seed_of, c, b_L, off)
    soaps = [SOAP(1.0, 0.0, 0.0, x, weight_decay=0.0) for x in eps]
    olds = [in_an_old_basis(x, case) for x, case in zip(eps, found, strict=True)]
    large = [in_an_old_basis(1e8, case) for case in found]
    return (
        FRESH.of(soaps, found, "eps")
        | LEFT.of(FromFunction(turned_left), found)
        | RIGHT.of(FromFunction(turned_right), found)
        | STALE.of(olds, found, "eps")
        | LARGE.of(large, found, "eps")
    )


def turned_left(w, batch):
    """Signs in the left singular vectors of the gradient, those of its range."""
    u, s, vt = np.linalg.svd(batch.grad, full_matrices=False)
    kept = s > 1e-10 * s[0]
    z = s[kept, None] * vt[kept]
    return -u[:, kept] @ np.sign(z)


def turned_right(w, batch):
    """Signs in the right ones."""
    return turned_left(w.T, batch._replace(grad=batch.grad.T)).T


def in_an_old_basis(eps, case):
    """For k copies: SOAP in a basis drawn before, k times that of one copy."""
    rng = np.random.default_rng(case.data.seed)
    one = {n: np.linalg.qr(rng.standard_normal((n, n)))[0] for n in (2, 3, UNITS)}

    def of(k):
        bases = []
        theta = copies(case.data, k).theta
        for x, order in zip(theta, theta.orders, strict=True):
            sides = x.shape[1:] if order == 2 else ()
            bases.append(tuple(one.get(n, np.kron(np.eye(k), one[UNITS])) for n in sides))
        return SOAP(1.0, 0.0, 0.0, eps, weight_decay=0.0, initial=tuple(bases))

    return of

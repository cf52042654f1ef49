"""Maximal update beyond the Kronecker family: methods of entries, of norms, of polar factors.

On k copies of one network, as in mup_matrices. c is what muP's rate M^-c needs, and behind it stand
the powers of M that a damping has to have, for b_L = 1 and (input, hidden, output):

    sign(g) |g|^p            (-p, 1 - p, 1)            eps of Adam: (-1, -1, 0)
    polar factor             (-1/2, 0, 1/2)            eps beside singular values: (-1/2, 0, 1/2)
      sqrt(out / in) times   (0, 0, 0)
      sqrt(max(1, out / in)) (0, 0, 1/2)
      0.2 sqrt(max)          (0, 1/2, 1)
      entries of RMS 1       (0, 1, 1)
    LARS, LAMB, Adafactor    (0, 1/2, 0)
    g / D^p, D = E J^2 h^2   (2 p - 1, 2 p, 1)         eps: (-2, -2, 0)
    Sophia                   (0, 1, 1)                 gamma: (1, 1, 0)
    grafted                  those of the magnitude

In short: entries of size s move h by s fan_in; a matrix of spectral norm s by s sqrt(fan_in /
fan_out), as long as its rank doesn't grow. Powers are exact, and few instances are enough.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq

from lab.claims import between, choice, claim, decades, derived, equal, symbols
from lab.claims.width.copied import (
    COPIES,
    NETS,
    OFF,
    Moves,
    all_of,
    cases,
    off,
    stepped,
)
from lab.instruments.width import FromFunction
from lab.optimizers import (
    LAMB,
    LARS,
    LMO,
    SGD,
    Adafactor,
    Adam,
    AdaMuon,
    DiagonalGN,
    Grafted,
    Muon,
    Shampoo,
    SignSGD,
    SophiaG,
)
from lab.optimizers.matrix.thin import ThinKronecker
from lab.theory.mup import (
    ROLES,
    clipped,
    diagonal,
    entrywise,
    grafted,
    kronecker,
    spectral,
    trust_ratio,
)

eps, p, gamma, direction = symbols("eps p gamma direction")

OURS = "the norms |h|, |J|, |W| of a layer are powers of the number of copies"

# the scales that are shipped, by what `spectral` calls them
MUONS = (
    Moves("none", spectral("none")),
    Moves("ratio", spectral("ratio"), ROLES),
    Moves("rows", spectral("rows")),
    Moves("largest", spectral("largest")),
    Moves("entries", spectral("entries")),
)


@claim(
    "mup-methods/muon",
    over=NETS | {eps: decades(-3, 1)} | OFF,
    assuming=[Eq(off, 0)],
    says=all_of("says", *MUONS),
    where=all_of("where", *MUONS),
    cites=derived(OURS + "; sqrt(d_out / d_in), eps ~ sqrt(d_in / d_out): Qiu et al. 2025"),
    instances=6,
)
def muon(activation, seed_of, c, b_L, eps, off):
    """A polar factor of few singular values has the norm 1: RMS(O h) = |h| / sqrt(fan_out), which
    is M^(-1/2), 1, M^(1/2): c = (-1/2, 0, 1/2). Of the shipped factors sqrt(out / in) alone leaves
    -c in every layer; sqrt(max(1, out / in)) leaves the head 1/2 - c, 0.2 sqrt(max) 1/2 - c and 1 -
    c, AdaMuon's length 1 - c twice. eps, beside the singular values, has to go as they do: |J||h|,
    that is (-1/2, 0, 1/2).

    b_L does not enter: a polar factor does not see |J|. Few singular values means n, far below M;
    with as many as M the length of AdaMuon has another rule, mup-ranks/late-drift.

    Space: all five scales, eps over four decades, heads from NTK's to 3/2.

    eps counts beside singular values of the gradient, whose size it must follow; sqrt(out / in) is
    scale = "operator" of LMO.
    """
    found = cases(activation, seed_of, c, b_L, off)
    none, ratio, rows, largest, entries = MUONS
    return (
        none.of([LMO(1.0, 0.0, e) for e in eps], found, "eps")
        | ratio.of([LMO(1.0, 0.0, e, scale="operator") for e in eps], found, "eps")
        | rows.of([Muon(1.0, 0.0, e) for e in eps], found, "eps")
        | largest.of([Muon(1.0, 0.0, e, rms=0.2) for e in eps], found, "eps")
        | entries.of([AdaMuon(1.0, 0.0, 0.0, e, 0.0) for e in eps], found, "eps")
    )


POWER = Moves("power", entrywise(p))
ADAM = Moves("Adam", entrywise(0), ROLES)


@claim(
    "mup-methods/entrywise",
    over=NETS | {p: between(-1, 1), eps: decades(-3, 1)} | OFF,
    assuming=[Eq(off, 0)],
    says=all_of("says", POWER, ADAM),
    where=all_of("where", POWER, ADAM),
    cites=derived(OURS + "; p = 1 and p = 0: Yang & Hu 2021, Yang et al. 2022"),
    instances=8,
)
def entries_to_a_power(activation, seed_of, c, b_L, p, eps, off):
    """sign(g)|g|^p: gradients of k copies are those of one, times k^-head below the last layer.
    Entries k^(-p head), times fan_in: (-p, 1 - p, 1) at b_L = 1. p = 1 is SGD, 0 Adam, -1 divides
    by the gradient. Adam keeps its rule where eps goes as the entries, (1 / M, 1 / M, 1), at any
    share of them. A constant eps is beyond the entries in the end, where the step is g / eps: SGD's
    rule, at a rate 1 / eps times as large."""
    found = cases(activation, seed_of, c, b_L, off)
    powers = [FromFunction(to_the_power(float(x))) for x in p]
    adams = [Adam(1.0, eps=e) for e in eps]
    return POWER.of(powers, found) | ADAM.of(adams, found, "eps")


def to_the_power(power):
    """-sign(g)|g|^p, 0 where g is, for p <= 0 too.

    As a function of (w, batch), the form that lab.instruments.width takes for methods of a user's
    own.
    """

    def rule(w, batch):
        """The step of every block from its gradient."""
        size = np.abs(batch.grad)
        # 0 to a power below 0 is no number, and its sign is 0 anyhow
        safe = np.where(size > 0, size, 1.0)
        return -np.sign(batch.grad) * safe**power

    return rule


LAYERWISE = (
    Moves("LARS", trust_ratio(kronecker(0, 0)), ROLES),
    Moves("LAMB", trust_ratio(entrywise(0)), ROLES),
    Moves("Adafactor", trust_ratio(entrywise(0)), ROLES),
    Moves("Adafactor_absolute", entrywise(0), ROLES),
)


@claim(
    "mup-methods/layerwise-adaptive",
    over=NETS | {eps: decades(-3, 1)} | OFF,
    assuming=[Eq(off, 0)],
    says=all_of("says", *LAYERWISE),
    where=all_of("where", *LAYERWISE),
    cites=derived(OURS),
    instances=6,
)
def layerwise_adaptive(activation, seed_of, c, b_L, eps, off):
    """|dW| = |W| times the rate, layer by layer: |W|_F is sqrt(M) in a hidden layer and, rank being
    low, a change of that norm moves the features sqrt(M) too far: (0, 1/2, 0) at b_L = 1. In the
    input layer |W_1|_F ~ sqrt(M) moves M units by order 1, at the head |W_3|_F ~ M^(-1/2) meets |h|
    ~ sqrt(M): both right. LARS and LAMB differ in direction only, which is aligned in both.
    Adafactor's own steps are relative, so it is one of them; without `relative` it has Adam's (0,
    1, 1)."""
    found = cases(activation, seed_of, c, b_L, off)
    lars, lamb, relative, absolute = LAYERWISE
    return (
        lars.of([LARS(1.0, eps=e) for e in eps], found, "eps")
        | lamb.of([LAMB(1.0, eps=e) for e in eps], found, "eps")
        | relative.of(Adafactor(1.0, warm=False), found)
        | absolute.of(Adafactor(1.0, relative=False, warm=False), found)
    )


DIAGONAL = Moves("diagonal_GN", diagonal(p), ROLES)


@claim(
    "mup-methods/diagonal-gn",
    over=NETS | {p: between(0.25, 1), eps: decades(-3, 1)} | OFF,
    assuming=[Eq(off, 0)],
    says=DIAGONAL.says(),
    where=DIAGONAL.where(),
    cites=derived(OURS),
    instances=12,
)
def diagonal_gn(activation, seed_of, c, b_L, p, eps, off):
    """E J^2 h^2 ~ k^(-2 b_L) inside and 1 at the head, to the power -p, on gradients k^-b_L: (1, 2,
    1) for p = 1 and Adam's rule (0, 1, 1) for p = 1/2, at b_L = 1, with eps ~ (M^-2, M^-2, 1)."""
    found = cases(activation, seed_of, c, b_L, off)
    methods = [DiagonalGN(1.0, -x, e) for x, e in zip(p, eps, strict=True)]
    return DIAGONAL.of(methods, found, "eps", "damping")


SOPHIA = Moves("Sophia", clipped(), ROLES)
share_of_few, share_of_many = symbols("share_of_few share_of_many")


@claim(
    "mup-methods/sophia",
    over=NETS | {gamma: decades(-1, 2)} | OFF,
    assuming=[Eq(off, 0)],
    says=SOPHIA.says()
    | {"clipped": equal(share_of_many, share_of_few, atol=1e-12, because="equal shares")},
    where=SOPHIA.where()
    | {
        share_of_few: "share of a hidden layer's entries that are clipped, 1 copy",
        share_of_many: "the same, 4 copies",
    },
    cites=derived(OURS),
    instances=12,
)
def sophia(activation, seed_of, c, b_L, gamma, off):
    """g / D ~ M inside and 1 at the head, D the diagonal Gauss-Newton term: clip(g / (gamma D))
    with gamma ~ (M, M, 1) clips the same entries at every width, and those that are clipped are
    signs: (0, 1, 1). With gamma fixed the share of hidden entries that are clipped goes to 1 with
    the width, which is sign descent and the same rule: the rate then transfers, and the method
    doesn't."""
    found = cases(activation, seed_of, c, b_L, off)
    methods = [SophiaG(1.0, 0.0, 0.0, g, weight_decay=0.0) for g in gamma]
    shares = np.array([clipped_shares(*one) for one in zip(gamma, found, strict=True)])
    moved = SOPHIA.of(methods, found, "gamma", "gamma")
    return moved | {share_of_few: shares[:, 0], share_of_many: shares[:, 1]}


def clipped_shares(gamma, case) -> list[float]:
    """Of the hidden layer's weights, in 1 and in 4 copies: the share of entries that are above 1
    without clip.

    Equal shares are equal numbers of entries, up to rounding at the border 1.
    """
    d = SOPHIA.dampings("gamma", case)
    # a step without clip is g / (gamma D): what is above 1 would be clipped
    free = SophiaG(1.0, 0.0, 0.0, gamma, weight_decay=0.0, clip=None)
    found = []
    for k in COPIES:
        begun, theta = stepped(free, case._replace(c=0.0), k, d, "gamma")
        block = begun.names.index("hidden 2")
        found.append(np.mean(np.abs(theta[block] - begun.theta[block]) > 1))
    return found


GRAFTED = (
    Moves("SGD", grafted(kronecker(0, 0)), ROLES),
    Moves("sign", grafted(entrywise(0)), ROLES),
    Moves("LARS", grafted(trust_ratio(kronecker(0, 0))), ROLES),
)
# without momentum, and damped only where the direction needs it
DIRECTIONS = {
    "Shampoo": Shampoo(1.0, 0.0),
    "K-FAC": ThinKronecker(1.0, 0.1),
    "Muon": Muon(1.0, 0.0, 0.0),
    "Adam": Adam(1.0, eps=0.0),
}


@claim(
    "mup-methods/grafting",
    over=NETS | {direction: choice(*DIRECTIONS)},
    says=all_of("says", *GRAFTED),
    where=all_of("where", *GRAFTED),
    cites=derived(OURS + "; that Q1 # Q2 follows Q1: Qiu et al. 2025"),
    instances=8,
)
def grafting(activation, seed_of, c, b_L, direction):
    """magnitude # direction: |dW|_F is the magnitude's, and every direction is aligned with h and
    of low rank, so the rate is the magnitude's whatever the direction. The norm of SGD: (-1, 0, 1),
    of signs: (0, 1, 1), of LARS: (0, 1/2, 0). To graft Shampoo on Adam's norm is therefore to need
    Adam's rates at every width.

    Space: four directions that differ as much as methods do, three magnitudes."""
    found = cases(activation, seed_of, c, b_L)
    of = DIRECTIONS[direction]
    sgd, sign, lars = GRAFTED
    return (
        sgd.of(Grafted(SGD(1.0), of), found)
        | sign.of(Grafted(SignSGD(1.0), of), found)
        | lars.of(Grafted(LARS(1.0), of), found)
    )

"""Claims: theorems as objects with a verdict. `lab claims` judges them, `lab falsify` tries to
break them.

How to write a claim
--------------------
It reads like the theorem, and everything that is printed is evaluated::

    from sympy import Rational, sqrt
    from lab.claims import around, between, claim, decades, derived, equal, let, symbols

    beta1, beta2, eta, r, q, rho = symbols("beta1 beta2 eta r q rho")

    @claim(
        "adal/linear-rate",                     # topic/kebab-name; the topic is the file's name
        over={                                  # for all ..., drawn in this order
            beta2: between(0.05, 0.995),
            r: let(1 / sqrt(beta2)),            # an abbreviation
            beta1: around(beta2**Rational(3, 2), most=0.999),       # both sides of a border
            eta: decades(-3, 0),
        },
        assuming=[beta1 < beta2**Rational(3, 2)],                   # with ...
        says={"rate": equal(rho, sqrt(beta2), rtol=1e-5, because="what is left of a kick")},
        where={rho: "|x_t| / |x_(t-1)|, mean over the last 75 of 150 steps"},
        cites=derived("linearised map"),        # or classical(...), stated_by("Reddi 2018, Thm 1")
    )
    def linear_rate(beta1, beta2, eta):
        '''The proof, in three lines.'''
        return {rho: ...}

**The function measures.** It is given the symbols of `over` that it names, as arrays over
instances: (R,), (R, n), (R, n, n). It returns one entry per instance, (R, ...), of every symbol
explained in `where`. It asserts nothing and prints nothing. It may also take `seed`, an integer to
draw from; a falsifier tries others. Full-batch runs in which every instance has its own problem:
`lab.claims.loops.descend`. Functions that take one spectrum, one matrix, one number at a time:
`one_by_one(f, lam, batch)`.

**Ragged instances.** Pieces that `simulate` can take only one of, `dimension(1, 6)` and `choice(1,
16)`, are grouped: the function is called once for each combination of their values, and is given
the value itself. Arrays declared after a dimension have its size: `{n: dimension(1, 6), H: spd(n),
theta: start(n)}`. Many grouped choices are many calls.

**Instances** are corners of the space, every symbol at an end of its range, and uniform points, in
turn. Every value of a `choice` is judged, if there are as many instances: of several choices each
value, not each combination.

**The space is larger than the hypotheses.** Instances outside a hypothesis never verify; those
outside it alone look for its necessity, and the verdict says *necessary (witness)* or *not shown
necessary*. So draw beta1 around the border and eps from sometimes(0.0, decades(-3, -1)), and
assume Eq(eps, 0). A hypothesis that is no SymPy relation is a named predicate. Hypotheses about
the design of a problem draw it: {law: choice("gaussian", "one-hot")}.

**Formulas** are SymPy's. What SymPy can't hold is a named function, batched, whose docstring is
printed::

    @named
    def kappa(h):
        '''the condition number of a positive definite matrix'''
        lam = np.linalg.eigvalsh(h)
        return lam[:, -1] / lam[:, 0]

    says={"rate": equal(rho, (kappa(H) - 1) / (kappa(H) + 1), atol=1e-14, because="n eps")}

**Relations**, `because` being the tolerance's reason:

    equal(left, right, rtol=, atol=, because=)      exact without tolerance, of integers and
                                                    fractions
    at_most(left, right), at_least(left, right)     a bound; vacuous where it is not positive or
    infinite
    exponent(left, right, tol=, because=)           a measured exponent: moved by 0.05, not by 2 %
    within(mean, exact, error)                      five standard errors
    slope(y, x, exponent, tol=, because=)           y, x measured, (R, K)
    threshold(eta, at, stays, margin=, because=)    `stays` iff eta < at: the function gets eta,
                                                    1 -+ margin times at, and, for the other
                                                    parts, at itself
    identity(left, right, positive=())              as formulas, decided exactly; needs no
                                                    measurement
    enclosed(relation, x=(0, 1))                    on whole intervals, in ball arithmetic (extra
                                                    `rigorous`); what is attained inside
                                                    them is not decided
    refuted(relation)                               the relation is false, and an instance shows it

**What comes for free.** Every constant of the right side is moved by 2 %, every exponent by 0.05,
and must be noticed; what is not, is told with how far it could move. So draw instances where the
bound is attained. Tightness, worst instance, witnesses and the grade (symbolic, exact, enclosure,
numeric, statistical, search) are found, not typed.

**A second formula** makes a refutation believable: `@linear_rate.second` decorates a function of
one instance, given mpmath numbers at 50 digits, that returns the same quantities. Without one a
refutation is looked at again with other seeds, or at neighbouring instances:
lab.claims.confirming.

**Without rounding.** `lattice` draws integers, `lab.claims.enumerated` sums over all outcomes in
fractions (`whole_gradients`, `exact_mean_outer`), and `equal` without a tolerance compares them
exactly: kronecker/kronecker.py.

**Where.** lab/claims/<room>/<topic>.py, the topic's name in TOPICS of its room. At most 40 lines
per claim. If a falsifier breaks it, the statement or the measurement is wrong: find out which,
never widen a tolerance to pass. Examples: quadratics/gd.py (matrices), quadratics/adal.py (borders,
abbreviations, identities), logistic/logistic.py (thresholds), adaptive/sign.py (several bounds,
statistics), adaptive/adam.py (simulations, spectra).
"""

from __future__ import annotations

from typing import Any

from lab.claims.declaration import Citation, Claim, claim, classical, derived, stated_by
from lab.claims.enclosures import enclosed
from lab.claims.formulas import named, one_by_one, symbols
from lab.claims.judging import judge
from lab.claims.laws import refuted, slope, threshold, within
from lab.claims.proofs import identity
from lab.claims.spaces import (
    Piece,
    around,
    batch_sizes,
    between,
    choice,
    data,
    decades,
    dimension,
    half_integers,
    integers,
    lattice,
    let,
    orthogonal,
    psd,
    sequence,
    sometimes,
    spd,
    spectrum,
    start,
    unit,
    vector,
)
from lab.claims.statements import at_least, at_most, equal, exponent


def __getattr__(name: str) -> Any:
    """CLAIMS, all of the lab's: imported when asked for, because they import this module."""
    if name == "CLAIMS":
        from lab.claims.contents import CLAIMS

        return CLAIMS
    raise AttributeError(f"module 'lab.claims' has no attribute {name!r}")


__all__ = [
    "CLAIMS",
    "Citation",
    "Claim",
    "Piece",
    "around",
    "at_least",
    "at_most",
    "batch_sizes",
    "between",
    "choice",
    "claim",
    "classical",
    "data",
    "decades",
    "derived",
    "dimension",
    "enclosed",
    "equal",
    "exponent",
    "half_integers",
    "identity",
    "integers",
    "lattice",
    "judge",
    "let",
    "named",
    "one_by_one",
    "orthogonal",
    "psd",
    "refuted",
    "sequence",
    "slope",
    "sometimes",
    "spd",
    "spectrum",
    "stated_by",
    "start",
    "symbols",
    "threshold",
    "unit",
    "vector",
    "within",
]

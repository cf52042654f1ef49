"""What the printed record on width resolves, and what it does not.

Captions are read as statements on the numbers below them, rounding and all; what a difference is
worth is told by its standard error. Tables 2 and 3 of Ishikawa & Karakida 2024 are in
lab.data.accuracies; nothing here is trained again, and nothing is said of what another run would
give.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lab.claims import (
    at_most,
    choice,
    claim,
    derived,
    equal,
    exponent,
    integers,
    refuted,
    stated_by,
    symbols,
)
from lab.claims.formulas import one_by_one
from lab.claims.width.copied import COPIES, EXACT, Data, copies, seed_of
from lab.data.accuracies import BATCHES, TABLE_2, TABLE_3, standard_error
from lab.instruments.width import slope
from lab.optimizers import LMO
from lab.optimizers.wrappers.parameterized import ROLES, Parameterized, Powers, Widths
from lab.simulation import simulate

batch, column, left_out = symbols("batch column left_out")
best, other, resolved, sgd_best, sgd_zero, lost, rate, flat = symbols(
    "best other resolved sgd_best sgd_zero lost rate flat"
)

DIGITS = "three digits are printed; the three values of the check bend by 0.015"


@claim(
    "mup-published/accuracies",
    over={batch: choice(*BATCHES)},
    says={
        "K-FAC, b_L = 1 is best": refuted(at_most(other, best, slack=0, because="as printed")),
        "by two standard errors": refuted(at_most(2, resolved, slack=0, because="binomial")),
        "SGD, b_L = 64 is best": at_most(sgd_best, sgd_zero, slack=0, because="as printed"),
    },
    where={
        best: "accuracy printed for K-FAC, b_L = 1",
        other: "for b_L = 1/2",
        resolved: "their difference over its standard error, with 10^4 test images (an assumption)",
        sgd_best: "the larger of SGD's accuracies at b_L = 1/2 and 1",
        sgd_zero: "that at b_L = 64",
    },
    cites=stated_by("Ishikawa & Karakida 2024, Table 2, caption"),
)
def accuracies(batch):
    """K-FAC is printed to be best at b_L = 1. Batch 16: 84.17 at b_L = 1/2 against 84.16. Four of
    five batches have the order, and only batch 1024 is resolved: the standard error of a share p of
    10^4 images is sqrt(p (1 - p) / 10^4), some 0.37 %, and that of a difference sqrt(2) times as
    large: differences of 0.66, 0.54 and 0.26 are below two of them, 2.96 is not. The images are the
    same, so that a paired comparison could resolve more, but pairs are not printed.

    b_L = 64 is worse for K-FAC at every batch, and best for SGD at every batch, as printed. Section
    4.3 there has a reason: one step takes SGD from a head of zeros to muP's, K-FAC to the kernel's
    solution."""
    k = BATCHES.index(batch)
    half, one, _ = TABLE_2["KFAC"][:, k]
    # as of two samples of images, although the images are the same
    error = np.hypot(standard_error(half), standard_error(one))
    sgd = TABLE_2["SGD"][:, k]
    return {
        best: np.array([one]),
        other: np.array([half]),
        resolved: np.array([(one - half) / error]),
        sgd_best: np.array([sgd[:2].max()]),
        sgd_zero: np.array([sgd[2]]),
    }


@claim(
    "mup-published/improves",
    over={column: choice(*TABLE_3)},
    says={"muP is never worse": refuted(at_most(lost, 0.001, slack=0, because="as printed"))},
    where={lost: "the largest loss of accuracy from SP to muP among the widths of a column"},
    cites=stated_by("Ishikawa & Karakida 2024, Table 3, caption"),
)
def improves(column):
    """21 of 23 cells are positive; VGG19 with Shampoo loses .28 and .66 at widths 1 and 2. No error
    bars are printed, and hyper-parameters were the same at all widths. "Improves" is therefore
    refuted as a sentence on all widths, and not as one on large ones."""
    gains = np.array([gain for _, _, gain in TABLE_3[column]])
    return {lost: np.array([-gains.min()])}


def without(table, k) -> float:
    """The slope of a printed table (widths, values) without its entry number k.

    Without an end: in a straight line nothing changes, in a bent one the slope does.
    """
    widths, values = (np.delete(np.array(x, dtype=float), k) for x in table)
    return slope(widths, values).value


# width, printed value
HEAD_CHECK = ((64, 128, 256), (0.1484, 0.1215, 0.0975))
# powers of 2 to three digits
ADAM_RATES = ((128, 256, 512, 1024, 2048), (9.77e-4, 4.88e-4, 2.44e-4, 1.22e-4, 6.1e-5))


@claim(
    "mup-published/tables",
    over={left_out: choice(0, 2)},
    says={
        "coordinate check of a head": exponent(flat, -0.3, tol=0.02, because=DIGITS),
        "best rates of Adam in SP": exponent(rate, -1, tol=2e-3, because=DIGITS),
    },
    where={
        flat: "slope in the width of a check that was printed without a verdict, one entry, the"
        " first or the last, left out; muP needs 0",
        rate: "slope of the printed best rates, one entry left out",
    },
    cites=derived("least squares"),
)
def tables(left_out):
    """0.1484, 0.1215, 0.0975 at widths 64, 128, 256; 9.77e-4 to 6.1e-5 at widths 128 to 2048.
    Slopes of least squares in logarithms, each without its first or its last entry: what a slope
    moves by then is what the table can resolve. A check of a head that falls as M^-0.3 is no flat
    one, which muP needs; best rates that fall as 1 / M are those of SP."""
    return {
        flat: np.array([without(HEAD_CHECK, left_out)]),
        rate: np.array([without(ADAM_RATES, left_out)]),
    }


alpha = symbols("alpha")
embedding, readout = symbols("embedding readout")
# eta = eta_base (D / D_base)^-alpha: of the first and of the last layer, as printed
SIGNS = {"input": 0.5, "output": -0.5}


@claim(
    "mup-published/signs",
    over={alpha: choice(1, -1), seed_of: integers(0, 999)},
    says={
        "embedding": equal(embedding, -(1 + alpha) / 2, atol=1e-6, because=EXACT),
        "readout": equal(readout, (1 + alpha) / 2, atol=1e-6, because=EXACT),
        "flat, both signs": refuted(equal(embedding, 0 * alpha, atol=0.2, because=EXACT)),
    },
    where={
        embedding: "p of RMS(dW_1 x) ~ k^p, dW a polar factor, at the rate eta (D / D_base)^-a, a ="
        " alpha / 2 in the embedding, -alpha / 2 in the readout: 1 is a printed text, -1 its table",
        readout: "p of RMS(dW_3 h_2)",
    },
    cites=derived("a polar factor needs c = (-1/2, 0, 1/2)"),
    instances=6,
)
def signs(alpha, seed_of):
    """A polar factor moves RMS(dW h) by sqrt(fan_in / fan_out): k^(-1/2) in the embedding and
    k^(1/2) in the readout, so that rates k^(1/2) and k^(-1/2) are flat. As printed the signs are
    the other ones: the embedding stands still, as 1 / M, and the readout explodes, as M. With the
    signs of the table that stands beside the text both are flat at every width.

    Which of the two was run is not printed.

    Widths are compared as one copy and four, where a polar factor's move is an exact power. c is
    the power of the rate, M^-c, here of a role: alpha = 1 has c = (1/2, -1/2) in embedding and
    readout, where (-1/2, 1/2) is needed, and misses by 1 in each.
    """

    def one(sign, seed):
        """Powers of k of the first and the last layer."""
        # hidden layers are left alone: the text is about the first and the last
        rates = {role: Powers(0.0, sign * SIGNS.get(role, 0.0)) for role in ROLES}
        found = []
        # one copy and four: exact powers
        for k in COPIES:
            begun = copies(Data("tanh", int(seed)), k)
            # exact roots, so that powers of k are
            method = Parameterized(LMO(1.0, 0.0, 1e-12, root="exact"), rates, Widths(k, 1))
            end: Any = simulate(begun.objective, method, begun.theta, steps=1).final
            found.append(begun.moved(end)[0])
        names = ("input 1", "output 3")
        columns = [begun.names.index(name) for name in names]
        return [slope(COPIES, np.array(found)[:, j]).value for j in columns]

    rows = one_by_one(one, alpha, seed_of)
    return {embedding: rows[:, 0], readout: rows[:, 1]}

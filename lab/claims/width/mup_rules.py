"""Rules of rates in print, in closed form: weight decay, depth, the optimum of the first step.

Independent decay with a rate 1 / M, depth with L^-alpha branches, and a best rate of the first step
that is a formula of the data: each is in print for one method (Qiu et al. 2025, Hayou 2025), and
has a closed form for others, by recursions, by counting, by linear networks. One of the three
prints has a sign wrong, and one is right for one kind of update only.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq, sqrt

from lab.claims import (
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    integers,
    named,
    refuted,
    sometimes,
    stated_by,
    symbols,
)
from lab.claims.formulas import one_by_one
from lab.claims.width.frozen import changed, closed, frozen, optimum
from lab.claims.width.residual import family, growth, shampoo, sign
from lab.instruments.width import slope
from lab.optimizers import L2, SGD, Regularized, SignSGD, SignSVD
from lab.optimizers.matrix.thin import ThinKronecker
from lab.simulation import replay

eta, lam, q, times = symbols("eta lam q times")
white, coherent, white_power, coherent_power = symbols("white coherent white_power coherent_power")
ROUNDING = "the rest of a recursion, through 1 - (1 - lam)^2"
# far enough that lam is small beside 1
MANY = (1e4, 1e6)


@named
def independent(times):
    """the decay of a step is lam theta, not rate lam theta"""
    return times == "one"


@claim(
    "mup-rules/weight-decay",
    over={
        eta: decades(-3, 0),
        lam: between(0.05, 0.9),
        q: between(0.5, 1),
        times: choice("one", "one", "lr"),
    },
    assuming=[independent(times)],
    says={
        "white": equal(white, eta / sqrt(2 * lam - lam**2), rtol=1e-8, because=ROUNDING),
        "coherent": equal(coherent, eta / lam, rtol=1e-8, because=ROUNDING),
        "white, width": equal(
            white_power, (q - 1) / 2, atol=5e-3, because="lam / 4 at lam = 0.1 M^-q"
        ),
        "coherent, width": equal(coherent_power, q, atol=1e-6, because=ROUNDING),
    },
    where={
        white: "RMS(W) at rest of sign descent with decay lam, gradients of random signs",
        coherent: "W at rest, gradients of one sign",
        white_power: "slope in M, 10^4 to 10^6, of sqrt(M) RMS(W), |W|_2 of white W, with eta = 1 /"
        " M and lam = 0.1 M^-q",
        coherent_power: "that of M W, |W|_2 of coherent W of rank one",
    },
    cites=derived("E W^2 and E W are affine from step to step; 1 / M: Qiu et al. 2025"),
)
def weight_decay(eta, lam, q, times):
    """W <- (1 - lam) W - eta s with lam not times the rate. White signs: E W^2 = (1 - lam)^2 E W^2
    + eta^2 rests at eta^2 / (2 lam - lam^2). Signs of one kind: W = (1 - lam) W - eta rests at -eta
    / lam. A white M x M matrix has |W|_2 ~ sqrt(M) RMS(W), one of rank one M times its entries. At
    eta = 1 / M that is ~ (M lam)^(-1/2), and 1 / lam: white updates stay in their place with lam ~
    1 / M, the published rule, coherent ones with lam ~ M^0. No rule is right for both: M^(-1/2),
    the other one in print, is off by M^(1/4) and M^(1/2).

    With the decay rate times lam (times = "lr") the same with eta lam for lam: the hypothesis.

    Space: rates over three decades, decay from 0.05 to 0.9, lam = 0.1 M^-q with q from 1/2 to 1.
    The true size of a sum of signs with decay is compared, by its recursion, not by a run."""
    at_rest = np.array([rest(a, b, times) for a, b in zip(eta, lam, strict=True)])
    powers = []
    for power in q:
        sizes = np.array([rest(1 / m, 0.1 * m**-power, times) for m in MANY])
        whites = slope(MANY, np.sqrt(MANY) * sizes[:, 0]).value
        powers.append([whites, slope(MANY, np.array(MANY) * sizes[:, 1]).value])
    widths = np.array(powers)
    return {
        white: at_rest[:, 0],
        coherent: at_rest[:, 1],
        white_power: widths[:, 0],
        coherent_power: widths[:, 1],
    }


def rest(eta, lam, times) -> list[float]:
    """sqrt(E W^2) and W where the recursions rest: x' = a x + b, from x = 0 and x = 1.

    W -> W^2 and W -> W are affine in the mean over both signs: two steps tell a and b, and b / (1 -
    a) is the rest without a run.

    A run would come there in the limit only. drift is the size of a step from 0, kept what is left
    of W.
    """
    method = Regularized(SignSGD(eta), L2(lam), on="z", times=times)
    # two starts tell an affine map, for each sign
    starts = np.array([[0.0], [1.0], [0.0], [1.0]])
    # both signs of a gradient, each on both starts
    signs = np.array([[[1.0], [1.0], [-1.0], [-1.0]]])
    after = replay(method, starts, signs)[-1][:, 0]
    squares = (after[:2] ** 2 + after[2:] ** 2) / 2
    b, a = squares[0], squares[1] - squares[0]
    drift, kept = abs(after[0]), after[1] - after[0]
    return [np.sqrt(b / (1 - a)), drift / (1 - kept)]


alpha, e, e_B, seed_of, examples = symbols("alpha e e_B seed_of examples")
of_family, of_sign, of_shampoo, printed, drawn = symbols(
    "of_family of_sign of_shampoo printed drawn"
)
PRINTED = stated_by("Qiu et al. 2025, appendix B")


@claim(
    "mup-rules/depth",
    over={
        alpha: between(0.5, 1),
        e_B: between(0, 1),
        e: between(0, 1),
        examples: choice(1, 3),
        seed_of: integers(0, 999),
    },
    says={
        "Kronecker": equal(of_family, 1 - 2 * alpha + 2 * alpha * e_B, atol=1e-5, because="a rate"),
        "Shampoo": equal(of_shampoo, 1 - 2 * alpha + 2 * alpha * e, atol=1e-5, because="a rate"),
        "sign": equal(of_sign, 1 - alpha, atol=1e-5, because="a rate"),
        "printed, Shampoo": refuted(equal(printed, 1 - 2 * e, atol=0.2, because="of a sign")),
        "layers drawn": equal(
            drawn,
            1 - 2 * alpha + 2 * alpha * e_B,
            atol=0.06,
            because="0.022 of order 1 / L, and four times the scatter of 3 starts, 0.008",
        ),
    },
    where={
        of_family: "slope in L, 8 and 32, of RMS(dh_L) at one rate, h <- h + L^-alpha W_l tanh(h),"
        " W_l = 0 at the start, dW = (B + r)^-e_B G A^-1",
        of_shampoo: "the same, dW = L^(-e/2) G R^(-e/2)",
        of_sign: "the same, dW = sign G",
        printed: "that of Shampoo with alpha = 1, whose printed rate is L^(2 e - 1)",
        drawn: "the first, one example, depths 16 and 64, mean of 3 starts W_l of variance 1 / M,"
        " M = 64",
    },
    cites=PRINTED,
    instances=12,
)
def depth(alpha, e_B, e, examples, seed_of):
    """Each of L layers sees J L^-alpha and adds L^-alpha dW tanh(h): L L^(-2 alpha) in all, and
    what B or L take from J. (B + r)^-e_B divides by |J L^-alpha|^(2 e_B): 2 alpha e_B more.
    Shampoo's e is in the place of e_B; signs don't see J: L L^-alpha. The rate is the inverse of
    the growth, L^(2 alpha - 1 - 2 alpha e_B): for Shampoo and alpha = 1 L^(1 - 2 e), against the
    printed sign, L^(2 e - 1); K-FAC needs 1 / L for every alpha, and SGD no scaling at alpha = 1/2.
    Both prints agree at e = 1/2, fourth roots, where no rate is scaled at alpha = 1.

    Layers that start at 0 see one h and one J, and their law is exact but for the rate; drawn ones
    have h and J that differ from layer to layer, at order 1 / L. With many examples and e > 1/2
    weak directions add to it.

    Space: alpha from 1/2, where drawn networks keep their size, to 1; all powers, one example or
    three. The refuted part is the printed rate for alpha = 1."""

    def one(a, b, power, seed):
        """Slopes in L: family, Shampoo, signs, Shampoo at alpha = 1, drawn layers."""
        return [
            growth(a, family(b), seed, examples),
            growth(a, shampoo(power), seed, examples),
            growth(a, sign, seed, examples),
            # the printed rule is for alpha = 1
            growth(1.0, shampoo(power), seed, examples),
            np.mean([growth(a, family(b), seed + 1000 * j, 1, drawn=True) for j in range(3)]),
        ]

    rows = one_by_one(one, alpha, e_B, e, seed_of)
    return dict(zip((of_family, of_shampoo, of_sign, printed, drawn), rows.T, strict=True))


layers, rho, width, tilt = symbols("layers rho width tilt")
BEST = {name: symbols(f"best_{name}") for name in ("gd", "polar", "kfac", "sign")}
CLOSED = {name: symbols(f"closed_{name}") for name in BEST}
NAMES = {"gd": "gradient descent", "polar": "the polar factor", "kfac": "K-FAC", "sign": "signs"}
linear = symbols("linear")
HAYOU = stated_by("Hayou 2025 for gradient descent; the others are derived")
WIDE = "|J|_1 is a sum of 256 terms: four times the scatter of 0.05"


@claim(
    "mup-rules/first-step-optimum",
    over={
        layers: choice(1, 2, 3),
        # two widths, and one formula without M
        width: choice(16, 64),
        rho: decades(-2, 0),
        tilt: sometimes(0.0, between(0.2, 1)),
        seed_of: integers(0, 999),
    },
    assuming=[Eq(tilt, 0)],
    says={
        NAMES[name]: equal(BEST[name], CLOSED[name], rtol=1e-8, because="roots of matrices")
        for name in ("gd", "polar", "kfac")
    }
    | {
        "signs": equal(BEST["sign"], CLOSED["sign"], rtol=0.2, because=WIDE),
        "linear": equal(linear, 1 + 0 * rho, rtol=1e-9, because="no term in eta^2"),
    },
    where={BEST[name]: f"y^T q / |q|^2 of the measured df = eta q, {NAMES[name]}" for name in BEST}
    | {
        CLOSED["gd"]: "(m / L) y^T K y / |K y|^2, rates M / d and 1",
        CLOSED["polar"]: "(y^T K y)^(3/2) / (L |K y|^2), rates sqrt(out / in)",
        CLOSED["kfac"]: "(1 + rho) y^T S y / (L |S y|^2), S = K (K + rho tr K)^-1",
        CLOSED["sign"]: "y^T q / |q|^2, q = 2 (L - 1) K y / (pi sqrt(y^T K y)) + sqrt(2 / pi) X"
        " sign(X^T y) / d, rates 1 / fan_in, width 256",
        linear: "df at the rate 2 over twice that at the rate 1, gradient descent",
    },
    cites=HAYOU,
    instances=12,
)
def first_step_optimum(layers, width, rho, tilt, seed_of):
    """L linear layers of orthogonal weights, the head frozen and f_0 = 0: products of two layers'
    changes carry a factor f_0, so f moves in proportion to eta, and |y - eta q|^2 is least at y^T q
    / |q|^2. Every layer adds the same q, since H^T H = M K in each and J is one vector for all
    examples:

        gradient descent  q = K y / m             best rate (m / L) y^T K y / |K y|^2
        polar factor      K y / sqrt(y^T K y)     (y^T K y)^(3/2) / (L |K y|^2)
        K-FAC             S y / (1 + rho)         (1 + rho) y^T S y / (L |S y|^2)
        signs             in `closed`

    At full rank of K and rho -> 0 S y is y: K-FAC's best rate 1 / L fits the batch in one step. The
    gradient's best rate is Hayou's (2025); that of the others is derived. It needs no width: rates
    are muP's, and what changes with M is the scatter of J alone, which signs see.

    The readout is orthogonal to the features; tilted towards them (the hypothesis) f_0 is not 0,
    terms of order eta^2 come in, and all of it fails.

    Space: one to three layers, widths 16 and 64, five examples of three inputs, so that K has rank
    3; signs are compared at width 256."""

    def one(shift, head, seed):
        """Best rates as measured, in closed form, and what a doubled rate does."""
        net = frozen(width, layers, int(seed), head)
        # signs have a limit in mean only: a wide network, and a rate at which f is linear
        many = frozen(256, layers, int(seed), head)
        side = np.sqrt(width / 3)
        found = {
            "gd": changed(net, SGD(1.0), (side**2, 1.0), 1.0),
            "polar": changed(net, SignSVD(1.0), (side, 1.0), 1.0),
            "kfac": changed(net, ThinKronecker(1.0, shift), (1.0, 1.0), 1.0),
            "sign": changed(many, SignSGD(1.0), (1 / 3, 1 / 256), 1e-4),
        }
        twice = changed(net, SGD(1.0), (side**2, 1.0), 2.0)
        ratio = np.linalg.norm(twice) / np.linalg.norm(found["gd"])
        best = [optimum(net.y, step) for step in found.values()]
        return [*best, *closed(net, layers, shift), ratio]

    rows = one_by_one(one, rho, tilt, seed_of)
    return dict(zip((*BEST.values(), *CLOSED.values(), linear), rows.T, strict=True))

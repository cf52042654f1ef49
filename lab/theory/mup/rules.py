"""Update rules as sizes: the Frobenius norm of one step as a power of M, from those of `Scales`.

A batch of n examples, n fixed, gives updates of rank O(1) that are aligned with what they are
multiplied by, so that RMS(dW h) ~ |dW|_F (fan_in / fan_out)^(1/2) whatever the rule: one number per
rule is enough. So a rule here is one line, and so is the size of what its damping is added to.

Sources: `kronecker` and `shampoo` (Ishikawa & Karakida 2024, section 4), `entrywise` (Yang & Hu
2021 for SGD and Adam), the others derived.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sympy import Integer, Max

from lab.checks import of_kind, one_of, switch
from lab.theory.mup.arguments import power_of_width
from lab.theory.mup.scales import HALF, Power, Scales

Size = Callable[[Scales], Power]


@dataclass(frozen=True)
class Rule:
    """size(scales): |step|_F at learning rate 1; damped: name of a damping -> size of the matrix or
    the number that it is added to, and whose power of M it must have; drawn: the rule for biases
    that start at order 1, None where it is the one for those that start at 0."""

    size: Size
    damped: Mapping[str, Size] = field(default_factory=dict)
    drawn: Rule | None = None

    def started(self, drawn: bool) -> Rule:
        """The rule for biases that are drawn, or for such as start at 0."""
        return self.drawn if drawn and self.drawn else self


def joined(inner: Rule) -> Rule:
    """A bias is one more column of the weights beside it, whose input is 1.

    A step u v^T is aligned with (h; 1) / |h|, so that the bias gets one of |h|^2 parts of what the
    layer moves: as much as the weights in the first layer, 1 / M of that in every other. Its
    damping is that of the weights. inner: one that sees fan_in through h alone, as the Kronecker
    family does.
    """
    of_kind("inner", inner, Rule)

    def as_weights(size):
        def of(s):
            return size(s._replace(h=s.beside))

        return of

    weights = as_weights(inner.size)

    def size(s):
        return weights(s) + s.h - s.beside

    return Rule(size, {name: as_weights(one) for name, one in inner.damped.items()})


def gradient(s: Scales) -> Power:
    """|G_w|_F of G_w = dLoss / dw = M^-a delta h^T."""
    return s.delta + s.h - s.a


def entry(s: Scales) -> Power:
    """A typical entry of G_w."""
    return gradient(s) - entries(s)


def entries(s: Scales) -> Power:
    """(fan_in fan_out)^(1/2): the Frobenius norm of a dense matrix with entries of order 1."""
    return (s.fan_in + s.fan_out) / 2


def curvature_entry(s: Scales) -> Power:
    """A typical entry of the diagonal Gauss-Newton matrix, E J^2 h^2."""
    return 2 * (s.jac + s.h - entries(s))


def kronecker(
    e_A: Power = 1,
    e_B: Power = 1,
    errors: str = "output",
) -> Rule:
    """(B + rho_B)^-e_B G (A + rho_A)^-e_A,  A = E h h^T,  B = E J J^T

    SGD (0, 0), FOOF (1, 0), GNT (0, 1), K-FAC (1, 1). errors = "loss": B = E delta delta^T, the
    empirical factor, of the same powers of M.
    """
    e_A = power_of_width("e_A", e_A)
    e_B = power_of_width("e_B", e_B)
    one_of("errors", errors, ("output", "loss"))

    # eigenvalues: squares of the lengths in Scales, as n examples are few
    def outer(s):
        return 2 * (s.jac if errors == "output" else s.delta)

    def inner(s):
        return 2 * s.h

    def size(s):
        return gradient(s) - e_A * inner(s) - e_B * outer(s)

    return Rule(size, {"A": inner, "B": outer})


def shampoo(
    e: Power = HALF,
    of: str = "w",
) -> Rule:
    """(L + rho)^(-e/2) G (R + rho)^(-e/2),  L = G G^T, R = G^T G or means of per-example ones

    of: the gradients of L and R: "w", those that code sees, or "W", those of delta and h. A bias
    has the one factor L, to the power -e.
    """
    e = power_of_width("e", e)
    one_of("of", of, ("w", "W"))

    def seen(s):
        return 2 * (gradient(s) if of == "w" else s.delta + s.h)

    def size(s):
        return gradient(s) - e * seen(s)

    return Rule(size, {"L": seen, "R": seen})


def entrywise(degree: Power = 0) -> Rule:
    """sign(g) |g|^degree: 1 is SGD, 0 sign descent, Adam, Lion; its eps is added to |g|."""
    degree = power_of_width("degree", degree)

    def size(s):
        return degree * entry(s) + entries(s)

    return Rule(size, {"eps": entry})


def diagonal(power: Power = 1) -> Rule:
    """g / (D + eps)^power,  D = E J^2 h^2 the diagonal Gauss-Newton matrix."""
    power = power_of_width("power", power)

    def size(s):
        return gradient(s) - power * curvature_entry(s)

    return Rule(size, {"eps": curvature_entry})


def clipped() -> Rule:
    """clip(g / (gamma D), 1): Sophia; the clipped fraction stays where gamma goes like g / D."""

    def gamma(s):
        return entry(s) - curvature_entry(s)

    return Rule(entries, {"gamma": gamma})


def spectral(scale: str = "none") -> Rule:
    """The polar factor of G times a number: Muon, Shampoo with e = 1/2.

    scale: "none"; "ratio", (fan_out / fan_in)^(1/2); "rows", max(1, fan_out / fan_in)^(1/2);
    "largest", max(fan_in, fan_out)^(1/2); "entries", (fan_in fan_out)^(1/2) / |O|_F, which is that
    of dense entries. eps is added to |G|_F.
    """
    chosen: dict[str, Size] = {
        "none": lambda s: Integer(0),
        "ratio": lambda s: (s.fan_out - s.fan_in) / 2,
        "rows": lambda s: Max(0, s.fan_out - s.fan_in) / 2,
        "largest": lambda s: Max(s.fan_in, s.fan_out) / 2,
        "entries": entries,
    }
    one_of("scale", scale, chosen)
    return Rule(chosen[scale], {"eps": gradient})


def blocked(
    e: Power = HALF,
    share: Power = Integer(0),
) -> Rule:
    """Shampoo by blocks: a side of M is cut into blocks of M^share, each with an L and an R of its
    own. share = 0: blocks of a fixed size; 1: none are cut. A side that has no M is left whole.

    The (fan_in fan_out)^(1 - share) blocks have that share of |G|^2 each, and their steps the norm
    |G_block|^(1 - 2 e). More rows than examples in every block.
    """
    e = power_of_width("e", e)
    share = power_of_width("share", share)

    def cuts(s):
        """(number of blocks)^(1/2)"""
        return (1 - share) * entries(s)

    def gram(s):
        return 2 * (gradient(s) - cuts(s))

    def size(s):
        return (1 - 2 * e) * (gradient(s) - cuts(s)) + cuts(s)

    return Rule(size, {"L": gram, "R": gram})


def eigenbasis(
    left: bool = True,
    right: bool = True,
) -> Rule:
    """Adam in the eigenvectors of L = G G^T, of R = G^T G, or of both: SOAP, the basis being that
    of the gradient at hand. In any other basis it is Adam, `entrywise`.

    A side that is turned has as many entries as examples, one that is not has all of its own. A
    bias keeps its coordinates: it is Adam's.
    """
    switch("left", left)
    switch("right", right)

    def kept(s):
        """The Frobenius norm of entries of order 1 in that basis."""
        if s.weight is None:
            return entries(s)
        rows = 0 if left else s.fan_out / 2
        columns = 0 if right else s.fan_in / 2
        return rows + columns

    # eps stands beside a root of an average of squares: a typical entry in that basis
    return Rule(kept, {"eps": lambda s: gradient(s) - kept(s)})


def natural() -> Rule:
    """(F + damping)^-1 g, F a layer's Gauss-Newton matrix or E-KFAC's: damping of the product."""

    def curvature(s):
        return 2 * (s.jac + s.h)

    return Rule(lambda s: gradient(s) - curvature(s), {"damping": curvature})


def secant() -> Rule:
    """H_g G (A + damping^(1/2))^-1: K-BFGS at its first step, H_g = I: FOOF.

    Later steps have no power of M: along the pairs that H_g has learned they are K-FAC's, elsewhere
    FOOF's, and one damping is added to A ~ M and bounds curvatures of order 1 / M.
    """
    return Rule(kronecker(1, 0).size, {"damping": lambda s: 4 * s.h})


def trust_ratio(inner: Rule) -> Rule:
    """|w| u / |u|, u the step of `inner`: LARS, LAMB. From w = 0, as biases start, it is u; from
    biases of order 1 their steps are of that order too.

    eps is that of `inner` where it has one, as in LAMB, and is added to |u| otherwise, as in LARS.
    """
    of_kind("inner", inner, Rule)

    # |w| is that of w = M^a W, the variable that the method sees
    def size(s):
        return inner.size(s) if s.weight is None else s.weight + s.a

    def from_order_1(s):
        return (s.fan_out / 2 if s.weight is None else s.weight) + s.a

    damped = {"eps": inner.damped.get("eps", inner.size)}
    return Rule(size, damped, Rule(from_order_1, damped))


def grafted(magnitude: Rule) -> Rule:
    """The direction of one method with the length of another's step: the other's exponents."""
    of_kind("magnitude", magnitude, Rule)
    return Rule(magnitude.size, drawn=magnitude.drawn and grafted(magnitude.drawn))


def unnormalised() -> Rule:
    """Omega_1^-1 G Omega_2^-1,  Omega_1 = E S S^T, Omega_2 = E S^T S: TNT without its traces."""

    def omega(s):
        return 2 * (s.jac + s.h)

    return Rule(lambda s: gradient(s) - 2 * omega(s), {"Omega": omega})

"""What claims on widths measure without scatter: k copies of one network, side by side.

A network of k UNITS hidden units made of k equal ones: |h|^2 is k times that of one, |J|^2 k^(1 - 2
head) times, and every Gram matrix over examples is that of one times such a power. A method that
sees the width through these norms alone moves RMS(dW_l h_(l-1)) by an exact power of k, which is
what lab.theory.mup derives; a method that sees more (entries outside the blocks, ranks) shows it
here without any scatter. What copies can't show is what random weights do:
lab.claims.width.networks.

Why exact: a step of such a network is, layer by layer, a function of Gram matrices over examples,
and those of k copies are that of one, times a power of k. An exponent is then the logarithm of a
ratio of two numbers, known to rounding, where drawn networks scatter by M^(-1/2).

Limits: ranks do not grow with k, so that what depends on the rank of a full batch is not seen here:
mup-ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from sympy import Symbol

from lab.arrays import Layers
from lab.claims import between, choice, equal, integers, sometimes, symbols
from lab.instruments.width import Start, slope
from lab.objectives.networks import MLP, Network
from lab.optimizers.wrappers.moving_basis import InMovingBasis
from lab.optimizers.wrappers.parameterized import ROLES, Parameterized, Powers, Widths
from lab.simulation import simulate
from lab.theory.mup import PLACES, Rule, scales, update

# 4 is the least square above 1: blocks of sqrt(k) copies are whole
COPIES = (1, 4)
# no fewer than examples times outputs: factors have the same rank in every number of copies
UNITS = 6
INPUTS = 3
EXACT = "sizes of k copies are exact powers of k: what is left is the rounding of roots"

c, b_L, activation, seed_of, off = symbols("c b_L activation seed_of off")
NETS = {
    activation: choice("tanh", "relu"),
    seed_of: integers(0, 999),
    # any rate: it only shifts the power, and a part that forgot it would show
    c: between(-1, 1),
    # from NTK's head to beyond muP's
    b_L: between(0.5, 1.5),
}
# the power of k by which dampings miss those of the rule: 0, or what shows that they count
OFF = {off: sometimes(0.0, between(-1, 1))}


class Data(NamedTuple):
    """Which network is copied.

    outputs times examples are at most UNITS, or the factors of one copy are rank deficient where
    those of four are not.
    """

    activation: str
    seed: int
    outputs: int = 2
    examples: int = 3
    biases: bool = True


@cache
def one_network(data: Data) -> tuple[Network, Layers]:
    """Two hidden layers of UNITS units, and a start with the run axis (1,). Cached: tens of cases
    share it."""
    # numbers of examples and outputs are part of the seed: no two networks are prefixes of each
    # other
    rng = np.random.default_rng([data.seed, data.outputs, data.examples])
    x = rng.standard_normal((data.examples, INPUTS))
    y = rng.standard_normal((data.examples, data.outputs))
    network = _mlp(data, x, y, UNITS)
    return network, network.start((1,), rng)


def _mlp(data, x, y, width):
    """Two hidden layers of one width, as the case has them."""
    return MLP(
        x,
        y,
        (width, width),
        activation=data.activation,
        biases=data.biases,
    )


@cache
def copies(data: Data, k: int, head: float = 1.0) -> Start:
    """k copies that share the inputs; W_L is that of one, k times over, times k^-head.

    Features and errors of a layer stand there k times: |h|^2 = k |h_1|^2, |J|^2 = k^(1 - 2 head)
    |J_1|^2, without an error. Hidden weights are block diagonal, |W|_F^2 = k |W_1|_F^2: as of a
    draw with variance 1 / M, whose Frobenius norm is sqrt(M). f_0 is subtracted, so the residuals
    are the same for every k and head.

    Entries between copies are 0 at the start, and not after a step: all k x k blocks of a gradient
    are equal.

    k >= 1; k = 1 is the network itself. head: any power, 1/2 is NTK's and SP's, 1 muP's.
    """
    one, theta = one_network(data)
    network = _mlp(data, one.x, one.y, k * UNITS)
    blocks = []
    for x, role in zip(theta, one.roles, strict=True):
        blocks.append(_copied(x[0], role, k, head)[None])
    return Start(network, Layers(blocks, theta.orders, theta.roles), True)


def _copied(x, role, k, head):
    """A block of k copies: the head side by side and scaled, its bias as it is, hidden weights on
    the diagonal, all others one below the other."""
    if role.place == "output" and x.ndim == 1:
        return x
    if role.place == "output":
        scale = float(k) ** -head
        return scale * np.tile(x, k)
    if role.place == "hidden" and x.ndim == 2:
        return np.kron(np.eye(k), x)
    return np.concatenate([x] * k)


class Case(NamedTuple):
    """One instance: a network, the rate k^-c, the head k^-head, and the power of k by which
    dampings miss the rule.

    off = 0 is the rule; another off has to break what a claim says of a method that is damped."""

    data: Data
    c: float
    head: float
    off: float = 0.0


def cases(
    activation,
    seed_of,
    c,
    b_L,
    off=None,
    *,
    biases: bool = True,
) -> list[Case]:
    """The instances of a call, one case each: the activation is shared, the others are (R,).

    biases: whether the networks have them. A method that sees a bias as a column of its weight is
    compared without.
    """
    missed = np.zeros(len(seed_of)) if off is None else off
    found = []
    for seed, *numbers in zip(seed_of, c, b_L, missed, strict=True):
        network = Data(activation, int(seed), biases=biases)
        found.append(Case(network, *map(float, numbers)))
    return found


def stepped(
    method: Any,
    case: Case,
    k: int,
    d: dict[str, float] | None = None,
    damped: str | None = None,
) -> tuple[Start, Any]:
    """k copies, and theta after the first step that moves, at the rate k^-c, dampings k^-d.

    method: an optimizer, or what gives one for k. damped: the hyper-parameter that d scales.

    The run axis is (1,). A method that only looks at the first gradient gets two steps.
    """
    # what depends on k, blocks and bases, comes as a function of it
    if not hasattr(method, "step"):
        method = method(k)
    dampings = dict.fromkeys(ROLES, 0.0) | (d or {})
    rates = {role: Powers(0.0, case.c, dampings[role]) for role in ROLES}
    begun = copies(case.data, k, case.head)
    sized = Parameterized(method, rates, Widths(k, 1), damped)
    # some methods only look at the first gradient
    waits = isinstance(method, InMovingBasis)
    run = simulate(begun.objective, sized, begun.theta, steps=1 + waits)
    return begun, run.final


def powers_of(method: Any, case: Case, d=None, damped=None) -> dict[str, float]:
    """role -> p of RMS(dW_l h_(l-1)) ~ k^p, of the first block with that role.

    From one copy and four: two sizes are enough for a power that is exact.

    Roles as in ROLES: a bias of a layer has its own.
    """
    found: dict[str, list] = {}
    for k in COPIES:
        begun, theta = stepped(method, case, k, d, damped)
        own = begun.moved(theta)[0]
        roles = [name.rpartition(" ")[0] for name in begun.names]
        for role in dict.fromkeys(roles):
            found.setdefault(role, []).append(own[roles.index(role)])
    return {role: slope(COPIES, sizes).value for role, sizes in found.items()}


class Moves(NamedTuple):
    """The powers of k by which the roles move at the rate k^-c, as a rule says: parts of a claim.

    name: what the method is called; rule: what it is to `lab.theory.mup`.

    says, where and of are the three places of a claim that must agree: a rule that is entered once
    gives all of them.
    """

    name: str
    rule: Rule
    roles: tuple[str, ...] = PLACES

    def symbol(self, role: str) -> Symbol:
        """What is measured for a role."""
        return symbols("_".join(f"{self.name} {role}".split()))

    def says(self, atol: float = 1e-6, because: str = EXACT) -> dict[str, Any]:
        """A part per role."""
        found = {}
        for role in self.roles:
            power = update(self.rule, role, c, head=b_L)
            found[f"{self.name}, {role}"] = equal(
                self.symbol(role), power, atol=atol, because=because
            )
        return found

    def where(self) -> dict[Symbol, str]:
        """What the symbols are."""
        return {
            self.symbol(role): f"p of RMS(dW_l h_(l-1)) ~ k^p, {self.name}, {role}"
            for role in self.roles
        }

    def of(
        self,
        methods: Any,
        found: Sequence[Case],
        damping: str | None = None,
        damped: str = "eps",
    ) -> dict[Symbol, np.ndarray]:
        """What is measured: methods, one for all cases or one each.

        damping: its name in the rule; damped: the hyper-parameter that it is, for the method.
        """
        each = methods if isinstance(methods, list) else [methods] * len(found)
        rows = []
        for method, case in zip(each, found, strict=True):
            if damping is None:
                rows.append(powers_of(method, case))
            else:
                rows.append(powers_of(method, case, self.dampings(damping, case), damped))
        columns = {}
        for role in self.roles:
            powers = [row[role] for row in rows]
            columns[self.symbol(role)] = np.array(powers)
        return columns

    def dampings(self, damping: str, case: Case) -> dict[str, float]:
        """d of each role as the rule says, and what the case is off: the damping is k^-d times that
        of one copy."""
        size = self.rule.damped[damping]
        found = {}
        for role in ROLES:
            power = size(scales(role, case.head))
            found[role] = case.off - float(power)
        return found


def all_of(what: str, *tables: Moves) -> dict[Any, Any]:
    """`says` or `where` of several tables, joined.

    Names of tables must differ: a part of the same name would be lost.
    """
    found: dict[Any, Any] = {}
    for table in tables:
        found |= getattr(table, what)()
    return found

"""The first step of methods with a derived rule, on drawn networks of many widths.

A derived c is a statement on the limit M -> inf; at 64 to 2048 units a slope is off by what is
left of the next order. Two things keep that small: the geometric mean over starts, whose slope is
the mean of slopes, and the slope between the two largest widths beside that over all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Layers
from lab.checks import count, one_of
from lab.instruments.width.methods import METHODS, WIDE, Method, unscaled
from lab.instruments.width.slopes import Slope, slope
from lab.instruments.width.study import Start, Study, powers, standard_study
from lab.optimizers.wrappers.parameterized import Parameterized, Widths, role_name
from lab.simulation import simulate
from lab.theory.mup import exponents

# they do not nearly cancel: the step of a bias is their sum
TARGETS = np.array([1.0, -1.0, 1.0, 1.0, 1.0, 1.0])


class Net(NamedTuple):
    """Two hidden layers; biases: None for none, 0 for such as start at 0, which the first step of
    weights does not see, else the standard deviation of hidden ones at the start.

    Output biases start at 0 in any case: f_0 is subtracted.
    """

    activation: str = "tanh"
    biases: float | None = 0.0


NETS = tuple(Net(phi, biases) for phi in ("tanh", "relu") for biases in (None, 0.3))


class Measured(NamedTuple):
    """One role of one method: c of the rate M^-c, derived; measured over all widths; and between
    the two largest alone: what comes near its limit slowly is nearer there.

    margin: how far from `derived` a slope may be and still be said to be within it.
    """

    method: str
    net: Net
    role: str
    derived: float
    slope: Slope
    widest: Slope
    widths: tuple[int, ...]
    margin: float

    def said(self) -> str:
        """Whether the slope is within the margin of the derived one, or nearer between the two
        largest widths and within it there.

        The interval has no say: with enough starts it is narrower than the bend of a finite width.
        """
        if abs(self.slope.value - self.derived) <= self.margin:
            return f"within {self.margin:g}"
        gap = abs(self.widest.value - self.derived)
        nearer = gap < abs(self.slope.value - self.derived)
        ends = f"{self.widths[-2]} to {self.widths[-1]}"
        if nearer and gap <= self.margin:
            return f"within {self.margin:g} from {ends}"
        return f"NOT within {self.margin:g}"


class Size(NamedTuple):
    """How much is measured: groups of starts, the starts of a group times the width, and by how
    much a slope may be off.

    groups give the interval, starts within a group the same scatter at every width: a group has
    max(1, starts // width) of them. widest: the last width unless told otherwise.
    """

    groups: int
    starts: int
    widest: int
    margin: float


# eight starts at 2048 and 256 at 64, and what is asked of slopes up to there
CHEAP = Size(8, 2048, 2048, 0.05)
# roots of matrices cost the cube of the width
DENSE = Size(8, 512, 512, 0.1)


def derived_and_measured(
    names: Sequence[str],
    widest: int | None = None,
) -> Iterator[Measured]:
    """`first_steps` of methods of METHODS and WIDE on tanh and ReLU, without and with biases.

    Widths double from 64 to `widest`: 2048 unless given, and 512 where a method decomposes matrices
    of a layer. ValueError for a name that neither has, or widest < 128.
    """
    for name in names:
        one_of("names", name, sorted({*METHODS, *WIDE}))
    cheap = {name: WIDE[name] for name in names if name in WIDE}
    others = {name: METHODS[name] for name in names if name not in WIDE}
    for methods, size in ((cheap, CHEAP), (others, DENSE)):
        last = count("widest", size.widest if widest is None else widest, 128)
        widths = tuple(64 * 2**k for k in range(int(np.log2(last / 64)) + 1))
        for net in NETS if methods else ():
            yield from first_steps(methods, net, widths=widths, size=size)


def first_steps(
    methods: Mapping[str, Method],
    net: Net = Net(),
    *,
    widths: tuple[int, ...] = (64, 128, 256, 512),
    size: Size = DENSE,
) -> list[Measured]:
    """A row for each method and role: the slope in the width M of RMS(dW_l h_(l-1))

    Of the first step that moves, at a rate that does not scale, from muP's start with f_0
    subtracted: the c that undoes it. Data of `standard_study`. methods: by the name of their rule
    in RULES. Each group of starts has a slope of its own; the interval is Student's of their mean.
    A logarithm scatters as (starts width)^(-1/2): a group has more starts at small widths, so that
    all scatter alike. All methods see the same starts.
    """
    study = standard_study(widths=widths, biases=net.biases is not None)
    study = replace(study, activation=net.activation, y=TARGETS)
    sizes = _sizes(methods, net, study, size)
    roles = [role_name(role) for role in study.network(widths[0]).roles]
    found = []
    for k, (name, method) in enumerate(methods.items()):
        for role in dict.fromkeys(roles):
            # of the first block with that role
            own = sizes[:, :, k, roles.index(role)]
            c = derived_rate(name, role, method.bias, bool(net.biases))
            both = slope(widths, own), slope(widths[-2:], own[-2:])
            found.append(Measured(name, net, role, c, *both, study.widths, size.margin))
    return found


def derived_rate(
    name: str,
    role: str,
    bias: str,
    drawn: bool,
) -> float:
    """c of a role: that of the table, but of a bias what its method makes of it (see `Method`).

    A joined bias moves by an entry of its weights: in the output layer, which has M inputs of order
    1, M^-1 times what the weights move. A relative one of order 1 moves by that. drawn: whether
    hidden biases start from a draw, and are of order 1; those that start at 0 follow the table.
    """
    rows = exponents(name).rows
    if bias == "joined" and role == "output bias":
        return float(rows["output"].c) - 1.0
    if bias == "relative" and role == "hidden bias" and drawn:
        return 0.0
    return float(rows[role].c)


def _sizes(
    methods,
    net,
    study,
    size,
) -> np.ndarray:
    """RMS(dW_l h_(l-1)) by width, group, method and block: (widths, groups, methods, blocks)."""
    found = []
    for width in study.widths:
        each = max(1, size.starts // width)
        sized = Widths(width, study.base)
        at = []
        for start in _starts(study, width, (size.groups, each), net.biases):
            at.append([_size(start, one, sized) for one in methods.items()])
        found.append(at)
    return np.array(found)


def _size(start, named, widths) -> np.ndarray:
    """Geometric means over the starts, (blocks,): their slope is the mean of slopes.

    0 where a block does not move in one of the starts, and no slope then.
    """
    name, method = named
    damped = "damping" if method.damped else None
    sized = Parameterized(method.optimizer, unscaled(name, method), widths, damped)
    # what does not move has the logarithm -inf, and the mean 0
    with np.errstate(divide="ignore"):
        return np.exp(np.log(first_move(start, sized)).mean(0))


def _starts(
    study: Study,
    width: int,
    sizes: tuple[int, int],
    biases: float | None,
) -> list[Start]:
    """The groups of one width, and how many starts each has: sizes is (groups, starts of each)."""
    groups, each = sizes
    whole = replace(study, seeds=groups * each).at(width, powers(exponents("SGD")))
    theta = _with_biases(whole, biases or 0.0, width)
    found = []
    for group in range(groups):
        own = slice(group * each, (group + 1) * each)
        few = Layers([x[own] for x in theta], theta.orders, theta.roles)
        found.append(Start(whole.network, few, study.centred))
    return found


def _with_biases(
    start: Start,
    size: float,
    width: int,
) -> Layers:
    """The start with hidden biases of standard deviation `size`, drawn for this width."""
    rng = np.random.default_rng([width, 1])
    blocks = []
    theta = start.theta
    for x, role in zip(theta, start.network.roles, strict=True):
        hidden = role_name(role) == "hidden bias"
        blocks.append(size * rng.standard_normal(x.shape) if hidden else x)
    return Layers(blocks, theta.orders, theta.roles)


def first_move(
    start: Start,
    method: Any,
) -> np.ndarray:
    """RMS(dW_l h_(l-1)) of the first step that moves, (seeds, blocks): of two steps where the first
    does not, as some methods only look at it.

    A step of 0 in every block and seed is one that does not move.
    """
    moved = _after(start, method, 1)
    return moved if moved.max() > 0 else _after(start, method, 2)


def _after(start, method, steps):
    """The moves after so many steps of the full batch."""
    record = {"moved": start.moved}
    protocol = {"steps": steps, "every": steps, "record": record}
    run = simulate(start.objective, method, start.theta, **protocol)
    return run["moved"][-1]

"""A parameterization in the width, around any optimizer.

What a rate or a start should be at another width is a power of the width per layer, by the role of
the layer: one side of W_l may be fixed (the data's, the outputs') while the other grows. Of the
parameterizations (a, b, c) this is a = 0: a factor in the forward pass can be moved into b and c.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Layers, Role
from lab.checks import able, count, real
from lab.optimizers.protocol import Optimizer, of_inner, path_to, value_at, with_scaled

ROLES = ("input", "hidden", "output", "hidden bias", "output bias")


class Powers(NamedTuple):
    """Of one role: weights vary as M^-2b at the start (standard deviation M^-b), the rate goes as
    M^-c, the damping as M^-d. Negative powers grow with the width."""

    b: float
    c: float
    d: float = 0.0


class Widths(NamedTuple):
    """The hidden width M of a network, and the one, base, at which nothing is changed."""

    width: int
    base: int

    @property
    def ratio(self) -> float:
        """M / base."""
        return self.width / self.base


class Sized(NamedTuple):
    """One number per block, shaped to multiply it, of rates and of dampings; inner: the state of
    `inner`."""

    rates: Layers
    dampings: Layers
    inner: Any


def role_name(role: Role) -> str:
    """What a block is to the table: weights and kernels by the place of their layer; biases,
    scales and shifts "output bias" in the last layer, "hidden bias" in any other: their inputs are
    as many at every width."""
    if role.kind in ("weight", "kernel"):
        return role.place
    return "output bias" if role.place == "output" else "hidden bias"


@dataclass(frozen=True)
class Parameterized:
    """lr_l = lr (M / base)^-c_l,  damping_l = damping (M / base)^-d_l,  std_l ~ M^-b_l

    `inner` with hyper-parameters that are right at the base width, on a network of hidden width M
    (several hidden widths: in fixed proportion). table: role -> Powers, for the roles input,
    hidden, output, hidden bias, output bias that theta has; `lab.instruments.width.powers` makes it
    from `lab.theory.mup.exponents`. damped: the name of the damping in `inner` ("damping", "eps"),
    or None to leave it. At M = base this is `inner`, in every parameterization. The start is
    another matter of the parameterization: theta = wrapper.start(objective, runs, rng).

    State: the factors per block, and that of `inner`. TypeError for a theta without roles, for a
    role that the table lacks, and where `inner` has no such damping.

    SGD in muP (Ishikawa & Karakida 2024, Table 1 with e = 0) has c = -1, 0, 1 and b = 0, 1/2, 1 for
    input, hidden and output: at four times the base width the input layer has 4 lr, the last one lr
    / 4 and a start half as large as that of variance 1 / fan_in.

        table = {"input": (0, -1), "hidden": (0.5, 0), "output": (1, 1)}
        Parameterized(SGD(0.1), table, (1024, 256))
    """

    inner: Optimizer
    table: Mapping[str, Powers]
    widths: Widths
    damped: str | None = None

    def __post_init__(self):
        able("Parameterized.inner", self.inner, "init", "step")
        # frozen: what was typed as tuples becomes named once, here
        object.__setattr__(self, "widths", _checked_widths(self.widths))
        object.__setattr__(self, "table", _checked_table(self.table))
        if self.damped is not None:
            path = path_to(self.inner, self.damped)
            if value_at(self.inner, path, self.damped) is None:
                raise TypeError(f"Parameterized.damped = {self.damped!r}: is None in inner")

    needs = of_inner("needs")
    matrices = of_inner("matrices")
    units = of_inner("units")
    vectors = of_inner("vectors")

    def init(self, theta):
        rates = self._factors(theta, "c")
        dampings = self._factors(theta, "d")
        inner = self._scaled(rates, dampings)
        return Sized(rates, dampings, inner.init(theta))

    def step(self, s, oracle, theta):
        inner = self._scaled(s.rates, s.dampings)
        delta, state = inner.step(s.inner, oracle, theta)
        return delta, s._replace(inner=state)

    def metric(self, s):
        return self._scaled(s.rates, s.dampings).metric(s.inner)

    def start(
        self,
        objective: Any,
        runs: tuple[int, ...] = (),
        rng: Any = None,
    ) -> Layers:
        """The objective's own start with its weights rescaled to this parameterization.

        The objective draws with variance 1 / fan_in: W of the input layer then goes as
        (M / base)^-b, the others as (M / base)^(1/2 - b). TypeError as for the wrapper.
        """
        theta = objective.start(runs, rng)
        blocks = []
        for x, role in zip(theta, _roles(theta), strict=True):
            name = role_name(role)
            # 1 / fan_in is M^-2b with b = 1/2 where the inputs of a layer are as many as M
            own = 0.5 if name in ("hidden", "output") else 0.0
            blocks.append(x * self.widths.ratio ** (own - self._powers(name).b))
        return Layers(blocks, theta.orders, theta.roles)

    def _scaled(self, rates, dampings):
        """`inner` with its rate, and the damping if one is named, times a factor per block."""
        inner = with_scaled(self.inner, path_to(self.inner, "lr"), "lr", rates)
        if self.damped is None:
            return inner
        return with_scaled(inner, path_to(inner, self.damped), self.damped, dampings)

    def _factors(self, theta, power):
        """(M / base)^-power per block."""
        blocks = []
        for k, role in zip(theta.orders, _roles(theta), strict=True):
            exponent = getattr(self._powers(role_name(role)), power)
            # an axis of length 1 per axis of the block: it multiplies runs and entries alike
            blocks.append(np.full((1,) * k, self.widths.ratio**-exponent))
        return Layers(blocks, theta.orders, theta.roles)

    def _powers(self, name):
        """The row of one role; a table may lack roles that theta does not have."""
        if name not in self.table:
            told = ", ".join(self.table)
            raise TypeError(f"Parameterized.table has {told or 'no role'}: theta needs {name!r}")
        return self.table[name]


def _roles(theta):
    """Of every block."""
    roles = getattr(theta, "roles", None)
    if roles is None:
        raise TypeError("Parameterized: theta has no roles, so which layer is which is not known")
    return roles


def _checked_widths(widths) -> Widths:
    width, base = widths
    return Widths(
        count("Parameterized.widths.width", width), count("Parameterized.widths.base", base)
    )


def _checked_table(table) -> dict[str, Powers]:
    if not isinstance(table, Mapping):
        raise TypeError(
            f"Parameterized.table is {type(table).__name__}: must be a mapping of role -> Powers"
        )
    found = {}
    for role, row in table.items():
        if role not in ROLES:
            raise ValueError(
                f"Parameterized.table has the role {role!r}: must be one of {', '.join(ROLES)}"
            )
        # a plain tuple (b, c) or (b, c, d) will do
        row = Powers(*row)
        for name, value in zip(Powers._fields, row, strict=True):
            real(f"Parameterized.table[{role!r}].{name}", value, 0)
        found[role] = row
    return found

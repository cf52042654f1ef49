"""What widths are compared on: one set of data, networks that differ in nothing but the width.

Every start is drawn with variance 1 / fan_in and rescaled to its parameterization by
`Parameterized.start`, so that at the base width all of them are one network. Sizes are measured
against the features of the start, which a first step sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lab.arrays import Layers
from lab.checks import count, keep, positive, real, switch
from lab.objectives.networks import MLP, Network
from lab.objectives.networks.passes import Pass
from lab.objectives.networks.stages import Dense
from lab.optimizers.gradient.first_order import SGD
from lab.optimizers.wrappers.parameterized import Parameterized, Powers, Widths, role_name
from lab.theory.mup import Table


@dataclass(frozen=True, eq=False)
class Study:
    """x (m, d) and y (m,) or (m, o), half squares; `depth` hidden layers of every width

    base: the width at which all parameterizations are the same network. seeds: starts per width.
    centred: f_0 is subtracted, so that the residual is -y at every width; without it f_0 falls as
    M^(1/2 - b_L), which bends slopes. The number of examples times depth should stay below a fifth
    of the least width: the moves are sums over examples, whose inner products then still
    concentrate. activation: of the hidden layers; biases: in every layer or none; gain: factor of
    the start. ValueError for less than two widths, and what MLP refuses.
    """

    x: np.ndarray
    y: np.ndarray
    widths: tuple[int, ...] = (64, 128, 256, 512)
    depth: int = 2
    activation: str = "tanh"
    biases: bool = False
    base: int = 64
    seeds: int = 4
    centred: bool = True
    gain: float = 1.0

    def __post_init__(self):
        keep(self, x=real("Study.x", self.x, 2))
        widths = tuple(count(f"Study.widths[{k}]", m) for k, m in enumerate(self.widths))
        if len(set(widths)) < 2:
            raise ValueError(f"Study.widths = {widths}: must be at least two different ones")
        keep(self, widths=widths)
        count("Study.depth", self.depth)
        count("Study.base", self.base)
        count("Study.seeds", self.seeds)
        switch("Study.biases", self.biases)
        switch("Study.centred", self.centred)
        positive("Study.gain", real("Study.gain", self.gain, 0))

    def network(
        self,
        width: int,
    ) -> Network:
        """The network of one width: MLP(x, y, (M,) * depth)."""
        hidden = (width,) * self.depth
        return MLP(
            self.x, self.y, hidden, activation=self.activation, biases=self.biases, gain=self.gain
        )

    def at(
        self,
        width: int,
        table: Mapping[str, Powers],
    ) -> Start:
        """The network and the starts (seeds, ...) of one width in a parameterization.

        The seeds of two widths are independent; those of two parameterizations are the same. table:
        role -> (b, c, d), of which the start uses b. TypeError for a role that it lacks.
        """
        network = self.network(width)
        drawn = Parameterized(SGD(1.0), table, Widths(width, self.base))
        # the width is part of the seed: widths are independent samples of one slope
        rng = np.random.default_rng([width, self.seeds])
        theta = drawn.start(network, (self.seeds,), rng)
        return Start(network, theta, self.centred)


def standard_study(
    *,
    widths: tuple[int, ...] = Study.widths,
    seeds: int = 6,
    biases: bool = True,
) -> Study:
    """Six orthogonal examples of 16 coordinates, targets +-1, tanh, widths 64 to 512.

    Six examples times two hidden layers are below a fifth of the least width, and orthogonal ones
    leave no small eigenvalue: slopes are then within 0.1 of their limits. widths, seeds, biases:
    those of Study; its other fields by dataclasses.replace.
    """
    rng = np.random.default_rng(15)
    q, _ = np.linalg.qr(rng.standard_normal((16, 6)))
    # coordinates of order 1, as of standardised data
    x = np.sqrt(16) * q.T
    y = np.array([1.0, -1.0, 1.0, 1.0, 1.0, -1.0])
    return Study(x, y, widths=widths, biases=biases, seeds=seeds)


@dataclass(frozen=True, eq=False)
class Start:
    """A network at its starts theta (S, ...); what its layers see there.

    centred: whether f_0 is subtracted from its outputs. Everything is computed once, when asked.
    """

    network: Network
    theta: Layers
    centred: bool

    @cached_property
    def _pass(self) -> Pass:
        return self.network.evaluate(self.theta)

    @cached_property
    def objective(self) -> Any:
        """The network, with f_0 subtracted where the study says so: what is trained."""
        return Centred(self.network, self._pass.z) if self.centred else self.network

    @property
    def names(self) -> tuple[str, ...]:
        """Of the blocks: role and number of the layer, "hidden 2", "output bias 3"."""
        return tuple(f"{role_name(role)} {role.layer + 1}" for role in self.network.roles)

    @cached_property
    def _inputs(self) -> list[np.ndarray]:
        """h_(l-1) (S, m, d) of every block; a bias has none, its change is the step itself.

        A bias stands beside the inputs of its own layer, so that blocks and inputs have one order.
        """
        dense = [at.x for at in self._pass.points if isinstance(at.stage, Dense)]
        return [dense[role.layer] for role in self.network.roles]

    def moved(
        self,
        theta: Layers,
    ) -> np.ndarray:
        """RMS over units and examples of (W - W_0) h_(l-1), features of the start: (*r, blocks).

        A weight (o, d) moves h (m, d) by h dW^T; a bias moves every example by its own change.
        theta has leading axes before those of the starts, where a rate is swept.
        """
        sizes = []
        for new, old, h, k in zip(theta, self.theta, self._inputs, theta.orders, strict=True):
            step = new - old
            change = h @ np.swapaxes(step, -1, -2) if k == 2 else step[..., None, :]
            sizes.append(np.sqrt((change**2).mean((-1, -2))))
        return np.stack(sizes, -1)

    def changed(
        self,
        theta: Layers,
    ) -> np.ndarray:
        """RMS of the change of every layer's pre-activations, (*r, layers).

        Over examples and units, from those of the start: the layer's own change and what reaches it
        from the layers below.
        """
        now = self.network.evaluate(theta).points
        sizes = []
        for new, old in zip(now, self._pass.points, strict=True):
            if isinstance(old.stage, Dense):
                change = new.y - old.y
                sizes.append(np.sqrt((change**2).mean((-1, -2))))
        return np.stack(sizes, -1)


@dataclass(frozen=True, eq=False)
class Centred:
    """A network from whose outputs those of the start were subtracted: loss(z - z_0, y)

    Half squares: the same as targets y + z_0, run by run. offset: z_0 (S, m, o). A batch is rows
    (S, B), or None for all. At the start the residual is then -y in every run and at every width,
    and the gradient that of a network whose output is 0.
    """

    network: Network
    offset: np.ndarray

    @property
    def offers(self):
        """What the network offers."""
        return self.network.offers

    @property
    def examples(self):
        """The number of examples, m."""
        return self.network.examples

    def start(
        self,
        runs=(),
        rng=None,
    ):
        """The network's own starts."""
        return self.network.start(runs, rng)

    def draw(self, rng, runs, size):
        """The network's own: rows of a batch."""
        return self.network.draw(rng, runs, size)

    def evaluate(
        self,
        theta,
        batch=None,
    ):
        """The pass with targets y + z_0 of the rows, (S, B) or all."""
        x = self.network.x
        y = self.network.y + self.offset
        if batch is not None:
            x = x[batch]
            y = np.take_along_axis(y, batch[..., None], -2)
        return Pass(self.network, theta, x, y)

    def loss(
        self,
        theta,
        batch=None,
    ):
        """The mean loss at theta, (*r,)."""
        return self.evaluate(theta, batch).loss

    def grad(
        self,
        theta,
        batch=None,
    ):
        """Its gradient, like theta."""
        return self.evaluate(theta, batch).grad

    def curvature(self, theta, batch, labels, rng):
        """That of the network: the offset moves targets, and half squares have the curvature 1."""
        return self.evaluate(theta, batch).curvature(labels, rng)


def powers(
    table: Table,
    damping: str | None = None,
) -> dict[str, Powers]:
    """The numbers of a derived table: role -> (b, c, d), d that of the damping with this name.

    None: d = 0. TypeError for a name that the rule has not, or exponents that are symbols: a table
    of a rule with free exponents needs numbers first.
    """
    names = list(table.rule.damped)
    if damping is not None and damping not in names:
        told = ", ".join(names) or "none"
        raise TypeError(f"damping = {damping!r}: the rule has {told}")
    found = {}
    for role, row in table.rows.items():
        d = 0 if damping is None else row.d[damping]
        found[role] = Powers(_number(row.b), _number(row.c), _number(d))
    return found


def _number(x) -> float:
    """An exponent as a number. TypeError for one with symbols."""
    try:
        return float(x)
    except TypeError:
        raise TypeError(f"the exponent {x} has symbols: give numbers for them") from None

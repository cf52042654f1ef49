"""What a run returns, simulated or exact.

    run = simulate(objective, Adam(lr=[0.01, 0.1]), theta, steps=100)
    run["loss"]                     # (101, 2): a row per step, a column per rate
    run.steps_to(1e-3)              # (2,): the first step at or below it, inf where there is none

Time is the first axis everywhere, runs come next; methods that summarise take one run axis away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lab.arrays import Params
from lab.checks import is_integer


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Recorded series of a run, time first.

    t (K,) steps; series name -> (K, *r) (further axes allowed, e.g. theta); error name -> (K, *r)
    one standard error, absent when exact; final: theta after the last step. A diverged run is inf
    from where it left the floating-point range.

    Steps need not be consecutive: `every` thins them out, and `exact` takes any increasing ones.
    Nothing here knows how the numbers were made, so that figures and claims read simulated and
    exact runs alike. trajectory[name] is a series; KeyError naming those there are.
    """

    t: np.ndarray
    series: Mapping[str, np.ndarray]
    error: Mapping[str, np.ndarray] = field(default_factory=dict)
    final: Params | None = None

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.series:
            known = ", ".join(self.series)
            raise KeyError(f"no series {name!r}; this trajectory recorded {known}")
        return self.series[name]

    def __repr__(self) -> str:
        """Steps and shapes: the numbers of a run fill pages."""
        shapes = [f"{name} {x.shape}" for name, x in self.series.items()]
        told = ", ".join(shapes)
        if self.error:
            names = ", ".join(self.error)
            told += f"; errors of {names}"

        count = len(self.t)
        ends = "none"
        if count:
            first = self.t[0]
            last = self.t[-1]
            ends = f"{first} to {last}"
        return f"Trajectory(steps {ends}, {count} recorded: {told})"

    def plot(
        self,
        name: str = "loss",
        ax=None,
        label: str | None = None,
    ):
        """A series against the step, one line per run, with its standard error as a band.

        ax: Matplotlib axes to draw on, of a new figure unless given; logarithmic where all values
        are positive. label: of the first line. Returns the axes; their figure is saved with
        `ax.figure.savefig(...)`. ValueError for a series with axes beyond those of the runs'
        losses, such as theta. An inf ends the line of its run: nothing is drawn from there on.
        """
        from lab import style

        runs = self._runs(name)
        halves = np.zeros_like(runs)
        if name in self.error:
            halves = np.reshape(self.error[name], runs.shape)
        if ax is None:
            _, (ax,) = style.panels(1, 1)

        # Matplotlib leaves out of a legend what begins with an underscore
        unnamed = ["_run"] * runs.shape[1]
        labels = [label, *unnamed]
        columns = zip(runs.T, halves.T, labels, strict=False)
        for run, half, called in columns:
            lines = ax.plot(self.t, run, label=called, gid="measured")
            if half.any():
                low = run - half
                high = run + half
                style.band(ax, self.t, low, high, lines[0])

        ax.set(xlabel="step", ylabel=name)
        if (runs > 0).all():
            ax.set_yscale("log")
        return ax

    def _runs(self, name: str) -> np.ndarray:
        """A series of numbers as (K, runs), all run axes as one. ValueError for one with others."""
        x = np.asarray(self[name])
        scalars = [np.ndim(series) for series in self.series.values()]
        # the series with the fewest axes has the run axes and no others, as losses do
        if x.ndim > min(scalars):
            raise ValueError(
                f"{name} has shape {x.shape}, more axes than runs: plot a norm of it, recorded "
                f"with record={{'size': ...}}"
            )
        return x.reshape(len(self.t), -1)

    def to_pandas(self) -> Any:
        """A pandas DataFrame: a row per recorded step, a column per series and run.

        Columns are "loss", or "loss[0]", "loss[1, 2]", ... with the places along the further axes;
        standard errors are "loss error", ... The index is the step. ModuleNotFoundError naming the
        extra `io` where pandas is missing.
        """
        try:
            import pandas
        except ModuleNotFoundError:
            raise ModuleNotFoundError(
                "to_pandas needs pandas: pip install 'precond-lab[io]'"
            ) from None

        errors = {f"{name} error": x for name, x in self.error.items()}
        columns: dict[str, np.ndarray] = {}
        for name, x in {**self.series, **errors}.items():
            columns |= _columns(name, np.asarray(x))

        index = pandas.Index(self.t, name="step")
        return pandas.DataFrame(columns, index=index)

    def steps_to(
        self,
        target: float | np.ndarray,
        name: str = "loss",
    ) -> np.ndarray:
        """First recorded step with series <= target, (*r,); inf where that never happens.

        target: a number or one per run. Between recorded steps nothing is known: with every = 10
        the answer is late by up to 9. A loss that rises again later has got there all the same.
        """
        reached = self[name] <= target
        first = self.t[reached.argmax(0)]
        # argmax answers 0 also where nothing is reached
        ever = reached.any(0)
        return np.where(ever, first.astype(float), np.inf)

    def mean(self, axis: int = -1) -> Trajectory:
        """Mean over one run axis (the seeds), with its standard error.

        ValueError for a single run, and for axis 0, which is time.

        The standard error is std / sqrt(runs) with ddof = 1. inf in one run makes the mean inf:
        report a median (`band`) where runs diverge. Every series loses the axis; errors that there
        were before are not carried on, and neither is the last point.
        """
        for name, x in self.series.items():
            _run_axis(name, x, axis)
        runs = [x.shape[axis] for x in self.series.values()]
        if min(runs, default=2) < 2:
            raise ValueError("a standard error needs at least 2 runs along the axis")
        mean = {}
        error = {}
        for name, x in self.series.items():
            mean[name] = x.mean(axis)
            deviation = x.std(axis, ddof=1)
            count = x.shape[axis]
            error[name] = deviation / np.sqrt(count)
        return Trajectory(self.t, mean, error)

    def band(
        self,
        name: str = "loss",
        axis: int = -1,
        levels=(0.1, 0.5, 0.9),
    ) -> np.ndarray:
        """Quantiles over one run axis, (len(levels), K, ...): lower, median, upper.

        Medians survive heavy tails and inf. ValueError for a series without run axes, and for axis
        0, time.
        """
        _run_axis(name, self[name], axis)
        # quantiles that are values of runs: between a number and inf nothing can be interpolated
        return np.quantile(self[name], levels, axis=axis, method="inverted_cdf")


def _run_axis(
    name: str,
    x: np.ndarray,
    axis: int,
) -> None:
    """ValueError unless `axis` of a series (K, *r) is one of the run axes."""
    axes = x.ndim
    # counted from either end, as NumPy counts
    valid = is_integer(axis) and -axes <= axis < axes
    if not valid:
        raise ValueError(f"axis = {axis!r}: {name} has the axes 0 (time) to {axes - 1}")
    if axis % axes == 0:
        raise ValueError(
            f"axis = {axis} of {name} is time: statistics need a run axis, as theta of shape "
            "(runs, n) gives"
        )


def _columns(name: str, x: np.ndarray) -> dict[str, np.ndarray]:
    """A column (K,) per place along the axes behind the first, by its name in the table."""
    found = {}
    for place in np.ndindex(x.shape[1:]):
        # a place () is the series itself: no index behind its name
        where = ", ".join(map(str, place))
        suffix = f"[{where}]" if place else ""
        found[name + suffix] = x[:, *place]
    return found

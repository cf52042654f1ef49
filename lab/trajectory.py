"""What a run returns, simulated or exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lab.arrays import Params
from lab.checks import is_integer


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Recorded series of a run, time first.

    t (K,) steps; series name -> (K, *r) (further axes allowed, e.g. theta); error name -> (K, *r)
    one standard error, absent when exact; final: theta after the last step. A diverged run is inf
    from where it left the floating-point range.
    """

    t: np.ndarray
    series: Mapping[str, np.ndarray]
    error: Mapping[str, np.ndarray] = field(default_factory=dict)
    final: Params | None = None

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.series:
            raise KeyError(f"no series {name!r}; this trajectory recorded {', '.join(self.series)}")
        return self.series[name]

    def steps_to(
        self,
        target: float | np.ndarray,
        name: str = "loss",
    ) -> np.ndarray:
        """First recorded step with series <= target, (*r,); inf where that never happens."""
        reached = self[name] <= target
        first = self.t[reached.argmax(0)]
        return np.where(reached.any(0), first.astype(float), np.inf)

    def mean(self, axis: int = -1) -> Trajectory:
        """Mean over one run axis (the seeds), with its standard error.

        ValueError for a single run, and for axis 0, which is time.
        """
        for name, x in self.series.items():
            _run_axis(name, x, axis)
        if any(x.shape[axis] < 2 for x in self.series.values()):
            raise ValueError("a standard error needs at least 2 runs along the axis")
        mean = {}
        error = {}
        for name, x in self.series.items():
            mean[name] = x.mean(axis)
            deviation = x.std(axis, ddof=1)
            error[name] = deviation / np.sqrt(x.shape[axis])
        return Trajectory(self.t, mean, error)

    def band(
        self,
        name: str = "loss",
        axis: int = -1,
        levels=(0.1, 0.5, 0.9),
    ) -> np.ndarray:
        """Quantiles over one run axis, (len(levels), K, ...): lower, median, upper.

        Medians survive heavy tails and inf. ValueError for a single run, and for axis 0, time.
        """
        _run_axis(name, self[name], axis)
        return np.quantile(self[name], levels, axis=axis, method="inverted_cdf")


def _run_axis(name: str, x: np.ndarray, axis: int) -> None:
    """ValueError unless `axis` of a series (K, *r) is one of the run axes."""
    if not is_integer(axis) or not -x.ndim <= axis < x.ndim:
        raise ValueError(f"axis = {axis!r}: {name} has the axes 0 (time) to {x.ndim - 1}")
    if axis % x.ndim == 0:
        raise ValueError(
            f"axis = {axis} of {name} is time: statistics need a run axis, as theta of shape "
            "(runs, n) gives"
        )

"""Experiments at their QUICK settings, run once per process and shared by the tests of experiments
and of figures."""

from functools import cache
from pathlib import Path

import numpy as np

from lab import workshop

ROOT = Path(__file__).parents[2]
EXPERIMENTS = workshop.names(ROOT / "experiments")
FIGURES = workshop.names(ROOT / "figures")


@cache
def experiment(name):
    return workshop.load(ROOT / "experiments", name)


def run_quick(name, **settings):
    """The arrays of an experiment at its QUICK settings, but for these."""
    module = experiment(name)
    return module.run(**(module.QUICK | settings))


@cache
def quick(name):
    """The arrays of an experiment at its QUICK settings, as a file would give them back."""
    return {key: np.asarray(value) for key, value in run_quick(name).items()}

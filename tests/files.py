"""Experiments at their QUICK settings, run once per process and shared by the tests of experiments and of figures."""

from functools import cache
from pathlib import Path

import numpy as np

from lab import workshop

ROOT = Path(__file__).parents[1]
EXPERIMENTS, FIGURES = workshop.names(ROOT / "experiments"), workshop.names(ROOT / "figures")


@cache
def experiment(name):
    return workshop.load(ROOT / "experiments", name)


@cache
def quick(name):
    """The arrays of an experiment at its QUICK settings, as a file would give them back."""
    module = experiment(name)
    return {key: np.asarray(value) for key, value in module.run(**module.QUICK).items()}

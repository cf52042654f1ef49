"""Experiments at their QUICK settings, run once and shared by the tests of experiments and of
figures, in whatever process."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from swept import slow

from lab import workshop

ROOT = Path(__file__).parents[2]
EXPERIMENTS = workshop.names(ROOT / "experiments")
FIGURES = workshop.names(ROOT / "figures")


def sampled(names, every=8):
    """Parameters of a test that takes a fifth of a second and more for each of many names: some of
    them always, all under `slow`."""
    names = list(names)
    others = [name for k, name in enumerate(names) if k % every]
    return [*map(pytest.param, names[::every]), *slow(*others)]


@cache
def experiment(name):
    return workshop.load(ROOT / "experiments", name)


def run_quick(name, **settings):
    """The arrays of an experiment at its QUICK settings, but for these."""
    module = experiment(name)
    return module.run(**(module.QUICK | settings))


@cache
def quick(name):
    """The arrays of an experiment at its QUICK settings, as a file would give them back.

    In a folder that tests/conftest.py makes for this run of the tests.
    """
    kept = Path(os.environ["LAB_TESTS_QUICK"]) / f"{name}.npz"
    if not kept.exists():
        # another process may be at it: whole or not at all
        own = kept.with_suffix(f".{os.getpid()}.npz")
        np.savez(own, **run_quick(name))
        own.replace(kept)
    with np.load(kept) as stored:
        return dict(stored)

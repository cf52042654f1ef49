"""Looking an optimizer up by another library's names, and the generated table of differences."""

from pathlib import Path

import numpy as np
import pytest

import lab
from lab import conventions
from lab.optimizers import NAdam, RMSProp

README = Path(lab.__file__).parent / "conventions" / "README.md"


def test_names_and_defaults_are_the_library_s():
    assert conventions.torch("RMSprop", lr=0.5) == RMSProp(0.5, beta=0.99, eps=1e-8)
    assert conventions.optax("rmsprop", learning_rate=0.5) == RMSProp(0.5, beta=0.9, eps=1e-8, eps_in_root=True, lr_in_momentum=True)
    assert conventions.optax("adamw", learning_rate=0.5, nesterov=True) == NAdam(0.5, weight_decay=1e-4, warmup=False, decoupled=True)


def test_a_hyper_parameter_may_be_a_sweep():
    assert conventions.torch("Adam", lr=np.array([0.1, 0.2])).lr.shape == (2,)


def test_implementation_flags_are_accepted():
    assert conventions.torch("Adam", fused=True) == conventions.torch("Adam")


def test_dampening_without_momentum_is_what_the_library_makes_of_it():
    assert conventions.torch("SGD", dampening=0.5) == conventions.torch("SGD")


@pytest.mark.parametrize(
    ("library", "name", "hyper", "error", "says"),
    [
        ("torch", "Adm", {}, ValueError, "torch optimizer 'Adm' is not known; known are ASGD"),
        ("torch", "Adam", {"beta1": 0.9}, ValueError, "torch Adam has no hyper-parameter 'beta1' here; it has lr, betas"),
        ("optax", "adam", {}, TypeError, "optax adam needs learning_rate"),
        ("authors", "Adam", {"alpha": -1.0}, ValueError, "Adam.lr = -1: must be > 0"),
    ],
)
def test_a_mistake_is_answered_with_what_is_known(library, name, hyper, error, says):
    with pytest.raises(error, match=says):
        getattr(conventions, library)(name, **hyper)


@pytest.mark.parametrize(("library", "name"), [(lib, name) for lib, entries in conventions.LIBRARIES.items() for name in entries])
def test_every_entry_has_defaults_that_our_class_accepts(library, name):
    """At lr = 1 where the library has no default, each entry builds an optimizer of ours."""
    for hyper in ({}, {"learning_rate": 1.0}, {"lr": 1.0}, {"alpha": 1.0}):
        try:
            built = getattr(conventions, library)(name, **hyper)
        except (TypeError, ValueError) as problem:
            assert "needs" in str(problem) or "no hyper-parameter" in str(problem)
        else:
            assert type(built).__name__ in lab.OPTIMIZERS
            return
    pytest.fail(f"{library} {name} could not be built from its defaults and a learning rate")


def test_the_table_is_up_to_date():
    assert README.read_text() == conventions.differences(), "run: lab list --conventions > lab/conventions/README.md"

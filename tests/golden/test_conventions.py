"""Looking an optimizer up by another library's names, and the generated table of differences."""

import inspect
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from swept import over

import lab
from lab import conventions
from lab.__main__ import main
from lab.conventions.authors_entries import soap
from lab.optimizers import L2, SGD, AdaL, Ascent, Muon, NAdam, Regularized, RMSProp

ENTRIES = [(lib, name) for lib, entries in conventions.LIBRARIES.items() for name in entries]
README = Path(lab.__file__).parent / "conventions" / "README.md"


@cache
def differences():
    return conventions.differences()


def test_names_and_defaults_are_the_library_s():
    assert conventions.torch("RMSprop", lr=0.5) == RMSProp(0.5, beta2=0.99, eps=1e-8)
    assert conventions.optax("rmsprop", learning_rate=0.5) == RMSProp(
        0.5, beta2=0.9, eps=1e-8, eps_place="inside", lr_in_momentum=True
    )
    nadamw = Regularized(NAdam(0.5, warmup=False), L2(1e-4), on="z")
    assert conventions.optax("adamw", learning_rate=0.5, nesterov=True) == nadamw


def test_decay_stands_around_the_method_and_only_where_there_is_some():
    coupled = Regularized(SGD(0.5), L2(0.1), on="p")
    assert conventions.torch("SGD", lr=0.5, weight_decay=0.1) == coupled
    assert conventions.torch("SGD", lr=0.5, weight_decay=0.1, maximize=True) == Ascent(coupled)
    assert conventions.torch("SGD", lr=0.5) == SGD(0.5)


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
        (
            "torch",
            "Adam",
            {"beta1": 0.9},
            ValueError,
            "torch Adam has no hyper-parameter 'beta1' here; it has lr, betas",
        ),
        ("optax", "adam", {}, TypeError, "optax adam needs learning_rate"),
        ("authors", "Adam", {"alpha": -1.0}, ValueError, "Adam.lr = -1: must be > 0"),
        (
            "authors",
            "Adal",
            {},
            ValueError,
            "known are AMSGrad, AdaBelief, .*AdaL, .*Muon, .*SOAP, .*SophiaG",
        ),
        (
            "optax",
            "sophia",
            {"learning_rate": 0.1, "rho": 1.0},
            ValueError,
            "no hyper-parameter 'rho' here; it has learning_rate, b1",
        ),
        ("torch", "Muon", {"adjust_lr_fn": "rms"}, ValueError, "adjust_lr_fn"),
    ],
)
def test_a_mistake_is_answered_with_what_is_known(library, name, hyper, error, says):
    with pytest.raises(error, match=says):
        getattr(conventions, library)(name, **hyper)


def test_methods_of_matrices_and_curvature_are_found_by_name():
    assert conventions.torch("Muon", lr=0.5) == Regularized(
        Muon(0.5, eps=1e-7, eps_place="max"), L2(0.1), on="z"
    )
    assert conventions.optax("sophia", learning_rate=0.5, gamma=1.0).gamma == 1.0
    assert conventions.authors("AdaL", reading="coord", schedule="const") == AdaL(
        factor="coordinate", schedule="constant"
    )


def test_what_is_our_reading_says_so():
    assert "not the authors'" in conventions.AUTHORS["AdaL"].__doc__
    assert "our reading" in differences()


@over(ENTRIES)
def test_every_entry_has_defaults_that_our_class_accepts(entry):
    """At lr = 1 where the library has no default, each entry builds an optimizer of ours.
    Keyword-only: names, not places."""
    library, name = entry
    signature = inspect.signature(conventions.LIBRARIES[library][name]).parameters
    rates = [
        key for key, parameter in signature.items() if parameter.default is inspect.Parameter.empty
    ]
    assert set(rates) <= {"lr", "learning_rate", "alpha"}
    built = getattr(conventions, library)(name, **dict.fromkeys(rates, 1.0))
    assert type(built).__module__.startswith("lab.optimizers.")
    assert {parameter.kind for parameter in signature.values()} == {inspect.Parameter.KEYWORD_ONLY}


@over(ENTRIES)
def test_the_table_names_every_entry(entry):
    """In its library's column where a default differs, else in the list below the table."""
    library, name = entry
    table, equal = differences().split("No default differs: ")
    cells = [
        line.split(" | ")[3 + list(conventions.LIBRARIES).index(library)]
        for line in table.splitlines()
        if line.startswith("| ")
    ]
    assert any(
        re.search(rf"\b{name}: ", cell) for cell in cells
    ) or f"{library} {name}" in re.split(", |\\.$", equal.strip())


def test_the_table_compares_the_parts_of_a_composition(monkeypatch):
    """SOAP is no class: another default of a part of it is a row."""
    monkeypatch.setitem(
        conventions.AUTHORS, "SOAP", lambda *, lr=3e-3: soap(lr=lr, precondition_frequency=5)
    )
    assert "| SOAP | tracker.every | 10 | - | - | SOAP: 5 |" in conventions.differences()


def test_the_table_is_up_to_date():
    assert README.read_text(encoding="utf-8") == differences(), (
        "run: lab list conventions > lab/conventions/README.md"
    )


def test_the_command_prints_the_table(capsys):
    assert main(["list", "conventions"]) == 0
    assert capsys.readouterr().out == differences()

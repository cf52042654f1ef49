"""First steps on drawn networks, beside the derived rules: method by role by network."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from lab.__main__ import main
from lab.instruments.width import (
    derived_and_measured,
    first_steps,
    known_rule,
    powers,
    standard_study,
)
from lab.instruments.width.first_steps import NETS, Net, Size
from lab.instruments.width.functions import FromFunction
from lab.instruments.width.methods import METHODS, SHARE, WIDE, Method, thin_shampoo, thin_tnt
from lab.optimizers import PerExampleTNT, Shampoo
from lab.optimizers.matrix.thin import ThinKronecker
from lab.simulation import simulate
from lab.theory.mup import exponents

DENSE = {name: method for name, method in METHODS.items() if name not in WIDE}
# a module by the name of a function in it
STEPS = sys.modules["lab.instruments.width.first_steps"]
# 4 groups at widths 64 to 256: a slope scatters by 0.04, and 1 / M adds as much
QUICK = Size(4, 256, 256, 0.2)


def stepped(optimizer):
    """The first step of small networks with biases."""
    study = replace(standard_study(widths=(12, 24), seeds=2), y=np.ones(6))
    start = study.at(12, powers(exponents("SGD")))
    return simulate(start.objective, optimizer, start.theta, steps=1).final - start.theta, start


def test_thin_steps_of_shampoo_are_those_of_its_matrices():
    thin, start = stepped(FromFunction(thin_shampoo))
    grad = start.objective.grad(start.theta)
    for block, (mine, g) in enumerate(zip(thin, grad, strict=True)):
        rho = SHARE * (g[0] ** 2).sum()
        dense, _ = stepped(Shampoo(1.0, damping=rho))
        np.testing.assert_allclose(mine[0], dense[block][0], rtol=1e-9, atol=1e-12)


def test_thin_steps_of_tnt_are_those_of_its_matrices(monkeypatch):
    """Without damping, where its two factors need none: up to the root of the condition."""
    monkeypatch.setattr("lab.instruments.width.methods.SHARE", 0.0)
    thin, _ = stepped(FromFunction(thin_tnt))
    dense, _ = stepped(PerExampleTNT(1.0, 0.0, 0.0, 0.0, labels="exact"))
    for mine, other in zip(thin, dense, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("net", NETS, ids=str)
def test_slopes_are_the_derived_ones(net):
    rows = first_steps(WIDE, net, widths=(64, 128, 256), size=QUICK)
    assert {row.said() for row in rows} == {"within 0.2"}
    assert len(rows) == len(WIDE) * (3 if net.biases is None else 6)


def test_slopes_of_another_method_are_not():
    gradient = FromFunction(lambda w, batch: -batch.grad, 1e-4)
    rows = first_steps({"Adam": Method(gradient)}, widths=(64, 128), size=QUICK)
    said = {row.role: row.said() for row in rows}
    for role in ("input", "hidden", "input bias", "hidden bias"):
        assert said[role] == "NOT within 0.2"
    assert said["output"] == "within 0.2"


def test_what_comes_near_slowly_is_said():
    row = first_steps({"SGD": METHODS["SGD"]}, widths=(64, 128), size=QUICK)[0]
    slow = row._replace(slope=row.slope._replace(value=-0.7))
    assert slow.said() == "within 0.2 from 64 to 128"
    assert slow._replace(widest=slow.slope).said() == "NOT within 0.2"


def told(row):
    return f"{row.method}, {row.net}, {row.role}: {row.slope} for {row.derived:+.2f}, {row.widest}"


@pytest.mark.slow
def test_every_method_and_role_up_to_2048():
    """0.05 for what is measured to 2048, with intervals below 0.05, of biases, which are a row of
    numbers where weights are a matrix, below 0.1; minutes of one core."""
    for row in derived_and_measured(list(WIDE)):
        assert row.said() == "within 0.05", told(row)
        widest = 0.1 if row.role.endswith("bias") else 0.05
        assert row.slope.high - row.slope.low < widest, told(row)


@pytest.mark.slow
@pytest.mark.parametrize("name", DENSE)
def test_every_method_and_role_up_to_512(name):
    for row in derived_and_measured([name]):
        assert row.said() == "within 0.1", told(row)


def test_the_verb_checks(capsys):
    assert main(["mup", "SGD", "--check", "--widest", "128", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [len(rows), rows[0]["widths"]] == [18, [64, 128]]
    # two widths: a slope scatters by 0.03
    assert max(abs(row["c"]["value"] - row["derived_c"]) for row in rows) < 0.15
    assert rows[0]["said"] in ("within 0.05", "NOT within 0.05")
    assert main(["mup", "SGD", "--check", "--widest", "128"]) == 0
    assert "biases of 0.3, widths 64 to 128" in capsys.readouterr().out


@pytest.mark.parametrize(("bias", "c"), [("own", 0), ("column", -1)])
def test_the_rule_of_a_method_has_its_biases(bias, c):
    for method in (ThinKronecker(0.1, 0.1, bias=bias), PerExampleTNT(0.1, 0.1, bias=bias)):
        assert exponents(known_rule(method)).rows["output bias"].c == c


def no_sizes(methods, net, study, size):
    """In place of measurements."""
    return np.ones((len(study.widths), 2, len(methods), 6))


def test_the_check_says_what_is_not_as_published(monkeypatch, capsys):
    monkeypatch.setattr(STEPS, "_sizes", no_sizes)
    assert main(["mup", "PerExampleTNT", "--check", "--widest", "128"]) == 0
    assert "PerExampleTNT: damped by a tenth of the trace of each" in capsys.readouterr().out
    assert not WIDE["Adam"].note


@pytest.mark.parametrize("name", ["EKFAC", "KBFGS", "KFAC", "SOAP", "LARS"])
def test_the_verb_prints_what_the_check_uses(name, monkeypatch, capsys):
    """Biases that start at 0, and such as are drawn."""
    monkeypatch.setattr(STEPS, "_sizes", no_sizes)
    assert main(["mup", name, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    starts = {0.0: {}, 0.3: printed["biases_of_order_1"]}
    for size, drawn in starts.items():
        rows = first_steps({name: METHODS[name]}, Net("tanh", size), widths=(64, 128))
        told = {role: row["c"] for role, row in (printed["roles"] | drawn).items()}
        assert {row.role: row.derived for row in rows} == told


def test_the_verb_prints_drawn_biases(capsys):
    assert main(["mup", "LARS", "--width", "512", "--base", "64"]) == 0
    zero, drawn = capsys.readouterr().out.split("biases that do not start at 0")
    # M^1 from 0, a rate that does not scale from order 1
    assert "input bias                        0                     8" in zero
    assert "input bias                        1                     1" in drawn
    assert main(["mup", "Adam"]) == 0
    assert "do not start" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [(["Newton"], "names = 'Newton'"), (["SGD", "--widest", "64"], "widest = 64")],
)
def test_what_the_check_refuses(words, said, capsys):
    assert main(["mup", *words, "--check"]) == 2
    assert said in capsys.readouterr().err

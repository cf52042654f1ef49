"""Claims on the command line: verdicts, exit codes, and whose error an error is."""

import json
import os

import pytest
from test_command_line import fails

from lab.__main__ import main
from lab.claims.own import declared
from lab.claims.processes import Workers

OWN = """
from lab.claims import between, claim, derived, equal, symbols
x, y = symbols("x y")
law = {"law": equal(y, x**2, rtol=1e-9, because="rounding")}

@claim("own/one", over={x: between(1, 2)}, says=law, where={y: "square"}, cites=derived("here"))
def one(x):
    return {y: x**2}
"""
FAILING = (
    OWN.replace("own/one", "own/fails").replace("def one", "def fails").replace("x**2}", "x**3}")
)


def test_own_claims(tmp_path, capsys):
    own = tmp_path / "own.py"
    own.write_text(OWN, encoding="utf-8")
    assert main(["claims", "own/*", "--from", str(own)]) == 0
    told = capsys.readouterr().out
    assert "ok   own/one" in told
    assert "1 claims, 0 failed" in told
    assert main(["claims", "own/*", "--json", "--from", str(own)]) == 0
    verdicts = json.loads(capsys.readouterr().out)
    assert [(v["id"], v["words"], v["holds"]) for v in verdicts] == [("own/one", "holds", True)]


def test_a_failed_claim_is_exit_code_1(tmp_path, capsys):
    own = tmp_path / "own.py"
    own.write_text(OWN + FAILING, encoding="utf-8")
    assert main(["claims", "own/*", "--from", str(own)]) == 1
    told = capsys.readouterr().out
    assert "FAIL own/fails" in told
    assert "2 claims, 1 failed" in told
    assert "grades: 1 numeric, 1 none" in told
    assert "parts: 1 with a control that fails, 1 failed" in told
    assert main(["claims", "own/*", "--json", "--from", str(own)]) == 1
    assert {v["words"] for v in json.loads(capsys.readouterr().out)} == {"holds", "FAILS at x = 2"}


RAISING = """
@claim("own/{name}", over={{x: between(1, 2)}}, says=law, where={{y: "square"}},
       cites=derived("here"))
def {name}(x):
    {what}
"""
ERRORS = {
    "raises": ("raise KeyError('boom')", "error: KeyError: 'boom'"),
    "exits": ("raise SystemExit(0)", "error: ends the process (exit code 0)"),
    "dies": ("import os; os._exit(3)", "error: ends the process (exit code 3)"),
    "nothing": ("return None", "error: TypeError: nothing returned NoneType"),
}


@pytest.mark.parametrize("processors", [1, 2])
def test_an_error_in_one_claim_is_its_verdict_and_the_others_go_on(
    tmp_path, capsys, monkeypatch, processors
):
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    own = tmp_path / "own.py"
    raising = [RAISING.format(name=name, what=what) for name, (what, _) in ERRORS.items()]
    own.write_text(OWN + "".join(raising), encoding="utf-8")
    assert main(["claims", "own/*", "--from", str(own)]) == 1
    told = capsys.readouterr().out
    assert "ok   own/one" in told
    assert "5 claims, 4 failed" in told
    for name, (_, verdict) in ERRORS.items():
        line = next(x for x in told.splitlines() if x.startswith(f"FAIL own/{name} "))
        assert verdict in line


def test_claims_errors(tmp_path, capsys):
    assert "no such Python file" in fails(capsys, "claims", "--from", tmp_path / "none.py")
    own = tmp_path / "own.py"
    own.write_text(OWN + OWN, encoding="utf-8")
    assert "no claim matches 'x'" in fails(capsys, "claims", "x", "--from", own)
    own.write_text(OWN.replace('y: "square"', ""), encoding="utf-8")
    assert "own/one: y is neither drawn" in fails(capsys, "claims", "--from", own)


def test_a_file_that_does_not_load_names_every_claim_that_is_not_judged(tmp_path, capsys):
    """One line: what is wrong, and the ids of all claims of the file, before and behind it."""
    _, _, one = OWN.partition("@claim")
    wrong = "@claim" + one.replace("cites=", "paper=").replace("own/one", "own/wrong")
    behind = "@claims.claim" + one.replace("own/one", "own/behind")
    own = tmp_path / "own.py"
    own.write_text(OWN + wrong + behind, encoding="utf-8")
    assert declared(own) == ["own/one", "own/wrong", "own/behind"]

    error = fails(capsys, "claims", "own/*", "--from", own)
    assert "argument 'paper'" in error
    assert error.rstrip().endswith("none of its claims is judged: own/one, own/wrong, own/behind")


def test_what_declares_no_claim_lists_none(tmp_path):
    own = tmp_path / "own.py"
    others = ("def broken(:", "\0", "@claim\ndef f(): ...", "@claim(id)\ndef f(): ...")
    for text in (*others, "@cache('a/b')\ndef f(): ...", "claim('a/b')"):
        own.write_text(text, encoding="utf-8")
        assert declared(own) == [], text
    assert declared(tmp_path / "nowhere.py") == []


def test_hypotheses_are_counted(tmp_path, capsys):
    own = tmp_path / "own.py"
    bounded = OWN.replace("says=law", "assuming=[x < 1.5, x < 3], says=law")
    own.write_text(bounded.replace("{y: x**2}", "{y: x**2 + (x > 1.5)}"), encoding="utf-8")
    assert main(["claims", "own/*", "--from", str(own)]) == 0
    told = capsys.readouterr().out
    assert "hypotheses: 1 necessary (witness), 1 not shown necessary" in told


def test_a_budget_is_shared(tmp_path, capsys, monkeypatch):
    """By all claims, so many at a time; 10 s each when none is given."""
    given = []

    def answers(self, tasks, seconds):
        given.extend(options["budget"] for _, _, options in tasks)
        return iter(())

    monkeypatch.setattr(Workers, "ids", lambda self: [f"own/{k}" for k in range(5)])
    monkeypatch.setattr(Workers, "answers", answers)
    assert main(["falsify", "--all", "--budget", "600", "--jobs", "2"]) == 0
    assert given == [240.0] * 5
    given.clear()
    assert main(["falsify", "own/1", "--budget", "60", "--jobs", "2"]) == 0
    assert given == [60.0]
    given.clear()
    assert main(["falsify", "--all"]) == 0
    assert given == [10.0] * 5


@pytest.mark.parametrize(
    ("option", "words"),
    [("--budget", "budget = 0: must be > 0"), ("--jobs", "jobs = 0: must be an integer >= 1")],
)
def test_a_search_of_nothing_is_refused(capsys, option, words):
    assert words in fails(capsys, "falsify", "gd/*", option, 0)

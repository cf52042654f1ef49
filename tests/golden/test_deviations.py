"""The table of known public deviations is made of what `lab conform` tries, and of the defaults of
the libraries' entries; nothing in it is typed."""

from lab import conventions
from lab.__main__ import main
from lab.conformance import build, record_of
from lab.conformance.alterations import alterations
from lab.conformance.deviations import deviations, table
from lab.optimizers import EXAMPLES, OPTIMIZERS


def test_every_reading_is_tried_on_a_record_of_its_method():
    """On a record of the method a single alteration has its words."""
    readings = [one for one in deviations() if one.kind == "reading"]
    assert len(readings) > 30
    for method in {one.method for one in readings}:
        record = record_of(method, EXAMPLES[method], steps=2)
        tried = {one.name for one in alterations(build(record), record.theta0)}
        told = {one.what for one in readings if one.method == method}
        assert told <= tried, method


def test_every_difference_of_the_conventions_is_in_it():
    """A new entry whose default differs from ours is a row, in the library's name."""
    rows = {(one.who, one.method) for one in deviations() if one.kind == "default"}
    assert ("optax muon", "Muon") in rows
    assert ("authors Dion2", "Dion2") in rows
    assert all(who.split()[0] in conventions.LIBRARIES for who, _ in rows)
    assert {method for _, method in rows} <= set(OPTIMIZERS)


def test_another_default_is_another_row(monkeypatch):
    entry = conventions.AUTHORS["Lion"]
    monkeypatch.setitem(conventions.AUTHORS, "Lion", lambda *, lr=1e-4: entry(betas=(0.5, 0.99)))
    assert "| Lion | default | authors Lion | beta1 = 0.5" in table()


def test_the_command_prints_it(capsys):
    assert main(["list", "deviations"]) == 0
    assert capsys.readouterr().out == table()

"""Every claim of the lab holds, and could have failed."""

import json

import pytest

from lab.claims import CLAIMS, judge
from lab.claims.registry import EVIDENCE

VERDICTS = {}


def verdict(name):
    """The verdict of a claim, judged once per process."""
    if name not in VERDICTS:
        VERDICTS[name] = judge(CLAIMS[name])
    return VERDICTS[name]


each_claim = pytest.mark.parametrize("name", CLAIMS)


@each_claim
def test_it_holds_and_its_control_fails(name):
    v = verdict(name)
    assert v.control == "fails, as it must", f"{name}: control {v.control}"
    assert v.holds, f"{name}: {v.verdict}: {v.detail}"


@each_claim
def test_its_control_names_settings_of_its_check(name):
    """Otherwise the control would only test how Python calls functions."""
    code = CLAIMS[name].check.__code__
    assert set(CLAIMS[name].control) <= set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])


@each_claim
def test_it_is_declared_in_full(name):
    c = CLAIMS[name]
    topic, _, rest = c.id.partition("/")
    assert c.id == name
    assert topic
    assert rest
    assert c.id == c.id.lower().replace("_", "-").replace(" ", "-")
    assert all([c.paper, c.statement, c.source, c.assumes])
    assert c.evidence in EVIDENCE


@each_claim
def test_its_verdict_is_json(name):
    told = json.loads(json.dumps(verdict(name).as_dict(), allow_nan=False))
    assert set(told) == {
        *("id", "paper", "statement", "source", "assumes", "evidence"),
        *("verdict", "tightness", "detail", "seconds", "control"),
    }


def test_the_registry_is_keyed_by_id():
    assert all(name == c.id for name, c in CLAIMS.items())

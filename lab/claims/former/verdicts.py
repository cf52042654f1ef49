"""Verdicts of claims in their former form, in the words of the new one: a single part with the grade that it typed."""

from __future__ import annotations

from lab.claims.former.registry import Claim, judge
from lab.claims.verdicts import Control, Part, Verdict, failed


def judge_former(c: Claim) -> Verdict:
    """The former judge, and its errors as a verdict."""
    try:
        old = judge(c)
    except Exception as problem:
        return failed(c.id, f"error: {type(problem).__name__}: {problem}")
    control = Control(f"settings {dict(c.control)}", old.control == "fails, as it must")
    grade = c.evidence if old.holds else "none"
    part = Part("statement", c.statement, old.holds, old.verdict, grade, old.detail, "", old.tightness, {}, (control,))
    return Verdict(c.id, old.holds, old.verdict, grade, (part,), (), old.seconds, c.statement, c.assumes, c.source)

"""Tests of many cases: one test for many small ones, as pytest spends a millisecond or two on each
test, more than many of them take; and cases that `make test` leaves to a change that is to land."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def slow(*cases) -> list:
    """Cases of a parametrization for `-m slow` alone; a tuple is one case of several arguments."""
    each = [case if isinstance(case, tuple) else (case,) for case in cases]
    return [pytest.param(*case, marks=pytest.mark.slow) for case in each]


def told(case) -> str:
    return case.relative_to(ROOT).as_posix() if isinstance(case, Path) else str(case)


def over(cases, name=told):
    """A decorator: a test of one case becomes one test of all, which names every case that fails
    and why."""

    def of_all(test):
        def swept():
            wrong = []
            for case in cases:
                try:
                    test(case)
                except (AssertionError, pytest.fail.Exception) as error:
                    wrong.append(f"{name(case)}: {error}")
                except Exception as error:
                    error.add_note(f"of the case {name(case)}")
                    raise
            assert not wrong, f"{len(wrong)} of {len(cases)}:\n" + "\n".join(wrong)

        swept.__name__ = test.__name__
        swept.__doc__ = test.__doc__
        swept.__module__ = test.__module__
        return swept

    return of_all

"""A claim is declared once: what it quantifies over, what it assumes, what it says, and how that
is measured."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational

from lab.claims.formulas import evaluate, functions_in, names_in, text
from lab.claims.laws import Threshold
from lab.claims.spaces import Piece, Space


@dataclass(frozen=True)
class Citation:
    """kind: "stated" (somebody's theorem, as printed there), "classical" or "derived" (ours); and
    where."""

    kind: str
    where: str

    def __str__(self):
        return f"{self.kind}: {self.where}"


def stated_by(where: str) -> Citation:
    """Who states it, and where: only for what that text says."""
    return Citation("stated", where)


def classical(where: str) -> Citation:
    """A textbook fact."""
    return Citation("classical", where)


def derived(where: str) -> Citation:
    """Ours: a rigorous version, with its proof in the claim's docstring or the place named."""
    return Citation("derived", where)


@dataclass(frozen=True)
class Hypothesis:
    """A SymPy relation or a named predicate over the symbols of the space: printed, and evaluated
    on every instance.

    The space reaches beyond it, or else nothing shows whether it is needed. TypeError for a Python
    truth value, which `==` between symbols is: write Eq(x, 0).
    """

    condition: Any

    def __post_init__(self):
        if not isinstance(self.condition, (Relational, AppliedUndef)):
            raise TypeError(
                f"assuming {self.condition!r}: must be a SymPy relation or a named predicate,"
                " not a truth value"
            )

    def __str__(self):
        c = self.condition
        return f"{text(c.lhs)} = {text(c.rhs)}" if isinstance(c, sympy.Eq) else text(c)

    def holds(self, values: Mapping[str, Any]) -> np.ndarray:
        """(R,); NaN satisfies nothing. One value for a condition on symbols that all instances
        share."""
        found = np.asarray(evaluate(self.condition, values))
        return found.astype(bool) if found.ndim else np.asarray(bool(found))

    def distance(self, values: Mapping[str, Any]) -> np.ndarray:
        """How far the two sides of a relation are apart, relative to their size; 0 for a
        predicate."""
        if not isinstance(self.condition, Relational):
            return np.asarray(0.0)
        left, right = (evaluate(side, values) for side in self.condition.args)
        with np.errstate(all="ignore"):
            # 0/0, both sides 0, is as far as can be: it is on no side of a border
            return np.nan_to_num(np.abs(left - right) / (np.abs(left) + np.abs(right)), nan=np.inf)


@dataclass(frozen=True)
class Claim:
    """A theorem as an object; how to write one is in `lab.claims`.

    id: topic/kebab-name. over: the space. assuming: hypotheses, all of which an instance must meet.
    says: parts by name, relations. where: what every measured symbol means. cites: whose it is.
    instances: how many `lab claims` judges. measure: the function under the decorator. again: a
    second way to compute what is measured, for one instance; see `second`.

    It has no truth value (TypeError): a claim is neither true nor false before it is judged.
    """

    id: str
    over: Space
    assuming: tuple[Hypothesis, ...]
    says: Mapping[str, Any]
    where: Mapping[str, str]
    cites: Citation
    instances: int
    measure: Callable[..., Mapping[str, Any]]
    again: Callable[..., Mapping[str, Any]] | None = None

    def __bool__(self):
        raise TypeError(
            f"{self.id} is a claim, which is neither true nor false: use lab.testing.assert_claim"
        )

    @property
    def topic(self) -> str:
        """What is before the slash, and the name of the file."""
        return self.id.split("/")[0]

    @cached_property
    def arguments(self) -> list[str]:
        """The names that the measurement is given: its parameters without a default. Those with
        one, such as a number of steps, are its own."""
        parameters = inspect.signature(self.measure).parameters.values()
        return [p.name for p in parameters if p.default is p.empty]

    @cached_property
    def thresholds(self) -> list[Threshold]:
        """The parts that are thresholds; there is one at most."""
        return [r for r in self.says.values() if isinstance(r, Threshold)]

    @property
    def proof(self) -> str:
        """The docstring of the measuring function, as it is printed by `lab claims --explain`."""
        return inspect.getdoc(self.measure) or ""

    @property
    def code(self) -> str:
        """Where it is written."""
        code = self.measure.__code__
        return f"{code.co_filename}:{code.co_firstlineno}"

    def second(self, function: Callable) -> Callable:
        """Decorator: the same quantities of ONE instance by another way, preferably in mpmath
        numbers, which it is given.

        A refuting instance is computed again with it before it is believed. It lives in the
        claim's own module.
        """
        # frozen, but a decorator below the claim can't be an argument of it
        object.__setattr__(self, "again", function)
        return function

    def statement(self) -> str:
        """All that is claimed, rendered from what is evaluated: over, assuming, says, where, and
        what named functions mean. Nothing of it is written by hand, so it cannot say more than is
        judged.
        """
        # printed as formulas, not among what is drawn
        short = self.over.abbreviations
        drawn = [
            f"{name} in {piece.text}"
            for name, piece in self.over.pieces.items()
            if name not in short
        ]
        lines = [f"For {', '.join(drawn)}"]
        lines += [f"and {name} = {text(formula)}" for name, formula in short.items()]
        if self.assuming:
            lines.append("with " + ", ".join(map(str, self.assuming)))
        lines += [f"  {part}: {relation.text()}" for part, relation in self.says.items()]
        functions = functions_in(*self._expressions(), *short.values())
        meanings = {**self.where, **functions}
        return "\n".join(
            lines + [f"  where {name}: {meaning}" for name, meaning in meanings.items()]
        )

    def expanded(self, expression):
        """The expression without abbreviations: its controls then move the constants inside them
        too. Abbreviations of abbreviations are expanded from the last declared backwards."""
        expression = sympy.sympify(expression)
        # the last declared first: it may contain those before
        for name, formula in reversed(self.over.abbreviations.items()):
            expression = expression.xreplace(
                {s: formula for s in expression.free_symbols if s.name == name}
            )
        return expression

    def line(self) -> str:
        """The parts in one line."""
        return ";  ".join(r.text() for r in self.says.values())

    def _expressions(self) -> list:
        # what an enclosed or refuted relation is about
        """All formulas of parts and hypotheses: where named functions may occur."""
        inside = [getattr(r, "relation", r) for r in self.says.values()]
        sides = [
            getattr(r, side)
            for r in inside
            for side in ("left", "right", "at", "error")
            if hasattr(r, side)
        ]
        return [*sides, *(h.condition for h in self.assuming)]

    def undefined(self) -> set[str]:
        """Symbols that occur and are neither drawn nor explained."""
        used = set().union(
            *(r.symbols() for r in self.says.values()),
            names_in(*(h.condition for h in self.assuming)),
        )
        return (
            used
            - set(self.over.pieces)
            - set(self.where)
            - {str(t.parameter) for t in self.thresholds}
        )


def claim(
    id: str,
    *,
    over: Mapping[Any, Piece],
    assuming: Sequence[Any] = (),
    says: Mapping[str, Any],
    where: Mapping[Any, str] | None = None,
    cites: Citation,
    instances: int = 40,
) -> Callable[[Callable], Claim]:
    """Decorator: the function, which measures, becomes a Claim. How to write one: the docstring of
    lab.claims.

    id: topic/kebab-name. over: symbol -> piece, drawn in this order. assuming: SymPy relations or
    named predicates. says: part -> relation. where: measured symbol -> what it is. cites:
    classical, derived or stated_by. instances: how many are judged; more where one instance in a
    hundred is the worst.

    ValueError for an id that is not topic/kebab-name, a claim that says nothing, a symbol that is
    not defined, an argument of the function that is not drawn, an instance count below 1. TypeError
    for a hypothesis that is a truth value.
    """
    _kebab(id)
    if not says or instances < 1:
        raise ValueError(
            f"{id} says nothing" if not says else f"{id}: instances = {instances}: must be >= 1"
        )
    space = Space({_name(s): piece for s, piece in over.items()})
    hypotheses = tuple(Hypothesis(condition) for condition in assuming)
    meanings = {_name(s): meaning for s, meaning in (where or {}).items()}

    def declare(measure: Callable) -> Claim:
        made = Claim(id, space, hypotheses, dict(says), meanings, cites, instances, measure)
        if missing := made.undefined():
            raise ValueError(
                f"{id}: {', '.join(sorted(missing))} is neither drawn (over) nor explained (where)"
            )
        given = set(space.pieces) | {_name(t.parameter) for t in made.thresholds} | {"seed"}
        if unknown := set(made.arguments) - given:
            raise ValueError(
                f"{id}: {measure.__name__} takes {', '.join(sorted(unknown))}, which is not drawn"
            )
        return made

    return declare


def _name(symbol) -> str:
    """The name of a symbol, or the string that was given in its place."""
    return symbol if isinstance(symbol, str) else symbol.name


def _kebab(id: str) -> None:
    """ValueError for an id that is not topic/kebab-name."""
    topic, _, name = id.partition("/")
    if not topic or not name or id != id.lower() or set(id) & set(" _\t\n*?["):
        raise ValueError(f"claim id {id!r}: must be topic/kebab-name")

"""Texts of tables and captions: symbols, numbers, arrows, and rows of a comparison."""

from __future__ import annotations

import re

import numpy as np

from lab.style.looks import METHODS

# what sentences spell in letters, and how it is set
SYMBOLS = {
    r"GN\^-1/2": r"GN$^{-1/2}$",
    r"GN\^-1": r"GN$^{-1}$",
    r"\bbeta([12])\b": r"$\\beta_\1$",
    r"\bkappa\^-1/2": r"$\\kappa^{-1/2}$",
    r"\bsqrt\((\w+)\)": r"\1^1/2",
    r"\bsqrt\(([^()]*)\)": r"(\1)^1/2",
    r"\bsqrt (\w+)": r"\1^1/2",
    # a power in parentheses, which may hold two more within each other
    r"\^\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)": r"$^{\1}$",
    r"\b(alpha|beta|eta|kappa|omega|rho|sigma|tau|theta)\b": r"$\\\1$",
    r"\beps\b": r"$\\varepsilon$",
    r"\blam\b": r"$\\lambda$",
    r"\bnoise\^2": r"noise$^2$",
    r"\|g\|_1": r"$|g|_1$",
    r"E\|x - xi\|\^q": r"E$|x-\\xi|^q$",
    r"\^(-?\d+/\d+|-?\w+)": r"$^{\1}$",
    r"\b([a-zA-Z]{1,2})_(\w)\b": r"$\1_\2$",
    r"\b([a-zA-Z]{1,2})_\(([^()]*)\)": r"$\1_{\2}$",
    r"\+-": "\N{PLUS-MINUS SIGN}",
}


def lowered(text: str) -> str:
    """The text with symbols for what it spells in letters: GN^-1, beta1, kappa. Formulas stay.

    lowered("kappa^-1/2 of GN^-1") is "$\\kappa^{-1/2}$ of GN$^{-1}$". The order of SYMBOLS
    matters: GN^-1/2 is set before GN^-1 could be.
    """
    pieces = text.split("$")
    for k in range(0, len(pieces), 2):
        pieces[k] = _set_in_symbols(pieces[k])
    return "$".join(pieces)


def _set_in_symbols(words: str) -> str:
    """A text without formulas, with its symbols, one pattern of SYMBOLS after the other."""
    for spelled, symbol in SYMBOLS.items():
        # what has been set already is a formula, and stays
        parts = re.split(r"(\$[^$]*\$)", words)
        for k in range(0, len(parts), 2):
            parts[k] = re.sub(spelled, symbol, parts[k])
        words = "".join(parts)
    return words


ARROWS = {
    "": "",
    "low": "\N{DOWNWARDS ARROW}",
    "high": "\N{UPWARDS ARROW}",
}


def arrow(edge) -> str:
    """An arrow where a best rate is at the upper or lower edge of its grid, else nothing.

    edge: "low", "high" or "", as comparisons store it. KeyError for another word.
    """
    return ARROWS[str(edge)]


def count(value: float, form: str = ".3g") -> str:
    """A number in a table; a dash where it is infinite.

    form: a format of numbers, as in f-strings. inf stands for a target that was not reached, and
    NaN for what was not computed: both are a dash.
    """
    if value == 0:
        return "0"
    if not np.isfinite(value):
        return "\N{EN DASH}"
    return f"{value:{form}}"


def tuned(parts, of: str, form: str = ".2g") -> list[list[str]]:
    """Rows of a table: `of` for every method in each of several comparisons; an arrow marks a best
    rate at the upper or lower edge of its grid.

    parts: one comparison each, with the same methods in the same order. A row is the method's
    label and one cell per comparison. KeyError for a method without a look.
    """
    rows = []
    for k, name in enumerate(parts[0]["methods"]):
        row = [METHODS[str(name)].label]
        for p in parts:
            value = count(p[of][k], form)
            edge = arrow(p["edge"][k])
            row.append(value + edge)
        rows.append(row)
    return rows


def steps(found) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a table: steps to the target and tuned rate of every method.

    A rate beside an arrow is only the best of those tried: the optimum may lie beyond the grid.
    found: methods, steps, lr and edge (M,), as lab.instruments.comparison stores them.
    """
    rows = []
    for k, method in enumerate(found["methods"]):
        name = str(method)
        label = METHODS[name].label
        reached = count(found["steps"][k], ".0f")

        # a line search has no rate
        lr = found["lr"][k]
        rate = "" if "line search" in name else f"{lr:.2g}"
        edge = arrow(found["edge"][k])
        rows.append([label, reached, rate + edge])
    return ["method", "steps", "rate"], rows

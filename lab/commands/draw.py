"""lab draw: a figure, from a stored result."""

from __future__ import annotations


def do(options, rest) -> int:
    """lab draw FIGURE"""
    from lab import workshop

    for path in workshop.draw(options.root, options.name):
        print(path)
    return 0

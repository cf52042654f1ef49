"""lab draw: a figure, from a stored result or from settings.

A figure draws what is stored; where a result is missing or older than its experiment it is computed
first.
"""

from __future__ import annotations


def do(options, rest) -> int:
    """lab draw FIGURE [--setting value ... | --result FILE] [--width W] [--caption C]

    Prints the files that it wrote. ValueError as in lab.workshop.drawing.draw. Settings are those
    of the experiment whose result is drawn; without any the stored default is.
    """
    from lab import workshop

    paths = workshop.draw(
        options.root,
        options.name,
        rest,
        result=options.result,
        width=options.width,
        caption=options.caption,
        formats=options.format.split(","),
    )
    for path in paths:
        print(path)
    return 0

"""How a method is drawn: a colour, a line style and a marker that no other method has.

The colours of methods that meet in a figure differ in lightness, so that they differ in grey too,
and under deuteranopia and protanopia. Variants of a method keep its colour. No ladder of twenty
steps is seen in grey: methods that never meet may share a colour, and lines and markers tell apart
those that do.

Three marks tell methods apart, so that a figure survives a copier, a colour-blind reader and two
curves that lie on each other. A new method needs an entry in METHODS; tests compare lightness and
dashes of those that meet in a figure.

    METHODS["mine"] = Look("mine", GREEN, (0, (4, 1, 2, 1)), "$+$")
    style.curve(ax, "mine", x, y)
"""

from __future__ import annotations

from itertools import cycle
from typing import NamedTuple

Line = str | tuple[float, tuple[float, ...]]


class Look(NamedTuple):
    """How something is drawn everywhere.

    label: in the legend, with formulas; colour: #RRGGBB; line: "-" or a dash pattern in line
    widths; marker: as Matplotlib spells it. The label of one of CYCLE is "", since a figure says
    what it is.
    """

    label: str
    colour: str
    line: Line
    marker: str


# a ladder of lightness, 20 to 84 of 100 in CIELAB; theory is black
BROWN = "#5B1A18"
BLUE = "#0A4B9C"
PURPLE = "#9A3F8F"
VERMILLION = "#D1440C"
GREEN = "#1B9E6B"
GREY = "#A3A3A3"
SKY = "#6CC4F5"
YELLOW = "#F4CF52"


def _dashes(*lengths: float) -> Line:
    """Ink, gap, ink, gap, ... in line widths. None is that of theory, which is "--".

    As Matplotlib has it, (offset, lengths): every pattern begins with ink.
    """
    return 0, lengths


METHODS = {
    "GD": Look("GD", GREY, "-", "o"),
    "SGD": Look("SGD", GREY, _dashes(9, 1), "8"),
    "GN^-1": Look("GN$^{-1}$", BLUE, _dashes(6, 1.5), "s"),
    "GN^-1/2": Look("GN$^{-1/2}$", SKY, _dashes(6, 1.5, 1, 1.5), "D"),
    "damped GN^-1": Look("damped GN$^{-1}$", GREEN, _dashes(6, 1, 1, 1, 1, 1), "X"),
    "heavy ball": Look("heavy ball", PURPLE, _dashes(3, 1), "P"),
    "Nesterov": Look("Nesterov", GREEN, _dashes(3, 1, 1, 1), "H"),
    "Adam": Look("Adam", VERMILLION, _dashes(12, 1.5), "^"),
    "Adam, decay": Look("Adam, decaying rate", VERMILLION, _dashes(12, 1.5, 1, 1.5), ">"),
    "idealised Adam": Look("idealised Adam", BROWN, _dashes(2, 1), "<"),
    "AMSGrad": Look("AMSGrad", BLUE, _dashes(4, 2, 1, 2), "p"),
    "sign": Look("sign descent", YELLOW, _dashes(1, 0.6), "v"),
    "sign, decay": Look("sign descent, decaying rate", YELLOW, _dashes(1, 1.5), "1"),
    "sign, halving": Look("sign descent, halved rate", YELLOW, _dashes(8, 1, 2, 1), "*"),
    "GD + line search": Look("GD + line search", GREY, _dashes(1, 2), "h"),
    "GN^-1 + line search": Look("GN$^{-1}$ + line search", BLUE, _dashes(1, 2.5, 3, 2.5), "d"),
    "GN^-1/2 + line search": Look("GN$^{-1/2}$ + line search", SKY, _dashes(2, 2.5), "x"),
    "AdaL": Look("AdaL", GREEN, _dashes(10, 1, 1, 1, 1, 1, 1, 1), "2"),
    "AdaL, constant rate": Look("AdaL, constant rate", SKY, _dashes(5, 2), "3"),
    "AdaL, coordinatewise": Look("AdaL, coordinatewise", YELLOW, _dashes(4, 1, 4, 2.5), "+"),
    "AdaL, loss factor": Look("AdaL, loss factor", PURPLE, _dashes(7, 2.5), "4"),
    "K-FAC": Look("K-FAC", BLUE, _dashes(7, 1, 2, 1), "$K$"),
    "TNT": Look("TNT", GREEN, _dashes(11, 1.5, 3, 1.5), "$T$"),
    "TNT, per example": Look("TNT, per example", GREEN, _dashes(2, 1, 2, 3), "$t$"),
    "Shampoo": Look("Shampoo", SKY, _dashes(3, 1.5, 3, 3), "$S$"),
    "K-BFGS": Look("K-BFGS", PURPLE, _dashes(8, 2.5, 1, 2.5), "$B$"),
    "SOAP": Look("SOAP", YELLOW, _dashes(6, 1, 3, 1), "$O$"),
    "AdaL, maximum": Look("AdaL, AMSGrad's maximum", BROWN, _dashes(3, 2.5, 1, 2.5), "$m$"),
}

# what is no method: batch sizes, eigenvalues, stages
CYCLE = [
    Look("", BLUE, "-", "o"),
    Look("", VERMILLION, _dashes(5, 1), "s"),
    Look("", GREEN, _dashes(5, 1, 1, 1), "^"),
    Look("", SKY, _dashes(2, 1), "D"),
    Look("", BROWN, _dashes(1, 1), "v"),
    Look("", YELLOW, _dashes(8, 1, 1, 1, 1, 1), "P"),
]
GREYS = ("0.75", "0.5", "0.2")


def look(method: str) -> Look:
    """That of a method, METHODS[method]. KeyError naming the known ones."""
    if method not in METHODS:
        raise KeyError(f"no look for {method!r}; there is one for {', '.join(METHODS)}")
    return METHODS[method]


def looks(names) -> dict[str, Look]:
    """A look for every name: a method's own, and for what is no method one of the cycle, those
    first whose colour and marker none of the methods has.

    names: as the legend says them. More than the cycle holds begin it again. In the order of the
    names, with the name as label where the look is of the cycle.
    """
    known = [str(name) for name in names]
    found = {}
    taken = set()
    for name in known:
        if name in METHODS:
            own = METHODS[name]
            found[name] = own
            taken |= {own.colour, own.marker}

    def collisions(one: Look) -> int:
        return len(taken & {one.colour, one.marker})

    rest = cycle(sorted(CYCLE, key=collisions))
    for name in known:
        if name not in found:
            one = next(rest)
            found[name] = one._replace(label=name)
    return {name: found[name] for name in known}

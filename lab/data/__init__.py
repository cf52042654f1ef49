"""Data: the digits and Longley's table, which ship with the lab, and tables of the user's own.

    table("cells.csv", "grade")                   features, target, and notes on how it was read
    table("cells.csv")                            no target: every column is a feature
    examples(Source(data="cells.csv", target="grade"), standardised=True)     for two classes
    curves(1000), patches(1000)                   generated pictures, parts of a photograph

Text becomes cells (`reading`), an archive columns (`archives`); cells become numbers, words or
nothing (`cells`), and a column a feature, classes, or what is neither (`columns`). `tables` puts
them together and refuses what it must; `names` is how a message calls a column.
"""

from lab.data.curves import curves
from lab.data.digits import digits
from lab.data.examples import Examples, Source, binary, examples, standardise, unit_interval
from lab.data.longley import longley
from lab.data.patches import patches, photograph
from lab.data.tables import Table, table

__all__ = [
    "Examples",
    "Source",
    "Table",
    "binary",
    "curves",
    "digits",
    "examples",
    "longley",
    "patches",
    "photograph",
    "standardise",
    "table",
    "unit_interval",
]

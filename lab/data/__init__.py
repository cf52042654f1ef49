"""Data: the digits that ship with the lab, pictures of curves and patches, and tables of the
user's own."""

from lab.data.curves import curves
from lab.data.digits import digits
from lab.data.examples import Examples, Source, binary, examples, standardise, unit_interval
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
    "patches",
    "photograph",
    "standardise",
    "table",
    "unit_interval",
]

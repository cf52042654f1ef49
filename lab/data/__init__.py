"""Data: the digits and Longley's table, which ship with the lab, and tables of the user's own."""

from lab.data.digits import digits
from lab.data.examples import Examples, Source, binary, examples, standardise
from lab.data.longley import longley
from lab.data.tables import Table, table

__all__ = [
    "Examples",
    "Source",
    "Table",
    "binary",
    "digits",
    "examples",
    "longley",
    "standardise",
    "table",
]

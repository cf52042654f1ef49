"""Data: the digits that ship with the lab, and tables of the user's own.

    table("cells.csv", "grade")                   features, target, and notes on how it was read
    examples(Source(data="cells.csv", target="grade"), standardised=True)     for two classes

Text becomes cells (`reading`), an archive columns (`archives`); cells become numbers, words or
nothing (`cells`), and a column a feature, classes, or what is neither (`columns`). `tables` puts
them together and refuses what it must; `names` is how a message calls a column.
"""

from lab.data.digits import digits
from lab.data.examples import Examples, Source, binary, examples, standardise
from lab.data.tables import Table, table

__all__ = ["Examples", "Source", "Table", "binary", "digits", "examples", "standardise", "table"]

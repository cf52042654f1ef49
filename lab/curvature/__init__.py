"""Curvature as an object: the matrix G of a loss at a point, asked for what an optimizer needs.

What is asked is in `protocol`; who answers, one file each: `dense` (a matrix, a diagonal), `rows`
(examples of a linear model), `spiked` (plus low rank), `shifted` (plus a ridge), `layered`
(blocks), `rank_ones` (a network: outer products, layer by layer).

G is symmetric, and positive semi-definite unless it is a Hessian. `solve` means the pseudo-inverse
where G + damping I is singular: what G does not see, the answer does not have. A view that changes
the variables returns another curvature; nothing is computed before it is asked.
"""

from lab.curvature.dense import Dense, Diagonal
from lab.curvature.layered import Layered, bent
from lab.curvature.protocol import Curvature
from lab.curvature.rank_ones import Factors, Local, RankOnes
from lab.curvature.rows import Rows
from lab.curvature.shifted import Shifted
from lab.curvature.spiked import Spiked

__all__ = [
    "Curvature",
    "Dense",
    "Diagonal",
    "Factors",
    "Local",
    "Layered",
    "RankOnes",
    "Rows",
    "Shifted",
    "Spiked",
    "bent",
]

"""Arrays: the axis law, parameters in layers, and hyper-parameters that are sweeps.

Axis law: `time, run, example, out, in`, in that order, everywhere. `*r` stands for the leading run
axes: `()`, `(R,)`, `(L, S)`.

`Params` is one of
    np.ndarray  (*r, n), a vector problem
    Layers      blocks (*r, out, in), (*r, n), (*r, d1, ..., dk), a layered problem; block b has
                order 2, 1, k

`Scalar` is a hyper-parameter: a number, one number per run (*r,), or PerBlock((...)) with one such
value per block of Layers.

    Adam(lr=0.1)                                one run, or those of theta
    Adam(lr=np.logspace(-4, 0, 1000))           a thousand runs, (1000,)
    SGD(lr=PerBlock((0.1, np.ones(3))))         three runs, the first block at 0.1 in all of them

Shapes are told by what is trailing: of (*r, n) the last axis is the problem's own, whatever r is.
"""

from lab.arrays.axes import joined, parted, with_shape
from lab.arrays.blockwise import (
    block_norm,
    contiguous,
    inner,
    norm,
    runs,
    stack,
    with_runs,
    zeros_like,
)
from lab.arrays.layers import (
    Layers,
    Pair,
    Params,
    Role,
    each,
    each_tensor,
    layers,
    like,
    paired,
    parts,
    raveled,
    tensors,
)
from lab.arrays.sweeps import (
    PerBlock,
    Scalar,
    all_runs,
    lift,
    per_matrix,
    rowwise,
    scalars,
    sweep_shape,
    swept_fields,
    values,
)

__all__ = [
    "Layers",
    "Pair",
    "Params",
    "PerBlock",
    "Role",
    "Scalar",
    "all_runs",
    "block_norm",
    "contiguous",
    "each",
    "each_tensor",
    "inner",
    "joined",
    "layers",
    "lift",
    "like",
    "norm",
    "paired",
    "parted",
    "parts",
    "per_matrix",
    "raveled",
    "rowwise",
    "runs",
    "scalars",
    "stack",
    "sweep_shape",
    "swept_fields",
    "tensors",
    "values",
    "with_runs",
    "with_shape",
    "zeros_like",
]

"""Kronecker products in the place of a second moment C = E[vec G vec G^T] of gradients: which one,
how far away, and what may be built on it.

Tensors G (d_1, ..., d_k) are unrolled with their last mode fastest, as NumPy's ravel does, so that
(U_1 kron ... kron U_k) vec(G) is G times U_i along mode i. For matrices this is the transpose of
lab.modes.vec, which stacks columns.

`moments` has C and its partial traces, `approximations` the products near it, `divergences` how far
they are, `quality` what they are worth; `damping`, `bounds`, `minimisers` and `polar` are about the
methods. C, S and factors are stacks (*r, n, n), symmetric and positive semi-definite, and finite.
"""

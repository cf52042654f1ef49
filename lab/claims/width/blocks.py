"""Steps that Shampoo's claims compare with: in blocks, in singular vectors, in a basis drawn
before.

Rules of a weight's gradient G (out, in), as `FromFunction` takes them: dW from (w, batch), the rate
being the parameterization's. UNITS is the side of one copy, k the number of copies side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lab.arrays import Layers
from lab.claims.width.copied import UNITS, copies
from lab.instruments.width import FromFunction, Start
from lab.linalg import hadamard, symmetric_power
from lab.objectives.networks import MLP
from lab.optimizers import SOAP
from lab.simulation import simulate

# any orthogonal matrix of four rows
ORTHOGONAL = hadamard(4) / 2


def orthogonal_move(
    method,
    n,
    skew,
) -> float:
    """RMS(dW_2 h_1) on the first n of 4 examples: axes of the input, each with an output of its
    own; a linear network with orthogonal weights. skew: what all examples share.

    At skew = 0 features and errors of examples are orthogonal and of one length: laws in n are then
    exact powers. Another skew makes their Gram matrices full.
    """
    x = np.eye(4) + skew
    targets = np.eye(4)
    network = MLP(x[:n], targets[:n], (4, 4), activation="linear", biases=False)
    like: Any = network.start((1,))
    theta = Layers([ORTHOGONAL[None]] * 3, like.orders, like.roles)
    begun = Start(network, theta, True)
    end: Any = simulate(begun.objective, method, theta, steps=1).final
    moved = begun.moved(end)
    # block 1 is the hidden weight
    return float(moved[0, 1])


def derived_blocks(
    e,
    s,
    rho,
    d,
):
    """For k copies: Shampoo in blocks of UNITS k^s, damping rho k^-d of the role.

    s = 0: as many blocks as copies squared; s = 1: no blocks. d: role -> power.
    """

    def of(k):
        """The rule for k copies."""
        side = UNITS * round(k**s)

        def rule(w, batch):
            damping = rho * float(k) ** -d[batch.role]
            return -stepped_blocks(batch.grad, side, e, damping)

        return FromFunction(rule)

    return of


def published_blocks(
    e,
    rho,
    off,
):
    """The same with blocks of UNITS k^(1/2), the rate and the eps as printed (Qiu et al. 2025).

    Rate (d_out / d_in)^(1 - e) n_blk^-e, eps = rho b_in b_out / d_out^2, times k^-off: off = 0 is
    the print. n_blk counts the blocks that are there: a side shorter than a block is not cut.
    """

    def of(k):
        """The printed rule for k copies."""
        side = UNITS * round(k**0.5)

        def rule(w, batch):
            rows, columns = w.shape
            b_out = min(side, rows)
            b_in = min(side, columns)
            eps = rho * b_in * b_out / rows**2 * float(k) ** -off
            count = rows * columns / (b_out * b_in)
            rate = (rows / columns) ** (1 - e) * count**-e
            return -rate * stepped_blocks(batch.grad, side, e, eps)

        return FromFunction(rule)

    return of


def stepped_blocks(
    g,
    side,
    e,
    eps,
) -> np.ndarray:
    """(L + eps)^(-e/2) G (R + eps)^(-e/2), block by block; sides up to `side` are not cut.

    L and R are Gram matrices of the block alone. e = 1/2, eps -> 0: polar factors of the blocks.
    """
    step = np.empty_like(g)
    for top in range(0, g.shape[0], side):
        for left in range(0, g.shape[1], side):
            part = np.s_[top : top + side, left : left + side]
            x = g[part]
            rows, columns = map(np.eye, x.shape)
            outer = symmetric_power(x @ x.T + eps * rows, -e / 2)
            inner = symmetric_power(x.T @ x + eps * columns, -e / 2)
            step[part] = outer @ x @ inner
    return step


def turned_left(w, batch) -> np.ndarray:
    """-U sign(U^T G): signs in the left singular vectors of the gradient, those of its range.

    One-sided SOAP in a fresh basis, eps = 0. Null directions would turn rounding into signs, and so
    would the entries of units that are silent on all examples, which are 0.
    """
    u, s, vt = np.linalg.svd(batch.grad, full_matrices=False)
    # six digits above rounding, which is 1e-16 of the largest
    rounding = 1e-10 * s[0]
    kept = s > rounding
    z = s[kept, None] * vt[kept]
    signs = np.where(np.abs(z) > rounding, np.sign(z), 0.0)
    return -u[:, kept] @ signs


def turned_right(w, batch) -> np.ndarray:
    """-sign(G V) V^T: signs in the right ones."""
    transposed = batch._replace(grad=batch.grad.T)
    return turned_left(w.T, transposed).T


def in_an_old_basis(eps, case):
    """For k copies: SOAP in a basis drawn before, k times that of one copy.

    A basis that knows nothing of the gradient: the stale case at its purest. Sides of one copy are
    2 outputs, 3 inputs and UNITS.
    """
    rng = np.random.default_rng(case.data.seed)
    one = {n: np.linalg.qr(rng.standard_normal((n, n)))[0] for n in (2, 3, UNITS)}

    def of(k):
        """SOAP that starts in the old bases of k copies."""
        wide = np.kron(np.eye(k), one[UNITS])
        theta = copies(case.data, k).theta
        bases = []
        for x, order in zip(theta, theta.orders, strict=True):
            sides = x.shape[1:] if order == 2 else ()
            bases.append(tuple(one.get(n, wide) for n in sides))
        return SOAP(1.0, 0.0, 0.0, eps, weight_decay=0.0, initial=tuple(bases))

    return of

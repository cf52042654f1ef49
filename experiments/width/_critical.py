"""Critical rates of K-FAC from Gram matrices, at widths whose hidden weights need not be stored.

K_eff needs, of every layer, only H^T H / n of its inputs and J^T J / n of the derivatives of the
output by its pre-activations, both n x n for n examples: W_2, of width^2 entries, is passed over
once in rows. Rates depend on the size of the inputs and on the loss: x of |x|^2 = d and half
squares here. With (x - mean) / std over all pixels, |x|^2 = 0.52 d, and whole squares, half the
rate, 64 digits have those that another implementation has found (tests): with the trace .1085 at
width 64 and .0940 at 16384. Linearised means that features stand still: a rate below the critical
one may still fail in training, and one above it may be survived.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.dampings import Sizes, dampings
from lab.theory.mup import critical_rate, shrinkage

# rows of W_2 at once: 64 MB at width 16384
ROWS = 512


class Layer(NamedTuple):
    """H^T H / n and J^T J / n of one layer (n, n), and the rows of A and B.

    fan_in, fan_out are the sizes of the layer's A and B, which the dampings of `lab.dampings` ask
    for.
    """

    inputs: np.ndarray
    errors: np.ndarray
    fan_in: int
    fan_out: int


def layers(
    x: np.ndarray,
    width: int,
    seed: int,
) -> list[Layer]:
    """The three layers of a tanh network without biases at its start in SP, one output.

    x (n, d); W_l of variance 1 / fan_in. W_2 is drawn, used forwards and backwards, and forgotten,
    ROWS rows at a time.

    seed: [seed, width], so that another width draws other weights. Memory is of the order of ROWS x
    width numbers for a part of W_2, and n x width for its activations.
    """
    n, d = x.shape
    rng = np.random.default_rng([seed, width])
    first = rng.standard_normal((width, d)) / np.sqrt(d)
    last = rng.standard_normal(width) / np.sqrt(width)
    h1 = np.tanh(x @ first.T)

    # W_2^T times errors: the sum over its rows is made as they come
    back = np.zeros((n, width))
    gram_h2 = np.zeros((n, n))
    gram_j2 = np.zeros((n, n))
    for start in range(0, width, ROWS):
        rows = slice(start, min(start + ROWS, width))
        w = rng.standard_normal((rows.stop - start, width)) / np.sqrt(width)
        h2 = np.tanh(h1 @ w.T)
        j2 = (1 - h2**2) * last[rows]
        back += j2 @ w
        gram_h2 += h2 @ h2.T
        gram_j2 += j2 @ j2.T
    j1 = back * (1 - h1**2)

    return [
        Layer(x @ x.T / n, j1 @ j1.T / n, d, width),
        Layer(h1 @ h1.T / n, gram_j2 / n, width, width),
        Layer(gram_h2 / n, np.ones((n, n)) / n, width, 1),
    ]


def with_head(
    of: list[Layer],
    ratio: float,
) -> list[Layer]:
    """The layers after W_3 was multiplied by `ratio`: J of those below it is linear in W_3.

    ratio: new entries over old. Only errors below the head change, by ratio^2 in their Gram matrix:
    this is how a start in SP is made one in muP without drawing anew.
    """
    *below, last = of
    return [layer._replace(errors=ratio**2 * layer.errors) for layer in below] + [last]


def largest_rate(
    of: list[Layer],
    damp: str,
    damping: float,
) -> float:
    """2 / lam_max(K_eff),  K_eff = sum_l n S_B o S_A,  S_X = X (X + rho_X)^-1, half squares

    The rate at which linearised K-FAC on this batch stops to converge, for any damping of
    `lab.dampings`; for "trace" it is `lab.theory.mup.effective_kernel`.

    damp, damping: kind and amount. A layer's kernel is symmetric up to rounding; inf where nothing
    moves.
    """
    kernel = 0.0
    for layer in of:
        traces = np.trace(layer.inputs), np.trace(layer.errors)
        rho = dampings(
            damp,
            damping,
            Sizes(*traces, layer.fan_in, layer.fan_out),
        )
        share = shrinkage(
            layer.inputs,
            float(rho.A / traces[0]),
        )
        outer = shrinkage(
            layer.errors,
            float(rho.B / traces[1]),
        )
        # n times the Hadamard product of both shares: one layer's part
        kernel = kernel + len(share) * outer * share
    return critical_rate((kernel + kernel.T) / 2)

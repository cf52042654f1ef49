"""What the limits of infinite width are compared with: moves of drawn networks, and Gram matrices.

(*): dW_l h = Z (Z^T Z + rho_B)^-e_B X (H^T H + rho_A)^-e_A H^T h, with the inputs of n examples as
columns of H, their output gradients as columns of Z, both over sqrt(n), and X the residuals. The
inner factors are n x n and know the width by their Gram matrices alone, which have limits.

Why: G = Z X H^T, and g(Z Z^T) Z = Z g(Z^T Z) for any function g of a matrix, on either side
(mup-limits/push-through). Without it the powers of M x M matrices would have to be followed. It
needs gradient and factors of the same examples; with others the cross terms Z^T Z' come in.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lab.arrays import Layers
from lab.claims.width.networks import MUP, Sizes, study
from lab.instruments.width import Start, Study, powers, slope
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.wrappers.parameterized import Parameterized, Widths
from lab.simulation import simulate
from lab.theory.mup import Family, exponents, first_step

# for spreads between starts: their standard deviation is known to 1 / sqrt(2 starts)
DRAWN = Sizes((16, 128), 128)
# of the constants and of the batches: one over the square root of it is 4 %
WIDTH = 512


def tall(seed, rows=12, columns=3) -> np.ndarray:
    """Z (rows, columns + 1) with its last column twice: rank deficient, whatever is drawn.

    Of rank `columns` with columns + 1 columns, so that Z^T Z and Z Z^T both have the eigenvalue 0,
    where a negative power without damping is not defined.
    """
    rng = np.random.default_rng(int(seed))
    z = rng.standard_normal((rows, columns))
    return np.concatenate([z, z[:, -1:]], 1)


def layer_grams(seed) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """H^T H and J^T J (3, 3) of every layer of one start of width 32, three examples.

    Over examples, in the order of the layers, input first. Their eigenvalues are those of the
    factors A and B, up to zeros and the number of examples.
    """
    begun = study("tanh", seed, Sizes((32, 64), 1, 3)).at(32, MUP)
    curvature = begun.network.evaluate(begun.theta).curvature("exact", None)
    inputs, errors = [], []
    for layer in curvature.layers:
        h = layer.inputs[0]
        j = layer.errors[0, :, 0]
        inputs.append(h @ h.T)
        errors.append(j @ j.T)
    return inputs, errors


def of_width(
    made,
    e_A,
    e_B,
) -> list[float]:
    """The three moves at M = 512, at the first example: root mean squares over units and starts.

    ReLU with W_2 of variance 2 / M, which keeps |h|^2 / M from layer to layer; base = 1, so that
    muP's rates are M^-c and not powers of a ratio. The head's move is one number per start, and
    scatters the most.

    Order: input, hidden, output.
    """
    plain = Study(made.x, made.y, made.widths, activation="relu", base=1, seeds=8)
    drawn = plain.at(WIDTH, MUP)
    first, hidden, head = drawn.theta
    theta = Layers([first, np.sqrt(2) * hidden, head], drawn.theta.orders, drawn.theta.roles)
    begun = Start(drawn.network, theta, True)

    table = powers(exponents("kronecker", e_A=e_A, e_B=e_B))
    method = Parameterized(ThinKronecker(1.0, 0.1, e_A, e_B), table, Widths(WIDTH, 1))
    end: Any = simulate(begun.objective, method, theta, steps=1).final
    curvature = begun.network.evaluate(theta).curvature("exact", None)
    moves = []
    for new, old, layer in zip(end, theta, curvature.layers, strict=True):
        h = layer.inputs[:, :1]
        change = h @ np.swapaxes(new - old, -1, -2)
        moves.append(np.sqrt((change**2).mean()))
    return moves


def of_limit(
    made,
    e_A,
    e_B,
) -> list[float]:
    """The three moves at M = inf, at the first example, by arc-cosine kernels.

    The output's with its size, as of_width has it.

    Kernels are exact, so that there is neither a draw nor a seed.
    """
    found = first_step(made.x, made.y, made.x[:1], Family(e_A, e_B, 0.1))
    return [*found.features[:, 0], abs(found.output[0])]


def hidden_move(
    n,
    e_A,
    e_B,
    seed,
) -> float:
    """RMS(dW_2 h_1) on n orthogonal examples with targets +-1, two starts of width 512.

    Damping 1e-4 of the trace, far below the share 1 / n of one example.

    So small a damping that n^-1, the share of one example in the trace, is above it: a power law in
    n is of that range.
    """
    # signs: targets of one size, so that every example counts alike
    made = study("tanh", seed, Sizes((WIDTH, 2 * WIDTH), 2, n))
    signs = Study(made.x, np.sign(made.y), made.widths, seeds=2)
    begun = signs.at(WIDTH, MUP)
    # any rate: a slope does not see it
    method = ThinKronecker(1.0, 1e-4, e_A, e_B)
    end: Any = simulate(begun.objective, method, begun.theta, steps=1).final
    moved = begun.moved(end)[:, 1]
    return float(moved.mean())


def spreads(
    optimizer,
    table,
    seed,
) -> float:
    """The slope in M of the standard deviation of f over starts, mean over the examples, after
    three steps. f_0 is not subtracted: it is what is looked at.

    optimizer: at its rate for the least width; table: `exponents`, whose powers the other width
    gets. A slope of -1/2 is what a mean over M units has.
    """
    rows = powers(table)
    plain = replace(study("tanh", seed, DRAWN), centred=False)
    found = []
    for width in DRAWN.widths:
        begun = plain.at(width, rows)
        sized = Parameterized(optimizer, rows, Widths(width, DRAWN.widths[0]))
        end: Any = simulate(begun.objective, sized, begun.theta, steps=3).final
        deviations = begun.network.evaluate(end).z.std(0)
        found.append(deviations.mean())
    return slope(DRAWN.widths, found).value

"""Steps of matrix methods on the encoder of an autoencoder beside the matrix products and
factorisations that each is made of: a part of speed.

What is timed beside a method is only what its formulas contain: products of matrices and
factorisations, on arrays of the layers' sizes. Entrywise work (momenta, ReLU, biases) is not in it,
so that a ratio of 1 isn't to be expected. Nothing converges here: a step is timed, no run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from lab.instruments.timing import full_step, interleaved
from lab.objectives import MLP
from lab.optimizers import KFAC, SGD, SOAP, TNT, ShampooEMA
from lab.optimizers.matrix.kbfgs import KBFGS

# between roots; SOAP renews its bases at every second call here, to reach both kinds of step soon
EVERY = 20


class Dense(NamedTuple):
    """Arrays of the sizes of one layer: weight (o, d), inputs (m, d), errors (m, o), and symmetric
    matrices for outputs (o, o) and inputs (d, d)."""

    w: np.ndarray
    a: np.ndarray
    g: np.ndarray
    left: np.ndarray
    right: np.ndarray


def layer_methods(
    encoder: tuple,
    batch: int,
    *,
    rounds: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """layer_methods (M,), layer_runs (M, 2, rounds): seconds of a step that keeps its roots and of
    one that takes them anew, over those of the work; layer_ratio (M, 2) its median; of methods
    without roots both are of one step. layer_seconds, layer_work_seconds (M, 2).

    encoder: inputs, widths of hidden layers, outputs. Data are uniform on [0, 1], with binary
    cross-entropy and ReLU, as in the autoencoder experiments; values don't change the time. encoder
    and batch are stored as encoder, encoder_batch, layer_place is 0 ... M - 1.
    """
    rng = np.random.default_rng(seed)
    # the encoder alone: its decoder has the same layers, the other way round
    inputs, *hidden, outputs = encoder
    x = rng.random((batch, inputs))
    # targets of binary cross-entropy are in [0, 1]
    y = rng.random((batch, outputs))
    f = MLP(x, y, hidden, activation="relu", loss="bce")
    theta = f.start()
    layers = [dense(rng, batch, d, o) for d, o in pairwise(encoder)]

    jobs: dict[Any, Callable[[], object]] = {}
    for name, (method, work) in methods().items():
        for kind, state in enumerate(states(f, method)):
            jobs[name, "step", kind] = partial(full_step, f, method, state, theta)
            jobs[name, "work", kind] = partial(work, layers, kind == 1)
    seconds = interleaved(jobs, rounds)

    shape = (len(methods()), 2, rounds)
    step = np.array([s for key, s in seconds.items() if key[1] == "step"]).reshape(shape)
    work = np.array([s for key, s in seconds.items() if key[1] == "work"]).reshape(shape)
    # round by round, the step and its own work
    runs = step / work
    return {
        "layer_methods": np.array(list(methods())),
        "layer_place": np.arange(len(methods())),
        "layer_runs": runs,
        "layer_ratio": np.median(runs, axis=-1),
        "layer_seconds": np.median(step, axis=-1),
        "layer_work_seconds": np.median(work, axis=-1),
        "encoder": np.array(encoder),
        "encoder_batch": np.array(batch),
    }


def methods() -> dict[str, tuple[Any, Callable]]:
    """Method -> optimizer, and its work on layers, with its roots anew or without.

    Hyper-parameters are such that steps stay finite; none of them changes the cost but `every`.
    """
    return {
        "SGD": (SGD(1e-3), gradient),
        "Shampoo": (ShampooEMA(1e-3, 1e-3, every=EVERY), shampoo),
        "TNT": (TNT(1e-4, 0.1, every=EVERY), tnt),
        "K-FAC": (KFAC(1e-2, 0.3, every=EVERY), kfac),
        "K-BFGS": (KBFGS(0.1, 0.3), kbfgs),
        "SOAP": (SOAP(1e-3, every=2), soap),
    }


def states(f: Any, method: Any) -> list[Any]:
    """A state after which a step keeps its roots, and one after which it takes them anew.

    Three steps are made first, so that moments are there. For methods with a counter it is set:
    EVERY + 1 is a step after one that renewed, 2 EVERY one that renews.
    """
    theta = f.start()
    state = method.init(theta)
    for _ in range(3):
        _, kept = full_step(f, method, state, theta)
        before, state = state, kept
    if hasattr(state, "t") and hasattr(method, "every"):
        return [state._replace(t=EVERY + 1), state._replace(t=2 * EVERY)]
    # of SOAP the fourth and the third call
    return [state, before]


def dense(rng: np.random.Generator, m: int, d: int, o: int) -> Dense:
    """A layer with d inputs and o outputs on m examples.

    Row j of a is an example's inputs with a place for the constant, of g its errors; left and right
    are shifted by I, so that both can be inverted and have roots.
    """
    a = rng.standard_normal((m, d + 1))
    g = rng.standard_normal((m, o))
    left = g.T @ g / m + np.eye(o)
    right = a.T @ a / m + np.eye(d + 1)
    return Dense(rng.standard_normal((o, d + 1)), a, g, left, right)


def forward(layers: list[Dense]) -> None:
    """Outputs of every layer.

    Of an example j: w a_j; activations are left out.
    """
    for layer in layers:
        layer.a @ layer.w.T


def pulled(layers: list[Dense]) -> None:
    """Errors of every layer but the first."""
    for layer in layers[1:]:
        layer.g @ layer.w


def summed(layers: list[Dense]) -> list[np.ndarray]:
    """The gradient of every weight."""
    return [layer.g.T @ layer.a for layer in layers]


def gradient(layers: list[Dense], anew: bool = False) -> list[np.ndarray]:
    """A forward and a backward pass."""
    forward(layers)
    pulled(layers)
    return summed(layers)


def turned(layers: list[Dense], gradients: list[np.ndarray]) -> None:
    """Two products from the left and the right.

    left S right, for a gradient S (o, d + 1) of every layer.
    """
    for layer, s in zip(layers, gradients, strict=True):
        layer.left @ s @ layer.right


def grams(gradients: list[np.ndarray]) -> None:
    """S S^T and S^T S."""
    for s in gradients:
        s @ s.T
        s.T @ s


def roots(layers: list[Dense], root: Callable, *, biases: bool) -> None:
    """Of both factors, and of those of biases.

    root: what is taken of a symmetric matrix. biases: once more for (o, o), since methods of
    tensors treat a bias as a vector of length o, with a factor of its own.
    """
    for layer in layers:
        root(layer.left)
        root(layer.right)
        if biases:
            root(layer.left)


def inverse(a: np.ndarray) -> None:
    """By Cholesky.

    What a Cholesky factor and the inverse from it cost, in LAPACK's own order of storage.
    """
    factor, _ = dpotrf(
        a.T,
        lower=True,
    )
    # half of it: the other triangle is a copy
    dpotri(
        factor,
        lower=True,
        overwrite_c=True,
    )


def fourth_root(a: np.ndarray) -> None:
    """By eigenvalues.

    eigh is most of the time.
    """
    lam, q = np.linalg.eigh(a)
    (q * lam**-0.25) @ q.T


def power_step(a: np.ndarray) -> None:
    """A product and its orthogonal factor, for which a basis is in the place of A."""
    np.linalg.qr(a @ a)


def shampoo(layers: list[Dense], anew: bool) -> None:
    """Gram matrices of the gradient, products, roots."""
    gradients = gradient(layers)
    grams(gradients)
    if anew:
        roots(layers, fourth_root, biases=True)
    turned(layers, gradients)


def tnt(layers: list[Dense], anew: bool) -> None:
    """A second backward pass, Gram matrices of its gradient, products, inverses."""
    gradients = gradient(layers)
    pulled(layers)
    grams(summed(layers))
    if anew:
        roots(layers, inverse, biases=True)
    turned(layers, gradients)


def kfac(layers: list[Dense], anew: bool) -> None:
    """Errors once more, their second moments and those of inputs, products, inverses.

    Moments are over m examples, (o, o) and (d + 1, d + 1).
    """
    gradients = gradient(layers)
    pulled(layers)
    for layer in layers:
        layer.g.T @ layer.g
        layer.a.T @ layer.a
    if anew:
        roots(layers, inverse, biases=False)
    turned(layers, gradients)


def kbfgs(layers: list[Dense], anew: bool) -> None:
    """Two forward and backward passes, second moments of inputs, products, updates of rank one.

    One update of rank one of every layer's (o, o) and (d + 1, d + 1) matrix.
    """
    gradients = gradient(layers)
    turned(layers, gradients)
    forward(layers)
    pulled(layers)
    for layer in layers:
        layer.a.T @ layer.a
        for h in (layer.left, layer.right):
            v = h @ h[0]
            h + np.outer(v, v)


def soap(layers: list[Dense], anew: bool) -> None:
    """Gram matrices of the gradient, which goes into the basis, the step back, and the parameters
    into it; now and then a power step, and the momentum from basis to basis.

    Of the bases: a product and a QR factorisation of each, instead of eigenvectors.
    """
    gradients = gradient(layers)
    grams(gradients)
    for _ in range(3):
        turned(layers, gradients)
    if anew:
        roots(layers, power_step, biases=False)
        turned(layers, gradients)
        turned(layers, gradients)

"""Steps on Hessians of thousands of columns, which are known by their products alone.

Gradient descent and the heavy ball are polynomials of H, so their residuals are integrals over the
spectrum with the weights of b, which Gauss's quadrature makes of a few products:

    |r_t|^2 = b^T p_t(H)^2 b = sum_i (v_i^T b)^2 p_t(lam_i)^2,      p_t(0) = 1

NODES steps of Lanczos from b give nodes and weights that are exact for polynomials of degree below
2 NODES, and so for p_t^2 up to t < NODES; beyond, the answer of half of the nodes is the check.
Conjugate gradients are no fixed polynomial: they are run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lab.instruments.condition.large import Ends, Products
from lab.instruments.condition.steps import PREDICTABLE, Steps
from lab.theory.conditioning import descent_steps, heavy_ball_steps
from lab.theory.conditioning.asking import in_step, through
from lab.theory.conditioning.gradients import gradients_run
from lab.theory.conditioning.krylov import lanczos, quadrature

# nodes of the quadrature; and half as many, which must say the same
NODES = 160
AGREE = 0.05
# steps of conjugate gradients that are run: with 5,000 columns, a few seconds
CG_LIMIT = 300


class System(NamedTuple):
    """H theta = b from theta = 0: the name of what was done to it, and the ends of H.

    b (n + 1,) is minus the gradient at 0 in the same variables as H.
    """

    name: str
    h: Products
    b: np.ndarray
    ends: Ends


def large_steps(
    systems: Sequence[System],
    tol: float,
) -> list[Steps]:
    """Of Hessians that all have the same R; NaN for what is not predicted, or not run.

    A row per system, in their order. Above the condition number PREDICTABLE only the largest
    stable rate 2 / lam_max is told. Runs of gradient descent, heavy ball and L-BFGS are NaN here.
    """
    # as for fewer columns: eigenvalues below the rounding of the largest, no prediction
    asked = [system for system in systems if system.ends.kappa <= PREDICTABLE]
    runs = []
    for _, h, b, _ in asked:
        runs.append(through(gradients_run(b, tol, CG_LIMIT), h.times))
        runs.append(through(lanczos(b, NODES), h.times))
    answers = in_step(asked[0].h.known.r, runs) if asked else []
    pairs = zip(answers[::2], answers[1::2], strict=True)
    found = {system.name: pair for system, pair in zip(asked, pairs, strict=True)}
    return [_steps(system, found.get(system.name), tol) for system in systems]


def _steps(
    system,
    found,
    tol,
) -> Steps:
    """The row of one system; found: (steps of CG, (diagonal, off-diagonal, ...) of Lanczos), or
    None.
    """
    nan = float("nan")
    # gradient descent diverges along the largest eigenvector beyond it
    stable = 2 / system.ends.largest
    if found is None:
        return Steps(system.name, nan, nan, nan, nan, nan, nan, nan, stable)

    cg, (diagonal, beside, _) = found
    half = NODES // 2
    whole = _predicted(quadrature(diagonal, beside), system.ends, tol)
    fewer = _predicted(quadrature(diagonal[:half], beside[:half]), system.ends, tol)
    gd, ball = [
        one if abs(one - two) <= AGREE * one else nan for one, two in zip(whole, fewer, strict=True)
    ]
    return Steps(system.name, gd, nan, ball, nan, nan, cg, nan, stable)


def _predicted(
    rule,
    ends,
    tol,
) -> tuple[float, float]:
    """At the best rates of the spectrum itself, whose ends the nodes may not reach.

    Gradient descent 2 / (lam_1 + lam_n); the heavy ball with sqrt(beta) =
    (sqrt kappa - 1) / (sqrt kappa + 1) and rate (1 + sqrt beta)^2 / lam_n. Both in steps.
    """
    nodes, weights = rule
    largest, kappa = ends
    lowest = largest / kappa
    gd = descent_steps(nodes, weights, tol, 2 / (lowest + largest))
    root = np.sqrt(kappa)
    beta = ((root - 1) / (root + 1)) ** 2
    rate = (1 + np.sqrt(beta)) ** 2 / largest
    return gd, heavy_ball_steps(nodes, weights, tol, rate, beta)

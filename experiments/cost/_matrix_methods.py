"""SOAP, Shampoo and Muon beside the matrix work that they cannot do without: a part of rivals.

A ratio near 1 says that a method costs what its products cost; what is above is the overhead of the
lab, and what the list of products leaves out (momenta, entrywise work). It says nothing about how
many steps a method needs.
"""

from collections.abc import Callable

import numpy as np

from lab.arrays import Layers
from lab.instruments.timing import interleaved
from lab.linalg import newton_schulz, symmetric_power
from lab.modes import gram, multiply_modes
from lab.optimizers import SOAP, Muon, Shampoo
from lab.optimizers.matrix.muon import QUINTIC
from lab.optimizers.wrappers.moving_basis import power_step
from lab.simulation import replay

RENEWED = 10  # SOAP's tracker renews its bases once in so many steps, by default


def matrix_methods(
    side: int,
    steps: int,
    *,
    rounds: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """SOAP, Shampoo and Muon on one square matrix, and the products and factorisations that each is
    made of, alone.

    methods (3,); matrix_seconds, work_seconds (3,), medians over rounds of `steps` steps in all;
    matrix_ratio (3,) of the medians, matrix_runs (3, rounds) of single rounds. The matrix is `side`
    x `side`; gradients are N(0, 1) and recorded, so that no objective is timed.
    """
    rng = np.random.default_rng(seed)
    gradients = list(rng.standard_normal((steps, side, side)))
    theta = Layers([np.zeros((side, side))])
    layered = [Layers([g]) for g in gradients]
    methods = {
        "SOAP": (SOAP(1e-3), soap_work),
        "Shampoo": (Shampoo(1e-3), shampoo_work),
        "Muon": (Muon(1e-3), muon_work),
    }

    jobs: dict[str, Callable[[], object]] = {}
    for name, (optimizer, work) in methods.items():
        # bound now: a loop's variable would be the last one in every job
        jobs[name] = lambda optimizer=optimizer: replay(optimizer, theta, layered)
        jobs[f"{name} work"] = lambda work=work: work(gradients)
    seconds = interleaved(jobs, rounds)

    # (3, rounds), in the order of the methods
    runs = np.array([seconds[name] for name in methods])
    work_runs = np.array([seconds[f"{name} work"] for name in methods])
    whole = np.median(runs, axis=-1)
    least = np.median(work_runs, axis=-1)
    return {
        "methods": np.array(list(methods)),
        "matrix_seconds": whole,
        "work_seconds": least,
        "matrix_ratio": whole / least,
        "matrix_runs": runs / work_runs,
    }


def soap_work(gradients: list[np.ndarray]) -> None:
    """Both factors; gradient and parameters into the basis, step out of it; now and then a power
    step, and the momentum carried.

    gradients: matrices (side, side). q is the identity: a product costs the same whatever is in it.
    """
    q = np.eye(len(gradients[0]))
    for t, g in enumerate(gradients):
        factors = [gram(g, mode, 2) for mode in (0, 1)]
        for _ in range(3):
            multiply_modes(g, (q, q))
        if t % RENEWED == 0:
            for a in factors:
                power_step(a, q)
            multiply_modes(multiply_modes(g, (q, q)), (q, q))


def shampoo_work(gradients: list[np.ndarray]) -> None:
    """Both factors, summed, and their roots.

    Two inverse fourth roots by eigenvalues at every step, Shampoo's default; 1e-4 as its start.
    """
    one = np.eye(len(gradients[0]))
    factors = [1e-4 * one, 1e-4 * one]
    for g in gradients:
        factors = [a + gram(g, mode, 2) for mode, a in enumerate(factors)]
        multiply_modes(g, [symmetric_power(a, -0.25) for a in factors])


def muon_work(gradients: list[np.ndarray]) -> None:
    """Five iterations of Newton and Schulz.

    Each iteration is three products; the division by the norm is Muon's own.
    """
    for g in gradients:
        newton_schulz(g / np.linalg.norm(g), QUINTIC, 5)

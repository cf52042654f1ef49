"""What do adaptive methods make of the Hessian while they learn?

kappa(D_t^-1/2 H_t D_t^-1/2) along runs of AdaGrad, RMSProp and Adam on logistic regression of the
digits, H_t the Hessian where the run is and D_t what the method divides by there, for several batch
sizes; beside it kappa(H_t), and at the optimum Jacobi, GN^-1/2 and the best of all diagonals with
its certificate. Gradient noise makes D_t a multiple of diag(H)^1/2; without it D_t follows the last
gradients and the rates of the directions.
"""

import numpy as np

from lab.data import digits
from lab.objectives import Logistic
from lab.optimizers import AdaGrad, Adam, RMSProp
from lab.sentences import number
from lab.simulation import simulate
from lab.spectra import geometric_integers
from lab.theory.conditioning import gn_half, jacobi, kappa_with, optimal_diagonal

VERSION = 1
# RMSProp at a constant rate ends in steps of its own size, whose signs are those of small numbers
CHAOTIC = ("hessian", "kappa", "excess")
QUICK = {"batches": (0, 1), "steps": 150, "points": 8}
UNITS = {
    "no unit": "hessian excess lines optimum best bound",
}
FIRST = 10
METHODS = {
    "AdaGrad": AdaGrad(0.3),
    "RMSProp": RMSProp(0.01, 0.99),
    "Adam": Adam(0.01),
}


def run(
    *,
    batches: tuple = (0, 128, 16, 1),
    steps: int = 3000,
    points: int = 25,
    ridge: float = 1e-3,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """kappa (batches, methods, T): of the preconditioned Hessian at step t (T,), and hessian
    (batches, methods, T) of H_t itself. At the optimum: lines (2,) of `names`, optimum: of H there;
    best, bound: the certified optimum over diagonals.
    excess (batches, methods): loss above the minimum after the last step, relative to the start.

    batches: their sizes, 0 for the full one; points: about how many steps are looked at; ridge > 0
    makes the Hessian definite. Even against odd digits, 2 x 2 pixels summed to one, and a constant;
    columns as they are.

    All methods and batch sizes start at 0; seed: of the batches. An iterate is looked at, not an
    average: kappa at small batches jumps with the last gradients.
    """
    f = problem(ridge)
    # a first gradient of one image is 0 where that is black: eps alone divides there
    t = geometric_integers(FIRST, steps, points)
    kappas = []
    hessians = []
    excess = []
    for size in batches:
        for method in METHODS.values():
            theta, d = followed(f, method, size or None, steps, seed)
            h = hessians_at(f, theta[t])
            # a step divides by d, which in the variables sqrt(d) x is a scaling d^-1/2 of both
            # sides
            kappas.append(kappa_with(h, d[t] ** -0.5))
            hessians.append(kappa_with(h, np.ones_like(d[t])))
            excess.append((f.loss(theta[-1]) - f.lowest) / (f.loss(theta[0]) - f.lowest))

    shape = (len(batches), len(METHODS), -1)
    return {
        "t": t,
        "batches": np.array(batches),
        "methods": np.array(list(METHODS)),
        "kappa": np.reshape(kappas, shape),
        "hessian": np.reshape(hessians, shape),
        "excess": np.reshape(excess, shape[:2]),
        "examples": np.array(f.examples),
        **at_optimum(f),
    }


def problem(ridge: float) -> Logistic:
    """Even against odd, 16 sums of 2 x 2 pixels and a constant.

    17 columns, so that dense eigenvalues at every look cost little, and the best diagonal can be
    certified. None of them is standardised.
    """
    x, label = digits()
    sums = x.reshape(-1, 4, 2, 4, 2).sum((2, 4)).reshape(len(x), -1)
    # pixels from 0 to 16: the largest sum is 64
    columns = np.concatenate([np.ones((len(x), 1)), sums / 64], axis=1)
    return Logistic(columns, label % 2, ridge)


def followed(
    f: Logistic,
    method,
    batch: int | None,
    steps: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """theta and what the method divides by, both (steps + 1, n); the latter 1 before step 1.

    `metric(state).d` is (n,), sqrt(v_hat) + eps with the method's own debiasing, as it is after t
    steps; before the first step there is no second moment, and 1 stands for it. batch: None for the
    full one; every step is kept, of which run uses a few.
    """

    def divisor(theta, state):
        started = np.any(state.v)
        return method.metric(state).d if started else np.ones_like(theta)

    record = {"theta": lambda theta: theta, "d": divisor}
    path = simulate(f, method, f.start(), steps=steps, batch=batch, rng=seed, record=record)
    return path["theta"], path["d"]


def hessians_at(f: Logistic, theta: np.ndarray) -> np.ndarray:
    """(T, n, n).

    theta (T, n): one Hessian per looked-at step, over all images whatever the batch was.
    """
    return np.stack([f.hessian(point).dense() for point in theta])


def summary(data) -> str:
    """The optimum and what scalings make of it, then the end and the worst of every run.

    At the end and at worst over the steps looked at; neither is an average. A method can be far
    from well conditioned and close to the minimum: excess tells.
    """
    lines = [
        "What do adaptive methods make of the Hessian while they learn? At the optimum its "
        f"condition number is {number(data['optimum'])}, of which Jacobi makes "
        f"{number(data['lines'][0])}, GN^-1/2 {number(data['lines'][1])}, and no "
        f"diagonal less than {number(data['bound'])}."
    ]
    for k, size in enumerate(data["batches"]):
        ends = zip(data["methods"], data["kappa"][k], strict=True)
        told = [f"{name} {number(kappa[-1])}" for name, kappa in ends]
        worst = data["kappa"][k].max()
        lines.append(f"{batch_name(size)}: {', '.join(told)} at the end, {number(worst)} at worst.")
    return "\n".join(lines)


def batch_name(size) -> str:
    """0 is the full batch."""
    return f"B = {size}" if size else "full batch"


def at_optimum(f: Logistic) -> dict[str, np.ndarray]:
    """kappa of the Hessian there, of what scalings make of it, and the certified best.

    Scalings d are on both sides, kappa(D H D): Jacobi diag(H)^-1/2, GN^-1/2 diag(H)^-1/4. bound is
    a certified lower bound of what any diagonal reaches, best what was found; they are within 0.1 %
    unless the search ran out of evaluations.
    """
    h = f.hessian(f.minimiser).dense()
    scalings = {"Jacobi": jacobi(h), "GN^-1/2": gn_half(h)}
    found = optimal_diagonal(h)
    return {
        "names": np.array(list(scalings)),
        "lines": np.array([kappa_with(h, d) for d in scalings.values()]),
        "optimum": np.array(found.none),
        "best": np.array(found.kappa),
        "bound": np.array(found.bound),
    }


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

"""Where do optimizers hover?

Adam's preconditioned sharpness on a quadratic, and the sharpness of the minima that momentum
methods find. A method with learning rate lr can't stay where lr times the (preconditioned)
sharpness exceeds its edge: 2 for GD, 2 (1 + beta) for heavy ball, 2 (1 + beta) / (1 + 2 beta) for
Nesterov, 2 (1 + beta1) / (1 - beta1) for Adam. (edges: Cohen et al. 2022 and derived; problems
ours)
"""

import numpy as np

from lab.maps import Elementwise
from lab.objectives import LeastSquares, Quadratic, Reparameterised
from lab.optimizers import SGD, Adam, HeavyBall, Nesterov
from lab.simulation import simulate
from lab.theory import stability

QUICK = dict(steps=600, rates=12, settle=400)
# Adam's bursts at beta1 = 0.9
CHAOTIC = ("sharpness",)


def run(
    *,
    steps: int = 6000,
    beta1: tuple[float, ...] = (0.0, 0.5, 0.9),
    beta2: float = 0.99,
    rates: int = 300,
    settle: int = 6000,
    beta: float = 0.5,
) -> dict[str, np.ndarray]:
    """sharpness (beta1, time) = lr lam / sqrt(v_hat) of Adam with lam = 1, and its edges; settled
    (method, rate) = lr times the sharpness of the minimum found, inf where none is, edges per
    method; flow (rate,): lr times the sharpness of the minimum of gradient flow."""
    lr, first = 0.01, np.array(beta1)
    x = simulate(
        Quadratic(np.eye(1)),
        Adam(lr, first, beta2, 0.0),
        np.full(1, 1.3 * lr),
        steps=steps,
        record={"x": _only},
    )["x"]
    f = Reparameterised(LeastSquares(np.array([[1.0, -1.0]]), np.ones(1)), SQUARES)
    theta, one = np.array([1.5, 1.45]), np.ones(1)
    flow = float(_sharpness(f, simulate(f, SGD(1e-3), theta, steps=settle, every=settle).final))
    grid = np.geomspace(0.1, 5, rates) / flow
    methods = {
        "GD": (SGD, 2 * one),
        "heavy ball": (HeavyBall, stability.heavy_ball_edge(one, beta)),
    }
    methods["Nesterov"] = (Nesterov, stability.nesterov_edge(one, beta))
    settled = [
        grid * _settled(f, cls(grid) if cls is SGD else cls(grid, beta), theta, settle)
        for cls, _ in methods.values()
    ]
    return {
        "t": np.arange(1, steps + 2),
        "beta1": first,
        "sharpness": lr / np.sqrt(_debiased(x**2, beta2)).T,
        "adam_edges": stability.adam_edge(1.0, first),
        "methods": np.array(list(methods)),
        "lr": grid,
        "settled": np.array(settled),
        "edges": np.concatenate([edge for _, edge in methods.values()]),
        "flow": grid * flow,
        "beta": np.array(beta),
    }


SQUARES = Elementwise(np.square, lambda u: 2 * u, lambda u: np.full_like(u, 2.0), np.sqrt)


def _only(x):
    return x[..., 0]


def _debiased(squares, beta2):
    """v_hat after each of the recorded gradients, (time, run)."""
    v, hats = np.zeros_like(squares[0]), []
    for t, square in enumerate(squares):
        v = beta2 * v + (1 - beta2) * square
        hats.append(v / (1 - beta2 ** (t + 1)))
    return np.stack(hats)


def _sharpness(f, theta):
    return np.linalg.eigvalsh(f.hessian(theta).dense())[..., -1]


def _settled(f, method, theta, steps):
    """Largest Hessian eigenvalue at the end of runs that end at a minimum, inf for the others,
    (rate,)."""
    end = simulate(f, method, theta, steps=steps, every=steps).final
    found = np.isfinite(end).all(-1)
    end = np.where(found[:, None], end, 1.0)
    return np.where(found & (f.loss(end) < 1e-12), _sharpness(f, end), np.inf)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

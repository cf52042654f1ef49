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
from lab.sentences import number
from lab.simulation import simulate
from lab.theory import stability

QUICK = dict(steps=600, rates=12, settle=400)
UNITS = {
    "no unit": "sharpness adam_edges settled edges flow",
}
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
    method; flow (rate,): lr times the sharpness of the minimum of gradient flow.

    steps, beta1, beta2: of Adam's runs, betas in [0, 1); rates, settle, beta: of the runs that find
    a minimum, `rates` of them for `settle` steps, beta in [0, 1) the momentum.

    Adam's runs: f = x^2 / 2 at the rate 0.01, eps = 0, nothing is drawn. t (T,): 1 ... steps + 1,
    of the gradients seen. methods (3,), edges (3,), lr, flow (rates,): of the minima; their rates
    are 0.1 to 5 over the sharpness of gradient flow's minimum, so that flow is 0.1 to 5 and the
    edge is at flow = 2 for GD. A minimum counts when the loss is below 1e-12 at the end; what a run
    does that neither ends there nor diverges isn't shown.
    """
    first = np.array(beta1)
    # any rate will do: x / lr obeys an equation without it
    lr = 0.01
    # 1.3 steps from the minimum: the sharpness starts at 1 / 1.3, below every edge
    f = Quadratic(np.eye(1))
    adam = Adam(lr, first, beta2, 0.0)
    start = np.full(1, 1.3 * lr)
    path = simulate(f, adam, start, steps=steps, record={"x": _only})
    v_hat = _debiased(path["x"] ** 2, beta2)

    return {
        "t": np.arange(1, steps + 2),
        "beta1": first,
        "sharpness": lr / np.sqrt(v_hat).T,
        "adam_edges": stability.adam_edge(1.0, first),
        "beta": np.array(beta),
        **minima(rates, settle, beta),
    }


def summary(data) -> str:
    """Where Adam hovers relative to its edge, and the sharpest minimum of each momentum method.

    The median of the second half, because Adam at beta1 = 0.9 bursts: a mean would tell the size of
    the bursts. 0.1 % above an edge still counts as on it: there GD leaves a minimum by a factor
    1.002 a step, so slowly that a run may not have left it at the end.
    """
    late = data["sharpness"][:, len(data["t"]) // 2 :]
    lines = ["Where do methods hover, in units of rate times sharpness?"]
    for beta1, edge, path in zip(data["beta1"], data["adam_edges"], late, strict=True):
        lines.append(
            f"Adam, beta1 = {beta1:g}: {number(np.median(path))} in the median of the second half, "
            f"edge {number(edge)} (ratio {np.median(path) / edge:.3f})."
        )
    for name, edge, settled in zip(data["methods"], data["edges"], data["settled"], strict=True):
        found = settled[np.isfinite(settled)]
        if len(found) == 0:
            lines.append(f"{name}: no rate finds a minimum.")
            continue
        side = "none above" if (found <= edge * 1.001).all() else "some ABOVE"
        lines.append(
            f"{name}: {len(found)} of {len(settled)} rates find a minimum, {side} the edge "
            f"{number(edge)}; the sharpest at {number(found.max())}."
        )
    return "\n".join(lines[:10])


def minima(rates: int, settle: int, beta: float) -> dict[str, np.ndarray]:
    """methods, lr, settled, edges and flow of run: the minima that the three methods find.

    The loss is (u^2 - v^2 - 1)^2 / 2, from (1.5, 1.45). At a minimum the Hessian is J^T J with J =
    (2 u, -2 v) and its sharpness 4 (u^2 + v^2), at least 4: wide and narrow minima on one curve.
    Gradient flow keeps u v = 2.175 and therefore ends at sharpness 4 (1 + 4 (u v)^2)^(1/2) = 17.85.
    It is run as SGD at the rate 1e-3, a 112th of the edge there.
    """
    # u^2 - v^2 = 1: minima of many sharpnesses, of which gradient flow finds one
    difference = np.array([[1.0, -1.0]])
    line = LeastSquares(difference, np.ones(1))
    f = Reparameterised(line, SQUARES)
    theta = np.array([1.5, 1.45])
    end = simulate(f, SGD(1e-3), theta, steps=settle, every=settle).final
    flow = float(_sharpness(f, end))
    grid = np.geomspace(0.1, 5, rates) / flow

    one = np.ones(1)
    methods = {
        "GD": (SGD(grid), 2 * one),
        "heavy ball": (HeavyBall(grid, beta), stability.heavy_ball_edge(one, beta)),
        "Nesterov": (Nesterov(grid, beta), stability.nesterov_edge(one, beta)),
    }
    settled = []
    edges = []
    for method, edge in methods.values():
        sharpness = _settled(f, method, theta, settle)
        settled.append(grid * sharpness)
        edges.append(edge)
    return {
        "methods": np.array(list(methods)),
        "lr": grid,
        "settled": np.array(settled),
        "edges": np.concatenate(edges),
        "flow": grid * flow,
    }


# u -> u^2, with its derivatives and its inverse
SQUARES = Elementwise(
    np.square,
    lambda u: 2 * u,
    lambda u: np.full_like(u, 2.0),
    np.sqrt,
)


def _only(theta):
    """The one coordinate."""
    return theta[..., 0]


def _debiased(squares: np.ndarray, beta2: float) -> np.ndarray:
    """v_hat after each of the recorded gradients, (time, run).

    v_t = beta2 v_(t-1) + (1 - beta2) g_t^2 from v_0 = 0, over 1 - beta2^t. Recomputed from the
    recorded points, whose gradient is x itself (lam = 1): the state of the optimizer isn't needed.
    """
    v = np.zeros_like(squares[0])
    hats = []
    for t, square in enumerate(squares, 1):
        v = beta2 * v + (1 - beta2) * square
        hats.append(v / (1 - beta2**t))
    return np.stack(hats)


def _sharpness(f, theta: np.ndarray) -> np.ndarray:
    """The largest eigenvalue of the Hessian.

    Of points (*r, 2), the shape (*r,).
    """
    h = f.hessian(theta).dense()
    return np.linalg.eigvalsh(h)[..., -1]


def _settled(f, method, theta: np.ndarray, steps: int) -> np.ndarray:
    """Sharpness at the end of runs that end at a minimum, inf for the others, (rate,).

    theta (2,), the rates of `method` a sweep (rate,). inf is no sharpness, it says that the run has
    not ended at a minimum: figures leave a gap there.
    """
    end = simulate(f, method, theta, steps=steps, every=steps).final
    finite = np.isfinite(end).all(-1)
    # any point will do where a run diverged: it is not shown
    end = np.where(finite[:, None], end, 1.0)
    # then |u^2 - v^2 - 1| < 1.5e-6, and the sharpness is that of a minimum to as many digits
    minimum = finite & (f.loss(end) < 1e-12)
    return np.where(minimum, _sharpness(f, end), np.inf)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

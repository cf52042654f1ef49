"""What does AdaGrad with decoupled decay converge to?

To 0, like 1 / (lam sqrt t), whatever the problem: at a regularised solution the gradient is not 0,
so AdaGrad's accumulator grows for ever and its metric with it. L2 on p converges to ridge, AdamW to
its own point. (derived; claims adagradw/collapse, adamw/log-barrier)

Why: decay beside the step rests where g / sqrt(v) = -lam p. With g tending to some g_* that is not
0, sqrt(v) grows like |g_*| sqrt(t), and |p| = 1 / (lam sqrt(t)) whatever g_* is.
"""

import numpy as np

from lab.arrays import norm
from lab.objectives import Quadratic
from lab.optimizers import L2, AdaGrad, AdamW, Regularized
from lab.sentences import closeness, number
from lab.simulation import simulate
from lab.theory.box import box_point
from lab.theory.regularization import adagradw_size, ridge_point

QUICK = {"steps": 2000}
UNITS = {
    "parameter": "size law ridge barrier",
    "1 / learning rate": "lam",
}


def run(*, lam: float = 0.5, lr: float = 0.5, steps: int = 20000) -> dict[str, np.ndarray]:
    """size (K, 3): mean |p_i| of three methods against t on a dense quadratic; law: 1 / (lam sqrt
    t); ridge and adamw: the sizes of the points where the others should end.

    lam, lr > 0, lr lam < 2.

    methods (3,), t (K,) without step 0, where nothing has moved; lam (). H = [[1, 0.9], [0.9, 1]],
    the minimum at (1, -0.2), all runs start at 0; nothing is drawn. eps = 0 in AdaGrad, so that no
    floor stands under its accumulator; eps = 1 in AdamW, which is the strength of its log barrier,
    rate 0.05.
    """
    h = np.array([[1.0, 0.9], [0.9, 1.0]])
    target = np.array([1.0, -0.2])
    f = Quadratic(h, linear=h @ target)
    methods = {
        "AdaGrad, decay beside it": Regularized(AdaGrad(lr, 0.0), L2(lam), on="z"),
        "AdaGrad, L2 in the loss": Regularized(AdaGrad(lr, 0.0), L2(lam), on="p"),
        # as in the claims: beta1^2 < beta2
        "AdamW": AdamW(0.05, 0.8, 0.9, 1.0, weight_decay=lam),
    }
    # a figure shows no more
    settings = {"steps": steps, "every": max(1, steps // 400)}
    paths = [
        simulate(f, m, np.zeros(2), record={"size": lambda p: norm(p, 1) / 2}, **settings)
        for m in methods.values()
    ]
    t = paths[0].t[1:]
    ridge = ridge_point(h, target, lam)
    barrier = box_point(h, target, lam, 1.0, penalty="log barrier")
    return {
        "methods": np.array(list(methods)),
        "t": t,
        "size": np.stack([path["size"][1:] for path in paths], -1),
        "law": adagradw_size(t, lam),
        "ridge": np.abs(ridge).mean(),
        "barrier": np.abs(barrier).mean(),
        "lam": np.array(lam),
    }


def summary(data) -> str:
    """Where each ends, and how close to its law.

    20 % of the law, since its relative error is of the order of |p| itself, 4 % after the default
    steps; 1 % for the points where the others end. A mean size says nothing about signs: that is
    the claims' part.
    """
    last = data["size"][-1]
    law = last[0] / data["law"][-1]
    verdict = "follows" if abs(law - 1) < 0.2 else "does NOT follow"
    points = {1: ("ridge", data["ridge"]), 2: ("the log barrier", data["barrier"])}
    lines = [
        f"What does decay {number(data['lam'])} beside AdaGrad converge to?",
        f"AdaGrad with decay beside it {verdict} 1 / (lam sqrt t): {number(law)} times that after "
        f"{data['t'][-1]} steps.",
    ]
    for k, (name, size) in points.items():
        off = abs(last[k] / size - 1)
        verdict = "ends" if off < 1e-2 else "has NOT ended"
        lines.append(f"{data['methods'][k]} {verdict} at {name}, to {closeness(off)} in size.")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

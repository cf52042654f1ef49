"""Flows of one logit when all labels are 1: in closed form, and integrated.

dz/dt = w^(1+p) (1 - sig)(sig (1 - sig))^p, w the weight pi a^2 of the logit. Logits only grow.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import expit

from lab.theory.logistic import separable_flow


def flow(method: str, start: float, weight: float, time: float) -> float:
    """The closed form, at late times."""
    return float(separable_flow(time, method, start=start, weight=weight))


def integrated(power: float | None, start: float, weight: float, time: float) -> float:
    """z(time) of the flow, numerically; power None: sign descent. By a Runge-Kutta method of order
    eight, at 1e-11 per step."""

    def rate(_, logit):
        # 1 - sig without cancellation
        sig, miss = expit(logit), expit(-logit)
        if power is None:
            return np.sign(miss)
        return weight ** (1 + power) * (sig * miss) ** power * miss

    return solve_ivp(rate, (0.0, time), [start], "DOP853", rtol=1e-11, atol=1e-11).y[0, -1]

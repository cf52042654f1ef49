"""A valid call of every public function on preconditioned descent and on penalties. See
domain_examples.py."""

import numpy as np
from examples import spd

H = spd(3)
LAM = np.array([3.0, 2.0, 0.5])
D = np.array([0.3, -1.0, 0.7])

PRECONDITIONED = {
    "theory.box": {
        "box_point": {
            "h": H,
            "target": D,
            "lam": 0.5,
            "strength": 0.1,
            "penalty": "log barrier",
        },
    },
    "theory.gradient_regularization": {
        "penalised_kappa": {"h": H, "d": LAM, "lam": 0.5, "on": "p"},
        "per_sample_point": {"x": H, "y": D, "lam": 0.5, "metric": H},
        "sam_bounce": {"lam": 2.0, "lr": 0.1, "radius": 0.5},
        "extra_gradient_error": {
            "weight": 0.5,
            "distance": 0.1,
            "lipschitz": 2.0,
            "length": 1.0,
        },
    },
    "theory.preconditioning": {
        "basin": {"lr": 0.1, "lipschitz": 2.0, "slack": 0.1},
        "logistic_lipschitz": {"x": H},
        "worst_descent_steps": {"kappa": 9.0, "tol": 0.1},
        "critical_kappa": {"beta": 0.5},
        "fixed_beta_rate": {"kappa": 9.0, "beta": 0.5},
        "moving_factor": {"old": LAM, "new": LAM[::-1].copy()},
        "least_growth": {"beta2": 0.5, "t": 2, "debias": True},
        "regression_moment": {"h": H, "e": D, "batch": 2, "noise": 0.5, "mean": D / 9},
        "chord_bound": {"kappa": 9.0, "scaled": 4.0, "share": 0.5},
        "row_norm_bound": {"kappa": 9.0},
        "adagrad_limit": {"lam": 2.0, "x_0": 1.0, "lr": 0.1, "corrected": True},
    },
    "theory.regularization": {
        "ridge_point": {"h": H, "target": D, "weights": LAM},
        "regularized_kappa": {"h": H, "d": LAM, "lam": 0.5, "on": "p"},
        "log_barrier": {"p": 0.5, "lam": 0.5, "eps": 0.1},
        "semi_ellipse": {"p": 0.5, "lam": 0.5, "noise": 0.1},
        "lasso_weight": {"lam": 0.5, "eps": 0.1},
        "power_weight": {"lam": 0.5, "q": 1.5},
        "adagradw_size": {"t": 9.0, "lam": 0.5},
    },
}

"""A valid call of each public function of lab.theory, linalg, modes, quadrature and exact.

test_domains makes malformed calls from them, one parameter at a time. A function whose name is
missing here fails there.
"""

import numpy as np
from domain_examples_conditioning import CONDITIONING
from domain_examples_kronecker import KRONECKER, KRONECKER_CHECKS
from domain_examples_mup import MUP, MUP_CHECKS
from domain_examples_normalization import NORMALIZATION
from domain_examples_preconditioned import LAM, PRECONDITIONED, D, H

from lab.bases import random
from lab.objectives import OneHotLogistic, Quadratic
from lab.objectives.instances import Instance
from lab.optimizers import SGD, Adam, DiagonalGN

RNG = np.random.default_rng(0)
Q = random(3, RNG)
LOSSES = RNG.standard_normal((5, 2))
ADAM = Adam(0.1, 0.1, 0.9, 0.0)

GRADIENTS = {"sigma": H, "delta": D, "noise": 0.5}
SPECTRAL = {"spectrum": LAM, "power": -0.5, "batch": 2}
SPREAD = {"mu": 0.5, "smoothness": 2.0}
CHEBYSHEV = {"smallest": 0.5, "largest": 2.0, "steps": 3}
DYNAMICS = {"lam": 1.0, "lr": 0.1, "beta": 0.5}
DESCENT = {"steps": 3, "h": 1.0, "smoothness": 2.0}

EXAMPLES = PRECONDITIONED | {
    "linalg": {
        "ratio": {"a": D, "b": LAM, "otherwise": 0.0},
        "transposed": {"x": H},
        "vecmat": {"x": D, "a": H},
        "matvec": {"h": H, "x": D},
        "multiply": {"h": LAM, "x": D},
        "symmetric_power": {"h": H, "power": -0.5, "floor": 0.0},
        "polar_factor": {"x": H},
        "newton_schulz": {"x": H / 10, "coefficients": (1.5, -0.5, 0.0), "iterations": 3},
        "solve_symmetric": {"h": H, "g": D, "damping": 0.1},
        "kappa": {"h": H},
        "kappa_gram": {"a": H},
        "hadamard": {"n": 4},
        "blockdiag": {"blocks": [H, H]},
    },
    "quadrature": {
        "panels": {"edges": np.arange(3.0), "nodes": 4},
        "density": {"z": D},
        "half_normal": {"halvings": 3},
        "half_line": {"variance": LAM},
        "even": {"f": np.square, "variance": LAM},
        "smoothed": {"u": D, "s": LAM},
        "tail_moments": {"u": D, "s": LAM},
    },
    "theory.adal": {"weighted_kurtosis": {"n": 3}},
    "theory.adam_floors": {
        "idealised_adam_floor": {"spectrum": LAM, "lr": 0.1, "batch": 2, "noise": 0.5},
        "slow_adam_floor": {
            "spectrum": LAM,
            "lr": 0.1,
            "batch": 2,
            "beta1": 0.5,
            "noise": 0.5,
        },
        "effective_rank": {"spectrum": LAM},
    },
    **CONDITIONING,
    **MUP,
    **NORMALIZATION,
    "theory.fisher": {
        "logistic_pencil": {"sigma": H, "theta": D, "theta_star": D[::-1].copy()},
        "pencil_laws": {"teacher": 1.0, "angle": 0.5},
        "weight_ratio": {"z": 1.0, "q": 0.3},
    },
    "theory.floors": {
        "adam_floor": {"spectrum": LAM, "lr": 0.1, "batch": 2, "noise": 0.5},
        "adam_label_floor": {"spectrum": LAM, "lr": 0.1, "batch": 2, "noise": 0.5},
        "sign_floor": {"spectrum": LAM, "lr": 0.1, "noise": 0.5},
        "sign_mean": {**GRADIENTS, "basis": Q},
        "sign_second_moment": {"sigma": H, "basis": Q},
        "sign_step": {**GRADIENTS, "lr": 0.1},
        "square_variance": {"c": 0.5},
        "ema_variance": {"c": 0.5, "beta2": 0.9},
    },
    **KRONECKER,
    "theory.logistic_moments": {
        "weight": {"z": D},
        "mean_softplus": {"v": LAM},
        "mean_weight": {"v": LAM},
        "mean_weight_along": {"v": LAM},
        "mean_bend": {"v": LAM},
        "squared_score": {"v": LAM, "v_star": LAM, "c": D},
    },
    "theory.logistic": {
        "residual": {"z": D, "power": -0.5, "q": 0.3},
        "two_cycle_partner": {"z": D, "power": -0.5, "q": 0.3},
        "stability_threshold": {"z": D, "power": -0.5, "q": 0.3, "weight": LAM},
        "constant_step_bound": {"z": D, "power": -0.5, "accuracy": 0.1, "weight": LAM},
        "learning_rates": {
            "instance": Instance(OneHotLogistic([1.0, 2.0, 3.0]), D, D),
            "method": "sign",
            "accuracy": 0.1,
            "points": 4,
            "decades": 2.0,
        },
        "separable_flow": {"t": 1.0, "method": "GD", "start": 0.5, "weight": 2.0},
    },
    "theory.moments": {
        "matrix_regression_moment": {
            "sigma": H,
            "delta": np.ones((2, 3)),
            "noise": np.ones(2),
            "batch": 2,
        },
        "second_moment": {**GRADIENTS, "batch": 2, "basis": Q},
        "adam_over_gn_half": {**GRADIENTS, "batch": 2, "basis": Q, "k4": 2.0},
        "batch_crossover": {**GRADIENTS, "basis": Q},
        "one_step_progress": {"p": LAM, **GRADIENTS, "batch": 2, "basis": Q},
    },
    "theory.online": {
        "reddi_losses": {"steps": 5, "large": 3.0, "period": 3},
        "adagrad_regret_bound": {"losses": LOSSES, "diameter": 2.0},
        "amsgrad_regret_bound": {
            "losses": LOSSES,
            "v_max": np.ones(2),
            "diameter": 2.0,
            "lr": 0.1,
            "beta2": 0.9,
        },
    },
    "theory.polynomials": {
        "chebyshev_minimax": {"kappa": 9.0, "steps": 3},
        "chebyshev_step_sizes": CHEBYSHEV,
        "chebyshev_extrema": CHEBYSHEV,
        "minimax_on": {"lam": LAM, "steps": 2},
        "optimised_schedules": {"lam": LAM, "steps": 2, "rng": 0, "starts": 2},
        "gradient_descent_rate": {"kappa": 9.0},
        "heavy_ball_rate": {"kappa": 9.0},
        "steps_at_rate": {"rate": 0.5, "eps": 0.1},
        "constant_step_lower_bound": {"kappa": 9.0, "eps": 0.1, "share": 0.5},
        "any_schedule_lower_bound": {"kappa": 9.0, "eps": 0.1},
    },
    "theory.recursion": {
        "risk_curve": {"q": 0.1 * LAM, "m": np.ones(3), "t": [0, 2, 5], "batch": 2, "noise": 0.5},
        "covariance_recursion": {
            "p": 0.1 * H,
            "sigma": H,
            "c": H,
            "steps": 2,
            "batch": 2,
            "noise": 0.5,
        },
        "modes": {"p": H, "sigma": H, "delta": D},
        "inverse_batch": {"batch": 2},
    },
    "theory.sgd": {
        "preconditioned_spectrum": {"p": H, "sigma": H},
        "stability_limit": SPECTRAL,
        "rate": {**SPECTRAL, "lr": 0.1},
        "best_rate": SPECTRAL,
        "critical_batch": {"spectrum": LAM, "power": -0.5},
        "stationary_risk": {**SPECTRAL, "lr": 0.1, "noise": 0.5},
        "feedback": {"q": 0.1 * LAM, "batch": 2},
        "best_exponent": {
            "spectrum": LAM,
            "source": 0.5,
            "horizons": [1, 3],
            "batch": 2,
            "powers": [-1.0, 0.0],
            "noise": 0.5,
        },
    },
    "spectra": {
        "geometric": {"n": 3, "kappa": 9.0, "largest": 2.0},
        "geometric_integers": {"first": 1.0, "last": 9.0, "points": 3, "down": True},
        "power_law": {"n": 3, "exponent": 1.5},
        "two_level": {"n": 3, "kappa": 9.0, "large": 2},
        "with_spectrum": {"lam": LAM, "basis": Q},
        "hadamard_blocks": {"lam": LAM, "size": 4},
    },
    "theory.stability": {
        "momentum_coefficient": {"name": "beta", "beta": 0.5},
        "heavy_ball_radius": DYNAMICS,
        "nesterov_radius": DYNAMICS,
        "gd_tuning": SPREAD,
        "heavy_ball_tuning": SPREAD,
        "nesterov_tuning": SPREAD,
        "nesterov_best_tuning": SPREAD,
        "sgd_edge": {"lr": 0.1},
        "heavy_ball_edge": {"lr": 0.1, "beta": 0.5},
        "nesterov_edge": {"lr": 0.1, "beta": 0.5},
        "adam_edge": {"lr": 0.1, "beta1": 0.5},
        "nadam_edge": {"lr": 0.1, "beta1": 0.5},
        "adamw_edge": {"lr": 0.1, "beta1": 0.5, "weight_decay": 0.1},
        "adam_step_bound": {"beta1": 0.5, "beta2": 0.9, "t": 3},
    },
    "theory.steady_state": {
        "heavy_ball_variance": {**DYNAMICS, "sigma": 0.5},
        "nesterov_variance": {**DYNAMICS, "sigma": 0.5},
        "regression_moments": {"lam": LAM, "lr": 0.1, "batch": 2, "sigma": 0.5},
        "regression_step": {"moments": np.ones(3), "lam": LAM, "lr": 0.1, "batch": 2, "sigma": 0.5},
    },
    "theory.two_cycle": {
        "amplitude": {"lr": 0.1, "beta1": 0.5, "eps": 0.001, "lam": 1.0},
        "polynomial": {"beta1": 0.1, "beta2": 0.9},
        "radius": {"beta1": 0.1, "beta2": 0.9},
        "critical_beta1": {"beta2": 0.9},
    },
    "instruments.two_cycle": {
        "deviations": {"adam": ADAM, "steps": 3, "lam": 1.0, "kick": 1e-3},
        "jacobian": {"adam": ADAM, "lam": 1.0, "h": 1e-3},
    },
    "theory.worst_cases": {
        "gd_travel": {"steps": 3, "h": 1.0},
        "nesterov_travel": {"steps": 3},
        "ogm_travel": {"steps": 3},
        "ogm_factor": {"steps": 3},
        "huber_gap": {"travel": 3.0, "smoothness": 2.0, "radius": 0.5},
        "gd_gap": {**DESCENT, "radius": 0.5},
        "gd_gradient_from_distance": {**DESCENT, "radius": 0.5},
        "gd_gradient_from_gap": {**DESCENT, "gap": 0.5},
        "gd_contraction": {**SPREAD, "lr": 0.1},
        "line_search_contraction": SPREAD,
        "gd_nonconvex": {"steps": 3, "smoothness": 2.0, "gap": 0.5},
        "ogm_gap": {"steps": 3, "smoothness": 2.0, "radius": 0.5},
        "nesterov_gap": {"steps": 3, "smoothness": 2.0, "radius": 0.5},
        "subgradient_gap": {"steps": 3, "lipschitz": 2.0, "radius": 0.5},
        "sign_decrease": {"gradient_l1": 1.0, "lr": 0.1, "smoothness_l1": 2.0},
        "sign_rate": {"steps": 3, "smoothness_l1": 2.0, "gap": 0.5},
        "max_norm_smoothness": {"h": H},
    },
    "exact.registry": {
        "exact": {
            "objective": Quadratic(H),
            "optimizer": SGD(0.1),
            "theta": D,
            "steps": 3,
            "batch": 2,
            "every": 1,
        },
        "solver_of": {"objective": Quadratic, "optimizer": SGD},
        "step_numbers": {"steps": 5, "every": 2},
    },
    "exact.moments": {"preconditioner": {"optimizer": DiagonalGN(0.1), "sigma": H}},
    "exact.bowl": {"bowl": {"f": Quadratic(H), "batch": 2}},
}

# They take what `exact` has checked, or are themselves the checks of others.
BEHIND_EXACT = {
    **KRONECKER_CHECKS,
    **MUP_CHECKS,
    "theory.roots": {"crossing"},
    "exact.neutral": {"neutral", "complete", "refuse_unread"},
    "exact.registry": {"solves", "honoured"},
    "exact.bowl": {"prepared", "trajectory"},
    "exact.recurrences": {"solution", "times", "fundamental"},
    "exact.rules": {"modes", "linear", "rule_of", "evolve", "excess", "deviation"},
    "exact.wrappers": {"coupled", "decoupled"},
    "exact.carried": {"carried_risk"},
    "theory.conditioning.certificates": {"best_bound"},
    "theory.conditioning.asking": {"answered", "through", "in_step"},
    "theory.conditioning.gradients": {"gradients_run"},
    "theory.conditioning.krylov": {"lanczos", "quadrature", "top"},
    "theory.conditioning.lanczos": {"large"},
    "theory.conditioning.newton": {
        "point",
        "hessian_times",
        "smooth_hessian",
        "newton_direction",
        "dual_factors",
    },
}

# NaN and inf are data there: a diverged run gives NaN in its own run.
DATA = {
    *(
        "ratio.a",
        "ratio.b",
        "ratio.otherwise",
        "transposed.x",
        "vecmat.x",
        "vecmat.a",
        "matvec.h",
        "matvec.x",
        "multiply.h",
    ),
    *("multiply.x", "symmetric_power.h", "unfold.x", "gram.x", "multiply_modes.x"),
    *("mode_times.x", "mode_times.q"),
    *("multiply_modes.factors", "polar_factor.x", "newton_schulz.x", "solve_symmetric.h"),
    *("solve_symmetric.g", "solve_symmetric.damping", "vec.w", "unvec.x", "blockdiag.blocks"),
    *("half_line.variance", "even.variance", "smoothed.u", "smoothed.s", "tail_moments.u"),
    *("tail_moments.s", "density.z", "residual.z", "weight.z"),
    *("mean_softplus.v", "mean_weight.v", "mean_weight_along.v", "mean_bend.v"),
    *("squared_score.v", "squared_score.v_star", "squared_score.c"),
}

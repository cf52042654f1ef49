"""A valid call of every public function of lab.theory.kronecker: see domain_examples."""

import numpy as np
from examples import spd

from lab.bases import random

RNG = np.random.default_rng(0)
H = spd(3)
D = np.array([0.3, -1.0, 0.7])
Q = random(3, RNG)
SECOND = {"c": spd(4), "dims": (2, 2)}
ROWS = {"g": RNG.standard_normal((3, 2)), "a": RNG.standard_normal((3, 4)), "weight": np.ones(3)}
STEPS = np.array([[1.5, -0.5, 0.0], [15 / 8, -5 / 4, 3 / 8]])

KRONECKER = {
    "theory.kronecker.approximations": {
        "tnt_factors": SECOND,
        "trace_power_factors": SECOND | {"q": 0.5, "sweeps": 200},
        "nearest_kronecker": SECOND,
        "nearest_gap_bound": SECOND,
        "eigenbases": SECOND,
        "eigen_corrected": {"c": H, "bases": [Q.q]},
    },
    "theory.kronecker.bounds": {
        "shampoo_regret": {"factors": [H, H], "diameter": 1.0, "rank": 2.0},
        "tnt_metric_bounds": {"damping": 0.1, "energy": 2.0, "dims": (2, 3)},
        "mean_power": {"rounds": 5, "beta": 0.7},
        "tnt_convergence": {
            "rounds": 5,
            "beta": 0.7,
            "excess": 1.0,
            "smoothness": 2.0,
            "metric": (0.5, 2.0),
            "variance": 0.3,
        },
        "damped_pair_bound": {"mu1": 0.2, "mu2": 0.5, "norm": 3.0},
        "limited_memory_bounds": {"pairs": 3, "curvature": 4.0, "mu2": 0.5},
    },
    "theory.kronecker.damping": {
        "pi_damped": {"left": H, "right": H, "damping": 0.1},
        "equal_average": {"left": H, "right": H},
        "per_sample_settings": {"lr": 0.1, "eps": 0.1, "batch": 8, "order": 2},
    },
    "theory.kronecker.divergences": {
        "von_neumann": {"c": H, "s": 2 * H},
        "log_det": {"c": H, "s": 2 * H},
        "frobenius": {"c": H, "s": 2 * H},
        "trace_power_divergence": {"c": H, "s": 2 * H, "q": 0.5},
        "entropy": {"rho": H},
        "mutual_information": SECOND,
        "trace_norm": {"h": H},
    },
    "theory.kronecker.minimisers": {
        "matrix_norm": {"d": H, "norm": "row"},
        "dual_norm": {"g": H, "norm": "spectral"},
        "steepest": {"g": H, "norm": "nuclear"},
    },
    "theory.kronecker.moments": {
        "mode_moments": SECOND,
        "kronecker_product": {"factors": [H, H]},
        "transported": {"c": H, "maps": [H]},
        "rearranged": SECOND,
        "layer_moment": ROWS,
        "layer_factors": ROWS,
    },
    "theory.kronecker.polar": {
        "step_coefficients": {"root": "jordan", "steps": 3, "safety": 1.0},
        "polar_map": {"x": D, "coefficients": STEPS},
        "polar_range": {"low": 0.1, "high": 1.0, "coefficients": STEPS},
        "polar_error": {"low": 0.1, "coefficients": STEPS},
        "gain": {"coefficients": STEPS},
        "minimax_steps": {"low": 0.1, "steps": 2},
        "newton_eigenvalue": {"r": 0.5, "order": 2},
        "newton_accuracy": {"size": 4, "order": 2, "tolerance": 1e-6},
    },
    "theory.kronecker.quality": {
        "pencil": {"c": H, "approximation": 2 * H, "damping": 0.1},
        "preconditioned_kappa": {"c": H, "approximation": 2 * H, "damping": 0.1},
        "natural_cosine": {"c": H, "approximation": 2 * H, "g": D, "damping": 0.1},
    },
}

# they are the checks of the others, or take what is checked
KRONECKER_CHECKS = {
    "theory.kronecker.arguments": {
        "second_moment",
        "positive_semidefinite",
        "two_modes",
        "square_factors",
        "runs_of",
        "layer_rows",
    },
    "theory.kronecker.invariants": {"trace", "size", "spectrum", "along", "per_run"},
}

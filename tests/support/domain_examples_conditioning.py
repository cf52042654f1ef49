"""A valid call of every public function of lab.theory.conditioning, for domain_examples."""

import numpy as np
from examples import spd
from scipy.sparse import csr_array

from lab.metrics import Identity

H = spd(3)
LAM = np.array([3.0, 2.0, 0.5])
D = np.array([0.3, -1.0, 0.7])

CONDITIONING = {
    "theory.conditioning.planes": {
        "plane": {"kappa": 3.0, "phi": 0.3},
        "plane_kappa": {"kappa": 3.0, "phi": 0.3, "power": -0.5},
        "basis_accuracy": {"kappa": 3.0, "phi": 0.3},
        "critical_angle": {"kappa": 9.0, "allowed": 2.0},
        "preconditioned_kappa": {"h": H, "power": -0.5},
        "preconditioned_kappa_gram": {"a": H, "power": -0.5},
        "empirical_fisher_basis": {"sigma": H, "d": D, "batch": 2, "noise": 0.5},
        "arrowhead_kappa": {"sigma": H, "d": D},
        "kantorovich_vector": {"sigma": H},
    },
    "theory.conditioning.scalings": {
        "scaled": {"h": H, "d": LAM},
        "unit_diagonal": {"h": H},
        "jacobi": {"h": H},
        "gn_half": {"h": H},
        "row_norm": {"h": H},
    },
    "theory.conditioning.numbers": {
        "kappa_nonzero": {"h": H, "rank": 2},
        "kappa_with": {"h": H, "d": LAM},
        "kappa_under": {"h": H, "metric": Identity(2.0)},
        "omega": {"h": H},
        "log_kaporin": {"h": H},
    },
    "theory.conditioning.bounds": {
        "vif_bound": {"h": H},
        "shift_bound": {"shift": LAM},
        "specht_ratio": {"kappa": LAM + 1},
        "two_cyclic_kappa": {"s": LAM / 4},
        "kaporin_steps": {"log_kaporin": 3.0, "tol": 1e-3},
        "deflated_steps": {"spectrum": LAM, "tol": 1e-3, "low": 1, "high": 1},
    },
    "theory.conditioning.certificates": {"certificate": {"m": H, "a": H, "b": H}},
    "theory.conditioning.optimal": {"optimal_diagonal": {"h": H, "gap": 1e-3, "evaluations": 20}},
    "theory.conditioning.gradients": {
        "cg_steps": {"h": H, "b": D, "tol": 1e-3, "limit": 20},
        "predicted_cg_steps": {
            "spectrum": LAM,
            "weights": LAM,
            "tol": 1e-3,
            "grading": LAM / 4,
            "limit": 20,
        },
    },
    "theory.conditioning.descent": {
        "descent_steps": {"spectrum": LAM, "weights": LAM, "tol": 1e-3, "lr": 0.1},
        "heavy_ball_steps": {
            "spectrum": LAM,
            "weights": LAM,
            "tol": 1e-3,
            "lr": 0.1,
            "momentum": 0.5,
        },
    },
    "theory.conditioning.families": {
        "jacobi_hurts": {"n": 4, "kappa": 9.0, "eta": 0.1},
        "simplex_and_copies": {"n": 5, "t": 3, "eps": 1e-6},
        "row_norm_hurts": {"n": 4, "kappa": 9.0},
        "jacobi_wins": {"n": 9},
        "strakos": {"n": 4, "low": 0.1, "high": 3.0, "decay": 0.6},
    },
    "theory.conditioning.sparse": {
        "optimal_diagonal_sparse": {"h": csr_array(H), "gap": 1e-3, "evaluations": 20}
    },
}

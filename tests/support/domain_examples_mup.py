"""A valid call of every public function of lab.theory.mup, for domain_examples."""

import numpy as np
from examples import spd
from sympy import Integer

from lab.theory.mup import RULES, Family, exponents, gram

X = np.array([[1.0, 0.5], [-0.3, 2.0], [0.7, -1.0]])
POINTS = np.array([[0.2, 0.4], [1.0, -1.0]])
D = np.array([0.3, -1.0, 0.7])
H = spd(3)
GRAM = gram(X, POINTS)
RULE = RULES["KFAC"]
TABLE = exponents("KFAC")
KERNEL = {"k": H, "between": np.arange(6.0).reshape(3, 2), "y": D, "ridge": 0.1}

MUP = {
    "theory.mup.damping": {"ratio_powers": {"kind": "pi", "head": 1.0}},
    "theory.mup.first_step": {
        "first_step": {"x": X, "y": D, "points": POINTS, "family": Family(), "depth": 2}
    },
    "theory.mup.kernels": {
        "gram": {"x": X, "points": POINTS},
        "step_kernel": {"k": GRAM},
        "relu_kernel": {"k": GRAM},
        "after_relu": {"k": GRAM, "variance": 2.0},
        "nngp": {"x": X, "points": POINTS, "depth": 2},
        "kernel_ridge": KERNEL,
    },
    "theory.mup.moves": {
        "moves": {"table": TABLE},
        "logit_power": {"table": TABLE},
        "gain": {"rule": RULE, "head": 1.0},
        "residual_power": {"rule": RULE},
        "kick_power": {"rule": RULE},
        "rate_power": {"rule": RULE, "role": "hidden"},
        "shifted": {"row": TABLE.rows["hidden"], "k": 0.5, "degree": 1.0},
        "degree": {"rule": RULE},
    },
    "theory.mup.rates": {
        "shrinkage": {"x": H, "rho": 0.1},
        "effective_kernel": {"inputs": [H, H], "errors": [H, H], "rho": 0.1, "biases": (0,)},
        "critical_rate": {"kernel": H},
    },
    "theory.mup.rules": {
        "kronecker": {"e_A": 1.0, "e_B": 0.5, "errors": "output"},
        "natural": {},
        "joined": {"inner": RULE},
        "secant": {},
        "shampoo": {"e": 0.5, "of": "w"},
        "eigenbasis": {"left": True, "right": False},
        "entrywise": {"degree": 0.5},
        "diagonal": {"power": 0.5},
        "blocked": {"e": 0.5, "share": 0.5},
        "clipped": {},
        "spectral": {"scale": "rows"},
        "trust_ratio": {"inner": RULE},
        "grafted": {"magnitude": RULE},
        "unnormalised": {},
    },
    "theory.mup.scales": {
        "scales": {"role": "hidden", "head": 1.0, "a": 0.5, "widths": (Integer(1),) * 3}
    },
    "theory.mup.tables": {
        "update": {"rule": RULE, "role": "hidden", "c": 0.5, "head": 1.0, "a": 0.5},
        "conditions": {"rule": RULE, "a": {"hidden": 0.5}},
        "exponents": {
            "method": "kronecker",
            "parameterization": "muP",
            "e_A": 1.0,
            "e_B": 0.5,
            "b_L": 1.0,
            "a": {"hidden": 0.5},
        },
        "rule_of": {"method": "kronecker", "e_A": 1.0, "e_B": 0.5},
    },
}

# they are the checks of the others, or take the sizes that `scales` has checked
MUP_CHECKS = {
    "theory.mup.arguments": {"power_of_width", "shifts"},
    "theory.mup.rules": {"gradient", "entry", "entries", "curvature_entry"},
    "theory.mup.tables": {"symbol"},
}

"""The calls of domain_examples for hidden data and their normalisation."""

import numpy as np
from examples import spd

H = spd(3)
LAM = np.array([3.0, 2.0, 0.5])
D = np.array([0.3, -1.0, 0.7])
HIDDEN = np.random.default_rng(1).standard_normal((5, 3))

NORMALIZATION = {
    "theory.hidden_data": {
        "extended": {"h": HIDDEN},
        "neuron_hessian": {"h": HIDDEN, "s": np.arange(1.0, 6.0)},
        "mean": {"h": HIDDEN, "s": np.arange(1.0, 6.0)},
        "covariance": {"h": HIDDEN, "s": np.arange(1.0, 6.0)},
        "centred": {"h": HIDDEN, "s": np.arange(1.0, 6.0)},
        "standardised": {"h": HIDDEN},
        "whitened": {"h": HIDDEN},
        "layer_normalised": {"h": HIDDEN, "groups": 1},
        "rms_normalised": {"h": HIDDEN},
    },
    "theory.normalization": {
        "range_kappa": {"a": HIDDEN, "rank": 2},
        "extended_moment": {"mu": D, "c": H},
        "mahalanobis": {"mu": D, "c": H},
        "centred_kappa": {"c": H},
        "uncentred_bound": {"mu": D, "c": H},
        "batchnorm_hessian": {"c": H, "w": D, "curvature": 2.0},
        "weightnorm_hessian": {"h": H, "v": D, "gain": 2.0},
    },
    "theory.bnp": {
        "bnp_variance": {"variance": LAM, "eps1": 0.1, "eps2": 0.01},
        "bnp_preconditioner": {"mu": D, "variance": LAM},
        "bnp_size": {"m": 4.0, "batch": 2.0},
    },
    "theory.normalization_witnesses": {
        "saturated_outlier": {"weight": 0.1},
        "short_batch": {"t": 2.0},
        "repeated_variable": {"m": 3, "rows": 4},
        "ring": {"mean": np.array([1.0, -1.0, 2.0, 0.5])},
        "with_covariance": {"c": H},
        "nearly_constant_rows": {"d": 0.1},
    },
}

"""Wrong formulas in Gaussian logistic regression and the theory of its Fisher matrices, each of which some test must notice.

A tuple is (file of the lab, a text that occurs in it exactly once, what to write instead, what is wrong with that, the test files that
must catch it).
"""

MUTANTS = [
    ("quadrature.py", "2.0 ** np.arange(-18, 1)", "1.0 * np.arange(1, 3)", "no panels near 0", "gaussian_logistic"),
    ("quadrature.py", "ndtr(SLOPE * u / np.sqrt(1 + (SLOPE * s) ** 2))", "ndtr(SLOPE * u)", "comparator not smoothed", "gaussian_logistic"),
    (
        "objectives/logistic_moments.py",
        "weight(z) * (1 - 6 * weight(z))",
        "weight(z) * (1 - 4 * weight(z))",
        "sig''' without its second term",
        "gaussian_logistic",
    ),
    (
        "objectives/logistic_moments.py",
        "-mean_bend(v) - 2 * bent,",
        "mean_bend(v) - 2 * bent,",
        "(h^2)'' with the sign of w''",
        "gaussian_logistic",
    ),
    (
        "objectives/logistic_moments.py",
        "_products(v_star, v, c)[2]",
        "_products(v, v_star, c)[2]",
        "f_tt with the roles of z and t not swapped",
        "gaussian_logistic",
    ),
    ("objectives/logistic_moments.py", "v_star - m * c, 0.0", "v_star, 0.0", "variance of t given z not reduced", "gaussian_logistic"),
    (
        "objectives/gaussian_logistic.py",
        "stack([zz - zt, tt - zt, zt], -1)",
        "stack([zz, tt, zt], -1)",
        "polarisation without its correction",
        "gaussian_logistic objectives",
    ),
    (
        "objectives/gaussian_logistic.py",
        "(1,), 1 - inverse)",
        "(1,), 1.0)",
        "mean gradient counted twice at B = 1",
        "gaussian_logistic objectives",
    ),
    ("objectives/gaussian_logistic.py", "- psi * s\n", "- s / 4\n", "teacher's labels linearised", "gaussian_logistic objectives"),
    (
        "objectives/gaussian_logistic.py",
        '(batch.y if labels == "true" else rng.random(p.shape) < p)',
        "(rng.random(p.shape) < p)",
        "true labels are drawn",
        "gaussian_logistic",
    ),
    (
        "objectives/gaussian_logistic.py",
        "< expit(matvec(x, self.minimiser))",
        "< expit(-matvec(x, self.minimiser))",
        "labels of the opposite teacher",
        "gaussian_logistic objectives",
    ),
    (
        "curvature.py",
        "self._scale(2) * self.base.dense() + self.spikes.swapaxes(-1, -2) @ self._weighted()",
        "self._scale(2) * self.base.dense() + self.spikes.swapaxes(-1, -2) @ self.spikes",
        "weights of spikes ignored",
        "gaussian_logistic objectives",
    ),
    ("theory/fisher.py", "max(n - 2, 0)", "n - 1", "bulk counted once too often", "theory_fisher"),
    ("theory/fisher.py", "+ 2 * score.zt * a * along", "+ score.zt * a * along", "cross term counted once", "theory_fisher"),
    ("theory/fisher.py", "m22 - m12**2 / m11", "m22", "low eigenvalue without its Schur complement", "theory_fisher"),
    ("theory/fisher.py", "sign - b * bump))", "sign + b * bump))", "wrong sign in the truncated second moment", "theory_fisher"),
    (
        "theory/fisher.py",
        "q * np.exp(-z) + (1 - q) * np.exp(z)",
        "q * np.exp(z) + (1 - q) * np.exp(-z)",
        "ratio grows with the margin",
        "theory_fisher",
    ),
    ("theory/fisher.py", '"bi,aj->iajb"', '"ai,bj->iajb"', "swapped pairing not swapped", "theory_fisher"),
    (
        "theory/fisher.py",
        "np.kron(sigma, delta @ g.T + noise)",
        "np.kron(delta @ g.T + noise, sigma)",
        "Kronecker factors in the order of stacked rows",
        "theory_fisher",
    ),
]

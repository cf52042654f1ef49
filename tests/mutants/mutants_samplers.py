"""Wrong samplers of regression problems, and their curvature: (file, old, new, why, test
files). See mutants.py."""

GAUSSIAN = "objectives/gaussian.py"
DESIGNS = "objectives/designs.py"
CURVATURE = "curvature/spiked.py"

MUTANTS = [
    (GAUSSIAN, "whitened) / batch.size", "whitened)", "a sum instead of a mean", "gaussian"),
    (
        GAUSSIAN,
        "along = along - across * (uhat * batch.w).sum(-1)",
        "along = along + 0",
        "w not projected away from u",
        "gaussian",
    ),
    (
        GAUSSIAN,
        "self.noise * np.sqrt(batch.a) * batch.n1",
        "self.noise * batch.n1",
        "label noise without its sqrt(A)",
        "gaussian",
    ),
    (
        GAUSSIAN,
        "self.noise**2 * batch.rest",
        "self.noise * batch.rest",
        "sigma for sigma^2 in the residual",
        "gaussian",
    ),
    (
        GAUSSIAN,
        "nu * np.sqrt(batch.a) - self.noise",
        "nu * np.sqrt(batch.a) + self.noise",
        "loss and gradient of two batches",
        "gaussian",
    ),
    (
        GAUSSIAN,
        "rng.standard_gamma(half - 0.5, runs)",
        "rng.standard_gamma(half, runs)",
        "chi2_B for chi2_(B-1)",
        "gaussian",
    ),
    (GAUSSIAN, "/ (2 * batch.size)", "/ batch.size", "loss in law without its half", "gaussian"),
    (
        DESIGNS,
        "multiply(self.root, z)",
        "multiply(self.sigma, z)",
        "rows of covariance Sigma^2",
        "exact_moments",
    ),
    (
        DESIGNS,
        "batch.x, theta - self.theta_star) - batch.xi",
        "batch.x, theta - self.theta_star)",
        "rows forget the noise",
        "gaussian",
    ),
    (
        DESIGNS,
        "np.sqrt(1 + (a - 1) * inverse)",
        "np.sqrt(1 - inverse)",
        "second moment with (1 - 1/B) g g^T",
        "gaussian",
    ),
    (
        DESIGNS,
        "b * (u**2).sum(-1) + self.noise**2",
        "b * (u**2).sum(-1) + self.noise",
        "sigma for sigma^2 in tau",
        "gaussian",
    ),
    (
        DESIGNS,
        "Spiked(base, inverse * scale,",
        "Spiked(base, scale,",
        "second moment without 1/B",
        "gaussian",
    ),
    (
        DESIGNS,
        "return 2.0, 1.0, -2.0",
        "return 2.0, 1.0, 0.0",
        "Rademacher inputs taken for Gaussian",
        "gaussian",
    ),
    (
        DESIGNS,
        "return 2 * self.k4, self.k4, 0.0",
        "return 2.0, self.k4, 0.0",
        "kurtosis in one term only",
        "gaussian",
    ),
    (DESIGNS, "np.sqrt(n) * np.eye", "np.eye", "one-hot inputs of covariance I / n", "gaussian"),
    (
        CURVATURE,
        "(self._weighted() * self.spikes).sum(-2)",
        "abs(self._weighted()).sum(-2)",
        "spikes not squared",
        "gaussian",
    ),
    (
        CURVATURE,
        "vecmat(along, self._weighted())",
        "self._weighted().sum(-2)",
        "spikes without inner product",
        "objectives optimizers laws",
    ),
    (
        CURVATURE,
        "base = self.base.rotated(basis)",
        "base = self.base",
        "only the spikes rotate",
        "objectives optimizers laws",
    ),
    (
        CURVATURE,
        "base = self.base.scaled(s)",
        "base = self.base",
        "only the spikes are scaled",
        "objectives optimizers laws",
    ),
]

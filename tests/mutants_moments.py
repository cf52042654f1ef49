"""Wrong formulas in the stochastic regime: samplers, second moments, the risk recursion, stability, rates, floors."""

GAUSSIAN = "objectives/gaussian.py"
DESIGNS = "objectives/designs.py"
CURVATURE = "curvature.py"
EXACT = "exact/moments.py"
MOMENTS = "theory/moments.py"
SGD = "theory/sgd.py"
FLOORS = "theory/floors.py"
RECURSION = "theory/recursion.py"

MUTANTS = [
    (GAUSSIAN, "across[..., None] * batch.w) / batch.size", "across[..., None] * batch.w)", "a sum instead of a mean", "gaussian"),
    (GAUSSIAN, "along = along - across * (uhat * batch.w).sum(-1)", "along = along + 0", "w not projected away from u", "gaussian"),
    (GAUSSIAN, "self.noise * np.sqrt(batch.a) * batch.n1", "self.noise * batch.n1", "label noise without its sqrt(A)", "gaussian"),
    (GAUSSIAN, "self.noise**2 * batch.rest", "self.noise * batch.rest", "sigma for sigma^2 in the residual", "gaussian"),
    (GAUSSIAN, "nu * np.sqrt(batch.a) - self.noise", "nu * np.sqrt(batch.a) + self.noise", "loss and gradient of two batches", "gaussian"),
    (GAUSSIAN, "rng.standard_gamma(half - 0.5, runs)", "rng.standard_gamma(half, runs)", "chi2_B for chi2_(B-1)", "gaussian"),
    (GAUSSIAN, "/ (2 * batch.size)", "/ batch.size", "loss in law without its half", "gaussian"),
    (DESIGNS, "(self.root, self.design.draw(", "(self.sigma, self.design.draw(", "rows of covariance Sigma^2", "exact_moments"),
    (DESIGNS, "batch.x, theta - self.theta_star) - batch.xi", "batch.x, theta - self.theta_star)", "rows forget the noise", "gaussian"),
    (DESIGNS, "np.sqrt(1 + (a - 1) * inverse)", "np.sqrt(1 - inverse)", "second moment with (1 - 1/B) g g^T", "gaussian"),
    (DESIGNS, "b * (u**2).sum(-1) + self.noise**2", "b * (u**2).sum(-1) + self.noise", "sigma for sigma^2 in tau", "gaussian"),
    (DESIGNS, "Spiked(base, inverse * scale,", "Spiked(base, scale,", "second moment without 1/B", "gaussian"),
    (DESIGNS, "return 2.0, 1.0, -2.0", "return 2.0, 1.0, 0.0", "Rademacher inputs taken for Gaussian", "gaussian"),
    (DESIGNS, "return 2 * self.k4, self.k4, 0.0", "return 2.0, self.k4, 0.0", "kurtosis in one term only", "gaussian"),
    (DESIGNS, "np.sqrt(shape[-1]) * np.eye", "np.eye", "one-hot inputs of covariance I / n", "gaussian"),
    (CURVATURE, "self.base.diag() + (self.spikes**2)", "self.base.diag() + abs(self.spikes)", "spikes not squared", "gaussian"),
    (CURVATURE, "(along[..., None, :] @ self.spikes)", "self.spikes.sum(-2, keepdims=True)", "spikes without inner product", "objectives optimizers laws"),
    (CURVATURE, "Spiked(self.base.rotated(basis), self.scale,", "Spiked(self.base, self.scale,", "only the spikes rotate", "objectives optimizers laws"),
    (CURVATURE, "Spiked(self.base.scaled(s), self.scale,", "Spiked(self.base, self.scale,", "only the spikes are scaled", "objectives optimizers laws"),
    (EXACT, "preconditioner(optimizer.inner, _both_sides(basis.to, sigma))", "preconditioner(optimizer.inner, sigma)", "Sigma not rotated", "exact_moments"),
    (EXACT, "_both_sides(basis.back, prec", "_both_sides(basis.to, prec", "P rotated to the wrong side", "exact_moments"),
    (EXACT, "(risk + objective.noise**2) / 2", "risk / 2", "loss without the label noise", "exact_moments"),
    (EXACT, "h = np.diag(sigma) + damping", "h = np.diag(sigma)", "undamped", "exact_moments"),
    (EXACT, "theta - objective.theta_star", "theta", "the minimum taken to be 0", "exact_moments"),
    (MOMENTS, "(1 + inverse) * g[..., :, None]", "g[..., :, None]", "(1 + 1/B) dropped", "theory_moments"),
    (MOMENTS, "+ inverse * tau[..., None, None] * dense", "+ tau[..., None, None] * dense", "noise of the gradient without 1/B", "theory_moments"),
    (MOMENTS, "multiply(sigma, delta)).sum(-1) + noise**2", "multiply(sigma, delta)).sum(-1) + noise", "sigma for sigma^2", "theory_moments"),
    (MOMENTS, "lower + (2 * k4 + b - 1) * r\n", "lower + (2 * k4 + b) * r\n", "upper bound off by r", "theory_moments"),
    (MOMENTS, "1 / (r[..., None] * rho2) - 1", "1 / (r[..., None] * rho2)", "crossover one batch late", "theory_moments"),
    (MOMENTS, "self.k.max(-1) / self.k.min(-1))", "self.k.max(-1) / self.k.mean(-1))", "spread against the mean", "theory_moments"),
    (MOMENTS, "** 2 / (2 * quadratic)", "** 2 / quadratic", "progress without its half", "theory_moments"),
    (SGD, "x, top = mu / mu.max(), 2 / ((1 + b) * mu.max())", "x, top = mu / mu.max(), 2 / mu.max()", "top step of the full batch", "theory_sgd"),
    (SGD, "gap = 2 * q - (1 + b) * q**2", "gap = 2 * q - q**2", "(1 + 1/B) dropped from the rate", "theory_sgd"),
    (SGD, "b * np.sum(q**2 / (above", "b * np.sum(q / (above", "q for q^2 in the rate equation", "theory_sgd"),
    (SGD, "lr = 2 / (mu.max() + mu.min())", "lr = 2 / mu.max()", "full-batch step at the edge", "theory_sgd"),
    (SGD, "return noise**2 * excess / (1 - excess)", "return noise**2 * excess", "no feedback of the risk", "theory_sgd"),
    (SGD, "b * (q / (2 - (1 + b) * q)).sum(-1)", "b * (q / (2 - q)).sum(-1)", "(1 + 1/B) dropped from the feedback", "theory_sgd"),
    (SGD, "spectrum ** (1 + float(real(", "spectrum ** (1 - float(real(", "power with the wrong sign", "theory_sgd"),
    (FLOORS, "(lr * np.sqrt(b) / stability_limit", "(lr / stability_limit", "noise floor without sqrt(B)", "theory_moments"),
    (FLOORS, "(2 * np.sqrt(count(\"batch\", batch)))", "(2 * count(\"batch\", batch))", "label floor with B for sqrt(B)", "theory_moments"),
    (FLOORS, "np.pi / 4 * lr", "np.pi / 2 * lr", "sign floor twice too high", "theory_moments"),
    (FLOORS, "lr**2 * sign_second_moment(sigma)", "lr * sign_second_moment(sigma)", "lr for lr^2", "theory_moments"),
    (FLOORS, "* (1 - beta2) / (1 + beta2)", "* (1 - beta2)", "variance of an EMA", "theory_moments"),
    (RECURSION, "keep, spread = 1 - 2 * q + (1 + inverse) * q**2,", "keep, spread = (1 - q) ** 2,", "stepping drops (1 + 1/B)", "exact_moments"),
    (RECURSION, "np.multiply(spread, total + variance, out=heat)", "np.multiply(spread, total, out=heat)", "stepping forgets the noise", "exact_moments"),
    (RECURSION, "+ inverse * q[..., :, None] * q[..., None, :]", "", "long horizons forget the coupling", "exact_moments"),
    (RECURSION, "inverse * (variance + still) * along**2", "inverse * variance * along**2", "motionless coordinates do not heat", "exact_moments"),
    (RECURSION, "+ (1 + inverse) * drift @ c @ drift.T", "+ drift @ c @ drift.T", "matrix recursion drops (1 + 1/B)", "exact_moments"),
    (RECURSION, "solve(q, m, t, inverse, noise**2)", "solve(q, m, t, inverse, noise)", "sigma for sigma^2 in the recursion", "exact_moments"),
    (RECURSION, "np.linalg.eigh(root @ (np.diag(p)", "np.linalg.eigh(root @ root @ (np.diag(p)", "whitened on one side only", "exact_moments"),
]

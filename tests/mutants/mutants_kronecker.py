"""Wrong K-FAC, TNT, Shampoo and K-BFGS: (file, old, new, why, test files). See mutants.py."""

MATRIX = "optimizers/matrix/"
KRONECKER = f"{MATRIX}kronecker.py"
STATISTIC = f"{MATRIX}statistic.py"
SAMPLES = f"{MATRIX}samples.py"
DAMPING = f"{MATRIX}damping.py"
ROOTS = f"{MATRIX}roots.py"
EIGEN = f"{MATRIX}eigen_corrected.py"
NEWTON = f"{MATRIX}quasi_newton.py"
KBFGS = f"{MATRIX}kbfgs.py"
LEVENBERG = "optimizers/wrappers/levenberg.py"
MOMENTUM = "optimizers/wrappers/momentum.py"

GOLDEN = "golden_kronecker"
EDGES = "kronecker_edges"

MUTANTS = [
    (
        STATISTIC,
        "skipped = step == 0 and self.warm > 0 and not self.first",
        "skipped = False",
        "the sample of step 0 is used",
        GOLDEN,
    ),
    (STATISTIC, "(1 - 1 / n, 1 / n)", "(self.beta2, 1 - self.beta2)", "warm start as ema", GOLDEN),
    (
        STATISTIC,
        "betas = [np.minimum(beta, 1 - 1 / n) for beta in betas]",
        "betas = list(betas)",
        "no mean of the first samples",
        "references_layers",
    ),
    (
        STATISTIC,
        "counted = 1 - beta**s.n",
        "counted = 1 - beta",
        "no debiasing",
        "references_kronecker",
    ),
    (
        STATISTIC,
        'if self.labels == "accumulated" and step >= 0:',
        'if self.labels == "accumulated":',
        "true labels in the warm start too",
        GOLDEN,
    ),
    (KRONECKER, "if early and i < every:", "if early:", "roots at every sample for ever", GOLDEN),
    (
        KRONECKER,
        "if early and i < every:",
        "if i < every:",
        "early roots for everybody",
        GOLDEN,
    ),
    (KRONECKER, "m = self.momentum * s.m + m", "m = self.momentum * s.m", "gradient lost", GOLDEN),
    (
        KRONECKER,
        "return (-1 / (2 * k),) * k",
        "return (-1 / (k + 1),) * k",
        "Shampoo's power right for vectors only",
        "references_kronecker",
    ),
    (
        KRONECKER,
        "if i < 0:",
        "if i < -1:",
        "a step in the warm start",
        GOLDEN,
    ),
    (DAMPING, "shift = damping ** (1 / k)", "shift = damping", "lambda for its root", GOLDEN),
    (
        DAMPING,
        "shifts = [shift / pi, shift * pi]",
        "shifts = [shift * pi, shift / pi]",
        "pi upside down",
        "identities_kronecker",
    ),
    (
        DAMPING,
        "factor = ratio(c * d, trace(a))",
        "factor = ratio(c, trace(a))",
        "sizes lost",
        GOLDEN,
    ),
    (
        DAMPING,
        "c = np.exp((tau - total) / len(block))",
        "c = np.exp((tau - total) / 2)",
        "two modes only",
        GOLDEN,
    ),
    (
        DAMPING,
        "return np.sqrt(np.where(both, squared, 1.0))",
        "return np.sqrt(squared)",
        "pi of a zero trace",
        EDGES,
    ),
    (
        SAMPLES,
        "left = mean_square(self.g, inputs)",
        "left = mean_square(self.g)",
        "TNT without the energy of the inputs",
        "references_layers",
    ),
    (
        SAMPLES,
        "return np.concatenate([a, ones], -1)",
        "return np.concatenate([a, 0 * ones], -1)",
        "no bias",
        GOLDEN,
    ),
    (
        SAMPLES,
        "half = (q - 1) / 2",
        "half = q / 2",
        "whitened by the wrong power",
        "references_kronecker",
    ),
    (
        ROOTS,
        "x = np.where(better, x @ s, x)",
        "x = np.where(running, x @ s, x)",
        "a worse X counts",
        "matrix_roots",
    ),
    (
        ROOTS,
        "regular = definite & small",
        "regular = definite",
        "an inverse where an eigenvalue counts as zero",
        "network_costs",
    ),
    (
        ROOTS,
        "return np.where(finite, inverse, np.nan)\n\n\ndef _inverses",
        "return inverse\n\n\ndef _inverses",
        "no NaN for a diverged run",
        "network_costs",
    ),
    (
        ROOTS,
        "definite[k] = True",
        "definite[:] = True",
        "one regular matrix makes its neighbours regular",
        "network_costs",
    ),
    (ROOTS, "z = ratio((1 + p) / 2, size)", "z = ratio(1.0, size)", "slower start", GOLDEN),
    (
        EIGEN,
        'if self.spectrum == "product" or i == 0:',
        'if self.spectrum == "product":',
        "second moments start from 0",
        "references_layers",
    ),
    (
        EIGEN,
        "v = tuple(map(ema, v, squares, betas))",
        "v = tuple(squares)",
        "no average",
        "references_layers",
    ),
    (
        NEWTON,
        "damps = sy < mu * size",
        "damps = sy > mu * size",
        "damps the healthy",
        "matrix_roots",
    ),
    (
        NEWTON,
        "s = _mixed(s, hy, sy, inner(y, hy), mu1)",
        "s = _mixed(s, hy, sy, inner(y, hy), 1e-9)",
        "no first damping",
        GOLDEN,
    ),
    (NEWTON, "return (sy > 0) & (sy > least)", "return sy == sy", "no gate", "matrix_roots"),
    (
        NEWTON,
        "size = rho**2 * inner(y, hy) + rho",
        "size = rho**2 * inner(y, hy)",
        "BFGS without s s^T",
        GOLDEN,
    ),
    (
        NEWTON,
        "w = _along(size / 2, s) - _along(rho, hy)",
        "w = _along(size, s) - _along(rho, hy)",
        "BFGS with twice s s^T",
        GOLDEN,
    ),
    (NEWTON, "if kept.all():", "if kept.any():", "a gate of one run for all", "matrix_roots"),
    (DAMPING, "lam[..., -1:, None]", "lam[..., :1, None]", "the least", "references_blocked"),
    (
        DAMPING,
        "damping * largest(a)",
        "damping * largest(block[0])",
        "a share of the first factor's for all",
        "references_blocked",
    ),
    (
        "conventions/field_entries.py",
        "start_preconditioning_step + 1",
        "start_preconditioning_step",
        "steps counted from 1",
        "references_blocked",
    ),
    (
        KBFGS,
        "s = _vector_ema(side.s, now.h - then.h, beta3)",
        "s = now.h - then.h",
        "pairs not averaged",
        GOLDEN,
    ),
    (
        KBFGS,
        "acts = curved(*action, GATE, norm(now.a))",
        "acts = turns",
        "H_a waits for H_g",
        "matrix_roots",
    ),
    (
        KBFGS,
        "used = tuple((side.hg, side.ha) for side in sides)",
        "used = tuple((side.hg, side.a) for side in sides)",
        "A for its inverse",
        GOLDEN,
    ),
    (
        MOMENTUM,
        "return b, debias(b, self.momentum, t)",
        "return b, b",
        "Adam of 2021 without debiasing",
        GOLDEN,
    ),
    (
        LEVENBERG,
        "return inner(oracle.grad, delta) + inner(delta, curved) / 2",
        "told = inner(oracle.grad, delta) + inner(delta, curved)",
        "the model's half",
        EDGES,
    ),
    (
        LEVENBERG,
        "np.where(rho > self.good, change,",
        "np.where(rho > GOOD, 1 / change,",
        "damping the wrong way",
        EDGES,
    ),
]

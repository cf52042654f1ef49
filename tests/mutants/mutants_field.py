"""Wrong norms, roots, wrappers and relatives of Muon and Adam: (file, old, new, why, test files).
See mutants.py."""

POLAR = "optimizers/matrix/polar.py"
NORMS = "optimizers/matrix/norms.py"
RESCALED = "optimizers/matrix/rescaled.py"
DION = "optimizers/matrix/dion2.py"
DUAL = "optimizers/adaptive/dual_averaging.py"
LAPROP = "optimizers/adaptive/laprop.py"
WRAPPERS = "optimizers/wrappers/"
READINGS = "conformance/kronecker_readings.py"
MATRICES = "conformance/matrix_readings.py"

STEEPEST = "references_steepest"
WRAPPED = "references_wrapped"

MUTANTS = [
    (
        POLAR,
        "b / margin**3",
        "b / margin**2",
        "a cushion of the wrong power",
        "identities_steepest",
    ),
    ("quintics.py", "(8.28721201814563,", "(7.2086,", "the coefficient of another list", STEEPEST),
    (POLAR, "ROOTS[root].margin * norm + eps", "norm + eps", "no margin", STEEPEST),
    (
        NORMS,
        'axis = -1 if norm == "row" else -2',
        'axis = -2 if norm == "row" else -1',
        "rows for columns",
        STEEPEST,
    ),
    (
        NORMS,
        '"spectral": np.sqrt(rows / columns)',
        '"spectral": np.sqrt(columns / rows)',
        "an operator norm transposed",
        STEEPEST,
    ),
    (
        NORMS,
        '"column": np.sqrt(rows)',
        '"column": np.sqrt(columns)',
        "the RMS of inputs for that of outputs",
        STEEPEST,
    ),
    (
        "optimizers/matrix/lmo.py",
        'role.place if role.kind == "weight" else role.kind',
        "role.kind",
        "roles without places",
        STEEPEST,
    ),
    (
        RESCALED,
        "means = (matrix**2).mean(-1, keepdims=True)",
        "means = (matrix**2).sum(-1, keepdims=True)",
        "sums over rows for means",
        STEEPEST,
    ),
    (
        RESCALED,
        "d = np.sqrt(v_hat) + self.eps_update",
        "d = np.sqrt(v) + self.eps_update",
        "AdaMuon without its correction",
        STEEPEST,
    ),
    (RESCALED, "np.sign(u) if self.signed else u", "u", "no signs before the root", STEEPEST),
    (
        DION,
        "axis = -1 if rows <= columns else -2",
        "axis = -1 if rows >= columns else -2",
        "lines of the longer side",
        STEEPEST,
    ),
    (
        DION,
        "(1 - chosen) * b + self.momentum * u",
        "self.momentum * b",
        "decay of what was not used",
        STEEPEST,
    ),
    (
        LAPROP,
        "m = ema(s.m, quotient(g, d), self.beta1)",
        "m = ema(s.m, g, self.beta1) / d",
        "divided after the average",
        WRAPPED,
    ),
    (
        DUAL,
        "v = s.v + c * g**2",
        "v = s.v + c**2 * g**2",
        "MADGRAD's squares with the rate squared",
        WRAPPED,
    ),
    (DUAL, "larger * self.eps)", "d * self.eps)", "the old distance in eps", WRAPPED),
    (DUAL, "weight = d / self.d0 * a", "weight = a", "Prodigy without growing weights", WRAPPED),
    (
        DUAL,
        "r = ema(s.r, a * towards, b)",
        "r = s.r + a * towards",
        "a sum for an average",
        WRAPPED,
    ),
    (
        WRAPPERS + "clipped.py",
        "each(np.minimum, share, 1.0)",
        "each(np.maximum, share, 1.0)",
        "short gradients made long",
        WRAPPED,
    ),
    (
        WRAPPERS + "cautious.py",
        "descends = products < 0",
        "descends = products > 0",
        "only what climbs",
        WRAPPED,
    ),
    (WRAPPERS + "error_feedback.py", "p = d + s.e", "p = d", "no feedback", WRAPPED),
    (
        WRAPPERS + "error_feedback.py",
        "size.mean(-1, keepdims=True)",
        "size.sum(-1, keepdims=True)",
        "a length not divided by n",
        WRAPPED,
    ),
    (
        WRAPPERS + "hyperball.py",
        "moved = theta + lr_of(self.inner) * s.radius *",
        "moved = theta + lr_of(self.inner) *",
        "a step that does not know the radius",
        WRAPPED,
    ),
    (
        WRAPPERS + "schedule_free.py",
        "y = self.beta * x + (1 - self.beta) * z",
        "y = (1 - self.beta) * x + self.beta * z",
        "x and z exchanged",
        WRAPPED,
    ),
    (
        WRAPPERS + "schedule_free.py",
        "t**self.power * (1 - self.warm**t)",
        "t**self.power",
        "no weights of a warm start",
        WRAPPED,
    ),
    (
        WRAPPERS + "mars.py",
        "beta1 / (1 - beta1) * (g - s.g)",
        "beta1 * (g - s.g)",
        "a correction that is too short",
        WRAPPED,
    ),
    (
        MATRICES,
        "summed = [old + f @ transposed(f)",
        "summed = [f @ transposed(f)",
        "a reading that forgets",
        "explanations_matrices",
    ),
    (
        READINGS,
        "-self._power / 2",
        "-self._power",
        "shares of gradients for those of squares",
        "explanations_matrices",
    ),
]

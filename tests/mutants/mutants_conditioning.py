"""Wrong condition numbers and steps, and verdicts on them: (file, old, new, why, test files)."""

ROOM = "theory/conditioning"
SCALINGS, NUMBERS = f"{ROOM}/scalings.py", f"{ROOM}/numbers.py"
BOUNDS = f"{ROOM}/bounds.py"
STEPS, DESCENT = f"{ROOM}/gradients.py", f"{ROOM}/descent.py"
FAMILIES = f"{ROOM}/families.py"
MODELS = "instruments/condition/models.py"
REPORT = "instruments/condition/report.py"
ASKING = "theory/conditioning/asking.py"
KRYLOV = "theory/conditioning/krylov.py"
VERDICTS = "instruments/condition/verdicts.py"
TREATED = "instruments/condition/treatments.py"
LARGE = "instruments/condition/large.py"
NODES = "instruments/condition/large_steps.py"

MUTANTS = [
    (
        SCALINGS,
        "return _diagonal(h) ** -0.25",
        "return _diagonal(h) ** -0.5",
        "GN^-1/2 is Jacobi",
        "condition_numbers",
    ),
    (
        SCALINGS,
        "return length**-0.5",
        "return length**-1.0",
        "rows are divided twice",
        "condition_numbers",
    ),
    (
        NUMBERS,
        "np.maximum(-log_det, 0.0)",
        "np.maximum(log_det, 0.0)",
        "det in place of 1 / det",
        "condition_numbers",
    ),
    (
        NUMBERS,
        "rounding = len(lam) * EPS * lam[0]",
        "rounding = 1e-6 * lam[0]",
        "small eigenvalues count as zero",
        "condition_numbers",
    ),
    (
        BOUNDS,
        "np.sqrt(f) + np.sqrt(f - 1)",
        "np.sqrt(f) + np.sqrt(f)",
        "a variance inflation of 1 is a problem",
        "condition_numbers",
    ),
    (
        BOUNDS,
        "np.exp(2 * np.arcsinh(shift))",
        "np.exp(np.arcsinh(shift))",
        "the root of the bound",
        "condition_numbers condition",
    ),
    (
        ASKING,
        "asked[k] = v",
        "asked = {k: v}",
        "only the last run of a step is answered",
        "condition_large",
    ),
    (
        ASKING,
        "image = yield from times(v)",
        "image = yield v",
        "the matrix is not gone through",
        "condition_large",
    ),
    (
        KRYLOV,
        "rest -= (known @ rest) @ known",
        "rest -= 0 * (known @ rest) @ known",
        "vectors are made orthogonal once",
        "condition_large",
    ),
    (KRYLOV, "v = shares @ t.vectors", "v = v + 0 * shares[0]", "no restart", "condition_large"),
    (
        LARGE,
        "self.w * d[0] ** 2,",
        "self.w * d[0],",
        "the constant's unit counts once",
        "condition_large",
    ),
    (
        FAMILIES,
        "down = np.sqrt(2 * eps / apart)",
        "down = np.sqrt(2 * apart)",
        "copies are not scaled down",
        "condition_numbers",
    ),
    (
        VERDICTS,
        "standardising = units * means",
        "standardising = units",
        "means do not count for what standardising buys",
        "condition",
    ),
    (
        VERDICTS,
        "return 1 + r >= SMALL * (1 - r)",
        "return 1 + r >= 1 - r",
        "a pair is blamed for what many columns share",
        "dependent_columns",
    ),
    (
        VERDICTS,
        "size = np.append(columns, 1.0)",
        "size = np.append(columns, columns[0])",
        "the constant has a unit of its own",
        "condition",
    ),
    (BOUNDS, "return p + q + ", "return p + ", "bottom outliers are free", "condition_numbers"),
    (STEPS, "p = r + new / old * p", "p = r", "steepest descent", "condition_numbers"),
    (
        STEPS,
        "r = _orthogonal_to(residuals, r)",
        "pass",
        "exact steps with rounding",
        "condition_numbers",
    ),
    (
        DESCENT,
        "left = share @ square**k",
        "left = share @ factor**k",
        "gradient descent takes twice the steps",
        "condition",
    ),
    (DESCENT, "-beta * one", "beta * one", "momentum pulls back", "condition"),
    (
        DESCENT,
        "felt = share > 0",
        "felt = share >= 0",
        "modes of weight 0 diverge",
        "descent_steps",
    ),
    (
        DESCENT,
        "_first(reached, min(lowest, FOREVER))",
        "_first(reached)",
        "steps looked for beyond the lowest residual",
        "descent_steps",
    ),
    (
        FAMILIES,
        "square[:2] = (1 - eta) / 2",
        "square[:2] = 1 - eta",
        "u is longer than 1",
        "condition_numbers",
    ),
    (
        FAMILIES,
        "x = (1 + np.sqrt(2 / n)) / 4",
        "x = 1 / 4",
        "not the worst for row norms",
        "condition_numbers",
    ),
    (
        MODELS,
        "np.eye(p.shape[1]) * p[:, :, None] - square",
        "np.eye(p.shape[1]) * p[:, :, None]",
        "classes do not share probability",
        "condition",
    ),
    (
        MODELS,
        "if not ridge and _separates(",
        "if False and _separates(",
        "an optimum at infinity",
        "condition",
    ),
    (
        TREATED,
        '"unit columns": x / np.linalg.norm(x, axis=0)',
        '"unit columns": x / x.std(0)',
        "deviations are not lengths",
        "condition",
    ),
    (
        REPORT,
        '_over(row["raw"].kappa, uncentred)',
        '_over(row["raw"].kappa, centred)',
        "means are blamed on units",
        "condition",
    ),
    (
        REPORT,
        "max(16 - log / 2, 0.0)",
        "max(16 - log, 0.0)",
        "QR squares the condition number",
        "condition",
    ),
    (
        LARGE,
        "rest = v[1:] - v[0] * self.mu",
        "rest = v[1:]",
        "the inverse forgets the means",
        "condition_large",
    ),
    (
        LARGE,
        "own = self.s**2 * self.known.r.diagonal() + self.mu**2",
        "own = self.s**2 * self.known.r.diagonal()",
        "Jacobi of centred columns",
        "condition_large",
    ),
    (
        LARGE,
        "mixed = 2 * both * (both @ r)",
        "mixed = both * (both @ r)",
        "half of the mixed terms of the row norms",
        "condition_large",
    ),
    (
        LARGE,
        "ridge = model.ridge * (deviation / s) ** 2 / w",
        "ridge = model.ridge * (deviation / s) ** 2",
        "a ridge in units of the mean curvature",
        "condition_large",
    ),
    (
        LARGE,
        "if pivots.min() ** 2 <= len(r) * EPS * r.diagonal().max():",
        "if pivots.min() ** 2 <= 0:",
        "rounding counts as an eigenvalue",
        "condition_large",
    ),
    (
        LARGE,
        "size * np.log(self.w) + 2 * np.log(self.s).sum()",
        "size * np.log(self.w) + np.log(self.s).sum()",
        "half of the scales in the determinant",
        "condition_large",
    ),
    (
        KRYLOV,
        "return np.maximum(nodes, EPS * nodes[-1]), vectors[0] ** 2",
        "return np.maximum(nodes, EPS * nodes[-1]), vectors[-1] ** 2",
        "weights of the last vector",
        "condition_large",
    ),
    (
        MODELS,
        "matvec=lambda v: xhat.T @ (weights * (xhat @ v)) + penalty * v,",
        "matvec=lambda v: xhat.T @ (weights * (xhat @ v)),",
        "Newton steps of many columns without the ridge",
        "condition_large",
    ),
]

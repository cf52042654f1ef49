"""Wrong parameterizations, thin powers and instruments of the width: (file, old, new, why, test
files). See mutants.py."""

SCALES = "theory/mup/scales.py"
RULES = "theory/mup/rules.py"
TABLES = "theory/mup/tables.py"
MOVES = "theory/mup/moves.py"
DAMPING = "theory/mup/damping.py"
KERNELS = "theory/mup/kernels.py"
FIRST = "theory/mup/first_step.py"
RATES = "theory/mup/rates.py"
THIN = "thin.py"
DAMPINGS = "dampings.py"
FAMILY = "optimizers/matrix/thin.py"
SIZED = "optimizers/wrappers/parameterized.py"
STUDY = "instruments/width/study.py"
COMPILER = "instruments/width/compiler.py"
KNOWN = "instruments/width/known.py"
SLOPES = "instruments/width/slopes.py"
TRANSFER = "instruments/width/transfer.py"

JUDGED = "instruments/width/judged.py"
COORDINATES = "instruments/width/coordinates.py"
EIGEN = "optimizers/matrix/eigen_corrected.py"
STEPS = "instruments/width/first_steps.py"
METHODS = "instruments/width/methods.py"

MUTANTS = [
    (
        TABLES,
        "return dict(_solution(tuple(needed.values()), frozenset(rates | scales_of)))",
        "return _solution(tuple(needed.values()), frozenset(rates | scales_of))",
        "a table that others share is changed",
        "theory_mup",
    ),
    (
        RULES,
        "if s.weight is None:\n            return entries(s)",
        "if s.weight is None:\n            return 0",
        "SOAP turns biases",
        "theory_mup",
    ),
    (
        STEPS,
        '<= self.margin:\n            return f"within {self.margin:g}"',
        '>= 0:\n            return f"within {self.margin:g}"',
        "all is within",
        "first_steps",
    ),
    (METHODS, "row._replace(c=0.0)", "row", "rates that scale already", "first_steps"),
    (
        METHODS,
        "rho = SHARE * (z**2).sum()",
        "rho = SHARE",
        "thin Shampoo: an absolute damping",
        "first_steps",
    ),
    (METHODS, "np.linalg.norm(batch.inputs, axis=1)", "1.0", "TNT: K-FAC's factor", "first_steps"),
    (
        METHODS,
        "power_times(z, d, -0.5, rho)",
        "power_times(z, d, -0.25, rho)",
        "one root",
        "first_steps",
    ),
    (
        TRANSFER,
        "np.interp(y[0]",
        "np.interp(y[-1]",
        "the widest's own value carried over",
        "widths",
    ),
    (
        TRANSFER,
        "_line(x[:-1], y[:-1], x[-1])",
        "_line(x, y, x[-1])",
        "the widest promises itself",
        "widths",
    ),
    (
        TRANSFER,
        "left = y - _line(x, y, x)",
        "left = y - y.mean()",
        "the slope taken for scatter",
        "widths",
    ),
    (SCALES, "last * (HALF - head)", "last * (1 - head)", "|J| without its M terms", "theory_mup"),
    (SCALES, "h=fan_in / 2", "h=fan_in", "|h| and |h|^2 confused", "theory_mup"),
    (
        RULES,
        "- e_A * inner(s) - e_B * outer(s)",
        "- e_B * inner(s) - e_A * outer(s)",
        "exponents exchanged",
        "theory_mup",
    ),
    (
        RULES,
        "Max(0, s.fan_out - s.fan_in) / 2",
        "Max(0, s.fan_in - s.fan_out) / 2",
        "the transposed scale",
        "theory_mup",
    ),
    (
        TABLES,
        "expand(found[role] + s.jac + s.fan_out / 2)",
        "expand(found[role] + s.jac)",
        "outputs that do not add up",
        "theory_mup",
    ),
    (TABLES, "expand(-size(s))", "expand(size(s))", "damping against its factor", "theory_mup"),
    (
        MOVES,
        "1 + expand(rule.size(s)).coeff(eta)",
        "expand(rule.size(s)).coeff(eta)",
        "the rate of step 2 forgotten",
        "theory_mup",
    ),
    (
        DAMPING,
        "(lam_A - s.fan_in - lam_B + s.fan_out) / 2",
        "(lam_A - lam_B) / 2",
        "pi of traces, not of means",
        "theory_mup",
    ),
    (
        KERNELS,
        "(np.pi - angle) * np.cos(angle)",
        "angle * np.cos(angle)",
        "the angle for its complement",
        "theory_mup",
    ),
    (
        FIRST,
        "chi[:, None] * (inner @ k.between)",
        "inner @ (chi[:, None] * k.between)",
        "residuals before the factor",
        "theory_mup",
    ),
    (
        RATES,
        "shift = rho * np.trace(x)",
        "shift = rho * np.trace(x) / len(x)",
        "mean eigenvalue for trace",
        "theory_mup",
    ),
    (RATES, "n * outer * inner", "outer * inner", "without n", "theory_mup"),
    (THIN, "(inside - outside)", "inside", "the range counted twice", "thin"),
    (
        THIN,
        "zero = max(z.shape[-2:]) * EPS * s[..., :1]",
        "zero = 0.0 * s[..., :1]",
        "rounding inverted",
        "thin",
    ),
    (
        DAMPINGS,
        "np.sqrt(rho) / pi)",
        "np.sqrt(rho) * pi)",
        "both dampings the same way",
        "thin identities_parameterized",
    ),
    (
        FAMILY,
        "left.sum(-1) / np.sqrt(n)",
        "left.sum(-1)",
        "a bias that grows with the batch",
        "identities_parameterized",
    ),
    (
        FAMILY,
        "self.outer(self.factor.d, -self.e_B)\n        right",
        "self.outer(self.factor.d, -self.e_A)\n        right",
        "one exponent for both sides",
        "identities_parameterized",
    ),
    (
        SIZED,
        "self.widths.ratio**-exponent",
        "self.widths.ratio**exponent",
        "rates the wrong way",
        "identities_parameterized",
    ),
    (
        SIZED,
        "(own - self._powers(name).b)",
        "(-self._powers(name).b)",
        "the objective's own 1 / fan_in twice",
        "identities_parameterized",
    ),
    (
        SIZED,
        'role.place if role.kind in ("weight", "kernel") else f"{role.place} bias"',
        "role.place",
        "a bias takes the row of its weights",
        "identities_parameterized",
    ),
    (
        STUDY,
        "self.network.y + self.offset",
        "self.network.y - self.offset",
        "f_0 added twice",
        "widths",
    ),
    (COMPILER, "-_log2(share[role])", "_log2(share[role])", "damping inverted", "widths"),
    (
        SLOPES,
        "freedom = len(widths) - 2",
        "freedom = len(widths) - 1",
        "one parameter counted",
        "widths",
    ),
    (
        TRANSFER,
        "shift = -tilt / (2 * bend)",
        "shift = tilt / (2 * bend)",
        "the optimum on the wrong side",
        "widths",
    ),
    (
        TRANSFER,
        "(around <= BASIN * loss)",
        "(around > 0)",
        "a parabola through a run on its way out",
        "widths",
    ),
    (
        TRANSFER,
        'run["changed"][-1]',
        'run["changed"][0]',
        "features before training",
        "widths",
    ),
    (
        KNOWN,
        "return None if inside is None else trust_ratio(inside)",
        "return inside",
        "the length of a step that a sphere takes away",
        "widths",
    ),
    (
        KNOWN,
        "inside is not None and degree(inside) == 0",
        "inside is not None",
        "clipped gradients taken for whole ones",
        "widths",
    ),
    (
        JUDGED,
        "called.index(WIDTH) if WIDTH in called else 0",
        "0",
        "widths in another column are judged, and rates taken for widths",
        "verb_mup",
    ),
    (
        JUDGED,
        "if text and not np.isfinite(value):",
        "if False:",
        "a run that diverged is left out",
        "verb_mup",
    ),
    (
        JUDGED,
        "if k == first or not (name or given.any()):",
        "if k == first:",
        "a separator at the end of lines is a column",
        "verb_mup",
    ),
    (
        JUDGED,
        "parsed(column, mark).numbers",
        "parsed(column).numbers",
        "decimal commas are no numbers",
        "verb_mup",
    ),
    (
        COORDINATES,
        "return self.steps.index(step)",
        "return 0",
        "every step is the first",
        "one_example widths",
    ),
    (
        EIGEN,
        "_known(x, modes) + damping",
        "x + damping",
        "rounding of null directions is inverted",
        "one_example",
    ),
]

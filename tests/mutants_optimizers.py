"""Wrong Gauss-Newton methods, schedules, wrappers and line searches: (file, old, new, why, test files). See mutants.py."""

LINE = "optimizers/wrappers/line_search.py"

MUTANTS = [
    ("optimizers/second_order/gauss_newton.py", "** power, flat)", "** (power / 2), flat)", "half the power", "references"),
    ("optimizers/second_order/gauss_newton.py", "1.0, np.inf)", "1.0, 0.0)", "a saturated logit rests", "references"),
    ("optimizers/second_order/gauss_newton.py", "curvature(self.labels).diag()", 'curvature("exact").diag()', "labels ignored", "references"),
    ("optimizers/second_order/gauss_newton.py", ".diag() + self.damping", ".diag() * (1 + self.damping)", "multiplicative damping", "references"),
    (
        "optimizers/second_order/gauss_newton.py",
        "h = oracle.hessian\n",
        'h = oracle.curvature("exact")\n',
        "Newton with the Gauss-Newton matrix",
        "references",
    ),
    ("optimizers/wrappers/schedules.py", "(1 - t / horizon)", "(1 - (t + 1) / horizon)", "linear schedule off by one", "wrappers"),
    ("optimizers/wrappers/schedules.py", " * (t < horizon)", "", "linear schedule turns negative", "wrappers"),
    ("optimizers/wrappers/schedules.py", "self.ratio**t", "self.ratio ** (t + 1)", "geometric schedule off by one", "wrappers"),
    ("optimizers/wrappers/schedules.py", "0.5 ** (t // self.every)", "0.5 ** (t / self.every)", "halving without the floor", "wrappers"),
    ("optimizers/wrappers/schedules.py", "ScheduledState(s.t + 1, state)", "ScheduledState(s.t, state)", "schedule stands still", "wrappers"),
    ("optimizers/wrappers/in_variables.py", "return self.change.push(z, dz), InZ", "return dz, InZ", "step not rotated back", "wrappers laws"),
    (
        "optimizers/wrappers/in_variables.py",
        "oracle.in_variables(self.change, z), z)",
        "oracle.in_variables(self.change, z), theta)",
        "parameters not rotated for weight decay",
        "laws",
    ),
    (LINE, "np.minimum(length, LONGEST / factor) * factor", "length", "too short a length is not lengthened", "wrappers"),
    (LINE, "2.0 ** np.array([1, 2, 4,", "2.0 ** np.array([1, 2, 2,", "lengths that do not span the floating range", "line_search"),
    (LINE, "short = slope < 0\n", "short = slope > 0\n", "the wrong end of the bracket moves", "wrappers"),
    (LINE, "if k % 3 == 2:", "if False:", "no halving: the secant creeps", "wrappers"),
    (LINE, "return np.where(wide, geometric, low + (high - low) / 2)", "return low + (high - low) / 2", "no orders", "wrappers"),
    (
        LINE,
        "nearest = np.where(-bracket.below < bracket.above",
        "nearest = np.where(-bracket.below > bracket.above",
        "far end",
        "line_search",
    ),
    (LINE, "np.minimum(tol * high, width) / 2", "0.0 * width", "the bracket does not close around a zero that was hit", "wrappers"),
    (LINE, "return np.where(descent, nearest, 0.0)", "return nearest", "ascent directions are taken", "line_search"),
    (LINE, "np.where(np.isnan(found), np.inf, found)", "found", "a point out of range counts as nothing", "line_search"),
    (LINE, "descent & ~np.isfinite(bracket.above)", "descent & np.isnan(bracket.above)", "no minimum, no word", "line_search"),
    (LINE, "finite / divisor + infinite, np", "finite / divisor, np", "infinite entries are forgotten", "line_search"),
    (LINE, "+ self.armijo * a * slope)", "+ self.armijo * slope)", "Armijo without the length", "wrappers"),
    (LINE, "a = np.where(long, self.shrink * a, a)", "a = self.shrink * a", "all runs shrink", "wrappers"),
]

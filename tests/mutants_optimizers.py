"""Wrong Gauss-Newton methods, schedules, wrappers and line searches: (file, old, new, why, test files). See mutants.py."""

MUTANTS = [
    ("optimizers/gauss_newton.py", "** p, 0.0)", "** (p / 2), 0.0)", "half the power", "references"),
    ("optimizers/gauss_newton.py", "curvature(self.labels).diag()", 'curvature("exact").diag()', "labels ignored", "references"),
    ("optimizers/gauss_newton.py", ".diag() + self.damping", ".diag() * (1 + self.damping)", "multiplicative damping", "references"),
    (
        "optimizers/gauss_newton.py",
        "oracle.hessian.solve(oracle.grad, self.damping)",
        'oracle.curvature("exact").solve(oracle.grad, self.damping)',
        "Newton with the Gauss-Newton matrix",
        "references",
    ),
    ("optimizers/schedules.py", "(1 - t / horizon)", "(1 - (t + 1) / horizon)", "linear schedule off by one", "wrappers"),
    ("optimizers/schedules.py", " * (t < horizon)", "", "linear schedule turns negative", "wrappers"),
    ("optimizers/schedules.py", "self.ratio**t", "self.ratio ** (t + 1)", "geometric schedule off by one", "wrappers"),
    ("optimizers/schedules.py", "0.5 ** (t // self.every)", "0.5 ** (t / self.every)", "halving without the floor", "wrappers"),
    ("optimizers/schedules.py", "ScheduledState(s.t + 1, state)", "ScheduledState(s.t, state)", "schedule stands still", "wrappers"),
    ("optimizers/in_basis.py", "return self.basis.back(delta), state", "return delta, state", "step not rotated back", "wrappers laws"),
    (
        "optimizers/in_basis.py",
        "oracle.in_basis(self.basis), self.basis.to(theta))",
        "oracle.in_basis(self.basis), theta)",
        "parameters not rotated for weight decay",
        "laws",
    ),
    ("optimizers/line_search.py", "hi = np.where(short, 2 * hi, hi)", "hi = np.where(short, 1 * hi, hi)", "no doubling", "wrappers"),
    ("optimizers/line_search.py", "left = f < 0", "left = f > 0", "the wrong end of the bracket moves", "wrappers"),
    ("optimizers/line_search.py", " & (k % 3 < 2)", "", "no bisection: the secant creeps", "wrappers"),
    ("optimizers/line_search.py", "done | ~np.isfinite(f), best, a)", "~np.isfinite(f), best, a)", "a run that is done moves", "wrappers"),
    ("optimizers/line_search.py", "best, done = np.where(descent, hi, 0.0)", "best, done = hi", "ascent directions are taken", "wrappers"),
    ("optimizers/line_search.py", "+ self.armijo * a * slope)", "+ self.armijo * slope)", "Armijo without the length", "wrappers"),
    ("optimizers/line_search.py", "a = np.where(long, self.shrink * a, a)", "a = self.shrink * a", "all runs shrink", "wrappers"),
]

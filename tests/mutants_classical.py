"""Wrong accelerated methods, extremal functions, exact constants and online play: (file, old, new, why, test files). See mutants.py."""

ACCELERATED = "optimizers/gradient/accelerated.py"
EXTREMAL = "objectives/worst_case.py"
WORST = "theory/worst_cases.py"
STABILITY = "theory/stability.py"
CYCLE = "theory/two_cycle.py"
STEADY = "theory/steady_state.py"
ONLINE = "instruments/online.py"
LOSSES = "theory/online.py"

MUTANTS = [
    (ACCELERATED, "s.t / (s.t + 3)", "(s.t + 1) / (s.t + 4)", "momentum one step ahead", "references_classical"),
    (ACCELERATED, "s.t / (s.t + 3) * (x - s.x)", "s.t / (s.t + 3) * (x - theta)", "momentum from y instead of x", "references_classical"),
    (ACCELERATED, "(8 if last else 4)", "4", "OGM without its last factor", "references_classical theory_worst_cases"),
    (ACCELERATED, "+ a / a_new * (y - theta)", "", "OGM without its second momentum: FISTA", "references_classical theory_worst_cases"),
    (ACCELERATED, "Optimized(0, 1.0, y) if last", "Optimized(0, a_new, y) if last", "OGM restarts with the old a", "references_classical"),
    (ACCELERATED, "s.t + 1 == self.horizon", "s.t == self.horizon", "horizon off by one", "references_classical theory_worst_cases"),
    ("optimizers/wrappers/schedules.py", "return 1 / np.sqrt(t + 1)", "return 1 / np.sqrt(t + 2)", "schedule starts one late", "references_classical"),
    (ACCELERATED, 'count("steps", steps, 0) + 1)', 'count("steps", steps, 0) + 2)', "subgradient step of N + 1", "references_classical"),
    (EXTREMAL, "inside * (r - inside / 2)", "inside * (r - inside)", "Huber without its quadratic part", "objectives theory_worst_cases"),
    (EXTREMAL, "np.where(r > self.delta, pairs / longer**2, 0.0)", "np.where(r > self.delta, 0.0, pairs / longer**2)", "Huber's Hessian inside out", "objectives"),
    (
        EXTREMAL,
        "theta[..., None] - (near + far) / 2",
        "theta[..., None] - far / 2",
        "wrong centre of a piece",
        "objectives theory_worst_cases",
    ),
    (EXTREMAL, "np.where(on_norm, theta / r, first)", "np.where(on_norm, first, theta / r)", "pieces of the maximum swapped", "objectives"),
    (EXTREMAL, "self.offset / (1 + np.sqrt(self.dims))", "self.offset / np.sqrt(self.dims)", "wrong minimum", "theory_worst_cases"),
    (EXTREMAL, "radius / (2 * travel + 1))", "radius / (2 * travel + 2))", "kink of the worst Huber function", "theory_worst_cases"),
    (EXTREMAL, "np.where(np.arange(2 * steps + 1) % 2, -1.0, 1.0)", "np.ones(2 * steps + 1)", "nonconvex one convex", "theory_worst_cases"),
    (EXTREMAL, "np.array([25.0, 1.0, 25.0])", "np.array([25.0, 25.0, 25.0])", "a quadratic has no three-cycle", "theory_worst_cases"),
    (WORST, "(steps**2 + 5 * steps + 2) / 8", "(steps**2 + 5 * steps + 4) / 8", "Nesterov's travel", "theory_worst_cases"),
    (WORST, "1 / (gd_travel(steps, h) + 1)", "1 / (2 * gd_travel(steps, h) + 1)", "gradient rate of the gap", "theory_worst_cases"),
    (WORST, "(3 * steps + 2)", "(3 * steps + 1)", "nonconvex constant", "theory_worst_cases"),
    (WORST, "lr**2 * smoothness_l1 / 2", "lr**2 * smoothness_l1", "sign descent without the half", "theory_worst_cases"),
    (WORST, "(steps**2 + 5 * steps + 2) / 8, 0.0)", "(steps**2 + 5 * steps + 2) / 8, 0.25)", "a quarter step before any", "domain_edges"),
    (STEADY, "heavy_ball_radius(lam, lr, beta) < 1", "lam < 2 * (1 + beta) / lr", "negative curvature is stable", "domain_edges"),
    (STABILITY, "np.where(beta < -1 / 3, by_product, by_sum)", "by_sum", "edge of a very negative momentum", "domain_edges"),
    (STABILITY, "steepest = (1 + 2 * beta) * lr", "steepest = (1 + beta) * lr", "Nesterov's edge", "theory_stability"),
    (STABILITY, "(2 - lr * weight_decay)", "2", "AdamW's edge without decay", "theory_stability"),
    (STABILITY, "(1 - beta1) * (1 + 2 * beta1) * lr", "(1 - beta1) * (1 + beta1) * lr", "NAdam's edge", "theory_stability"),
    (STABILITY, "(1 - q**t) / (1 - q)", "1 / (1 - q)", "step bound without time", "theory_stability"),
    (
        STABILITY,
        "return _largest_root((1 + beta) * s, beta * s)",
        "return _largest_root((1 + beta) * s, beta)",
        "radius",
        "theory_stability",
    ),
    (CYCLE, "free - eps / lam", "free - eps", "eps of the amplitude without lam", "theory_stability"),
    (CYCLE, "1 - b1 - 3 * b2", "1 - b1 - 2 * b2", "cycle polynomial", "theory_stability"),
    (CYCLE, "np.sqrt(s**2 - 4 * beta2)", "np.sqrt(s**2 - 2 * beta2)", "critical curve", "theory_stability"),
    (STEADY, "(1 - beta) * (2 * (1 + beta) - lr * lam)", "(1 - beta) * (2 - lr * lam)", "heavy ball variance", "theory_stability"),
    (STEADY, "heat = 1 + beta + s * beta * (1 + 2 * beta)", "heat = 1 + beta + s * beta * (1 + beta)", "Nesterov variance", "theory_stability"),
    (STEADY, "lr * lam * (batch + 1) / batch", "lr * lam", "kurtosis forgotten in the steady state", "theory_stability"),
    (ONLINE, "np.minimum(self.low * total, self.high * total)", "self.low * total", "best fixed point at one wall", "online"),
    (ONLINE, "project=lambda x: np.clip(np.asarray(x), low, high),", "project=None,", "no projection", "online"),
    (LOSSES, "% period == 0", "% period == 1", "the large loss one round late", "online"),
    ("theory/adal.py", "range(n - 1)", "range(n)", "one coordinate too many", "theory_adal"),
    ("theory/adal.py", "half[j + 4]", "half[j + 2]", "the fourth moment without h's own power", "theory_adal"),
]

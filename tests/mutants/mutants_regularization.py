"""Wrong preconditioned descent, penalties and penalties on the gradient: (file, old, new, why, test
files). See mutants.py."""

PRECONDITIONING = "theory/preconditioning.py"
REGULARIZATION = "theory/regularization.py"
GRADIENT = "theory/gradient_regularization.py"
BOX = "theory/box.py"
PENALTIES = "optimizers/wrappers/penalties.py"
REGULARIZED = "optimizers/wrappers/regularized.py"
SHARP = "optimizers/wrappers/gradient_penalty.py"

MUTANTS = [
    (
        PRECONDITIONING,
        "ratio(2 * slack / lr, lipschitz, np.inf)",
        "ratio(slack / lr, lipschitz, np.inf)",
        "half of the basin",
        "theory_preconditioning",
    ),
    (
        PRECONDITIONING,
        "(2 * np.arctanh(1 / kappa))",
        "(2 / kappa)",
        "steps of descent to first order in 1 / kappa",
        "theory_preconditioning",
    ),
    (
        PRECONDITIONING,
        "(1 + beta) * (kappa - 1) / (kappa + 1)",
        "(1 + beta) * (kappa - 1) / kappa",
        "fixed momentum at the step of 1 / L",
        "theory_preconditioning",
    ),
    (
        PRECONDITIONING,
        "np.sqrt(beta2 * (1 - beta2**t) / (1 - beta2 ** (t + 1)))",
        "np.sqrt(beta2)",
        "debiasing forgotten in the slowest decay",
        "theory_preconditioning",
    ),
    (
        PRECONDITIONING,
        " - 2 * (along * m) ** 2",
        "",
        "rows with a mean as if they had none",
        "theory_preconditioning",
    ),
    (
        PRECONDITIONING,
        "(1 + 1 / size) * he**2",
        "(1 - 1 / size) * he**2",
        "second moment of a batch without the kurtosis of rows",
        "theory_preconditioning",
    ),
    (
        PRECONDITIONING,
        "start = start - ZETA_HALF * lr",
        "start = start + ZETA_HALF * lr",
        "sign of zeta(1/2)",
        "theory_preconditioning",
    ),
    (
        REGULARIZATION,
        'added = 1 / d if on == "p" else np.ones_like(d)',
        'added = d if on == "p" else np.ones_like(d)',
        "P^T P inverted",
        "theory_regularization",
    ),
    (
        REGULARIZATION,
        "lam * np.sqrt(lam**2 + 4 * eps)",
        "lam * np.sqrt(lam**2 + eps)",
        "weight of LASSO with a quarter of eps",
        "theory_regularization",
    ),
    (
        "theory/stability.py",
        "(1 + beta1) * (2 - lr * weight_decay)",
        "(1 + beta1) * 2 - lr * weight_decay",
        "decay as if it were averaged",
        "theory_regularization theory_stability",
    ),
    (
        BOX,
        "return slope, scale / room**2",
        "return slope, scale / room",
        "second derivative of the log barrier",
        "theory_regularization",
    ),
    (
        BOX,
        "p = p + step * shortened",
        "p = p + step",
        "Newton's method through the wall",
        "theory_regularization",
    ),
    (
        GRADIENT,
        'half = h * root[..., None, :] if on == "p" else a',
        "half = a",
        "penalty on p as if on z",
        "theory_regularization",
    ),
    (
        PENALTIES,
        "each(lambda d: ratio(d ** (q / 2), d, 0.0), d)",
        "each(lambda d: ratio(1.0, d ** (q / 2), 0.0), d)",
        "D^(-q/2) for D^(q/2 - 1)",
        "references_penalties",
    ),
    (
        PENALTIES,
        "slope = (own + (q - 1) * pull) / total",
        "slope = (own + q * pull) / total",
        "slope of Newton's method: it gets there too late",
        "references_penalties",
    ),
    (
        PENALTIES,
        "return soft / (1 + rate * self.weight_decay)",
        "return soft",
        "elastic net without its ridge",
        "references_penalties",
    ),
    (
        REGULARIZED,
        "self.penalty.prox(theta + delta, rate * inverse) - theta",
        "self.penalty.prox(theta + delta, rate) - theta",
        "proximal step on p in the Euclidean norm",
        "references_penalties",
    ),
    (
        REGULARIZED,
        "on_z = np.array((2 - q, 0)) - beside + (1 - q / 2) * d",
        "on_z = np.array((2 - q, 0)) - beside",
        "units of a penalty on z as if P had none",
        "laws",
    ),
    (
        SHARP,
        "v = self.inner.metric(alone).solve(g)",
        "v = self.inner.metric(alone).times(g)",
        "P P^T inverted",
        "references_penalties",
    ),
    (
        SHARP,
        "t**2 * g",
        "t * g",
        "ASAM with T for T^2",
        "references_penalties",
    ),
]

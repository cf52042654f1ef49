"""Wrong best scalings and certificates of them: (file, old, new, why, test files)."""

ROOM = "theory/conditioning"
PROOFS, SCALINGS = f"{ROOM}/certificates.py", f"{ROOM}/scalings.py"
NEWTON, OPTIMAL = f"{ROOM}/newton.py", f"{ROOM}/optimal.py"
SPARSE = f"{ROOM}/sparse.py"
TREATED = "instruments/condition/treatments.py"

MUTANTS = [
    (
        PROOFS,
        "return value + rounding",
        "return value",
        "rounding is not paid for",
        "optimal_scaling",
    ),
    (
        NEWTON,
        "trace - np.outer(end.shares, end.shares)",
        "trace + np.outer(end.shares, end.shares)",
        "the preconditioner is bent the wrong way",
        "scaling_any_matrix",
    ),
    (
        NEWTON,
        "NODE = (1 + 1 / np.sqrt(3)) / 2",
        "NODE = 1.0",
        "a rule of one node at the end",
        "scaling_any_matrix",
    ),
    (
        OPTIMAL,
        "x = self.x + self.unit",
        "x = self.x",
        "the scaling of the unit diagonal form is that of H",
        "scaling_any_matrix",
    ),
    (
        SPARSE,
        "d *= unit",
        "d *= 1",
        "the scaling of the unit diagonal form is that of H",
        "scaling_any_matrix",
    ),
    (
        SCALINGS,
        "np.fill_diagonal(m, 1.0)",
        "pass",
        "a unit diagonal is one up to rounding",
        "optimal_scaling",
    ),
    (
        NEWTON,
        "weights[:, ~at] *= 2",
        "weights[:, ~at] *= 1",
        "pairs with one end outside count once",
        "optimal_scaling",
    ),
    (
        NEWTON,
        "grad = 2 * (top.shares - bottom.shares)",
        "grad = 2 * (top.shares + bottom.shares)",
        "both ends pull the same way",
        "optimal_scaling",
    ),
    (
        OPTIMAL,
        "bound = min(self.bound, self.best)",
        "bound = self.best",
        "every scaling is proved optimal",
        "optimal_scaling",
    ),
    (
        OPTIMAL,
        "if at is not None and at.kappa < self.best:",
        "if at is not None:",
        "the last scaling, not the best",
        "optimal_scaling",
    ),
    (
        SPARSE,
        "d[part.where] = best.d / np.sqrt(low)",
        "d[part.where] = best.d",
        "components have scales of their own",
        "optimal_scaling",
    ),
    (
        SPARSE,
        "bound = max(bound, best.bound)",
        "bound = best.bound",
        "the bound of the last component",
        "optimal_scaling",
    ),
    (
        TREATED,
        "if self.dependent:",
        "if False:",
        "rounding is a condition number",
        "dependent_columns",
    ),
]

"""Wrong machinery of claims: (file, old, new, why, test files). See mutants.py."""

J, R, S, P = "claims_judging", "claims_relations", "claims_search", "claims_spaces"
IDENTITY, E = "identity_relation", "claims_enumerated"

MUTANTS = [
    # statements
    ("claims/statements.py", "used = left / right\n", "used = right / left\n", "inequality swapped", R),
    (
        "claims/statements.py",
        "used = np.where(left > 0, right / left,",
        "used = np.where(left > 0, left / right,",
        "lower bound read as an upper one",
        R,
    ),
    (
        "claims/statements.py",
        "return (right <= 0) | np.isposinf(right)",
        "return right <= 0",
        "infinite bounds count",
        R,
    ),
    (
        "claims/statements.py",
        "place = np.where(np.isnan(flat), np.inf, flat).argmax(-1)",
        "place = np.where(np.isnan(flat), -np.inf, flat).argmax(-1)",
        "NaN passes inside an instance",
        R,
    ),
    (
        "claims/statements.py",
        "0.0 if a == b else float(abs(a - b))",
        "0.0 if abs(a - b) < 1e-20 else 1.0",
        "exact up to 1e-20",
        R,
    ),
    ("claims/laws.py", "below.astype(bool) & ~above.astype(bool)", "below.astype(bool)", "only below the threshold", R),
    ("claims/laws.py", "gap=self.by - inner.gap", "gap=inner.gap - self.by", "refuted by an instance that holds", R),
    ("claims/laws.py", "score - self.z", "score - self.z**2", "z squared", R),
    # decisions
    ("claims/proofs.py", "rng.choice([-1, 1])", "rng.choice([1, 1])", "positive points only", IDENTITY),
    ("claims/proofs.py", "p=[0.1, 0.2, 0.7]", "p=[0.0, 0.2, 0.8]", "never at 0", IDENTITY),
    ("claims/proofs.py", "p=[0.1, 0.2, 0.7]", "p=[0.1, 0.9, 0.0]", "integers only", IDENTITY),
    ("claims/proofs.py", 'getattr(value, f"is_{fact}") == truth for', "True for", "declarations ignored", IDENTITY),
    ("claims/proofs.py", "if 2 * defined < points:", "if False:", "certified where nothing is defined", IDENTITY),
    (
        "claims/proofs.py",
        'return Decision(None, INSTALL, "search")',
        'return Decision(True, INSTALL, "enclosure")',
        "grade without proof",
        R,
    ),
    # formulas
    ("claims/formulas.py", "x.reshape(x.shape + (1,) * (axes - x.ndim))", "x", "parameters along the wrong axis", R),
    ("claims/formulas.py", 'inner ** _replaced(exponent, "exponent", found)', "inner**exponent", "exponents without control", R),
    # spaces
    ("claims/spaces/pieces.py", "np.random.default_rng([seed, k])", "np.random.default_rng(k)", "seed not used", P),
    ("claims/spaces/pieces.py", "np.random.default_rng([seed, k])", "np.random.default_rng(seed)", "the same block again and again", P),
    ("claims/spaces/pieces.py", "u[row, self.columns[name]] = extreme", "pass", "no extremes", P),
    ("claims/spaces/pieces.py", 'raise ValueError("over is empty', 'print("over is empty', "empty space", P),
    ("claims/spaces/numbers.py", "close = np.where(x < 0.5, 1 - beside, 1 + beside)", "close = 1 - beside", "one side of the border", P),
    # judging
    (
        "claims/measuring.py",
        "inside += list(u[holds.all(0)])",
        "inside += list(u)",
        "hypotheses not checked",
        J,
    ),
    (
        "claims/measuring.py",
        "alone = ~holds[k] & np.delete(holds, k, 0).all(0)",
        "alone = ~holds[k]",
        "witness outside two hypotheses",
        J,
    ),
    (
        "claims/judging.py",
        "np.where(np.isnan(result.gap), np.inf, result.gap).argmax()",
        "result.gap.argmin()",
        "best in place of worst",
        J,
    ),
    ("claims/judging.py", "if not result.gap[row] <= 0:", "if result.gap[row] > 0:", "NaN passes", J),
    (
        "claims/judging.py",
        "return replace(held, holds=False, words=IDLE, grade=GRADES[-1])",
        "return held",
        "no control needed",
        J,
    ),
    ("claims/judging.py", "holds = all(p.holds for p in parts)", "holds = any(p.holds for p in parts)", "one part is enough", J),
    ("claims/judging.py", 'stated = c.cites.kind == "stated"', "stated = True", "refuted, though nobody said it", J),
    ("claims/controls.py", "(o.gap > 0) & ~np.isnan(o.left) & np.isfinite(o.right)", "~(o.gap <= 0)", "controls that fail by NaN", J),
    ("claims/controls.py", "fails({name: c.moved(-down[0])})", "fails({name: c.moved(steps[0])})", "one direction only", J),
    (
        "claims/verdicts.py",
        "return max(grades, key=GRADES.index)",
        "return min(grades, key=GRADES.index)",
        "grade of the strongest part",
        J,
    ),
    (
        "claims/verdicts.py",
        "return min((p.tightness for p in self.parts",
        "return max((p.tightness for p in self.parts",
        "tightness of the tightest part",
        J,
    ),
    ("claims/declaration.py", "if missing := made.undefined():", "if missing := set():", "undefined symbols", "claims_declaration"),
    # searching
    (
        "claims/search.py",
        "inside = conditions(self.c, u)[0].all(0)",
        "inside = np.ones(len(u), bool)",
        "searched outside the hypotheses",
        S,
    ),
    ("claims/search.py", 'if how.startswith("confirmed"):', "if how:", "rounding believed", S),
    ("claims/search.py", "NOWHERE, o.gap)", "1.0, o.gap)", "NaN refutes", S),
    ("claims/search.py", "self.drawn = self.seed + 4 * k + batch", "self.drawn = self.seed", "one seed for ever", S),
    ("claims/confirming.py", "AtMost: lambda: left > right,", "AtMost: lambda: left < right,", "50 digits read the wrong way", S),
    ("claims/confirming.py", "for k in (-3, 3)", "for k in (0,)", "no neighbour asked", S),
    ("claims/findings.py", "(saved.statement, saved.seed) == (fresh.statement, seed)", "True", "resumed from another statement", S),
    # workers
    (
        "claims/processes.py",
        "return _named_for_printing(answer, printed) if printed.seek(0, os.SEEK_END) else answer",
        "return answer",
        "printing goes unnoticed",
        "claims_processes",
    ),
    # enumeration
    ("claims/enumerated.py", "1 - 1 / kurtosis, ", "1 - 2 / kurtosis, ", "probabilities that do not add up", E),
    ("claims/enumerated.py", "np.sqrt(values)[sizes, None]", "np.asarray(values)[sizes, None]", "rows times w", E),
    ("claims/enumerated.py", "pairs(weight).prod(-1)", "pairs(weight).mean(-1)", "pairs that are not independent", E),
    ("claims/enumerated.py", "+ (1 - share) * means**2", "+ means**2", "a batch with too much of its mean", E),
]

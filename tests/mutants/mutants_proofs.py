"""Wrong decisions, enclosures and enumerations behind claims: (file, old, new, why, test files). See
mutants.py."""

R, IDENTITY = "claims_relations", "identity_relation"
E, N = "claims_enumerated", "claims_enclosures"

MUTANTS = [
    # decisions
    (
        "claims/proofs.py",
        "rng.choice([-1, 1])",
        "rng.choice([1, 1])",
        "positive points only",
        IDENTITY,
    ),
    ("claims/proofs.py", "p=[0.1, 0.2, 0.7]", "p=[0.0, 0.2, 0.8]", "never at 0", IDENTITY),
    ("claims/proofs.py", "p=[0.1, 0.2, 0.7]", "p=[0.1, 0.9, 0.0]", "integers only", IDENTITY),
    (
        "claims/proofs.py",
        'getattr(value, f"is_{fact}") == truth for',
        "True for",
        "declarations ignored",
        IDENTITY,
    ),
    (
        "claims/proofs.py",
        "if 2 * defined < points:",
        "if False:",
        "certified where nothing is defined",
        IDENTITY,
    ),
    (
        "claims/enclosures.py",
        'return Decision(None, INSTALL, "search")',
        'return Decision(True, INSTALL, "enclosure")',
        "grade without proof",
        R,
    ),
    (
        "claims/enclosures.py",
        "self.flint.arb(a).union(self.flint.arb(b))",
        "self.flint.arb((a + b) / 2)",
        "the middle of a box stands for the box",
        N,
    ),
    (
        "claims/enclosures.py",
        "[tolerance + left - right, tolerance - left + right]",
        "[tolerance + left - right]",
        "equalities enclosed from one side",
        N,
    ),
    (
        "claims/enclosures.py",
        "if None in signs:",
        "if None in signs and len(signs) > 1:",
        "what is not decided holds",
        N,
    ),
    (
        "claims/enclosures.py",
        "return [left - right * (1 - _exact(relation.slack))]",
        "return [right - left * (1 - _exact(relation.slack))]",
        "lower bounds enclosed as upper ones",
        N,
    ),
    # enumeration
    (
        "claims/enumerated.py",
        "1 - 1 / kurtosis, ",
        "1 - 2 / kurtosis, ",
        "probabilities that do not add up",
        E,
    ),
    (
        "claims/enumerated.py",
        "np.sqrt(values)[sizes, None]",
        "np.asarray(values)[sizes, None]",
        "rows times w",
        E,
    ),
    (
        "claims/enumerated.py",
        "pairs(weight).prod(-1)",
        "pairs(weight).mean(-1)",
        "pairs that are not independent",
        E,
    ),
    (
        "claims/enumerated.py",
        "+ (1 - share) * means**2",
        "+ means**2",
        "a batch with too much of its mean",
        E,
    ),
    (
        "claims/enumerated.py",
        "outer, inner = kurtosis - 1, 16 - 4 * kurtosis",
        "outer, inner = kurtosis - 1, 4 - kurtosis",
        "integer nodes of another variance",
        E,
    ),
    (
        "claims/enumerated.py",
        "or (x != np.round(x)).any():",
        "or False:",
        "fractions pass as integers",
        E,
    ),
    (
        "claims/enumerated.py",
        "np.abs(x) < WHOLE",
        "np.abs(x) < np.inf",
        "integers that were rounded",
        E,
    ),
]

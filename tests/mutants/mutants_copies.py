"""Wrong rules of the width, which copies of a network show: (file, old, new, why, test files). See
mutants.py."""

RULES = "theory/mup/rules.py"
NAMED = "theory/mup/named.py"
SCALES = "theory/mup/scales.py"
COMPILER = "instruments/width/compiler.py"
KNOWN = "instruments/width/known.py"
COORDINATES = "instruments/width/coordinates.py"

MUTANTS = [
    (
        RULES,
        "(1 - 2 * e) * (gradient(s) - cuts(s)) + cuts(s)",
        "(1 - 2 * e) * (gradient(s) - cuts(s))",
        "the step of one block taken for that of all",
        "theory_mup",
    ),
    (
        RULES,
        "2 * (gradient(s) - cuts(s))",
        "2 * gradient(s)",
        "the damping of a whole matrix for its blocks",
        "theory_mup",
    ),
    (
        RULES,
        'inner.damped.get("eps", inner.size)',
        "inner.size",
        "LAMB's eps added to |u|",
        "copies",
    ),
    (
        NAMED,
        '"Adafactor": trust_ratio(entrywise(0))',
        '"Adafactor": entrywise(0)',
        "relative steps forgotten",
        "copies",
    ),
    (RULES, "lambda s: 4 * s.h", "lambda s: 2 * s.h", "the root of K-BFGS's damping", "copies"),
    (RULES, "kronecker(1, 0).size", "kronecker(1, 1).size", "H_g learned before a pair", "copies"),
    (
        RULES,
        "rows = 0 if left else s.fan_out / 2",
        "rows = 0 if right else s.fan_out / 2",
        "the sides of a basis exchanged",
        "theory_mup",
    ),
    (
        RULES,
        "gradient(s) - kept(s)",
        "entry(s)",
        "SOAP's eps beside entries in the wrong basis",
        "copies",
    ),
    (
        RULES,
        "entry(s) - curvature_entry(s)",
        "curvature_entry(s) - entry(s)",
        "gamma upside down",
        "copies",
    ),
    (
        RULES,
        'Rule(size, {"eps": curvature_entry})',
        'Rule(size, {"eps": entry})',
        "damping of the curvature beside the gradient",
        "copies",
    ),
    (
        RULES,
        'Rule(chosen[scale], {"eps": gradient})',
        'Rule(chosen[scale], {"eps": entry})',
        "Muon's eps beside an entry, not the norm",
        "copies",
    ),
    (
        SCALES,
        "weight = None if bias else (fan_in + fan_out) / 2 + entry",
        "weight = None if bias else fan_out / 2 + entry",
        "|W| without its columns",
        "copies",
    ),
    (
        KNOWN,
        'return RULES["SOAP"] if known_rule',
        'return RULES["Adam"] if known_rule',
        "a fresh basis taken for a stale one",
        "widths",
    ),
    (
        KNOWN,
        "and not optimizer.relative",
        "and optimizer.relative",
        "relative and absolute steps exchanged",
        "widths",
    ),
    (
        COORDINATES,
        "factor = rate.ravel()[0]",
        "factor = 1.0",
        "the rate counted as a gain",
        "widths",
    ),
]

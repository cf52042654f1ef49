"""Wrong rules of biases in the width: (file, old, new, why, test files). See mutants.py."""

RULES = "theory/mup/rules.py"
NAMED = "theory/mup/named.py"
FAMILY = "optimizers/matrix/thin.py"
KNOWN = "instruments/width/known.py"
STEPS = "instruments/width/first_steps.py"

MUTANTS = [
    (
        RULES,
        "weights(s) + s.h - s.beside",
        "weights(s)",
        "a joined bias that moves as its weights do",
        "theory_mup_biases",
    ),
    (
        RULES,
        "s._replace(h=s.beside)",
        "s",
        "a joined bias for one of its own",
        "theory_mup_biases",
    ),
    (
        RULES,
        "return self.drawn if drawn and self.drawn else self",
        "return self",
        "relative steps of biases that are 0",
        "theory_mup_biases",
    ),
    (
        RULES,
        "drawn=magnitude.drawn and grafted(magnitude.drawn)",
        "drawn=None",
        "a grafted length that forgets how biases start",
        "theory_mup_biases",
    ),
    (
        NAMED,
        '"KBFGS": joined(secant())',
        '"KBFGS": secant()',
        "K-BFGS with biases of their own",
        "theory_mup_biases",
    ),
    (
        KNOWN,
        'family if optimizer.bias == "own" else joined(family)',
        "family",
        "thin K-FAC's column forgotten",
        "first_steps",
    ),
    (
        KNOWN,
        'own if optimizer.statistic.bias == "own" else joined(own)',
        "joined(own)",
        "TNT's biases joined",
        "first_steps",
    ),
    (
        FAMILY,
        "with_ones(loss.inputs) if joined else loss.inputs",
        "loss.inputs",
        "a column without its 1",
        "identities_parameterized",
    ),
    (
        STEPS,
        "law(name, method).started(drawn)",
        "law(name, method)",
        "drawn biases checked as if from 0",
        "first_steps",
    ),
]

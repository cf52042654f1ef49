"""Wrong controls of claims, and starts at every width: (file, old, new, why, test files).

See mutants.py.
"""

K = "claims_controls"
W = "claims_widths"

MUTANTS = [
    (
        "claims/controls.py",
        "        if seen(middle):\n",
        "        if not seen(middle):\n",
        "the half that is kept is the wrong one",
        K,
    ),
    (
        "claims/controls.py",
        "met += [up[0]] if up_noticed else []",
        "met += []",
        "what is noticed at once is not told",
        K,
    ),
    (
        "claims/controls.py",
        "ends = [f.unnoticed for f in free if f.noticed is not None or both]",
        "ends = [f.noticed for f in free if f.noticed is not None or both]",
        "what fails is told as what would do",
        K,
    ),
    (
        "claims/controls.py",
        "with_constants(formula, relation.kind)",
        "with_constants(formula)",
        "exponents that are claimed are moved by 2 %",
        K,
    ),
    (
        "claims/formulas.py",
        "sympy.Add.make_args(expression)",
        "(expression,)",
        "terms of an exponent are moved by 2 %",
        K,
    ),
    (
        "claims/laws.py",
        'kind = "exponent"',
        'kind = "factor"',
        "a slope is moved by 2 %",
        K,
    ),
    (
        "claims/verdicts.py",
        "return self.noticed or bool(self.fails_at)",
        "return self.noticed or bool(self.free_to)",
        "what nobody depends on fails",
        K,
    ),
    (
        "commands/claims.py",
        "if any(c.fails for c in part.controls):",
        "if any(c.noticed for c in part.controls):",
        "what fails further out is not counted",
        K,
    ),
    (
        "claims/width/networks.py",
        "** (1 - head)",
        "** (head - 1)",
        "a head that grows where it should fall",
        W,
    ),
    (
        "claims/width/networks.py",
        "self.starts * self.widths[0] // width",
        "self.starts",
        "as many starts at every width",
        W,
    ),
]

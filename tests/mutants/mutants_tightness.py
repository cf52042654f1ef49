"""Wrong maps of tightness: (file, old, new, why, test files). See mutants.py."""

T, FILE = "claims_tightness", "claims/tightness.py"

MUTANTS = [
    (
        FILE,
        "counted = holds[others].all(0)",
        "counted = np.ones(len(u), bool)",
        "instances outside the other hypotheses",
        T,
    ),
    (
        FILE,
        "each == within[..., None]",
        "each <= within[..., None]",
        "instances outside in cells that are inside",
        T,
    ),
    (
        FILE,
        "idle = np.isneginf(result.gap) | np.isnan(result.used)",
        "idle = np.isnan(result.used)",
        "vacuous bounds are used",
        T,
    ),
    (
        FILE,
        "np.where(within[..., None], rounded(shown), -1.0)",
        "rounded(shown)",
        "the worst point is outside",
        T,
    ),
    (
        FILE,
        "np.where(within[..., None], rounded(shown), -1.0)",
        "np.where(within[..., None], shown, -1.0)",
        "the worst point is chosen by rounding",
        T,
    ),
    (
        FILE,
        "along_x = _middles(columns)[None, :, None, None]",
        "along_x = _middles(columns)[None, ::-1, None, None]",
        "x runs backwards",
        T,
    ),
    (
        FILE,
        "shown.max(-1),",
        "shown.min(-1),",
        "best instead of worst instance",
        T,
    ),
    (
        FILE,
        "names_in(c.expanded(hypothesis.condition))",
        "names_in(hypothesis.condition)",
        "a hypothesis in an abbreviation of x is no border",
        T,
    ),
    (
        FILE,
        "np.minimum(result.used, MOST)",
        "result.used",
        "ratios are not cut",
        T,
    ),
    (
        FILE,
        "u = np.tile(drawn, (rows, columns, 1, 1))",
        "u = np.tile(drawn[:1], (rows, columns, draws, 1))",
        "one instance instead of many",
        T,
    ),
    (
        FILE,
        "FAILS = 1 + 1e-6",
        "FAILS = 1.0",
        "what is missed by rounding fails",
        T,
    ),
    (
        FILE,
        "FAILS = 1 + 1e-6",
        "FAILS = 1.01",
        "what is missed by a part in a thousand does not fail",
        T,
    ),
]

"""Wrong closed forms: (file, old, new, why, test files). See mutants.py."""

RULES = "exact/rules.py"
ROOTS = "exact/recurrences.py"
DESCENT = "exact/descent.py"
WRAPPERS = "exact/wrappers.py"
CARRIED = "exact/carried.py"
NEUTRAL = "exact/neutral.py"
REGISTRY = "exact/registry.py"
LOGISTIC = "exact/logistic.py"
MOMENTS = "exact/moments.py"

FIELDS = "exact_fields"
DECAY = "exact_decay"
MEMORY = "exact_carried"

DECLARED = [
    (NEUTRAL, "if name not in fields.read:", "if False:", "unread fields pass", FIELDS),
    (
        NEUTRAL,
        "np.all(given == one)",
        "np.any(given == one)",
        "one neutral run excuses all",
        FIELDS,
    ),
    (NEUTRAL, "    if names:\n", "    if False:\n", "an incomplete declaration passes", FIELDS),
    (NEUTRAL, "dict(fields.only)", "{}", "a restricted choice is not looked at", FIELDS),
    (
        REGISTRY,
        "            honoured(objective, rule)\n",
        "",
        "the optimizer is not looked at",
        FIELDS,
    ),
    (
        LOGISTIC,
        'of=LOGITS, reads=("lr",))\ndef gradient',
        'of=LOGITS, reads=("lr", "momentum", "dampening", "nesterov"))\ndef gradient',
        "declares momentum and drops it",
        FIELDS,
    ),
    (
        MOMENTS,
        "    honoured(GaussianRegression, optimizer)\n",
        "",
        "labels inside a basis are not looked at",
        FIELDS,
    ),
]

MOMENTUM = [
    (DESCENT, "o.momentum, o.dampening, o.nesterov", "o.momentum", "drops two switches", FIELDS),
    (DESCENT, "gain=-inside.gain", "gain=inside.gain", "ascent goes down", FIELDS),
    (DESCENT, "1 - o.momentum if", "1.0 if", "an average taken for a sum", FIELDS),
    (DESCENT, "if np.any(inside.momentum):", "if False:", "two memories taken for one", FIELDS),
    (RULES, "drag = beta * (first + decayed) + undamped", "drag = beta * (first + decayed)",
     "the first gradient is dampened too", FIELDS),
    (RULES, "pull = gain * (1 - rule.dampening)", "pull = gain", "no dampening", FIELDS),
    (RULES, "    p = keep - a + beta * (1 - a)\n", "    p = keep - a + beta * (keep - a)\n",
     "look-ahead decayed twice", FIELDS),
    (RULES, "product = (lower - a) * (upper - a)", "product = p**2 - 4 * q",
     "a double root by a difference", "exact_horizons"),
    (ROOTS, "np.where(g < 0.5, small, direct)", "direct", "near roots by a difference", "exact_horizons"),
    (ROOTS, "    return np.where(still, 0.0, product)\n", "    return product\n",
     "a mode at rest is not a number", FIELDS + " exact"),
    (ROOTS, "(sign * scale) ** before", "scale**before", "roots without their sign", "exact"),
]  # fmt: skip

REGULARIZED = [
    (RULES, "offset = -held * target", "offset = 0 * target", "decay to the minimiser", FIELDS),
    (RULES, "decayed = rule.decay * (target + offset)", "decayed = rule.decay * target",
     "starts at another fixed point", FIELDS),
    (RULES, "rest = rule.decay * (1 - beta)", "rest = rule.decay", "decay as strong as a gradient",
     FIELDS),
    (RULES, "    gain = rule.share * rule.gain\n", "    gain = rule.gain\n",
     "before taken for after", FIELDS),
    (WRAPPERS, "        r = r / (1 + r)\n", "        r = r * (1 - r)\n", "prox to second order", FIELDS),
    (WRAPPERS, 'if o.times == "lr" else 1.0', 'if o.times != "one" else 1.0',
     "the rate multiplies the schedule", FIELDS),
    (WRAPPERS, "kept = ratio(m.q, both, 1.0)", "kept = 1.0", "penalised at the old minimum", FIELDS),
    (WRAPPERS, "    loss = b.lowest + excess(m, away)\n", '    loss = inside["loss"]\n',
     "the loss of f + R", FIELDS),
    (WRAPPERS, "if climbs or isinstance(o.inner, Nesterov):", "if climbs:",
     "decay behind the point that Nesterov keeps", FIELDS),
    (RULES, "np.where(w >= 0, product, direct)", "product", "no real root taken for two", DECAY),
    (RULES, "lower = ratio(keep - beta, total) ** 2\n    product = scale**2",
     "lower = ((root - beta) / scale) ** 2\n    product = scale",
     "the double root of Nesterov with decay", DECAY),
]  # fmt: skip

EXPECTED = [
    (CARRIED, "    acting = memory._replace(dampening=np.zeros(1))\n", "    acting = memory\n",
     "the first gradient is dampened", MEMORY),
    (CARRIED, "seen = (1 + inverse) * now.dd", "seen = now.dd", "kurtosis forgotten", MEMORY),
    (CARRIED, "heat = inverse * (risk + noise**2)", "heat = inverse * risk", "no label noise", MEMORY),
    (CARRIED, "return Second(now.dd - 2 * du + uu, db - bu, bb)",
     "return Second(now.dd - 2 * du + uu, db, bb)", "the sum against the old point", MEMORY),
    (CARRIED, "bu = gb + beta * bb", "bu = beta * gb + bb", "weights exchanged", MEMORY),
]  # fmt: skip

MUTANTS = DECLARED + MOMENTUM + REGULARIZED + EXPECTED

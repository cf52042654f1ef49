"""Wrong wrappers and points for networks: bases that are renewed, rates from a model, blocks,
convolutions, units of layers, and what conformance says of them. See mutants.py."""

RENEWED = "optimizers/wrappers/renewed_basis.py"
COMPANY = "optimizers/wrappers/accompanied.py"
VIEWS = "oracle/views.py"
LEVENBERG = "optimizers/wrappers/levenberg.py"
MODEL = "optimizers/wrappers/model_step.py"
BLOCKED = "optimizers/wrappers/blocked.py"
GRAFTED = "optimizers/wrappers/grafted.py"
COMPOSED = "optimizers/matrix/composed.py"
SAMPLES = "optimizers/matrix/samples.py"
TENSORS = "optimizers/matrix/blocks.py"
UNITS = "optimizers/matrix/layer_units.py"
READINGS = "conformance/kronecker_readings.py"

MUTANTS = [
    (
        RENEWED,
        "turn = transposed(p) @ q",
        "turn = transposed(q) @ p",
        "m turned back",
        "references_renewed",
    ),
    (
        RENEWED,
        "p = _matched(new, q)",
        "p = np.array(new)",
        "columns not matched",
        "references_renewed",
    ),
    (
        RENEWED,
        "held = transposed(p) @ g @ p",
        "held = g",
        "curvature in coordinates",
        "references_renewed",
    ),
    (
        RENEWED,
        "if s.t % self.every == 0:",
        "if True:",
        "renewed at every step",
        "references_renewed",
    ),
    (
        VIEWS,
        '    def curvature(self, labels="exact"):\n        return self.held\n',
        '    def curvature(self, labels="exact"):\n        return self.oracle.curvature(labels)\n',
        "the curvature of now",
        "references_renewed",
    ),
    (
        COMPANY,
        "        return delta, Company(inner, tuple(states), delta, tuple(would))",
        "        return would[0], Company(inner, tuple(states), delta, tuple(would))",
        "followed",
        "references_renewed",
    ),
    (COMPANY, "states.append(new)", "states.append(state)", "others forget", "references_renewed"),
    (
        LEVENBERG,
        "rowwise(actual <= 0, theta)",
        "rowwise(actual >= 0, theta)",
        "good steps rejected",
        "references_trusted",
    ),
    (
        LEVENBERG,
        "delta = each(_kept, delta, rowwise(actual <= 0, theta))",
        "pass",
        "nothing rejected",
        "references_trusted",
    ),
    (
        "optimizers/wrapped.py",
        "every=1, good=0.0, bad=0.0, reject=True",
        "every=1, good=0.0, bad=-1e9, reject=True",
        "rejected without a rise",
        "references_trusted",
    ),
    (MODEL, "det = both - b12**2", "det = both + b12**2", "determinant", "references_adaptive"),
    (
        MODEL,
        "mu = np.where(apart, second, 0.0)",
        "mu = np.where(apart, 0.0, 0.0)",
        "no momentum",
        "references_adaptive",
    ),
    (
        MODEL,
        "return self.f.times(v) + self.damping * v",
        "return self.f.times(v)",
        "an undamped model",
        "references_adaptive",
    ),
    (
        MODEL,
        "factors = [s.factor, s.factor * self.omega, s.factor / self.omega]",
        "factors = [s.factor, s.factor, s.factor]",
        "gamma rests",
        "references_adaptive",
    ),
    (
        MODEL,
        "        oracle = Once(oracle)\n",
        "",
        "labels drawn for each gamma",
        "references_adaptive",
    ),
    (
        COMPOSED,
        "np.asarray(damping) + np.asarray(weight_decay)",
        "np.asarray(damping)",
        "gamma without the decay",
        "references_adaptive",
    ),
    (
        COMPOSED,
        "(19 / 20) ** every",
        "(19 / 20) ** (every / 2)",
        "gamma for its square",
        "references_adaptive",
    ),
    (
        BLOCKED,
        "ends = [*range(0, d, self.largest), d]",
        "ends = [*range(0, d - self.largest, self.largest), d]",
        "a last block too long",
        "references_blocked",
    ),
    (
        BLOCKED,
        "blocks += [x] * many",
        "blocks += [own[0]] * many",
        "the first tensor's rate for all",
        "references_blocked",
    ),
    (
        GRAFTED,
        "delta = a if t < self.start else ratio * b",
        "delta = a if t <= self.start else ratio * b",
        "one step late",
        "references_blocked",
    ),
    (
        GRAFTED,
        "b, direction = self.direction.step(s.direction, oracle, theta)\n        ratio",
        "b, direction = self.direction.step(s.direction, oracle, theta)\n        direction = s.direction if s.t + 1 < self.start else direction\n        ratio",
        "no statistics before the start",
        "references_blocked",
    ),
    (
        COMPOSED,
        'first = count("GraftedShampoo.start", every if start is None else start)',
        'first = count("GraftedShampoo.start", 1 if start is None else start)',
        "an early start",
        "references_blocked",
    ),
    (
        SAMPLES,
        "return mean_square(errors), places * mean_square(patches)",
        "return mean_square(errors), mean_square(patches)",
        "1 / T twice",
        "references_kfc",
    ),
    (
        SAMPLES,
        "by_place = np.moveaxis(self.g, -2, -3)",
        "by_place = self.g",
        "labels for places",
        "references_kfc",
    ),
    (
        TENSORS,
        "found[pair.weight] = w.reshape(layered[pair.weight].shape)",
        "found[pair.weight] = w.reshape(layered[pair.weight].shape[:-2] + layered[pair.weight].shape[:-3:-1]).swapaxes(-1, -2)",
        "a kernel unfolded with a transpose",
        "references_kfc",
    ),
    (UNITS, "OF_A: Units = (2, 0)", "OF_A: Units = (1, 0)", "a root of A", "layer_units"),
    (
        UNITS,
        'power = 2.0 if damp == "root" else 1.0\n    c',
        "power = 1.0\n    c",
        "damping of one factor",
        "layer_units",
    ),
    (
        UNITS,
        'loss = 2.0 if statistic.labels == "true" else 0.0',
        "loss = 0.0",
        "true labels have the unit of the loss",
        "layer_units",
    ),
    (
        READINGS,
        'if call.method.scale != "trace":',
        'if call.method.scale == "trace":',
        "lost where there is no trace",
        "explanations_lost",
    ),
    (
        READINGS,
        "if np.any(call.method.damping):",
        "if not np.any(call.method.damping):",
        "lost where there is damping",
        "explanations_lost",
    ),
    (
        "conformance/records.py",
        "parted = lost & np.isfinite(ours)",
        "parted = lost",
        "no agreement of what is lost",
        "explanations_lost",
    ),
    (
        "conformance/trusted.py",
        "replaced, good=0.25, bad=0.25",
        "replaced, good=0.5, bad=0.5",
        "another ratio",
        "explanations_lost",
    ),
]

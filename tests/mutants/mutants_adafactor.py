"""Wrong Adafactor: (file, old, new, why, test files). See mutants.py."""

ADAFACTOR = "optimizers/adaptive/adafactor.py"

MUTANTS = [
    (
        ADAFACTOR,
        "square = square + self.eps",
        "square = square + self.eps**2",
        "eps squared",
        "references_adafactor",
    ),
    (
        ADAFACTOR,
        "np.sqrt(self._second_moment(square, r, c))",
        "np.sqrt(self._second_moment(square, r, c)) + self.eps",
        "eps outside the root",
        "references_adafactor",
    ),
    (
        ADAFACTOR,
        "np.maximum(1.0, _rms(u) / self.clip)",
        "np.maximum(self.clip, _rms(u))",
        "clip not relative",
        "references_adafactor",
    ),
    (
        ADAFACTOR,
        "np.minimum(self.lr, 1 / np.sqrt(t))",
        "self.lr * np.minimum(1.0, 1 / np.sqrt(t))",
        "lr / sqrt t for a minimum",
        "references_adafactor",
    ),
    (
        ADAFACTOR,
        "np.maximum(self.least_scale, _rms(theta))",
        "self.least_scale + _rms(theta)",
        "least scale added",
        "references_adafactor",
    ),
    (
        ADAFACTOR,
        "np.maximum(self.least_scale, _rms(theta))",
        "np.maximum(self.least_scale, _rms(g))",
        "rms of the gradient",
        "references_adafactor",
    ),
    (
        ADAFACTOR,
        "m = ema(s.m, step, self.beta1)",
        "m = rate * ema(s.m, u / shorter, self.beta1)",
        "momentum before scaling",
        "references_adafactor",
    ),
    (
        ADAFACTOR,
        "rate / shorter + zeros_like(theta)",
        "rate + zeros_like(theta)",
        "a metric that is not clipped",
        "metric",
    ),
    (
        ADAFACTOR,
        "np.maximum(r, least**2)",
        "np.maximum(r, least)",
        "eps not squared",
        "references_adafactor",
    ),
    (
        ADAFACTOR,
        "r.mean(axes[1], keepdims=True)",
        "r.mean(axes[0], keepdims=True)",
        "mean over the averaged axis",
        "references_adafactor",
    ),
    (
        ADAFACTOR,
        "increasing = np.argsort(shape",
        "increasing = np.argsort(-np.array(shape)",
        "two smallest axes",
        "references_adafactor",
    ),
    (
        ADAFACTOR,
        "if second_largest < self.least_factored",
        "if max(shape) < self.least_factored",
        "least applied to the longest axis",
        "references_adafactor",
    ),
    (
        ADAFACTOR,
        "return float(t) ** power",
        "return float(t + 1) ** power",
        "decay off by one",
        "references_adafactor",
    ),
    (
        ADAFACTOR,
        "    if float32:\n        newest = np.float32(t)",
        "    if False:\n        newest = np.float32(t)",
        "float32 decay not emulated",
        "golden",
    ),
]

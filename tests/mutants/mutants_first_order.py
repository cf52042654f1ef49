"""Wrong first-order methods: (file, old, new, why, test files). See mutants.py."""

FIRST, SIGN = "optimizers/gradient/first_order.py", "optimizers/gradient/sign.py"
ADAGRAD, ADAM = "optimizers/adaptive/adagrad.py", "optimizers/adaptive/adam.py"
NADAM, RECTIFIED = "optimizers/adaptive/nadam.py", "optimizers/adaptive/rectified.py"
BOUNDED, MOMENTS = "optimizers/adaptive/bounded.py", "optimizers/adaptive/moments.py"
LAYERWISE, PIECES = "optimizers/adaptive/layerwise.py", "optimizers/pieces.py"
TORCH, OPTAX = "conventions/torch_entries.py", "conventions/optax_entries.py"

REFERENCE = "references_first_order"
GOLDEN = "golden"
IDENTITY = "identities"
RELATIVES = "identities_relatives"
TRAPS = "traps"
LAWS = "laws"
CONVENTIONS = "conventions"

MOMENTUM_FAMILY = [
    (FIRST, "b = g if first else", "b = (1 - self.dampening) * g if first else", "dampens the first buffer", TRAPS),
    (FIRST, "self.momentum * s.b + (1 - self.dampening) * g\n", "self.momentum * s.b + g\n", "no dampening", REFERENCE),
    (FIRST, "+ (1 - self.dampening) * g\n", "+ (1 - self.momentum) * g\n", "an average instead of a sum", IDENTITY),
    (FIRST, "u = g + self.momentum * b if", "u = b + self.momentum * b if", "Nesterov looks ahead from the buffer", IDENTITY),
    (FIRST, "u = g + self.momentum * b if", "u = g + self.momentum * s.b if", "Nesterov with the old buffer", REFERENCE),
    (FIRST, "-oracle.grad if self.maximize", "oracle.grad if self.maximize", "SGD that never climbs", REFERENCE),
    (FIRST, "return -self.lr * u, Buffer", "return self.lr * u, Buffer", "SGD ascends", REFERENCE),
    (FIRST, "v = self.momentum * s.v - self.lr * oracle.grad", "v = self.momentum * s.v + self.lr * oracle.grad",
     "heavy ball ascends", IDENTITY),
    (FIRST, "v = self.momentum * s.v - self.lr * oracle.grad",
     "v = self.momentum * s.v - (1 - self.momentum) * self.lr * oracle.grad", "heavy ball damped like an average", IDENTITY),
    (FIRST, "return v, Velocity(v)", "return v, Velocity(self.momentum * v)", "momentum twice", IDENTITY),
    (FIRST, "return v, Velocity(v)", "return v, Velocity(s.v)", "velocity never updated", IDENTITY),
    (FIRST, "x + self.momentum * (x - s.x)", "x + self.momentum * (s.x - x)", "momentum turned around", IDENTITY),
    (FIRST, "x + self.momentum * (x - s.x)", "x + self.momentum * (x - theta)", "Nesterov extrapolates from y", IDENTITY),
    (FIRST, "return y - theta, Point(x)", "return y - theta, Point(y)", "remembers y for x", IDENTITY),
    (FIRST, "** self.alpha\n", "** (1 - self.alpha)\n", "wrong power in the schedule", REFERENCE),
    (FIRST, "self.lr / self._slowing(s.t)", "self.lr / self._slowing(s.t + 1)", "schedule one step early", GOLDEN),
    (FIRST, "decayed(oracle.grad, self.shrinkage, theta)", "oracle.grad", "no shrinking", REFERENCE),
    (FIRST, "1 - 1 / max(1, s.t - self.burn_in)", "1 - 1 / max(1, s.t + 1 - self.burn_in)", "averages from the start", IDENTITY),
    (FIRST, "Identity(self._slowing(s.t - 1))", "Identity(self._slowing(s.t))", "the metric of ASGD a step late", "metric"),
    (PIECES, "else g + weight_decay * theta", "else g - weight_decay * theta", "grows instead of decaying", REFERENCE),
]  # fmt: skip

SQUARES_FAMILY = [
    (ADAGRAD, "v = s.v + g**2", "v = s.v + np.abs(g)", "sums absolute values", IDENTITY),
    (ADAGRAD, 'return np.sqrt(v + eps) if place == "inside" else np.sqrt(v) + eps',
     'return np.sqrt(v) + eps if place == "inside" else np.sqrt(v + eps)', "swaps the place of eps", GOLDEN),
    (ADAGRAD, "return -self.lr / (1 + s.t * self.lr_decay)", "return -self.lr / (1 + (s.t + 1) * self.lr_decay)",
     "decays lr one step early", GOLDEN),
    (ADAGRAD, "divisor((1 + (s.t - 1) * self.lr_decay) * d)", "divisor(d)", "a metric without the slower rate", "metric"),
    (ADAGRAD, "return Accumulator(0, zeros_like(theta) + self.initial_accumulator)", "return Accumulator(0, zeros_like(theta))",
     "starts at 0", GOLDEN),
    (ADAGRAD, "Accumulator(s.t + 1, v)", "Accumulator(s.t + 1, s.v)", "forgets", IDENTITY),
    (ADAGRAD, 'return (-2, 2) if place == "inside" else (-1, 1)', "return (-1, 1)", "wrong units", LAWS),
    (ADAGRAD, "v = ema(s.v, g**2, self.beta2)\n\n", "v = ema(s.v, g**2, 1 - self.beta2)\n\n", "1 - beta2", IDENTITY),
    (ADAGRAD, "quotient(g, self._denominator(m, v, t))", "quotient(g, self._denominator(m, s.v, t))",
     "divides by the old average", IDENTITY),
    (ADAGRAD, "v = v - m**2", "v = v - m", "subtracts the mean, not its square", IDENTITY),
    (ADAGRAD, "v = np.maximum(v, 0.0)", "v = v + 0.0", "no clamp", TRAPS),
    (ADAGRAD, "            m = debias(m, self.beta2, t)\n", "", "debiases one of two", GOLDEN),
    (ADAGRAD, "step = u + self.momentum * b if self.nesterov else b", "step = b", "no Nesterov", GOLDEN),
    (ADAGRAD, "(self.lr, 1.0) if self.lr_in_momentum", "(self.lr, self.lr) if self.lr_in_momentum", "lr twice", GOLDEN),
    (ADAGRAD, "numerator = np.sqrt(s.a + self.eps_update)",
     "numerator = np.sqrt(ema(s.a, g**2, self.beta2) + self.eps_update)", "updates a before its use", GOLDEN),
    (ADAGRAD, "ema(s.a, u**2, self.beta2)", "ema(s.a, (self.lr * u) ** 2, self.beta2)", "a of the step with lr", REFERENCE),
    (ADAGRAD, "quotient(g, np.sqrt(v + self.eps))\n", "quotient(g, np.sqrt(s.v + self.eps))\n", "divides by the old v", GOLDEN),
    (ADAGRAD, "AdadeltaState(v, a, numerator)", "AdadeltaState(v, a, np.sqrt(a + self.eps_update))",
     "the metric of Adadelta with the new a", "metric"),
]  # fmt: skip

ADAM_FAMILY = [
    (PIECES, "return m / (1 - beta**t)", "return m / (1 - beta ** (t + 1))", "debiases for one step more", IDENTITY),
    (PIECES, "return beta * m + (1 - beta) * g", "return beta * m + g", "a sum for an average", IDENTITY),
    (PIECES, "return beta * m + (1 - beta) * g", "return (1 - beta) * m + beta * g", "an average with swapped weights", IDENTITY),
    (PIECES, "if d.all() else ratio(m, d)", "if True else ratio(m, d)", "0/0 is NaN", "references"),
    (PIECES, "return eps / np.sqrt(1 - beta2**t)", "return eps / (1 - beta2**t)", "eps before the debiasing without its root", GOLDEN),
    (PIECES, "return eps / np.sqrt(1 - beta2**t)", "return eps * np.sqrt(1 - beta2**t)", "the debiasing of eps the wrong way", IDENTITY),
    (ADAM, 'm_hat = debias(m, self.beta1, t) if self.debias in ("both", "m") else m\n        return -self.lr * quotient(m_hat, self._denominator(v',
     "m_hat = m\n        return -self.lr * quotient(m_hat, self._denominator(v", "m not debiased", IDENTITY),
    (ADAM, "return rooted(v_hat, self.eps_root) + eps", "return rooted(v_hat, self.eps_root + eps)", "eps in the root", IDENTITY),
    (ADAM, 'v_hat = debias(v, self.beta2, t) if self.debias in ("both", "v") else v', "v_hat = v", "v not debiased", IDENTITY),
    (ADAM, 'self.debias in ("both", "v") else v\n        eps', 'self.debias in ("both", "m") else v\n        eps',
     "debias of m read for v", REFERENCE),
    (ADAM, "self._denominator(v, t)), Moments(t, m, v)", "self._denominator(v, t)), Moments(s.t, m, v)", "the clock stands still", REFERENCE),
    (ADAM, "v if self.max_before_debias else self._debiased(v, t)", "v", "maximum before debiasing", GOLDEN),
    (ADAM, "top = each(np.maximum, s.top, v if", "top = each(lambda old, new: new, s.top, v if", "no maximum", RELATIVES),
    (ADAM, "np.abs(g) + self.eps)", "np.abs(m) + self.eps)", "maximum of m", GOLDEN),
    (ADAM, "quotient(debias(m, self.beta1, t), v)", "quotient(m, v)", "Adamax not debiased", RELATIVES),
    (ADAM, "return divisor(self._denominator(s.top, s.t))", "return divisor(self._denominator(s.v, s.t))",
     "the metric of AMSGrad forgets the maximum", "metric"),
    (NADAM, "mu_next / (1 - product * mu_next) * m", "mu_next / (1 - product) * m", "M_t for M_{t+1}", RELATIVES),
    (NADAM, "(1 - mu) / (1 - product) * g", "(1 - mu_next) / (1 - product) * g", "mu_{t+1} for mu_t", GOLDEN),
    (NADAM, "each(_times32, s.product, mu) if", "s.product * mu if", "no single precision", TRAPS),
    (RECTIFIED, "known = (rho_t >= threshold)", "known = (rho_t >= threshold + 3)", "rectifies late", REFERENCE),
    (RECTIFIED, "now = (rho_t - 4) * (rho_t - 2) * rho", "now = (rho_t - 4) * (rho_t - 2) * rho_t", "rho_t for rho", REFERENCE),
    (RECTIFIED, "return ratio(d, r, plain)", "return np.where(r > 0, d, plain)", "a metric without the rectification", "metric"),
    (RECTIFIED, "surprise = g - m", "surprise = g - s.m", "residual before m", RELATIVES),
    (RECTIFIED, "ema(s.v, surprise**2, self.beta2) + self.eps_root", "ema(s.v, surprise**2 + self.eps_root, self.beta2)",
     "a floor that does not accumulate", RELATIVES),
    (RECTIFIED, "if self.rectify:\n            eps = scaled_eps(eps, self.beta2, t)", "if False:\n            eps = scaled_eps(eps, self.beta2, t)", "eps after debiasing", REFERENCE),
    (BOUNDED, "method.final_lr * method.lr / s.lr0", "method.final_lr", "a schedule leaves the bounds", RELATIVES),
    (BOUNDED, "1 - 1 / (gamma * t + 1)", "1 - 1 / (gamma * (t - 1) + 1)", "lower bound one step late", GOLDEN),
    (BOUNDED, "keep=_largest", "keep=_newest", "AMSBound without its maximum", GOLDEN),
    (BOUNDED, "np.sqrt(used) + method.eps", "np.sqrt(used) + method.eps / np.sqrt(1 - method.beta2**t)", "eps after debiasing", REFERENCE),
    (MOMENTS, "np.sign(s.v - g**2) * g**2", "(s.v - g**2)", "Adam's v for Yogi's", GOLDEN),
    (MOMENTS, "difference = g - s.g if s.t else zeros_like(g)", "difference = g - s.g", "first difference from 0", GOLDEN),
    (MOMENTS, "(1 - self.beta2) * debias(v, self.beta2, t)", "self.beta2 * debias(v, self.beta2, t)", "the paper's beta2", GOLDEN),
    (MOMENTS, "/ (1 + self.lr * self.weight_decay)", "", "Adan's decay not proximal", REFERENCE),
    (MOMENTS, "np.maximum, np.sqrt(s.v)", "np.maximum, np.sqrt(ema(s.v, g**2, self.beta2))", "ADOPT with the new v", GOLDEN),
    (MOMENTS, "np.abs(g) / s.t**0.25", "np.abs(g) / s.t**0.5", "clipped too late", GOLDEN),
    (MOMENTS, "debias(m1, self.beta1, t) + self.alpha * m2", "debias(m1, self.beta1, t) + self.alpha * debias(m2, self.beta3, t)",
     "debiases the slow average", GOLDEN),
    (NADAM, '"eps_root": (-2, 2)}', '"eps_root": (-1, 1)}', "units", LAWS),
    (TORCH, "momentum_decay=4e-3", "momentum_decay=4e-4", "another default", GOLDEN),
    (OPTAX, "max_before_debias=False", "max_before_debias=True", "the other maximum", GOLDEN),
    (OPTAX, "weight_decay=1e-4, nesterov=False", "weight_decay=1e-2, nesterov=False", "another library's default", CONVENTIONS),
]  # fmt: skip

SIGN_FAMILY = [
    (SIGN, "return -self.lr * np.sign(g), Seen(g)", "return -self.lr * np.where(g < 0, -1.0, 1.0), Seen(g)", "sign(0) = 1", "optimizers"),
    (SIGN, "return -self.lr * np.sign(g), Seen(g)", "return self.lr * np.sign(g), Seen(g)", "ascent", REFERENCE),
    (SIGN, "m = ema(s.m, oracle.grad, self.beta1)\n", "m = ema(s.m, np.sign(oracle.grad), self.beta1)\n", "averages signs", REFERENCE),
    (SIGN, "return -self.lr * np.sign(m), Momentum(m, m)", "return -self.lr * np.sign(s.m), Momentum(m, m)", "a step late", RELATIVES),
    (SIGN, "return -self.lr * np.sign(m), Momentum(m, m)", "return -self.lr * m, Momentum(m, m)", "no sign", REFERENCE),
    (SIGN, "u = ema(s.m, g, self.beta1)", "u = ema(s.m, g, self.beta2)", "beta2 in the step", RELATIVES),
    (SIGN, "m = ema(s.m, g, self.beta2)", "m = ema(s.m, g, self.beta1)", "beta1 in the average", REFERENCE),
    (SIGN, "decayed(np.sign(u), self.weight_decay, theta)", "np.sign(decayed(u, self.weight_decay, theta))",
     "decay inside the sign", RELATIVES),
    (SIGN, "decayed(np.sign(u), self.weight_decay, theta)", "decayed(np.sign(u), -self.weight_decay, theta)", "decay grows", RELATIVES),
    (SIGN, "Momentum(m, u)", "Momentum(m, m)", "the metric of Lion of its average", "metric"),
    (SIGN, "np.where(agreement > 0, grow, np.where(agreement < 0, shrink, 1.0))", "np.where(agreement >= 0, grow, shrink)",
     "grows after a pause", GOLDEN),
    (SIGN, "np.where(agreement < 0, 0.0, g)", "g", "no pause after a change of sign", GOLDEN),
    (SIGN, "np.minimum(np.maximum(s.size * factor, self.size_min), self.size_max)", "s.size * factor", "no bounds", REFERENCE),
    (SIGN, "RpropState(g, size)", "RpropState(oracle.grad, size)", "remembers the gradient it ignored", GOLDEN),
    (SIGN, "agreement, self.grow, self.shrink)", "agreement, self.shrink, self.grow)", "grows when it should shrink", GOLDEN),
]  # fmt: skip

LAYERWISE_FAMILY = [
    (PIECES, "coefficient * quotient(size, length + eps)", "coefficient * quotient(length + eps, size)", "inverted ratio", GOLDEN),
    (PIECES, "coefficient * quotient(size, length + eps)", "coefficient * quotient(size, length)", "no eps", REFERENCE),
    (PIECES, "ratio, 1.0)", "ratio, 0.0)", "theta = 0 never leaves", "layerwise"),
    (LAYERWISE, "ratio = trust_ratio(theta, block_norm(u))", "ratio = trust_ratio(theta, block_norm(adam))", "norm without the decay", REFERENCE),
    (LAYERWISE, "u = decayed(adam, self.weight_decay, theta)", "u = adam", "no decay", REFERENCE),
    (LAYERWISE, "quotient(debias(m, self.beta1, t), d)", "quotient(m, d)", "m not debiased", "layerwise"),
    (LAYERWISE, "ScaledMoments(t, m, v, d / ratio)", "ScaledMoments(t, m, v, d)", "a metric without the trust ratio", "metric"),
    (LAYERWISE, "length = block_norm(u)", "length = block_norm(g)", "norm of g alone", REFERENCE),
    (LAYERWISE, "+ self.weight_decay * block_norm(theta)", "", "the paper's decay missing in the norm", REFERENCE),
    (LAYERWISE, "step + self.momentum * b if", "b if", "no Nesterov", REFERENCE),
    (LAYERWISE, "b = self.momentum * s.b + step", "b = self.momentum * s.b + (1 - self.momentum) * step", "an average", GOLDEN),
    (LAYERWISE, "if s.t else square", "if s.t else (1 - self.beta2) * square", "v starts from 0", GOLDEN),
    (LAYERWISE, "m = self.momentum * s.m + u", "m = ema(s.m, u, self.momentum)", "NovoGrad with an average", GOLDEN),
    (LAYERWISE, "square = block_norm(g) ** 2", "square = g**2", "per coordinate", RELATIVES),
    (LAYERWISE, "square = block_norm(g) ** 2", "square = block_norm(g)", "the norm for its square", RELATIVES),
    ("arrays/blockwise.py",
     "size = norm(raveled(x, k))",
     "size = norm(a)", "one norm for all tensors", "layerwise"),
]  # fmt: skip

MUTANTS = MOMENTUM_FAMILY + SQUARES_FAMILY + ADAM_FAMILY + SIGN_FAMILY + LAYERWISE_FAMILY

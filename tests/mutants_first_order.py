"""Wrong first-order methods: (file, old, new, why, test files). See mutants.py."""

FIRST, ADAGRAD, ADAM = "optimizers/gradient/first_order.py", "optimizers/adaptive/adagrad.py", "optimizers/adaptive/adam.py"
NADAM, RECTIFIED, BOUNDED = "optimizers/adaptive/nadam.py", "optimizers/adaptive/rectified.py", "optimizers/adaptive/bounded.py"
MOMENTS, SIGN, LAYERWISE = "optimizers/adaptive/moments.py", "optimizers/gradient/sign.py", "optimizers/adaptive/layerwise.py"
PROTOCOL, TORCH, OPTAX = "optimizers/protocol.py", "conventions/torch_entries.py", "conventions/optax_entries.py"

REFERENCE = "references_first_order"
GOLDEN = "golden"
IDENTITY = "identities"
RELATIVES = "identities_relatives"
TRAPS = "traps"
LAWS = "laws"
CONVENTIONS = "conventions"

MOMENTUM_FAMILY = [
    (FIRST, "b = g if s.t == 0 or off", "b = (1 - self.dampening) * g if s.t == 0 or off", "dampens the first buffer", TRAPS),
    (FIRST, "self.momentum * s.b + (1 - self.dampening) * g\n", "self.momentum * s.b + g\n", "no dampening", REFERENCE),
    (FIRST, "+ (1 - self.dampening) * g\n", "+ (1 - self.momentum) * g\n", "an average instead of a sum", IDENTITY),
    (FIRST, "g + self.momentum * b if", "b + self.momentum * b if", "Nesterov looks ahead from the buffer", IDENTITY),
    (FIRST, "g + self.momentum * b if", "g + self.momentum * s.b if", "Nesterov with the old buffer", REFERENCE),
    (
        FIRST,
        "decayed(-oracle.grad if self.maximize else oracle.grad, self.weight_decay, theta)\n        b",
        "decayed(oracle.grad, self.weight_decay, theta) * (-1 if self.maximize else 1)\n        b",
        "maximize flips the decay too",
        TRAPS,
    ),
    (FIRST, "v = self.beta * s.v - self.lr * oracle.grad", "v = self.beta * s.v + self.lr * oracle.grad", "heavy ball ascends", IDENTITY),
    (FIRST, "return v, Velocity(v)", "return v, Velocity(self.beta * v)", "beta twice", IDENTITY),
    (FIRST, "x + self.beta * (x - s.x)", "x + self.beta * (s.x - x)", "momentum turned around", IDENTITY),
    (FIRST, "return y - theta, Point(x)", "return y - theta, Point(y)", "remembers y for x", IDENTITY),
    (FIRST, "** self.alpha\n", "** (1 - self.alpha)\n", "wrong power in the schedule", REFERENCE),
    (FIRST, "self.lambd * self.lr * s.t)", "self.lambd * self.lr * (s.t + 1))", "schedule one step early", GOLDEN),
    (FIRST, "theta), self.lambd, theta)", "theta), 0.0, theta)", "no shrinking", REFERENCE),
    (FIRST, "1 - 1 / max(1, s.t - self.burn_in)", "1 - 1 / max(1, s.t + 1 - self.burn_in)", "averages from the start", IDENTITY),
    (FIRST, "return -self.lr * (g + self.momentum * b if", "return self.lr * (g + self.momentum * b if", "SGD ascends", REFERENCE),
    (FIRST, "v = self.beta * s.v - self.lr * oracle.grad", "v = self.beta * s.v - (1 - self.beta) * self.lr * oracle.grad",
     "heavy ball damped like an average", IDENTITY),
    (FIRST, "return v, Velocity(v)", "return v, Velocity(s.v)", "velocity never updated", IDENTITY),
    (FIRST, "y = x + self.beta * (x - s.x)", "y = x + self.beta * (x - theta)", "Nesterov extrapolates from y", IDENTITY),
    (PROTOCOL, "else g + weight_decay * theta", "else g - weight_decay * theta", "grows instead of decaying", REFERENCE),
]  # fmt: skip

SQUARES_FAMILY = [
    (ADAGRAD, "v = s.v + g**2", "v = s.v + np.abs(g)", "sums absolute values", IDENTITY),
    (ADAGRAD, "np.sqrt(v + self.eps) if self.eps_in_root else np.sqrt(v) + self.eps\n        return -self.lr / (1",
     "np.sqrt(v) + self.eps if self.eps_in_root else np.sqrt(v + self.eps)\n        return -self.lr / (1",
     "swaps the place of eps", GOLDEN),
    (ADAGRAD, "(1 + (t - 1) * self.lr_decay)", "(1 + t * self.lr_decay)", "decays lr one step early", GOLDEN),
    (ADAGRAD, "return Accumulator(0, zeros_like(theta) + self.initial_accumulator)", "return Accumulator(0, zeros_like(theta))",
     "starts at 0", GOLDEN),
    (ADAGRAD, "quotient(g, d), Accumulator(t, v)", "quotient(g, d), Accumulator(t, s.v)", "forgets", IDENTITY),
    (ADAGRAD, '"eps": eps, "initial_accumulator": (-2, 2), "weight_decay": (-2, 1)}\n\n    def init(self, theta):\n        zero',
     '"eps": (-1, 1), "initial_accumulator": (-2, 2), "weight_decay": (-2, 1)}\n\n    def init(self, theta):\n        zero',
     "wrong units", LAWS),
    (ADAGRAD, "v = ema(s.v, g**2, self.beta)\n        u = quotient", "v = ema(s.v, g**2, 1 - self.beta)\n        u = quotient",
     "1 - beta", IDENTITY),
    (ADAGRAD, "self._denominator(m, v, t)", "self._denominator(m, s.v, t)", "divides by the old average", IDENTITY),
    (ADAGRAD, "else v - m**2", "else v - m", "subtracts the mean, not its square", IDENTITY),
    (ADAGRAD, "np.maximum(v - m**2, 0.0) if self.clamp", "v - m**2 if self.clamp", "no clamp", TRAPS),
    (ADAGRAD, "return np.sqrt(v + self.eps) if self.eps_in_root else np.sqrt(v) + self.eps",
     "return np.sqrt(v) + self.eps if self.eps_in_root else np.sqrt(v + self.eps)", "RMSProp swaps the place of eps", GOLDEN),
    (ADAGRAD, "m, v = debias(m, self.beta, t), debias(v, self.beta, t)", "v = debias(v, self.beta, t)", "debiases one of two", GOLDEN),
    (ADAGRAD, "(self.lr * u if self.lr_in_momentum else u) + self.momentum * b", "b", "no Nesterov", GOLDEN),
    (ADAGRAD, "return -u if self.lr_in_momentum else", "return -self.lr * u if self.lr_in_momentum else", "lr twice", GOLDEN),
    (ADAGRAD, "np.sqrt(s.a + self.eps_update)", "np.sqrt(ema(s.a, g**2, self.beta) + self.eps_update)", "updates a before its use", GOLDEN),
    (ADAGRAD, "ema(s.a, u**2, self.beta)", "ema(s.a, (self.lr * u) ** 2, self.beta)", "a of the step with lr", REFERENCE),
    (ADAGRAD, "quotient(g, np.sqrt(v + self.eps))\n", "quotient(g, np.sqrt(s.v + self.eps))\n", "divides by the old v", GOLDEN),
]  # fmt: skip

ADAM_FAMILY = [
    (PROTOCOL, "return m / (1 - beta**t)", "return m / (1 - beta ** (t + 1))", "debiases for one step more", IDENTITY),
    (PROTOCOL, "return beta * m + (1 - beta) * g", "return beta * m + g", "a sum for an average", IDENTITY),
    (PROTOCOL, "beta * m + (1 - beta) * g", "(1 - beta) * m + beta * g", "an average with swapped weights", IDENTITY),
    (PROTOCOL, "zero = d == 0", "zero = d == -1", "0/0 is NaN", "references"),
    (ADAM, "debias(m, self.beta1, t) if self.debias_m else m\n        v_hat", "m\n        v_hat", "m not debiased", IDENTITY),
    (ADAM, "rooted(v_hat, self.eps_root) + eps), Moments", "rooted(v_hat, self.eps_root + eps)), Moments", "eps in the root", IDENTITY),
    (ADAM, "debias(v, self.beta2, t) if self.debias_v else v\n        eps", "v\n        eps", "v not debiased", IDENTITY),
    (ADAM, "+ eps), Moments(t, m, v)", "+ eps), Moments(s.t, m, v)", "the clock stands still", REFERENCE),
    (ADAM, "return eps / np.sqrt(1 - beta2**t)", "return eps / (1 - beta2**t)", "eps_hat without its root", GOLDEN),
    (ADAM, "return -self.lr * decayed(adam, decay, theta), A", "return -self.lr * adam - decay * theta, A",
     "decay not times lr", REFERENCE),
    (ADAM, "return -self.lr * decayed(adam, decay, theta), A", "return -self.lr * decayed(adam, decay, theta - self.lr * adam), A",
     "decay after the step", REFERENCE),
    (ADAM, "return eps / np.sqrt(1 - beta2**t)", "return eps * np.sqrt(1 - beta2**t)", "eps_hat the wrong way", IDENTITY),
    (ADAM, "self.weight_decay / s.lr0", "self.weight_decay / self.lr", "decay ignores the schedule", IDENTITY),
    (ADAM, "decayed(adam, decay, theta), Anchored", "decayed(adam, -decay, theta), Anchored", "decay grows", IDENTITY),
    (ADAM, "np.maximum, s.top, debias(v, self.beta2, t))", "np.maximum, s.top, v)", "maximum before debiasing", GOLDEN),
    (ADAM, "top = each(np.maximum, s.top, v)", "top = v", "no maximum", RELATIVES),
    (ADAM, "np.abs(g) + self.eps)", "np.abs(m) + self.eps)", "maximum of m", GOLDEN),
    (ADAM, "quotient(debias(m, self.beta1, t), u)", "quotient(m, u)", "Adamax not debiased", RELATIVES),
    (NADAM, "mu_next / (1 - product * mu_next) * m", "mu_next / (1 - product) * m", "M_t for M_{t+1}", RELATIVES),
    (NADAM, "(1 - mu) / (1 - product) * g", "(1 - mu_next) / (1 - product) * g", "mu_{t+1} for mu_t", GOLDEN),
    (NADAM, "each(_times32, s.product, mu) if", "s.product * mu if", "no single precision", TRAPS),
    (RECTIFIED, "known = rho_t >= threshold", "known = rho_t >= threshold + 3", "rectifies late", REFERENCE),
    (RECTIFIED, "(rho_t - 4) * (rho_t - 2) * rho /", "(rho_t - 4) * (rho_t - 2) * rho_t /", "rho_t for rho", REFERENCE),
    (RECTIFIED, "(g - m) ** 2, self.beta2) + self.eps_root", "(g - s.m) ** 2, self.beta2) + self.eps_root", "residual before m", RELATIVES),
    (RECTIFIED, "ema(s.v, (g - m) ** 2, self.beta2) + self.eps_root", "ema(s.v, (g - m) ** 2 + self.eps_root, self.beta2)",
     "a floor that does not accumulate", RELATIVES),
    (RECTIFIED, "quotient(m_hat, np.sqrt(v_hat) + scaled_eps(self.eps, self.beta2, t))", "quotient(m_hat, np.sqrt(v_hat) + self.eps)",
     "eps after debiasing", REFERENCE),
    (BOUNDED, "method.final_lr * method.lr / s.lr0", "method.final_lr", "a schedule leaves the bounds", RELATIVES),
    (BOUNDED, "1 - 1 / (gamma * t + 1)", "1 - 1 / (gamma * (t - 1) + 1)", "lower bound one step late", GOLDEN),
    (BOUNDED, "lambda old, v: each(np.maximum, old, v)", "lambda old, v: v", "AMSBound without its maximum", GOLDEN),
    (BOUNDED, "np.sqrt(used) + method.eps", "np.sqrt(used) + method.eps / np.sqrt(1 - method.beta2**t)", "eps after debiasing", REFERENCE),
    (MOMENTS, "np.sign(s.v - g**2) * g**2", "(s.v - g**2)", "Adam's v for Yogi's", GOLDEN),
    (MOMENTS, "difference = g - s.g if s.t else zeros_like(g)", "difference = g - s.g", "first difference from 0", GOLDEN),
    (MOMENTS, "m_hat + (1 - self.beta2) * v_hat", "m_hat + self.beta2 * v_hat", "the paper's beta2", GOLDEN),
    (MOMENTS, "np.maximum, np.sqrt(s.v)", "np.maximum, np.sqrt(ema(s.v, g**2, self.beta2))", "ADOPT with the new v", GOLDEN),
    (MOMENTS, "debias(m1, self.beta1, t) + self.alpha * m2", "debias(m1, self.beta1, t) + self.alpha * debias(m2, self.beta3, t)",
     "debiases the slow average", GOLDEN),
    (ADAM, '"eps_root": (-2, 2), "weight_decay": (-2, 1)}\n    inv',
     '"eps_root": (-1, 1), "weight_decay": (-2, 1)}\n    inv', "units", LAWS),
    (TORCH, "momentum_decay=4e-3", "momentum_decay=4e-4", "another default", GOLDEN),
    (OPTAX, '"max_before_debias": False', '"max_before_debias": True', "the other maximum", GOLDEN),
    (OPTAX, "weight_decay=1e-4, nesterov=False", "weight_decay=1e-2, nesterov=False", "another library's default", CONVENTIONS),
]  # fmt: skip

SIGN_FAMILY = [
    (SIGN, "-self.lr * np.sign(oracle.grad), s", "-self.lr * np.where(oracle.grad < 0, -1.0, 1.0), s", "sign(0) = 1",
     "optimizers"),
    (SIGN, "-self.lr * np.sign(oracle.grad), s", "self.lr * np.sign(oracle.grad), s", "ascent", REFERENCE),
    (SIGN, "m = ema(s.m, oracle.grad, self.beta)\n", "m = ema(s.m, np.sign(oracle.grad), self.beta)\n", "averages signs", REFERENCE),
    (SIGN, "return -self.lr * np.sign(m), Momentum(m)", "return -self.lr * np.sign(s.m), Momentum(m)", "a step late", RELATIVES),
    (SIGN, "return -self.lr * np.sign(m), Momentum(m)", "return -self.lr * m, Momentum(m)", "no sign", REFERENCE),
    (SIGN, "u = np.sign(ema(s.m, g, self.beta1))", "u = np.sign(ema(s.m, g, self.beta2))", "beta2 in the step", RELATIVES),
    (SIGN, "Momentum(ema(s.m, g, self.beta2))", "Momentum(ema(s.m, g, self.beta1))", "beta1 in the average", REFERENCE),
    (SIGN, "decayed(u, self.weight_decay, theta)", "np.sign(decayed(ema(s.m, g, self.beta1), self.weight_decay, theta))",
     "decay inside the sign", RELATIVES),
    (SIGN, "decayed(u, self.weight_decay, theta)", "decayed(u, -self.weight_decay, theta)", "decay grows", RELATIVES),
    (SIGN, "np.where(a > 0, up, np.where(a < 0, down, 1.0))", "np.where(a >= 0, up, down)", "grows after a pause", GOLDEN),
    (SIGN, "np.where(a < 0, 0.0, g)", "g", "no pause after a change of sign", GOLDEN),
    (SIGN, "np.minimum(np.maximum(s.size * factor, self.size_min), self.size_max)", "s.size * factor", "no bounds", REFERENCE),
    (SIGN, "RpropState(g, size)", "RpropState(oracle.grad, size)", "remembers the gradient it ignored", GOLDEN),
    (SIGN, "agreement, self.eta_plus, self.eta_minus)", "agreement, self.eta_minus, self.eta_plus)", "grows when it should shrink", GOLDEN),
]  # fmt: skip

LAYERWISE_FAMILY = [
    (LAYERWISE, "coefficient * quotient(size, length + eps)", "coefficient * quotient(length + eps, size)", "inverted ratio", GOLDEN),
    (LAYERWISE, "coefficient * quotient(size, length + eps)", "coefficient * quotient(size, length)", "no eps", REFERENCE),
    (LAYERWISE, "ratio, 1.0), size, length", "ratio, 0.0), size, length", "theta = 0 never leaves", "layerwise"),
    (LAYERWISE, "trust_ratio(theta, block_norm(u)) * u", "trust_ratio(theta, block_norm(adam)) * u", "norm without the decay", REFERENCE),
    (LAYERWISE, "u = decayed(adam, self.weight_decay, theta)", "u = adam", "no decay", REFERENCE),
    (LAYERWISE, "quotient(debias(m, self.beta1, t), rooted", "quotient(m, rooted", "m not debiased", "layerwise"),
    (LAYERWISE, "block_norm(u) if self.norm_of_sum else", "block_norm(oracle.grad) if self.norm_of_sum else", "norm of g alone", REFERENCE),
    (LAYERWISE, "+ self.weight_decay * block_norm(theta)", "", "the paper's decay missing in the norm", REFERENCE),
    (LAYERWISE, "step + self.momentum * b if", "b if", "no Nesterov", REFERENCE),
    (LAYERWISE, "b = self.momentum * s.b + step", "b = self.momentum * s.b + (1 - self.momentum) * step", "an average", GOLDEN),
    (LAYERWISE, "if s.t else square", "if s.t else (1 - self.beta2) * square", "v starts from 0", GOLDEN),
    (LAYERWISE, "m = self.beta1 * s.m + u", "m = ema(s.m, u, self.beta1)", "NovoGrad with an average", GOLDEN),
    (LAYERWISE, "square = block_norm(g) ** 2", "square = g**2", "per coordinate", RELATIVES),
    (LAYERWISE, "square = block_norm(g) ** 2", "square = block_norm(g)", "the norm for its square", RELATIVES),
    ("arrays.py",
     "norms = [norm(x.reshape(x.shape[: x.ndim - k] + (-1,))) for x, k in zip(a, a.orders, strict=True)]\n        return Layers([",
     "norms = [norm(a) for x in a]\n        return Layers([", "one norm for all tensors", "layerwise"),
]  # fmt: skip

MUTANTS = MOMENTUM_FAMILY + SQUARES_FAMILY + ADAM_FAMILY + SIGN_FAMILY + LAYERWISE_FAMILY

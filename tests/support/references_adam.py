"""Naive versions for one number, sharing no code with the lab: Adam and its relatives. See
test_references_first_order."""

import math

import numpy as np


def adam(x, gs, h):
    m = v = 0.0
    for t, g in enumerate(gs, 1):
        m, v = h.beta1 * m + (1 - h.beta1) * g, h.beta2 * v + (1 - h.beta2) * g * g
        c1 = 1 - h.beta1**t if h.debias in ("both", "m") else 1.0
        c2 = 1 - h.beta2**t if h.debias in ("both", "v") else 1.0
        if h.eps_place == "hat":  # the denominator before it is divided by sqrt(c2)
            x -= h.lr * math.sqrt(c2) / c1 * m / (math.sqrt(v + c2 * h.eps_root) + h.eps)
        else:
            x -= h.lr * (m / c1) / (math.sqrt(v / c2 + h.eps_root) + h.eps)
        yield x


def adamw(x, gs, h):
    m = v = 0.0
    for t, g in enumerate(gs, 1):
        x *= 1 - (h.lr if h.times == "lr" else 1.0) * h.weight_decay
        m, v = h.beta1 * m + (1 - h.beta1) * g, h.beta2 * v + (1 - h.beta2) * g * g
        x -= h.lr * (m / (1 - h.beta1**t)) / (math.sqrt(v / (1 - h.beta2**t) + h.eps_root) + h.eps)
        yield x


def amsgrad(x, gs, h):
    m = v = top = 0.0
    for t, g in enumerate(gs, 1):
        m, v = h.beta1 * m + (1 - h.beta1) * g, h.beta2 * v + (1 - h.beta2) * g * g
        c1 = 1 - h.beta1**t if h.debias in ("both", "m") else 1.0
        c2 = 1 - h.beta2**t if h.debias in ("both", "v") else 1.0
        before, after = (1.0, c2) if h.max_before_debias else (c2, 1.0)
        top = max(top, v / before)
        x -= h.lr * (m / c1) / (math.sqrt(top / after + h.eps_root) + h.eps)
        yield x


def nadam(x, gs, h):
    def mu(t):
        return h.beta1 * (1 - 0.5 * 0.96 ** (t * h.momentum_decay)) if h.warmup else h.beta1

    m = 0.0
    v = 0.0
    product = 1.0
    for t, g in enumerate(gs, 1):
        m, v = h.beta1 * m + (1 - h.beta1) * g, h.beta2 * v + (1 - h.beta2) * g * g
        product = (
            float(np.float32(product) * np.float32(mu(t))) if h.float32_product else product * mu(t)
        )
        look_ahead = (1 - mu(t)) / (1 - product) * g + mu(t + 1) / (1 - product * mu(t + 1)) * m
        x -= h.lr * look_ahead / (math.sqrt(v / (1 - h.beta2**t) + h.eps_root) + h.eps)
        yield x


def adamax(x, gs, h):
    m = u = 0.0
    for t, g in enumerate(gs, 1):
        m, u = h.beta1 * m + (1 - h.beta1) * g, max(h.beta2 * u, abs(g) + h.eps)
        x -= h.lr / (1 - h.beta1**t) * m / u
        yield x


def rectifier(beta2, t):
    """Number of averaged gradients, and the factor when it is > 4."""
    longest = 2 / (1 - beta2) - 1
    length = longest - 2 * t * beta2**t / (1 - beta2**t)
    r2 = (
        (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
        if length > 4
        else 0.0
    )
    return length, math.sqrt(r2)


def radam(x, gs, h):
    m = v = 0.0
    for t, g in enumerate(gs, 1):
        m, v = h.beta1 * m + (1 - h.beta1) * g, h.beta2 * v + (1 - h.beta2) * g * g
        (length, r), c1, c2 = rectifier(h.beta2, t), 1 - h.beta1**t, 1 - h.beta2**t
        if length < h.threshold:
            x -= h.lr * h.unrectified * m / c1
        elif h.eps_place == "hat":
            x -= h.lr * r * m / c1 * math.sqrt(c2) / (math.sqrt(v + c2 * h.eps_root) + h.eps)
        else:
            x -= h.lr * r * m / c1 / (math.sqrt(v / c2 + h.eps_root) + h.eps)
        yield x


def adabelief(x, gs, h):
    m = s = 0.0
    for t, g in enumerate(gs, 1):
        m = h.beta1 * m + (1 - h.beta1) * g
        s = h.beta2 * s + (1 - h.beta2) * (g - m) ** 2 + h.eps_root
        (length, r), c1, c2 = rectifier(h.beta2, t), 1 - h.beta1**t, 1 - h.beta2**t
        if not h.rectify:
            x -= h.lr * m / c1 / (math.sqrt(s / c2) + h.eps)
        elif length >= 5:
            x -= h.lr * r * math.sqrt(c2) / c1 * m / (math.sqrt(s) + h.eps)
        else:
            x -= h.lr * h.unrectified * m / c1
        yield x


def adabound(x, gs, h, keep=lambda old, new: new):
    m = v = top = 0.0
    for t, g in enumerate(gs, 1):
        m, v = h.beta1 * m + (1 - h.beta1) * g, h.beta2 * v + (1 - h.beta2) * g * g
        top = keep(top, v)
        size = h.lr * math.sqrt(1 - h.beta2**t) / (1 - h.beta1**t) / (math.sqrt(top) + h.eps)
        low = h.final_lr * (1 - 1 / (h.gamma * t + 1))
        high = h.final_lr * (1 + 1 / (h.gamma * t))
        x -= min(max(size, low), high) * m
        yield x


def yogi(x, gs, h):
    m, v = h.initial_momentum, h.initial_accumulator
    for t, g in enumerate(gs, 1):
        m = h.beta1 * m + (1 - h.beta1) * g
        v += (1 - h.beta2) * g * g * (1 if v < g * g else -1)
        c1, c2 = (1 - h.beta1**t, 1 - h.beta2**t) if h.debias else (1.0, 1.0)
        x -= h.lr * m / c1 / (math.sqrt(v / c2 + h.eps_root) + h.eps)
        yield x


def adan(x, gs, h):
    m = v = n = 0.0
    before = gs[0]
    for t, g in enumerate(gs, 1):
        change = g - before
        k = 1 - h.beta2
        m, v = h.beta1 * m + (1 - h.beta1) * g, h.beta2 * v + (1 - h.beta2) * change
        n = h.beta3 * n + (1 - h.beta3) * (g + k * change) ** 2
        root = math.sqrt(n / (1 - h.beta3**t) + h.eps_root) + h.eps
        u = (m / (1 - h.beta1**t) + k * v / (1 - h.beta2**t)) / root
        x = (x - h.lr * u) / (1 + h.lr * h.weight_decay)
        before = g
        yield x


def adopt(x, gs, h):
    m = 0.0
    v = gs[0] ** 2
    yield x
    for t, g in enumerate(gs[1:], 1):
        n = g / max(math.sqrt(v), h.eps)
        n = max(-(t**0.25), min(t**0.25, n)) if h.clipped else n
        m = h.beta1 * m + (1 - h.beta1) * n
        v = h.beta2 * v + (1 - h.beta2) * g * g
        x -= h.lr * m
        yield x


def ademamix(x, gs, h):
    fast = slow = v = 0.0
    for t, g in enumerate(gs, 1):
        fast, slow = h.beta1 * fast + (1 - h.beta1) * g, h.beta3 * slow + (1 - h.beta3) * g
        v = h.beta2 * v + (1 - h.beta2) * g * g
        root = math.sqrt(v / (1 - h.beta2**t) + h.eps_root) + h.eps
        x -= h.lr * ((fast / (1 - h.beta1**t) + h.alpha * slow) / root + h.weight_decay * x)
        yield x

"""Naive versions, sharing no code with the lab: all first-order methods but Adam's close relatives.
See test_references_first_order."""

import math

from references_adam import (
    adabelief,
    adabound,
    adam,
    adamax,
    adamw,
    adan,
    ademamix,
    adopt,
    amsgrad,
    nadam,
    radam,
    yogi,
)


def sign(x):
    return (x > 0) - (x < 0)


def sgd(x, gs, h):
    buffer = None
    sign = -1 if h.maximize else 1
    for g in gs:
        g = sign * g
        buffer = g if buffer is None else h.momentum * buffer + (1 - h.dampening) * g
        x -= h.lr * (g + h.momentum * buffer if h.nesterov else buffer)
        yield x


def heavy_ball(x, gs, h):
    before = x
    for g in gs:
        x, before = x - h.lr * g + h.momentum * (x - before), x
        yield x


def nesterov(y, gs, h):
    x = y
    for g in gs:
        x_new = y - h.lr * g
        x, y = x_new, x_new + h.momentum * (x_new - x)
        yield y


def asgd(x, gs, h):
    eta = h.lr
    for t, g in enumerate(gs, 1):
        x = x * (1 - h.shrinkage * eta) - eta * g
        eta = h.lr / (1 + h.shrinkage * h.lr * t) ** h.alpha
        yield x


def adagrad(x, gs, h):
    total = h.initial_accumulator
    for t, g in enumerate(gs):
        total += g * g
        root = math.sqrt(total + h.eps) if h.eps_place == "inside" else math.sqrt(total) + h.eps
        x -= h.lr / (1 + t * h.lr_decay) * g / root
        yield x


def rmsprop(x, gs, h):
    v = h.initial_accumulator
    m = 0.0
    b = 0.0
    for t, g in enumerate(gs, 1):
        m, v = h.beta2 * m + (1 - h.beta2) * g, h.beta2 * v + (1 - h.beta2) * g * g
        c = 1 - h.beta2**t if h.debias else 1.0
        square = v / c - ((m / c) ** 2 if h.centered else 0.0)
        square = max(square, 0.0) if h.clamp else square
        d = math.sqrt(square + h.eps) if h.eps_place == "inside" else math.sqrt(square) + h.eps
        inside, outside = (h.lr, 1.0) if h.lr_in_momentum else (1.0, h.lr)
        b = h.momentum * b + inside * g / d
        x -= outside * (inside * g / d + h.momentum * b if h.nesterov else b)
        yield x


def adadelta(x, gs, h):
    v = a = 0.0
    for g in gs:
        v = h.beta2 * v + (1 - h.beta2) * g * g
        u = math.sqrt((a + h.eps_update) / (v + h.eps)) * g
        a = h.beta2 * a + (1 - h.beta2) * u * u
        x -= h.lr * u
        yield x


def sign_sgd(x, gs, h):
    for g in gs:
        x -= h.lr * sign(g)
        yield x


def signum(x, gs, h):
    m = 0.0
    for g in gs:
        m = h.beta1 * m + (1 - h.beta1) * g
        x -= h.lr * sign(m)
        yield x


def lion(x, gs, h):
    m = 0.0
    for g in gs:
        x -= h.lr * (sign(h.beta1 * m + (1 - h.beta1) * g) + h.weight_decay * x)
        m = h.beta2 * m + (1 - h.beta2) * g
        yield x


def rprop(x, gs, h):
    before, size = 0.0, h.lr
    for g in gs:
        if g * before > 0:
            size *= h.grow
        elif g * before < 0:
            size, g = size * h.shrink, 0.0
        size = max(h.size_min, min(h.size_max, size))
        x -= size * sign(g)
        before = g
        yield x


COORDINATES = {
    "SGD": sgd,
    "HeavyBall": heavy_ball,
    "Nesterov": nesterov,
    "ASGD": asgd,
    "AdaGrad": adagrad,
    "RMSProp": rmsprop,
    "Adadelta": adadelta,
    "Adam": adam,
    "AdamW": adamw,
    "AMSGrad": amsgrad,
    "NAdam": nadam,
    "Adamax": adamax,
    "RAdam": radam,
    "AdaBelief": adabelief,
    "AdaBound": adabound,
    "AMSBound": lambda x, gs, h: adabound(x, gs, h, keep=max),
    "Yogi": yogi,
    "Adan": adan,
    "ADOPT": adopt,
    "AdEMAMix": ademamix,
    "SignSGD": sign_sgd,
    "Signum": signum,
    "Lion": lion,
    "Rprop": rprop,
}


def length(xs):
    return math.sqrt(sum(x * x for x in xs))


def lamb(xs, gs, h):
    ms = [0.0] * len(xs)
    vs = [0.0] * len(xs)
    for t, g in enumerate(gs, 1):
        ms = [h.beta1 * m + (1 - h.beta1) * a for m, a in zip(ms, g, strict=True)]
        vs = [h.beta2 * v + (1 - h.beta2) * a * a for v, a in zip(vs, g, strict=True)]
        c1 = 1 - h.beta1**t
        c2 = 1 - h.beta2**t
        us = [
            m / c1 / (math.sqrt(v / c2 + h.eps_root) + h.eps) + h.weight_decay * x
            for m, v, x in zip(ms, vs, xs, strict=True)
        ]
        trust = length(xs) / length(us)
        xs = [x - h.lr * trust * u for x, u in zip(xs, us, strict=True)]
        yield xs


def lars(xs, gs, h):
    bs = [0.0] * len(xs)
    for g in gs:
        us = [a + h.weight_decay * x for a, x in zip(g, xs, strict=True)]
        size = length(us) if h.norm_of_sum else length(g) + h.weight_decay * length(xs)
        local = h.lr * h.trust_coefficient * length(xs) / (size + h.eps)
        bs = [h.momentum * b + local * u for b, u in zip(bs, us, strict=True)]
        steps = (
            [local * u + h.momentum * b for u, b in zip(us, bs, strict=True)] if h.nesterov else bs
        )
        xs = [x - step for x, step in zip(xs, steps, strict=True)]
        yield xs


def novograd(xs, gs, h):
    ms = [0.0] * len(xs)
    v = None
    for g in gs:
        v = length(g) ** 2 if v is None else h.beta2 * v + (1 - h.beta2) * length(g) ** 2
        root = math.sqrt(v + h.eps_root) + h.eps
        ms = [
            h.momentum * m + a / root + h.weight_decay * x
            for m, a, x in zip(ms, g, xs, strict=True)
        ]
        xs = [x - h.lr * m for x, m in zip(xs, ms, strict=True)]
        yield xs


VECTORS = {"LAMB": lamb, "LARS": lars, "NovoGrad": novograd}

"""Methods around SGD and Adam, and learning-rate-free ones, in pure Python: one list of numbers,
one step after the other; nothing here is the lab's."""

import math
from functools import partial

import numpy as np
import pytest

from lab.optimizers import (
    MADGRAD,
    SGD,
    AdaGradNorm,
    Adam,
    AdamH,
    CautiousAdamW,
    ClippedSGD,
    DAdaptAdam,
    EFSignSGD,
    ErrorFeedback,
    LaProp,
    MARSAdamW,
    Prodigy,
    ScheduleFree,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
)
from lab.simulation import replay

GRADIENTS = (
    np.random.default_rng(29).standard_normal((9, 4)) * [3.0, 0.2, 1.0, 0.4] + [0.5, 0.1, 0, 0]
).tolist()
START = [0.5, -1.25, 2.0, 0.75]
LR, B1, B2, EPS = 0.07, 0.6, 0.8, 0.1
EACH = range(4)

# gradients that agree, on which an estimate of the distance grows
STEADY = [[abs(v) + 0.3 for v in g] for g in GRADIENTS]


def length(x):
    return math.sqrt(sum(v * v for v in x))


def compare(optimizer, points, gradients=GRADIENTS):
    found = replay(optimizer, np.array(START), np.array(gradients))
    np.testing.assert_allclose(found, points, rtol=1e-11, atol=1e-12)


def walk(step, gradients=GRADIENTS):
    """START and what step(t, gradient, point) leads to."""
    points = [START]
    for t, g in enumerate(gradients, 1):
        points.append(step(t, g, points[-1]))
    return points


class NaiveAdam:
    """Adam's step for a gradient, its averages inside."""

    def __init__(self, beta1=B1):
        self.beta1, self.m, self.v = beta1, [0.0] * 4, [0.0] * 4

    def step(self, t, g, corrected_eps=False):
        self.m = [self.beta1 * m + (1 - self.beta1) * x for m, x in zip(self.m, g, strict=True)]
        self.v = [B2 * v + (1 - B2) * x * x for v, x in zip(self.v, g, strict=True)]
        out = []
        for m, v in zip(self.m, self.v, strict=True):
            m_hat, v_hat = m / (1 - self.beta1**t), v / (1 - B2**t)
            eps = EPS / math.sqrt(1 - B2**t) if corrected_eps else EPS
            out.append(-LR * m_hat / (math.sqrt(v_hat) + eps))
        return out


def test_clipped_sgd():
    def step(t, g, x):
        share = min(1, 0.9 / length(g))
        return [x[i] - LR * share * g[i] for i in EACH]

    compare(ClippedSGD(LR, 0.9), walk(step))


def test_every_entry_clipped():
    def step(t, g, x):
        return [x[i] - LR * max(-0.9, min(0.9, g[i])) for i in EACH]

    compare(ClippedSGD(LR, 0.9, of="entry"), walk(step))


def test_error_feedback():
    e = [0.0] * 4

    def step(t, g, x):
        p = [LR * g[i] + e[i] for i in EACH]
        size = sum(abs(v) for v in p) / 4
        moved = [math.copysign(size, p[i]) for i in EACH]
        e[:] = [p[i] - moved[i] for i in EACH]
        return [x[i] - moved[i] for i in EACH]

    compare(EFSignSGD(LR), walk(step))


def test_the_largest_half_is_sent():
    e = [0.0] * 4

    def step(t, g, x):
        p = [LR * g[i] + e[i] for i in EACH]
        sent = sorted(EACH, key=lambda i: -abs(p[i]))[:2]
        e[:] = [0.0 if i in sent else p[i] for i in EACH]
        return [x[i] - p[i] if i in sent else x[i] for i in EACH]

    compare(ErrorFeedback(SGD(LR), "top", part=0.5), walk(step))


def interpolated(moves, weight):
    """Schedule-free: z moves, x averages, y is between."""
    z, x, total = list(START), list(START), 0.0

    def step(t, g, y):
        nonlocal total
        d = moves(t, g, y)
        total += weight(t)
        c = weight(t) / total
        for i in EACH:
            z[i] += d[i]
            x[i] = (1 - c) * x[i] + c * z[i]
        return [0.9 * x[i] + 0.1 * z[i] for i in EACH]

    return walk(step)


def test_schedule_free_sgd():
    compare(
        ScheduleFreeSGD(LR, 0.9), interpolated(lambda t, g, y: [-LR * v for v in g], lambda t: 1.0)
    )


def test_schedule_free_weights():
    path = interpolated(lambda t, g, y: [-LR * v for v in g], lambda t: t**1.5)
    compare(ScheduleFree(SGD(LR), 0.9, power=1.5), path)


def test_schedule_free_adamw():
    """The authors' reference: the rate with its bias correction enters the weights squared."""
    adam = NaiveAdam(0.0)

    def moves(t, g, y):
        d = adam.step(t, g, corrected_eps=True)
        return [d[i] - LR * 0.2 * y[i] for i in EACH]

    path = interpolated(moves, lambda t: (LR * math.sqrt(1 - B2**t)) ** 2)
    optimizer = ScheduleFreeAdamW(LR, 0.9, B2, EPS, weight_decay=0.2, warm=B2, eps_place="hat")
    compare(optimizer, path)


def test_cautious_adamw():
    adam = NaiveAdam()

    def step(t, g, x):
        d = adam.step(t, g)
        kept = [d[i] * g[i] < 0 for i in EACH]
        c = 4 / (sum(kept) + 0.6)
        return [x[i] + (c * d[i] if kept[i] else 0.0) - LR * 0.2 * x[i] for i in EACH]

    compare(CautiousAdamW(LR, B1, B2, EPS, weight_decay=0.2, extra=0.6), walk(step))


def test_adam_on_the_sphere():
    adam, radius = NaiveAdam(), length(START)

    def step(t, g, x):
        d = adam.step(t, g)
        moved = [x[i] + LR * radius * d[i] / length(d) for i in EACH]
        return [radius * v / length(moved) for v in moved]

    compare(AdamH(LR, B1, B2, EPS), walk(step))


def test_mars_adamw():
    adam, last = NaiveAdam(), [0.0] * 4

    def step(t, g, x):
        c = [g[i] + 0.4 * B1 / (1 - B1) * (g[i] - last[i]) for i in EACH]
        c = [v / max(1, length(c) / 0.9) for v in c]
        last[:] = g
        d = adam.step(t, c)
        return [x[i] + d[i] - LR * 0.2 * x[i] for i in EACH]

    compare(MARSAdamW(LR, B1, B2, EPS, gamma=0.4, threshold=0.9, weight_decay=0.2), walk(step))


def test_laprop():
    m, v = [0.0] * 4, [0.0] * 4

    def step(t, g, x):
        for i in EACH:
            v[i] = B2 * v[i] + (1 - B2) * g[i] ** 2
            m[i] = B1 * m[i] + (1 - B1) * g[i] / (math.sqrt(v[i] / (1 - B2**t) + 0.05) + EPS)
        return [x[i] - LR * m[i] / (1 - B1**t) for i in EACH]

    compare(LaProp(LR, B1, B2, EPS, 0.05), walk(step))


def test_adagrad_norm():
    total = 0.15

    def step(t, g, x):
        nonlocal total
        total += length(g) ** 2
        return [x[i] - LR * g[i] / math.sqrt(total) for i in EACH]

    compare(AdaGradNorm(LR, 0.15), walk(step))


def test_madgrad():
    s, v = [0.0] * 4, [0.0] * 4

    def step(t, g, x):
        c = LR * math.sqrt(t)
        for i in EACH:
            s[i] += c * g[i]
            v[i] += c * g[i] ** 2
        z = [START[i] - s[i] / (v[i] ** (1 / 3) + EPS) for i in EACH]
        return [(1 - 0.6) * z[i] + 0.6 * x[i] for i in EACH]

    compare(MADGRAD(LR, 0.6, EPS), walk(step))


@pytest.mark.parametrize("debias", [False, True])
def test_prodigy(debias):
    d, d0, r = 0.05, 0.05, 0.0
    m, v, s = [0.0] * 4, [0.0] * 4, [0.0] * 4

    def step(t, g, x):
        nonlocal d, r
        a = 0.7 * d * (math.sqrt(1 - B2**t) / (1 - B1**t) if debias else 1.0)
        r = 0.5 * r + d / d0 * a * sum(g[i] * (START[i] - x[i]) for i in EACH)
        for i in EACH:
            m[i] = B1 * m[i] + (1 - B1) * d * g[i]
            v[i] = B2 * v[i] + (1 - B2) * (d * g[i]) ** 2
            s[i] = 0.5 * s[i] + d / d0 * a * g[i]
        d = max(d, 1.3 * r / sum(abs(value) for value in s))
        return [x[i] - a * m[i] / (math.sqrt(v[i]) + d * EPS) - a * 0.2 * x[i] for i in EACH]

    path = walk(step, STEADY)
    assert d > 2 * d0
    compare(Prodigy(0.7, B1, B2, EPS, d0, 1.3, 0.2, 0.5, debias), path, STEADY)


def test_d_adaptation():
    d, r, b = 0.05, 0.0, math.sqrt(B2)
    m, v, s = [0.0] * 4, [0.0] * 4, [0.0] * 4

    def step(t, g, x):
        nonlocal d, r
        a = 0.7 * d * math.sqrt(1 - B2**t) / (1 - B1**t)
        weighted = sum(g[i] * s[i] / (math.sqrt(v[i]) + EPS) for i in EACH)
        r = b * r + (1 - b) * a * weighted
        for i in EACH:
            m[i] = B1 * m[i] + (1 - B1) * a * g[i]
            v[i] = B2 * v[i] + (1 - B2) * g[i] ** 2
            s[i] = b * s[i] + (1 - b) * a * g[i]
        d = max(d, r / ((1 - b) * sum(abs(value) for value in s)))
        return [x[i] - m[i] / (math.sqrt(v[i]) + EPS) for i in EACH]

    path = walk(step, STEADY)
    assert d > 2 * 0.05
    compare(DAdaptAdam(0.7, B1, B2, EPS, 0.05), path, STEADY)


def test_nothing_to_clip_is_the_method_itself():
    found = replay(ClippedSGD(LR, 1e6), np.array(START), np.array(GRADIENTS))
    np.testing.assert_allclose(found, replay(SGD(LR), np.array(START), np.array(GRADIENTS)))


def test_laprop_without_momentum_is_adam():
    found = replay(LaProp(LR, 0.0, B2, EPS), np.array(START), np.array(GRADIENTS))
    adam = replay(Adam(LR, 0.0, B2, EPS), np.array(START), np.array(GRADIENTS))
    np.testing.assert_allclose(found, adam, rtol=1e-13)


REFERENCES = {
    "ClippedSGD": test_clipped_sgd,
    "EFSignSGD": test_error_feedback,
    "ScheduleFreeSGD": test_schedule_free_sgd,
    "ScheduleFreeAdamW": test_schedule_free_adamw,
    "CautiousAdamW": test_cautious_adamw,
    "AdamH": test_adam_on_the_sphere,
    "MARSAdamW": test_mars_adamw,
    "LaProp": test_laprop,
    "AdaGradNorm": test_adagrad_norm,
    "MADGRAD": test_madgrad,
    "Prodigy": partial(test_prodigy, False),
    "DAdaptAdam": test_d_adaptation,
}

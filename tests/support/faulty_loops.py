"""Wrong optimizers, written out naively: what a person types who misreads a formula. They share no
code with lab.

A loop is step(theta, g, t, s, h) -> new theta: t from 1, s a dictionary that it keeps and that
holds the fault (None: none), h the hyper-parameters.
"""

import numpy as np


def divided(a, b):
    return np.divide(a, b, out=np.zeros_like(a), where=b != 0)


def moments(s, g, t, h, fault):
    """m, v, and both with their corrections, by the fault."""
    b1 = h["beta1"]
    b2 = h["beta2"]
    if fault == "one minus betas":
        b1, b2 = 1 - b1, 1 - b2
    if fault == "betas exchanged":
        b1, b2 = b2, b1
    m = s.get("m", 0 * g)
    v = s.get("v", 0 * g)
    if t == 1:
        v = v + {"v from 0.1": 0.1, "v from 1": 1.0}.get(fault, 0.0)
        m = g if fault in ("m from g", "both from first") else m
        v = g * g if fault in ("v from g2", "both from first") else v
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g * g
    count = t + 1 if fault == "counter ahead" else max(1, t - 1) if fault == "counter late" else t
    m_hat = m if fault in ("no debias", "m not debiased") else m / (1 - b1**count)
    v_hat = v if fault in ("no debias", "v not debiased") else v / (1 - b2**count)
    s["m"], s["v"] = (m_hat, v_hat) if fault == "stored" else (m, v)
    return m, v, m_hat, v_hat


def root(v_hat, t, h, fault):
    eps = h["eps"]
    if fault == "eps inside":
        return np.sqrt(v_hat + eps)
    if fault == "eps squared inside":
        return np.sqrt(v_hat + eps * eps)
    if fault == "no eps":
        return np.sqrt(v_hat)
    if fault == "eps before debias":
        return np.sqrt(v_hat) + eps / np.sqrt(1 - h["beta2"] ** t)
    return np.sqrt(v_hat) + eps


def adam(theta, g, t, s, h):
    fault = s["fault"]
    _, _, m_hat, v_hat = moments(s, g, t, h, fault)
    return theta - h["lr"] * divided(m_hat, root(v_hat, t, h, fault))


def adamw(theta, g, t, s, h):
    fault = s["fault"]
    lr = h["lr"]
    wd = h["weight_decay"]
    seen = g + wd * theta if fault in ("coupled", "twice") else g
    _, _, m_hat, v_hat = moments(s, seen, t, h, fault)
    u = divided(m_hat, root(v_hat, t, h, fault))
    if fault in ("coupled", "no decay"):
        return theta - lr * u
    if fault == "decay after":
        return (theta - lr * u) * (1 - lr * wd)
    if fault == "decay proximal":
        return (theta - lr * u) / (1 + lr * wd)
    if fault == "decay without lr":
        return theta - lr * u - wd * theta
    return theta - lr * u - lr * wd * theta


def amsgrad(theta, g, t, s, h):
    fault = s["fault"]
    before = s.get("v", 0 * g)
    _, v, m_hat, _ = moments(s, g, t, h, fault)
    top = np.maximum(s.get("top", 0 * g), v)
    if fault == "forgets":
        top = np.maximum(before, v)
    if fault == "no maximum":
        top = v
    s["top"] = top
    if fault == "written back":
        s["v"] = top
    top_hat = top if fault in ("no debias", "v not debiased") else top / (1 - h["beta2"] ** t)
    if fault == "maximum after debias":
        top_hat = s["hat"] = np.maximum(s.get("hat", 0 * g), v / (1 - h["beta2"] ** t))
    return theta - h["lr"] * divided(m_hat, root(top_hat, t, h, fault))


def adabelief(theta, g, t, s, h):
    fault = s["fault"]
    b1 = h["beta1"]
    b2 = h["beta2"]
    old = s.get("m", 0 * g)
    s["m"] = m = b1 * old + (1 - b1) * g
    residual = g - (old if fault == "old residual" else m)
    floor = 0.0 if fault == "no eps_root" else h["eps_root"]
    s["v"] = v = b2 * s.get("v", 0 * g) + (1 - b2) * residual**2 + floor
    m_hat = m if fault in ("no debias", "m not debiased") else m / (1 - b1**t)
    v_hat = v if fault in ("no debias", "v not debiased") else v / (1 - b2**t)
    return theta - h["lr"] * divided(m_hat, np.sqrt(v_hat) + h["eps"])


def nadam(theta, g, t, s, h):
    fault = s["fault"]
    b1 = h["beta1"]
    b2 = h["beta2"]

    def mu(k):
        return b1 if fault == "no warmup" else b1 * (1 - 0.5 * 0.96 ** (k * h["momentum_decay"]))

    s["m"] = m = b1 * s.get("m", 0 * g) + (1 - b1) * g
    s["v"] = v = b2 * s.get("v", 0 * g) + (1 - b2) * g * g
    s["p"] = p = s.get("p", 1.0) * mu(t)
    bar = (1 - mu(t)) / (1 - p) * g + mu(t + 1) / (1 - p * mu(t + 1)) * m
    if fault == "simple":
        bar = (b1 * m + (1 - b1) * g) / (1 - b1**t)
    if fault == "gradient as it is":
        bar = b1 * m / (1 - b1**t) + (1 - b1) * g
    v_hat = v if fault == "v not debiased" else v / (1 - b2**t)
    return theta - h["lr"] * divided(bar, root(v_hat, t, h, fault))


def lion(theta, g, t, s, h):
    fault = s["fault"]
    b1, b2 = (h["beta2"], h["beta1"]) if fault == "betas exchanged" else (h["beta1"], h["beta2"])
    wd = h["weight_decay"]
    g = g + wd * theta if fault == "coupled" else g
    old = s.get("m", 0 * g)
    new = b2 * old + (1 - b2) * g
    used = new if fault == "momentum first" else old
    s["m"] = new
    u = np.sign(b1 * used + (1 - b1) * g)
    if fault == "sign of zero":
        u = np.where(b1 * used + (1 - b1) * g >= 0, 1.0, -1.0)
    if fault in ("coupled", "no decay"):
        return theta - h["lr"] * u
    rate = 1.0 if fault == "decay without lr" else h["lr"]
    return theta - h["lr"] * u - rate * wd * theta


def rprop(theta, g, t, s, h):
    fault = s["fault"]
    size = s.get("size", 0 * g + h["lr"])
    old = s.get("g", 0 * g)
    delta = s.get("delta", 0 * g)
    turn = g * old
    size = np.where(turn > 0, size * h["grow"], np.where(turn < 0, size * h["shrink"], size))
    size = np.clip(size, h["size_min"], h["size_max"])
    step = -size * np.sign(g)
    if fault == "plus":
        step = np.where(turn < 0, -delta, step)
    elif fault != "minus":
        step = np.where(turn < 0, 0.0, step)
    s.update(size=size, g=g if fault == "minus" else np.where(turn < 0, 0.0, g), delta=step)
    return theta + step


def adagrad(theta, g, t, s, h):
    fault = s["fault"]
    start = {"v from 0.1": 0.1, "v from 1": 1.0}.get(fault, 0.0)
    s["v"] = v = s.get("v", 0 * g + start) + g * g
    lr = h["lr"] / (1 + (t - 1) * h["lr_decay"])
    d = np.sqrt(v + h["eps"]) if fault == "eps inside" else np.sqrt(v) + h["eps"]
    return theta - lr * divided(g, np.sqrt(v) if fault == "no eps" else d)


def rmsprop(theta, g, t, s, h):
    fault = s["fault"]
    b2 = 1 - h["beta2"] if fault == "one minus beta2" else h["beta2"]
    start = {"v from 1": 1.0}.get(fault, 0.0)
    old = g * g if fault == "v from g2" and t == 1 else s.get("v", 0 * g + start)
    s["v"] = v = b2 * old + (1 - b2) * g * g
    v_hat = v / (1 - b2**t) if fault == "debiased" else v
    d = np.sqrt(v_hat + h["eps"]) if fault == "eps inside" else np.sqrt(v_hat) + h["eps"]
    s["b"] = b = h["momentum"] * s.get("b", 0 * g) + divided(g, d)
    u = divided(g, d) + h["momentum"] * b if fault == "nesterov" else b
    return theta - h["lr"] * ((1 - h["momentum"]) * u if fault == "average" else u)


def adadelta(theta, g, t, s, h):
    fault = s["fault"]
    s["v"] = v = h["beta2"] * s.get("v", 0 * g) + (1 - h["beta2"]) * g * g
    a = s.get("a", 0 * g)
    u = np.sqrt(a + h["eps_update"]) / np.sqrt(v + h["eps"]) * g
    kept = h["lr"] * u if fault == "lr inside" else u
    s["a"] = h["beta2"] * a + (1 - h["beta2"]) * kept**2
    return theta - h["lr"] * u


def sgd(theta, g, t, s, h):
    fault = s["fault"]
    mu = h["momentum"]
    damp = h["dampening"]
    first = (1 - damp) * g if fault == "first dampened" else g
    s["b"] = b = first if t == 1 else mu * s["b"] + (1 - damp) * g
    if fault == "average":
        b = (1 - mu) * b
    if fault == "no dampening":
        s["b"] = b = g if t == 1 else mu * s.get("full", g) + g
        s["full"] = b
    return theta - h["lr"] * b


def lamb(theta, g, t, s, h):
    fault = s["fault"]
    _, _, m_hat, v_hat = moments(s, g, t, h, fault)
    wd = 0.0 if fault == "no decay" else h["weight_decay"]
    u = divided(m_hat, root(v_hat, t, h, fault)) + wd * theta
    size = np.linalg.norm(theta)
    length = np.linalg.norm(u)
    if fault == "weight clamped":
        size = min(size, 1.0)
    ratio = size / length if size > 0 and length > 0 else 1.0
    if fault == "ratio clamped":
        ratio = min(ratio, 1.0)
    if fault == "no ratio":
        ratio = 1.0
    return theta - h["lr"] * ratio * u


def lars(theta, g, t, s, h):
    fault = s["fault"]
    wd = 0.0 if fault == "no decay" else h["weight_decay"]
    u = g + wd * theta
    size = np.linalg.norm(theta)
    length = np.linalg.norm(u)
    moving = size > 0 and length > 0
    ratio = h["trust_coefficient"] * size / (length + h["eps"]) if moving else 1.0
    if fault == "ratio clamped":
        ratio = min(ratio, 1.0)
    if fault == "clamped to ten":
        ratio = min(ratio, 10.0)
    if fault == "no ratio":
        ratio = 1.0
    rate = min(ratio, h["lr"]) if fault == "larc" else h["lr"] * ratio
    step = rate * u
    s["b"] = h["momentum"] * s.get("b", 0 * g) + step
    return theta - (step + h["momentum"] * s["b"] if h["nesterov"] else s["b"])


def adopt(theta, g, t, s, h):
    fault = s["fault"]
    if t == 1 and fault != "first moves":
        s["v"] = g * g
        return theta
    v = s.get("v", 0 * g)
    m = s.get("m", 0 * g)
    z = divided(g, np.maximum(np.sqrt(v), h["eps"]))
    bound = (t if fault == "first moves" else t - 1) ** 0.25
    z = z if fault == "unclipped" else np.clip(z, -bound, bound)
    s["m"] = h["beta1"] * m + (1 - h["beta1"]) * z
    s["v"] = h["beta2"] * v + (1 - h["beta2"]) * g * g
    return theta - h["lr"] * s["m"]

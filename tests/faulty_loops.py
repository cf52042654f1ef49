"""Wrong optimizers, written out naively: what a person types who misreads a formula. They share no code with lab.

LOOPS: method -> faults -> step(theta, g, t, s, h) -> new theta, s a dictionary that the loop keeps, h the hyper-parameters,
t from 1. A loop without a fault ("right") must conform, which shows that the fault is all that differs.
"""

import numpy as np


def divided(a, b):
    return np.divide(a, b, out=np.zeros_like(a), where=b != 0)


def moments(s, g, t, h, fault):
    """m, v, and both with their corrections, by the fault."""
    b1, b2 = h["beta1"], h["beta2"]
    if fault == "one minus betas":
        b1, b2 = 1 - b1, 1 - b2
    if fault == "betas exchanged":
        b1, b2 = b2, b1
    m, v = s.get("m", 0 * g), s.get("v", 0 * g)
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


def adam(theta, g, t, s, h, fault):
    _, _, m_hat, v_hat = moments(s, g, t, h, fault)
    return theta - h["lr"] * divided(m_hat, root(v_hat, t, h, fault))


def adamw(theta, g, t, s, h, fault):
    lr, wd = h["lr"], h["weight_decay"]
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


def amsgrad(theta, g, t, s, h, fault):
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


def adabelief(theta, g, t, s, h, fault):
    b1, b2 = h["beta1"], h["beta2"]
    old = s.get("m", 0 * g)
    s["m"] = m = b1 * old + (1 - b1) * g
    residual = g - (old if fault == "old residual" else m)
    floor = 0.0 if fault == "no eps_root" else h["eps_root"]
    s["v"] = v = b2 * s.get("v", 0 * g) + (1 - b2) * residual**2 + floor
    m_hat = m if fault in ("no debias", "m not debiased") else m / (1 - b1**t)
    v_hat = v if fault in ("no debias", "v not debiased") else v / (1 - b2**t)
    return theta - h["lr"] * divided(m_hat, np.sqrt(v_hat) + h["eps"])


def nadam(theta, g, t, s, h, fault):
    b1, b2 = h["beta1"], h["beta2"]

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


def lion(theta, g, t, s, h, fault):
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


def rprop(theta, g, t, s, h, fault):
    size, old, delta = s.get("size", 0 * g + h["lr"]), s.get("g", 0 * g), s.get("delta", 0 * g)
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


def adagrad(theta, g, t, s, h, fault):
    start = {"v from 0.1": 0.1, "v from 1": 1.0}.get(fault, 0.0)
    s["v"] = v = s.get("v", 0 * g + start) + g * g
    lr = h["lr"] / (1 + (t - 1) * h["lr_decay"])
    d = np.sqrt(v + h["eps"]) if fault == "eps inside" else np.sqrt(v) + h["eps"]
    return theta - lr * divided(g, np.sqrt(v) if fault == "no eps" else d)


def rmsprop(theta, g, t, s, h, fault):
    b2 = 1 - h["beta2"] if fault == "one minus beta2" else h["beta2"]
    start = {"v from 1": 1.0}.get(fault, 0.0)
    old = g * g if fault == "v from g2" and t == 1 else s.get("v", 0 * g + start)
    s["v"] = v = b2 * old + (1 - b2) * g * g
    v_hat = v / (1 - b2**t) if fault == "debiased" else v
    d = np.sqrt(v_hat + h["eps"]) if fault == "eps inside" else np.sqrt(v_hat) + h["eps"]
    s["b"] = b = h["momentum"] * s.get("b", 0 * g) + divided(g, d)
    u = divided(g, d) + h["momentum"] * b if fault == "nesterov" else b
    return theta - h["lr"] * ((1 - h["momentum"]) * u if fault == "average" else u)


def adadelta(theta, g, t, s, h, fault):
    s["v"] = v = h["beta2"] * s.get("v", 0 * g) + (1 - h["beta2"]) * g * g
    a = s.get("a", 0 * g)
    u = np.sqrt(a + h["eps_update"]) / np.sqrt(v + h["eps"]) * g
    kept = h["lr"] * u if fault == "lr inside" else u
    s["a"] = h["beta2"] * a + (1 - h["beta2"]) * kept**2
    return theta - h["lr"] * u


def sgd(theta, g, t, s, h, fault):
    mu, damp = h["momentum"], h["dampening"]
    first = (1 - damp) * g if fault == "first dampened" else g
    s["b"] = b = first if t == 1 else mu * s["b"] + (1 - damp) * g
    if fault == "average":
        b = (1 - mu) * b
    if fault == "no dampening":
        s["b"] = b = g if t == 1 else mu * s.get("full", g) + g
        s["full"] = b
    return theta - h["lr"] * b


def lamb(theta, g, t, s, h, fault):
    _, _, m_hat, v_hat = moments(s, g, t, h, fault)
    wd = 0.0 if fault == "no decay" else h["weight_decay"]
    u = divided(m_hat, root(v_hat, t, h, fault)) + wd * theta
    size, length = np.linalg.norm(theta), np.linalg.norm(u)
    if fault == "weight clamped":
        size = min(size, 1.0)
    ratio = size / length if size > 0 and length > 0 else 1.0
    if fault == "ratio clamped":
        ratio = min(ratio, 1.0)
    if fault == "no ratio":
        ratio = 1.0
    return theta - h["lr"] * ratio * u


def adopt(theta, g, t, s, h, fault):
    if t == 1 and fault != "first moves":
        s["v"] = g * g
        return theta
    v, m = s.get("v", 0 * g), s.get("m", 0 * g)
    z = divided(g, np.maximum(np.sqrt(v), h["eps"]))
    bound = (t if fault == "first moves" else t - 1) ** 0.25
    z = z if fault == "unclipped" else np.clip(z, -bound, bound)
    s["m"] = h["beta1"] * m + (1 - h["beta1"]) * z
    s["v"] = h["beta2"] * v + (1 - h["beta2"]) * g * g
    return theta - h["lr"] * s["m"]


_BIAS = {
    "no debias": ("debias = 'none'", "no bias correction"),
    "m not debiased": ("debias = 'v'", "first moment is not debiased"),
    "v not debiased": ("debias = 'm'", "second moment is not debiased"),
}
_STARTS = {
    "v from 0.1": ("v starts at 0.1", "initial_accumulator = 0.1"),
    "v from 1": ("v starts at 1", "initial_accumulator = 1"),
    "m from g": ("m starts at the first gradient",),
    "v from g2": ("v starts at the first g^2",),
    "both from first": ("averages start at their first values",),
}
_EPS = {
    "eps inside": ("eps is inside the root", "eps_place = 'inside'"),
    "eps squared inside": ("eps^2 is inside",),
    "no eps": ("there is no eps", "eps = 0"),
    "eps before debias": ("eps_place = 'hat'", "eps is added before"),
}
_COUNTER = {"counter ahead": ("counter is one ahead",), "counter late": ("counts from the second call",)}
_BETAS = {"one minus betas": ("stand for 1 minus each",), "betas exchanged": ("are exchanged",)}
_STORED = {"stored": ("corrected moments are stored",)}
_ADAM = _BIAS | _STARTS | _EPS | _COUNTER | _BETAS | _STORED
_DECAY = {
    "coupled": ("weight decay is coupled",),
    "no decay": ("weight decay is missing", "weight_decay = 0"),
    "decay without lr": ("not multiplied by lr", "times = 'one'"),
}

# Method -> (its loop, fault -> the words of which one must be said).
LOOPS = {
    "Adam": (adam, _ADAM),
    "AdamW": (
        adamw,
        _ADAM | _DECAY | {"decay after": ("acts after the step",), "decay proximal": ("proximal",), "twice": ("acts twice",)},
    ),
    "AMSGrad": (
        amsgrad,
        _BIAS
        | _EPS
        | {
            "forgets": ("maximum forgets",),
            "written back": ("written back",),
            "no maximum": ("it is Adam",),
            "maximum after debias": ("max_before_debias = False",),
        },
    ),
    "AdaBelief": (adabelief, _BIAS | {"old residual": ("m before this gradient",), "no eps_root": ("eps_root = 0",)}),
    "NAdam": (
        nadam,
        _EPS
        | {
            "no warmup": ("warmup = False",),
            "simple": ("under both terms",),
            "gradient as it is": ("newest gradient is not debiased",),
            "v not debiased": _BIAS["v not debiased"],
        },
    ),
    "Lion": (
        lion,
        _DECAY
        | {
            "momentum first": ("updated before the step",),
            "sign of zero": ("sign(0) is 1",),
            "betas exchanged": _BETAS["betas exchanged"],
        },
    ),
    "Rprop": (rprop, {"plus": ("Rprop+",), "minus": ("Rprop-",)}),
    "AdaGrad": (adagrad, {key: (_STARTS | _EPS)[key] for key in ("v from 0.1", "v from 1", "eps inside", "no eps")}),
    "RMSProp": (
        rmsprop,
        {key: (_STARTS | _EPS)[key] for key in ("v from 1", "v from g2", "eps inside")}
        | {
            "debiased": ("debias = True",),
            "nesterov": ("nesterov = True",),
            "average": ("1 - momentum",),
            "one minus beta2": ("beta2 stands for 1 - beta2",),
        },
    ),
    "Adadelta": (adadelta, {"lr inside": ("lr is inside",)}),
    "SGD": (
        sgd,
        {
            "average": ("1 - momentum",),
            "first dampened": ("first gradient is dampened",),
            "no dampening": ("dampening = 0",),
        },
    ),
    "LAMB": (
        lamb,
        {key: (_BIAS | _EPS | _COUNTER | _STORED)[key] for key in ("no debias", "eps inside", "no eps", "stored", "counter ahead")}
        | {
            "no decay": _DECAY["no decay"],
            "weight clamped": ("weight norm is clamped to 1",),
            "ratio clamped": ("trust ratio is clamped to 1",),
            "no ratio": ("no trust ratio",),
        },
    ),
    "ADOPT": (adopt, {"unclipped": ("clipped = False",), "first moves": ("first call makes a step",)}),
}


def run(method, fault, hyper, theta, grads, dtype=float):
    """The parameters (T, n) after each call of the loop."""
    loop = LOOPS[method][0]
    kept: dict = {}
    path = []
    hyper = {key: dtype(value) if isinstance(value, float) else value for key, value in hyper.items()}
    theta = np.asarray(theta, dtype)
    for t, g in enumerate(np.asarray(grads, dtype), 1):
        theta = np.asarray(loop(theta, g, t, kept, hyper, fault), dtype)
        path.append(theta)
    return np.array(path, float)


# Faults of the calls, whatever the method: what a training loop does wrong. The gradient that the method is called with, and
# whether its step, its state, or neither is kept at the first call; and the words that must be said.
CALLS = {
    "first step dropped": ("first call makes no step",),
    "first call skipped": ("first call is skipped", "first row is theta0"),
    "gradient of the call before": ("gradient of the call before", "first row is theta0"),
    "gradients accumulate": ("gradients accumulate",),
    "ascent": ("other sign", "every step is -1 of ours"),
    "half steps": ("every step is 0.5 of ours",),
    "norm clipped": ("clipped to norm 1",),
}


def called_wrongly(fault, optimizer, theta, oracles):
    """The points after each call of a method that is called with this fault; oracles(grad, t) answers the rest."""
    state = optimizer.init(theta)
    sum_of_all = last = None
    path = []
    for t, (g, oracle) in enumerate(oracles):
        seen = g
        if fault == "gradient of the call before":
            seen = 0 * g if last is None else last
        if fault == "gradients accumulate":
            seen = sum_of_all = g if sum_of_all is None else sum_of_all + g
        if fault == "ascent":
            seen = -1.0 * g
        if fault == "norm clipped":
            seen = g * (1 / max(1.0, length(g)))
        last = g
        delta, new = optimizer.step(state, oracle(seen, t), theta)
        if fault == "first call skipped" and t == 0:
            path.append(theta)
            continue
        state = new
        factor = 0.5 if fault == "half steps" else 0.0 if fault == "first step dropped" and t == 0 else 1.0
        theta = theta + factor * delta
        path.append(theta)
    return path


def length(g):
    blocks = list(g) if hasattr(g, "blocks") else [g]
    return float(np.sqrt(sum((block**2).sum() for block in blocks)))

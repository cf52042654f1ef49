"""The faults of faulty_loops by method, with the words that must be said of each; and faults of the
calls, whatever the method."""

import numpy as np
from faulty_loops import (
    adabelief,
    adadelta,
    adagrad,
    adam,
    adamw,
    adopt,
    amsgrad,
    lamb,
    lars,
    lion,
    nadam,
    rmsprop,
    rprop,
    sgd,
)

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
_COUNTER = {
    "counter ahead": ("counter is one ahead",),
    "counter late": ("counts from the second call",),
}
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
        _ADAM
        | _DECAY
        | {
            "decay after": ("acts after the step",),
            "decay proximal": ("proximal",),
            "twice": ("acts twice",),
        },
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
    "AdaBelief": (
        adabelief,
        _BIAS | {"old residual": ("m before this gradient",), "no eps_root": ("eps_root = 0",)},
    ),
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
    "AdaGrad": (
        adagrad,
        {key: (_STARTS | _EPS)[key] for key in ("v from 0.1", "v from 1", "eps inside", "no eps")},
    ),
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
        {
            key: (_BIAS | _EPS | _COUNTER | _STORED)[key]
            for key in ("no debias", "eps inside", "no eps", "stored", "counter ahead")
        }
        | {
            "no decay": _DECAY["no decay"],
            "weight clamped": ("weight norm is clamped to 1",),
            "ratio clamped": ("trust ratio is clamped to 1",),
            "no ratio": ("no trust ratio",),
        },
    ),
    "LARS": (
        lars,
        {
            "no decay": _DECAY["no decay"],
            "ratio clamped": ("trust ratio is clamped to 1",),
            "larc": ("(LARC)",),
            "no ratio": ("no trust ratio",),
        },
    ),
    "ADOPT": (
        adopt,
        {"unclipped": ("clipped = False",), "first moves": ("first call makes a step",)},
    ),
}


def run(method, fault, hyper, theta, grads, *, dtype=float):
    """The parameters (T, n) after each call of the loop."""
    loop = LOOPS[method][0]
    kept: dict = {"fault": fault}
    path = []
    hyper = {
        key: dtype(value) if isinstance(value, float) else value for key, value in hyper.items()
    }
    theta = np.asarray(theta, dtype)
    for t, g in enumerate(np.asarray(grads, dtype), 1):
        theta = np.asarray(loop(theta, g, t, kept, hyper), dtype)
        path.append(theta)
    return np.array(path, float)


# Faults of the calls, whatever the method: what a training loop does wrong. The gradient that the
# method is called with, and
# whether its step, its state, or neither is kept at the first call; and the words that must be
# said.
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
    """The points after each call of a method that is called with this fault; oracles(grad, t)
    answers the rest."""
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
        factor = (
            0.5
            if fault == "half steps"
            else 0.0
            if fault == "first step dropped" and t == 0
            else 1.0
        )
        theta = theta + factor * delta
        path.append(theta)
    return path


def length(g):
    blocks = list(g) if hasattr(g, "blocks") else [g]
    return float(np.sqrt(sum((block**2).sum() for block in blocks)))

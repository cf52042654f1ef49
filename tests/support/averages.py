"""The average of gradients that each method divides, from the gradients alone; and what it carries
over of its last step."""

import math

import numpy as np

from lab.arrays import block_norm, each, each_tensor, norm, rowwise


def ema(xs, beta):
    """sum_s (1 - beta) beta^(t - s) x_s."""
    return sum((1 - beta) * beta ** (len(xs) - s) * x for s, x in enumerate(xs, 1))


def hat(xs, beta):
    return ema(xs, beta) / (1 - beta ** len(xs))


def newest(gs, h):
    return gs[-1]


def first_moment(gs, h):
    return hat(gs, h.beta1) if h.debias in ("both", "m") else ema(gs, h.beta1)


def buffer(gs, h):
    b = gs[0]
    for g in gs[1:]:
        b = h.momentum * b + (1 - h.dampening) * g
    u = gs[-1] + h.momentum * b if h.nesterov else b
    return -u if h.maximize else u


def extrapolated(gs, mu):
    """u of y+ - y = mu (y - y_prev) - lr u, the first gradient being without a predecessor."""
    return (1 + mu) * gs[-1] - (mu * gs[-2] if len(gs) > 1 else 0.0)


def looks_ahead(gs, k):
    """OGM: (a - 1) / a+ is the carry, a / a+ acts on the newest gradient besides."""
    a = [1.0]
    for _ in range(k + 1):
        a.append((1 + np.sqrt(1 + 4 * a[-1] ** 2)) / 2)
    return (a[k] - 1) / a[k + 1], a[k] / a[k + 1]


def ogm(gs, h):
    mu, more = looks_ahead(gs, len(gs) - 1)
    return extrapolated(gs, mu) + more * gs[-1]


def lion(gs, h):
    return h.beta1 * ema(gs[:-1], h.beta2) + (1 - h.beta1) * gs[-1]


def paused(gs, h):
    before = gs[0]
    for g in gs[1:]:
        before = each(lambda g, b: np.where(g * b < 0, 0.0, g), g, before)
    return before


def nadam(gs, h):
    def mu(t):
        return h.beta1 * (1 - 0.5 * 0.96 ** (t * h.momentum_decay)) if h.warmup else h.beta1

    t = len(gs)
    product = 1.0
    for s in range(1, t + 1):
        product = (
            float(np.float32(product) * np.float32(mu(s))) if h.float32_product else product * mu(s)
        )
    return (1 - mu(t)) / (1 - product) * gs[-1] + mu(t + 1) / (1 - product * mu(t + 1)) * ema(
        gs, h.beta1
    )


def yogi(gs, h):
    m = ema(gs, h.beta1) + h.beta1 ** len(gs) * h.initial_momentum
    return m / (1 - h.beta1 ** len(gs)) if h.debias else m


def adan(gs, h):
    changes = [0 * gs[0], *(g - before for g, before in zip(gs[1:], gs, strict=False))]
    return hat(gs, h.beta1) + (1 - h.beta2) * hat(changes, h.beta2)


def adal(gs, h):
    if h.factor == "coordinate":
        return hat([np.abs(g) ** h.exponent * g for g in gs], h.beta1)
    return hat([rowwise(norm(g, 1) ** h.exponent, g) * g for g in gs], h.beta1)


def muon(gs, h):
    t = len(gs)
    beta = h.beta1
    m = ema(gs, beta)
    late, now = (1 - beta ** (t + 1), 1 - beta**t) if h.average == "debiased" else (1.0, 1.0)
    return beta * m / late + (1 - beta) * gs[-1] / now if h.nesterov else m / now


def debiased(gs, h):
    return hat(gs, h.beta1)


def fresh(gs, h):
    return (1 - h.beta1) * gs[-1]


def summed(gs, h):
    return sum(h.momentum ** (len(gs) - s) * g for s, g in enumerate(gs, 1))


def clipped(g, threshold, of):
    """g of length at most threshold, as a whole, tensor by tensor or entry by entry."""
    if of == "entry":
        return each(lambda x: np.clip(x, -threshold, threshold), g)
    length = rowwise(norm(g), g) if of == "all" else block_norm(g)
    return each(np.minimum, 1.0, threshold / length) * g


def corrected(gs, h):
    """MARS: the average of the corrected and clipped gradients, debiased."""
    befores = [0 * gs[0], *gs[:-1]]
    share = h.gamma * h.beta1 / (1 - h.beta1)
    seen = [g + share * (g - before) for g, before in zip(gs, befores, strict=True)]
    return hat([clipped(c, h.threshold, h.of) for c in seen], h.beta1)


def descending(gs, h):
    """Cautious Adam: the average where it has the sign of the newest gradient."""
    u = hat(gs, h.beta1)
    return each(lambda u, g: np.where(u * g > 0, u, 0.0), u, gs[-1])


def looking(gs, h):
    """m, or ema(m, g) with nesterov; of no average where there is no beta1."""
    beta = getattr(h, "beta1", 0.0)
    m = ema(gs, beta)
    return beta * m + (1 - beta) * gs[-1] if getattr(h, "nesterov", False) else m


def heaviest(gs, h):
    """Dion2: what is taken of the sum of gradients, with what was left before."""
    b = 0 * gs[0]
    for g in gs:
        b = b + g
        u = each_tensor(lambda k, x: _heaviest_rows(x.reshape(x.shape[0], -1), h.part, x.shape), b)
        b = b - (1 - h.momentum) * u
    return u


def _heaviest_rows(x, part, shape):
    lines = x if x.shape[0] <= x.shape[1] else x.T
    taken = sorted(range(len(lines)), key=lambda i: -sum(abs(v) for v in lines[i]))
    taken = taken[: math.ceil(part * len(lines))]
    out = np.zeros_like(lines)
    out[taken] = lines[taken]
    return (out if x.shape[0] <= x.shape[1] else out.T).reshape(shape)


# Steps that no metric makes of an average of gradients: they mix points (ScheduleFree, MADGRAD),
# project (Hyperball), carry what compression leaves out, or average gradients with weights that
# are known to the method only, or rate and momentum from a model.
OF_POINTS = frozenset(
    {
        "AdamH",
        "AdaptiveKFAC",
        "DAdaptAdam",
        "EFSignSGD",
        "MADGRAD",
        "MuonH",
        "Prodigy",
        "ScheduleFreeAdamW",
        "ScheduleFreeSGD",
    }
)

U = {
    **dict.fromkeys(("LMO", "SignSVD", "Scion", "NorMuon", "AdaMuon"), looking),
    **dict.fromkeys(
        (
            "HeavyBall",
            "SignSGD",
            "AdaGrad",
            "RMSProp",
            "Adadelta",
            "IdealisedAdam",
            "LARS",
            "NovoGrad",
        ),
        newest,
    ),
    **dict.fromkeys(
        ("DiagonalGN", "GaussNewton", "Newton", "LevenbergMarquardt", "Shampoo"), newest
    ),
    **dict.fromkeys(("AdamW", "Adamax", "RAdam", "AdaBelief", "LAMB", "AdaHessian"), debiased),
    **dict.fromkeys(("Adam", "AMSGrad"), first_moment),
    **dict.fromkeys(("ADOPT", "Adafactor"), fresh),
    **dict.fromkeys(("Signum", "AdaBound", "AMSBound"), lambda gs, h: ema(gs, h.beta1)),
    **dict.fromkeys(("SophiaH", "SophiaG"), lambda gs, h: (hat if h.debias else ema)(gs, h.beta1)),
    **dict.fromkeys(
        (
            "ShampooEMA",
            "GraftedShampoo",
            "KLShampoo",
            "VNShampoo",
            "TNT",
            "PerExampleTNT",
            "KFAC",
            "KFC",
            "EKFAC",
            "FOOF",
            "GNT",
            "BlockNaturalGradient",
        ),
        summed,
    ),
    **dict.fromkeys(("KBFGS", "KBFGSL"), lambda gs, h: ema(gs, h.beta1)),
    "AdaGradNorm": newest,
    "CautiousAdamW": descending,
    "ClippedSGD": lambda gs, h: clipped(gs[-1], h.threshold, h.of),
    "Dion2": heaviest,
    "LaProp": lambda gs, h: (1 - h.beta1) / (1 - h.beta1 ** len(gs)) * gs[-1],
    "MARSAdamW": corrected,
    "SGD": buffer,
    "Nesterov": lambda gs, h: extrapolated(gs, h.momentum),
    "AcceleratedGradient": lambda gs, h: extrapolated(gs, (len(gs) - 1) / (len(gs) + 2)),
    "OGM": ogm,
    "ASGD": newest,
    "BNP": newest,
    "Lion": lion,
    "Rprop": paused,
    "NAdam": nadam,
    "Yogi": yogi,
    "Adan": adan,
    "AdEMAMix": lambda gs, h: hat(gs, h.beta1) + h.alpha * ema(gs, h.beta3),
    "AdaL": adal,
    "Muon": muon,
    # the average is carried from basis to basis, so it is that of the gradients themselves; the
    # first one is skipped
    "SOAP": lambda gs, h: (hat if h.debias == "both" else ema)(
        gs[1:] if h.skip_first else gs, h.beta1
    ),
}
CARRY = {
    "LaProp": lambda t, h: h.beta1 * (1 - h.beta1 ** (t - 1)) / (1 - h.beta1**t),
    **dict.fromkeys(
        ("HeavyBall", "Nesterov", "RMSProp", "LARS", "NovoGrad"), lambda t, h: h.momentum
    ),
    **dict.fromkeys(("ADOPT", "Adafactor"), lambda t, h: h.beta1),
    "AcceleratedGradient": lambda t, h: (t - 1) / (t + 2),
    "OGM": lambda t, h: looks_ahead(None, t - 1)[0],
}

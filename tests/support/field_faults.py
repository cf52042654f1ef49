"""Faults of public code for methods of matrices, as loops in NumPy that share nothing with the lab:
(method, its hyper-parameters, the faulty loop, the words that must be said).

A loop takes the start and the gradients of every block, and for TNT the sampled gradients of the
examples, and returns the points after every step.
"""

import math

import numpy as np

JORDAN = [(3.4445, -4.7750, 2.0315)] * 5
LIBRARY = [
    (7.2086, -15.5131, 9.0178),
    (3.9623, -2.5813, 0.4542),
    (3.9466, -2.5765, 0.4544),
    (3.8991, -2.5671, 0.4566),
    (3.7186, -2.5308, 0.4653),
]
LR = 0.05


def matrix(x):
    return x.reshape(x.shape[0], -1)


def root(x, quintics=JORDAN, eps=0.1):
    """The quintics on matrices, on whichever side: the result is the same."""
    x = x / (np.linalg.norm(x) + eps)
    for a, b, c in quintics:
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x


def averages(gs, beta=0.6):
    m = 0.0
    for g in gs:
        m = beta * m + (1 - beta) * g
        yield beta * m + (1 - beta) * g


def walked(theta, steps):
    points = [theta]
    for step in steps:
        points.append(points[-1] - step)
    return np.array(points[1:])


def shape_factor(m, n):
    return math.sqrt(max(1, m / n))


def muon(fault):
    def step(u):
        x = matrix(u)
        m, n = x.shape
        o = root(x)
        if fault == "tall" and m > n > 1:
            o = o.T
        if fault == "svd":
            left, _, right = np.linalg.svd(x, full_matrices=False)
            o = left @ right.T if m >= n else left @ right
        return LR * shape_factor(m, n) * o.reshape(u.shape)

    return lambda theta, gs, rows: walked(theta, map(step, averages(gs)))


def lmo(theta, gs, rows):
    return walked(theta, (LR * root(matrix(u), LIBRARY).reshape(u.shape) for u in averages(gs)))


def normuon(fault):
    def loop(theta, gs, rows):
        v, steps = 0.0, []
        for t, u in enumerate(averages(gs)):
            o = root(matrix(u))
            m, n = o.shape
            before = v
            v = 0.8 * v + 0.2 * (o * o).mean(1, keepdims=True)
            used = before if fault == "before" and t else v
            z = o / (np.sqrt(used) + 0.08)
            kept = shape_factor(m, n) * np.linalg.norm(o) / np.linalg.norm(z)
            length = shape_factor(m, n) if fault == "length" else kept
            steps.append(LR * length * z.reshape(u.shape))
        return walked(theta, steps)

    return loop


def adamuon(theta, gs, rows):
    v, steps = 0.0, []
    for t, u in enumerate(averages(gs), 1):
        o = root(matrix(u))
        v = 0.8 * v + o * o
        z = o / (np.sqrt(v / (1 - 0.8**t)) + 0.08)
        z = 0.2 * math.sqrt(o.size) * z / (np.linalg.norm(z) + 0.08)
        steps.append(LR * z.reshape(u.shape))
    return walked(theta, steps)


def power(a, p):
    lam, q = np.linalg.eigh(a)
    return (q * lam**p) @ q.T


def along(x, a, mode):
    """Mode `mode` of x times a symmetric matrix."""
    return np.moveaxis(np.tensordot(a, x, (1, mode)), 0, mode)


def unfolded(x, mode):
    return np.moveaxis(x, mode, 0).reshape(x.shape[mode], -1)


def shampoo(fault):
    def loop(theta, gs, rows):
        k = theta.ndim
        factors = [0.1 * np.eye(d) for d in theta.shape]
        steps = []
        for g in gs:
            step = g
            for j in range(k):
                flat = g.reshape(g.shape[j], -1) if fault == "unfolded" else unfolded(g, j)
                factors[j] = factors[j] + flat @ flat.T
                step = along(step, power(factors[j], -0.5 if fault == "root" else -1 / (2 * k)), j)
            steps.append(LR * step)
        return walked(theta, steps)

    return loop


def tnt(fault):
    """rows: (T, B, ...), sampled gradients of the examples; damping 0.3, beta2 0.8, momentum 0.6.

    The statistic is of their mean.
    """

    def loop(theta, gs, rows):
        k = theta.ndim
        factors = [np.zeros((d, d)) for d in theta.shape]
        m, steps = 0.0, []
        batch = rows.shape[1]
        share = {"once more": 1 / batch, "twice more": 1 / batch**2}.get(fault, 1.0)
        for t, g in enumerate(gs, 1):
            m = 0.6 * m + g
            s = rows[t - 1].mean(0)
            step = m
            for j in range(k):
                flat = unfolded(s, j)
                factors[j] = 0.8 * factors[j] + 0.2 * share * flat @ flat.T
            c = (np.trace(factors[0]) / theta.size) ** (1 / k)
            for j in range(k):
                d = theta.shape[j]
                u = c * d * factors[j] / np.trace(factors[j])
                damping = 0.3 * t if fault == "again" and k == 1 else 0.3
                damping = 0.0 if fault == "first" and j else damping
                step = along(step, power(u + damping * np.eye(d), -1), j)
            steps.append(LR * step)
        return walked(theta, steps)

    return loop


def soap(fault):
    """One matrix; the basis is refreshed every fifth call, as LAPACK leaves it but for places and
    signs, which continue; damping 0.3 and the first basis given."""

    def loop(theta, gs, rows):
        m = v = 0 * theta
        basis = [np.eye(d) for d in theta.shape]
        factors = [np.zeros((d, d)) for d in theta.shape]
        points, updates = [], 0

        def update(g, m):
            nonlocal updates
            for j in range(2):
                flat = unfolded(g, j)
                factors[j] = 0.8 * factors[j] + 0.2 * flat @ flat.T
                if updates and updates % 5 == 0:
                    old = basis[j]
                    basis[j] = continued(factors[j] + 0.3 * np.eye(len(flat)), old)
                    if fault != "m stays":
                        m = along(m, basis[j].T @ old, j) if j == 0 else m @ (old.T @ basis[j])
            updates += 1
            return m

        for t, g in enumerate(gs):
            if t == 0:
                m = update(g, m)
                points.append(theta)
                continue
            if fault == "before":
                m = update(g, m)
            z = basis[0].T @ g @ basis[1]
            m = 0.5 * m + 0.5 * z
            v = 0.8 * v + 0.2 * z * z
            m_hat, v_hat = m / (1 - 0.5**t), v / (1 - 0.8**t)
            eps = 0.1
            d = np.sqrt(v_hat) + eps / math.sqrt(1 - 0.8**t)
            d = np.maximum(np.sqrt(v_hat), eps) if fault == "floor" else d
            d = np.sqrt(v_hat + eps) if fault == "inside" else d
            theta = theta - LR * basis[0] @ (m_hat / d) @ basis[1].T
            points.append(theta)
            if fault != "before":
                m = update(g, m)
        return np.array(points)

    return loop


def continued(a, q):
    """One step of power iteration, column by column in its old place and direction."""
    order = np.argsort(-np.diag(q.T @ a @ q), kind="stable")
    new, upper = np.linalg.qr(a @ q[:, order])
    new = new * np.where(np.diag(upper) < 0, -1.0, 1.0)
    return new[:, np.argsort(order)]


_MUON = {"lr": LR, "beta1": 0.6, "eps": 0.1}
_ROWS = {**_MUON, "beta2": 0.8, "eps_update": 0.08}
_TNT = {"lr": LR, "damping": 0.3, "beta2": 0.8, "momentum": 0.6, "every": 1}
_SOAP = {
    "lr": LR,
    "beta1": 0.5,
    "beta2": 0.8,
    "eps": 0.1,
    "weight_decay": 0.0,
    "damping": 0.3,
    "every": 5,
}
_SVD = {"orthogonalise": "svd", "eps": 0.0}
_POLAR = {"norm": "spectral", "root": "polar-express", "nesterov": True}

# what public code does -> (method, hyper-parameters, loop, words)
FIELD_FAULTS = {
    "statistics over B^2": ("TNT", _TNT, tnt("once more"), "by the batch size once more"),
    "statistics over B^3": ("TNT", _TNT, tnt("twice more"), "by the batch size twice more"),
    "1/m counted twice": ("TNT", _TNT, tnt("once more"), "by the batch size once more"),
    "damping added again to biases": ("TNT", _TNT, tnt("again"), "damping is added again"),
    "a factor without damping": ("TNT", _TNT, tnt("first"), "only the first factor is damped"),
    "eps as a floor": ("SOAP", _SOAP, soap("floor"), "eps is a floor"),
    "eps inside the root": ("SOAP", _SOAP, soap("inside"), "eps is inside the root"),
    "weight dropped, correction kept": ("AdaMuon", _ROWS, adamuon, "v is a sum"),
    "an SVD transposed": ("Muon", _MUON | _SVD, muon("svd"), "U V for U V^T"),
    "transposed for one orientation": ("Muon", _MUON, muon("tall"), "not transposed back"),
    "m in the old basis": ("SOAP", _SOAP, soap("m stays"), "m stays in the old basis"),
    "another list for Polar Express": ("LMO", _MUON | _POLAR, lmo, "root = 'cesista'"),
    "NorMuon's length": ("NorMuon", _ROWS, normuon("length"), "not brought back to its length"),
    "NorMuon's order": ("NorMuon", _ROWS, normuon("before"), "by their average before this step"),
    "square root as fourth root": (
        "Shampoo",
        {"lr": LR, "damping": 0.1},
        shampoo("root"),
        "inverse square roots",
    ),
    "a missing transpose": (
        "Shampoo",
        {"lr": LR, "damping": 0.1},
        shampoo("unfolded"),
        "unfolded without a transpose",
    ),
    "basis before the step": ("SOAP", _SOAP, soap("before"), "updated before the step"),
}
# the right loop of every method: what makes the faults faults
RIGHT = {
    "TNT": (_TNT, tnt(None)),
    "SOAP": (_SOAP, soap(None)),
    "Muon": (_MUON, muon(None)),
    "NorMuon": (_ROWS, normuon(None)),
    "Shampoo": ({"lr": LR, "damping": 0.1}, shampoo(None)),
}

"""K-FAC's relatives in sixty digits: records of AdaptiveKFAC and KFC that no code of the lab made.

Every derivative is a central difference of the loss itself, whose error at these digits is far
below a double's: there is no backpropagation here, no Fisher product, no factor of two layers at
once. `python tests/support/derived_kfac.py` writes tests/golden/kronecker/derived_*.json.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
from sixty_digits import Net, column, entries, exact, fisher, gradient, loss, moments, moved

FOLDER = Path(__file__).parents[1] / "golden" / "kronecker"
DIGITS = 60
ADAPTIVE = {
    "lr": 0.9,
    "damping": 0.3,
    "beta2": 0.8,
    "weight_decay": 0.2,
    "every": 3,
    "adapt_every": 2,
}
PLAIN = {"lr": 0.07, "damping": 0.3, "beta2": 0.8, "momentum": 0.6, "every": 2}


def averaged(old, new, beta, i: int) -> list[tuple]:
    """The mean of the first samples until their weight falls to 1 - beta."""
    keep = min(beta, 1 - mpmath.mpf(1) / (i + 1))
    if old is None:
        return new
    return [
        tuple(keep * h + (1 - keep) * m for h, m in zip(block, one, strict=True))
        for block, one in zip(old, new, strict=True)
    ]


def divided(slopes: mpmath.matrix, theta: list, factors: list, gamma) -> mpmath.matrix:
    """(G + gamma / pi I)^-1 S (A + pi gamma I)^-1 by layer, as one column."""
    found: list = []
    start = 0
    for w, (g, a) in zip(theta, factors, strict=True):
        pi = mpmath.sqrt(mean_eigenvalue(a) / mean_eigenvalue(g))
        count = w.rows * w.cols
        s = mpmath.matrix(w.rows, w.cols)
        for k in range(count):
            s[k // w.cols, k % w.cols] = slopes[start + k]
        left = g + gamma / pi * mpmath.eye(w.rows)
        right = a + gamma * pi * mpmath.eye(w.cols)
        solved = left**-1 * s * right**-1
        found += [solved[k // w.cols, k % w.cols] for k in range(count)]
        start += count
    return mpmath.matrix(found)


def mean_eigenvalue(a: mpmath.matrix):
    return sum(a[k, k] for k in range(a.rows)) / a.rows


def dot(a, b):
    return (a.T * b)[0]


def kfc(net: Net, theta: list, targets: list, labels: list, hyper: dict) -> list:
    """The points after every step."""
    points = []
    momentum = mpmath.zeros(len(entries(theta)), 1)
    averages = kept = None
    for i, drawn in enumerate(labels):
        momentum = hyper["momentum"] * momentum + gradient(net, theta, targets)
        averages = averaged(averages, moments(net, theta, drawn), hyper["beta2"], i)
        # roots at every step until there are as many as lie between them later
        if i < hyper["every"] or i % hyper["every"] == 0:
            kept = averages
        step = divided(momentum, theta, kept, mpmath.sqrt(hyper["damping"]))
        theta = moved(theta, -hyper["lr"] * step)
        points.append(theta)
    return points


def adaptive(net: Net, theta: list, targets: list, labels: list, hyper: dict) -> list:
    """Martens & Grosse's Algorithm 2: the points after every step."""
    points = []
    eta = hyper["weight_decay"]
    damping = hyper["damping"]
    gamma = mpmath.sqrt(damping + eta)
    rate = mpmath.mpf(19) / 20
    last = mpmath.zeros(len(entries(theta)), 1)
    averages = kept = None
    for i, drawn in enumerate(labels):
        g = gradient(net, theta, targets) + eta * column(theta)
        averages = averaged(averages, moments(net, theta, drawn), hyper["beta2"], i)
        bent = fisher(net, theta) + (damping + eta) * mpmath.eye(len(g))
        if i and i % hyper["every"] == 0:
            omega = mpmath.sqrt(rate) ** hyper["every"]
            tried = [gamma, gamma * omega, gamma / omega]
            steps = [-divided(g, theta, averages, one) for one in tried]
            told = [lowest(bent, g, d, last)[1] for d in steps]
            gamma = tried[told.index(min(told))]
        if i < hyper["every"] or i % hyper["every"] == 0:
            kept = averages, gamma
        best, _ = lowest(bent, g, -divided(g, theta, *kept), last)
        step = hyper["lr"] * best
        after = moved(theta, step)
        if (i + 1) % hyper["adapt_every"] == 0:
            change = penalised(net, after, targets, eta) - penalised(net, theta, targets, eta)
            ratio = change / (dot(g, step) + dot(step, bent * step) / 2)
            factor = rate ** hyper["adapt_every"]
            damping *= factor if ratio > 0.75 else 1 / factor if ratio < 0.25 else 1
        theta, last = after, step
        points.append(theta)
    return points


def penalised(net: Net, theta: list, targets: list, eta):
    return loss(net, theta, targets) + eta / 2 * dot(column(theta), column(theta))


def lowest(bent, g, d, last):
    """The lowest point of g . s + s . bent s / 2 over s = alpha d + mu last, and its value."""
    span = [d] if dot(last, last) == 0 else [d, last]
    matrix = mpmath.matrix([[dot(p, bent * q) for q in span] for p in span])
    slopes = mpmath.matrix([-dot(p, g) for p in span])
    found = mpmath.lu_solve(matrix, slopes)
    step = mpmath.zeros(len(g), 1)
    for k, p in enumerate(span):
        step += found[k] * p
    return step, dot(g, step) + dot(step, bent * step) / 2


RECIPES = {"AdaptiveKFAC": (adaptive, ADAPTIVE), "KFC": (kfc, PLAIN)}


def problem(name: str) -> tuple[dict[str, Any], list]:
    """A problem, and labels for every step, of a seed of its own."""
    rng = np.random.default_rng(len(name))
    if name == "KFC":
        # 2 x 3 windows of 2 x 2 with two channels
        image, size, examples, steps = [3, 4, 2], 2, 4, 5
        shapes = [(2, 8), (2, 12)]
        told = {"image": image, "size": size, "channels": [2]}
        inputs = 24
    else:
        examples, steps, inputs = 5, 11, 2
        shapes = [(3, 2), (2, 3)]
        told = {"sizes": [2, 3, 2]}
    weights = []
    for o, d in shapes:
        w = rng.standard_normal((o, d)) / np.sqrt(d)
        weights.append({"W": w.tolist(), "b": (rng.standard_normal(o) / 5).tolist()})
    told |= {
        "acts": ["tanh", "linear"],
        "loss": "half_mse",
        "X": rng.standard_normal((examples, inputs)).tolist(),
        "t": rng.standard_normal((examples, 2)).tolist(),
        "W0": weights,
    }
    return told, rng.standard_normal((steps, examples, 2)).tolist()


def derived(name: str, steps: int | None = None) -> dict[str, Any]:
    """The record of a method, of so many steps."""
    mpmath.mp.dps = DIGITS
    recipe, hyper = RECIPES[name]
    told, labels = problem(name)
    labels = labels[:steps]
    theta = []
    for layer in told["W0"]:
        rows = [[*w, b] for w, b in zip(layer["W"], layer["b"], strict=True)]
        theta.append(mpmath.matrix(exact(rows)))
    known = {key: exact(x) if isinstance(x, float) else x for key, x in hyper.items()}
    points = recipe(Net(told), theta, exact(told["t"]), exact(labels), known)
    return {
        "source": "derived in 60 digits by tests/support/derived_kfac.py; no public code",
        "derived": name,
        "problem": told,
        "hyper": hyper,
        "batches": [list(range(len(told["X"])))] * len(labels),
        "sampled_labels": labels,
        "weights_after_step": [[as_doubles(w) for w in point] for point in points],
    }


def as_doubles(w: mpmath.matrix) -> dict[str, Any]:
    rows = [[float(x) for x in row] for row in w.tolist()]
    return {"W": [row[:-1] for row in rows], "b": [row[-1] for row in rows]}


def path_of(name: str) -> Path:
    return FOLDER / f"derived_{name.lower()}.json"


if __name__ == "__main__":
    for name in RECIPES:
        path_of(name).write_text(json.dumps(derived(name)) + "\n", encoding="utf-8")

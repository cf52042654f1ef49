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

FOLDER = Path(__file__).parents[1] / "golden" / "kronecker"
DIGITS = 60
# the error is step^2, the loss of digits 1 / step: 20 of 60 for the one, 40 left for the other
STEP = mpmath.mpf(10) ** -20
ADAPTIVE = {
    "lr": 0.9,
    "damping": 0.3,
    "beta2": 0.8,
    "weight_decay": 0.2,
    "every": 3,
    "adapt_every": 2,
}
PLAIN = {"lr": 0.07, "damping": 0.3, "beta2": 0.8, "momentum": 0.6, "every": 2}


class Net:
    """Layers W (o, d + 1), the last column the bias, tanh between them; the first at every window
    of an image where there is one. x, t: lists of numbers, one per example."""

    def __init__(self, problem: dict[str, Any]):
        self.x = exact(problem["X"])
        self.image = problem.get("image")
        self.size = problem.get("size", 1)

    def windows(self, row: list) -> list[list]:
        """Inputs of the first layer, one per place; channels before the places of a window."""
        if self.image is None:
            return [row]
        height, width, depth = self.image
        size = range(self.size)
        found = []
        for r in range(height - self.size + 1):
            for s in range(width - self.size + 1):
                places = [(r + i) * width + s + j for i in size for j in size]
                found.append([row[depth * p + c] for c in range(depth) for p in places])
        return found

    def passed(self, theta: list, row: list, bump: tuple | None = None):
        """Outputs, and inputs with their 1 by layer and place; bump (layer, place, unit, amount) is
        added to what a layer puts out, before its tanh."""
        inputs = self.windows(row)
        seen = []
        for layer, w in enumerate(theta):
            ones = [[*a, mpmath.mpf(1)] for a in inputs]
            seen.append(ones)
            h = [[mpmath.fdot(w[u, :], a) for u in range(w.rows)] for a in ones]
            if bump is not None and bump[0] == layer:
                _, place, unit, amount = bump
                h[place][unit] += amount
            if layer == len(theta) - 1:
                return h[0], seen
            # a dense layer reads what all places put out, one after the other
            inputs = [[mpmath.tanh(u) for place in h for u in place]]
        raise ValueError("a network without layers")


def exact(numbers):
    """Doubles as they are, in nested lists."""
    if isinstance(numbers, list):
        return [exact(x) for x in numbers]
    return mpmath.mpf(numbers)


def half_squares(z: list, t: list):
    """|z - t|^2 / 2"""
    return sum((a - b) ** 2 for a, b in zip(z, t, strict=True)) / 2


def slope(f):
    """f'(0)."""
    return (f(STEP) - f(-STEP)) / (2 * STEP)


def entries(theta: list) -> list[tuple[int, int, int]]:
    """All parameters, row by row."""
    return [
        (layer, i, j) for layer, w in enumerate(theta) for i in range(w.rows) for j in range(w.cols)
    ]


def shifted(theta: list, entry: tuple[int, int, int], amount) -> list:
    """With one parameter changed."""
    layer, i, j = entry
    moved = [w.copy() for w in theta]
    moved[layer][i, j] += amount
    return moved


def loss(net: Net, theta: list, targets: list):
    """The mean over the examples."""
    each = [half_squares(net.passed(theta, x)[0], t) for x, t in zip(net.x, targets, strict=True)]
    return sum(each) / len(each)


def gradient(net: Net, theta: list, targets: list) -> mpmath.matrix:
    """Of the mean loss, as one column."""
    found = []
    for entry in entries(theta):
        found.append(slope(lambda s, e=entry: loss(net, shifted(theta, e, s), targets)))
    return mpmath.matrix(found)


def fisher(net: Net, theta: list) -> mpmath.matrix:
    """The mean over examples of J^T J, J = dz/dtheta: that of labels N(z, I)."""
    total = mpmath.zeros(len(entries(theta)))
    for x in net.x:
        rows = []
        for unit in range(theta[-1].rows):
            outputs = [
                slope(lambda s, e=e, u=unit, x=x: net.passed(shifted(theta, e, s), x)[0][u])
                for e in entries(theta)
            ]
            rows.append(outputs)
        jacobian = mpmath.matrix(rows)
        total += jacobian.T * jacobian
    return total / len(net.x)


def moments(net: Net, theta: list, labels: list) -> list[tuple]:
    """Per layer: the means over examples of sum_t g_t g_t^T / T and sum_t a_t a_t^T over its places
    t, g = dloss/dh under the labels."""
    found = []
    for layer, w in enumerate(theta):
        left = mpmath.zeros(w.rows)
        right = mpmath.zeros(w.cols)
        for x, t in zip(net.x, labels, strict=True):
            _, seen = net.passed(theta, x)
            places = len(seen[layer])
            for place, a in enumerate(seen[layer]):
                errors = mpmath.matrix(
                    [error(net, theta, x, t, (layer, place, u)) for u in range(w.rows)]
                )
                inputs = mpmath.matrix(a)
                left += errors * errors.T / places
                right += inputs * inputs.T
        found.append((left / len(net.x), right / len(net.x)))
    return found


def error(net: Net, theta: list, x: list, t: list, where: tuple[int, int, int]):
    """The derivative of the loss of one example by what a unit puts out."""
    return slope(lambda s: half_squares(net.passed(theta, x, (*where, s))[0], t))


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


def moved(theta: list, delta: mpmath.matrix) -> list:
    """theta + delta."""
    found = [w.copy() for w in theta]
    for k, (layer, i, j) in enumerate(entries(theta)):
        found[layer][i, j] += delta[k]
    return found


def column(theta: list) -> mpmath.matrix:
    return mpmath.matrix([theta[layer][i, j] for layer, i, j in entries(theta)])


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
            told = []
            for one in tried:
                d = -divided(g, theta, averages, one)
                told.append(lowest(bent, g, d, last)[1])
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

"""Small networks in sixty digits, whose every derivative is a central difference of the loss or of
the outputs: there is no backpropagation here."""

from __future__ import annotations

from typing import Any

import mpmath

# the error is step^2, the loss of digits 1 / step: 20 of 60 for the one, 40 left for the other
STEP = mpmath.mpf(10) ** -20


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


def moved(theta: list, delta: mpmath.matrix) -> list:
    """theta + delta."""
    found = [w.copy() for w in theta]
    for k, (layer, i, j) in enumerate(entries(theta)):
        found[layer][i, j] += delta[k]
    return found


def column(theta: list) -> mpmath.matrix:
    return mpmath.matrix([theta[layer][i, j] for layer, i, j in entries(theta)])

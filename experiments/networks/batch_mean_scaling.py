"""What does TNT's second moment of the batch gradient cost against that of single examples?

Its mean is 1 / B of theirs for sampled labels, for true ones only where the gradient is 0, and its
noise does not fall with B. With rate and damping fixed the method changes with the batch size; lr /
B and damping / B^(1/k), k the order of a tensor, undo the factor. Digits at half their resolution.
"""

import numpy as np
from _halved import classifier

from lab.arrays import PerBlock, each, with_runs
from lab.batches import Drawn
from lab.modes import gram
from lab.optimizers import SGD, TNT, PerExampleTNT
from lab.optimizers.matrix.samples import Outer
from lab.oracle import Asked
from lab.sentences import number, span
from lab.simulation import simulate

VERSION = 1
SETTING = {"momentum": 0.0, "every": 5}
QUICK = {
    "sizes": (2, 4),
    "draws": 5,
    "examples": 30,
    "width": 3,
    "steps": 4,
    "seeds": 2,
}
UNITS = {
    "examples": "sizes usual",
    "no unit": "ratio expected noise",
    "loss": "loss final first",
}


def run(
    *,
    sizes: tuple = (1, 4, 16, 64, 256),
    draws: int = 100,
    examples: int = 1000,
    width: int = 12,
    before: int = 30,
    lr: float = 0.03,
    damping: float = 0.1,
    steps: int = 100,
    seeds: int = 3,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """By batch size (N,), at the weight of the first layer after `before` steps of SGD. ratio
    (2, N): B times the mean trace of the batch gradient's second moment over that of single
    examples, for the labels in `kinds`; expected (2, N): exactly. noise (2, N): the relative
    root-mean-square error of one estimate of the first factor, from what `samples` names, sampled
    labels. loss (3, N, S) on all examples after `steps` steps of the methods in `forms`, final
    (3, N) its median, inf beyond the floating range; first: at the start.

    draws: batches per size; lr, damping: of one example's second moment. The first form has the
    rate and damping that fit batches of `usual`, the middle one of `sizes`.

    kinds (2,), samples (2,), forms (3,); usual (): the middle of sizes. seed: of starts, batches
    and sampled labels; the point of the first two arrays is one, from the default start.
    """
    f = classifier(examples, (width,))
    starts, drawn, labels = np.random.default_rng(seed).spawn(3)
    theta = warmed(f, before)
    exact = one_example(f, theta, "exact")
    true = one_example(f, theta, "true")
    tau = np.array([np.trace(exact), np.trace(true)])
    # labels of the model have no mean gradient
    mean = np.array([0.0, (f.grad(theta)[0] ** 2).sum()])
    ratio = []
    noise = []
    for size in sizes:
        point = with_runs(theta, (draws,))
        # all draws at once, as runs
        batch = next(Drawn(size).stream(f, drawn, (draws,)))
        batched, single = estimates(Asked(f, point, batch, rng=labels))
        traces = [np.trace(m, axis1=-2, axis2=-1).mean() for m in batched]
        ratio.append(size * np.array(traces) / tau)
        noise.append([error(size * batched[0], exact), error(single, exact)])

    loss = trained(f, sizes, lr, damping, steps=steps, theta=f.start((seeds,), starts))
    return {
        "sizes": np.array(sizes),
        "kinds": np.array(["sampled labels", "true labels"]),
        "ratio": np.array(ratio).T,
        # E |g_B|^2 = tau / B + (1 - 1 / B) |mean|^2, in units of tau / B; exact for one weight's
        # gradient
        "expected": 1 + mean[:, None] * (np.array(sizes) - 1) / tau[:, None],
        "samples": np.array(["batch gradient", "examples"]),
        "noise": np.array(noise).T,
        "forms": np.array(FORMS),
        "loss": loss,
        "final": np.median(loss, axis=-1),
        "first": np.array(f.loss(f.start())),
        "usual": np.array(usual(sizes)),
    }


def warmed(f, steps: int):
    """The parameters after some steps of SGD.

    At rate 0.3 in batches of 32, from the default start and seed.
    """
    record = {"theta": lambda theta: theta}
    path = simulate(
        f,
        SGD(0.3),
        f.start(),
        steps=steps,
        every=steps,
        batch=32,
        record=record,
    )
    return each(lambda x: x[-1], path["theta"])


FORMS = ("batch, fixed", "batch, scaled", "per example")


def usual(sizes: tuple) -> int:
    """The batch size for which the first form has its rate and damping.

    For five sizes the third, 16.
    """
    return sizes[len(sizes) // 2]


def one_example(f, theta, labels) -> np.ndarray:
    """E |a|^2 g g^T in the first layer, over all examples.

    labels "exact": the mean over the model's labels; "true": the data's. (o, o), the first of two
    factors.
    """
    layer = f.curvature(theta, None, labels, None).layers[0]
    left, _ = Outer(layer.errors, layer.inputs).grams()
    return left


def estimates(oracle) -> tuple[list[np.ndarray], np.ndarray]:
    """S S^T of the batch gradients in the weight of the first layer, of sampled and of true labels,
    and the mean of those of the examples, sampled labels; (draws, o, o) each.

    oracle: at `draws` points that are all alike, each with a batch of its own. The gradient with
    true labels is the batch gradient itself.
    """
    sampled = oracle.curvature("sampled")
    gradients = [sampled.mean()[0], oracle.grad[0]]
    batched = [gram(g, 0, 2) for g in gradients]
    layer = sampled.layers[0]
    single, _ = Outer(layer.errors, layer.inputs).grams()
    return batched, single


def error(estimates, exact) -> float:
    """The root of the mean square of |M - exact|_F / |exact|_F.

    estimates (draws, o, o) of exact (o, o). The error of a mean falls with the number of samples,
    and one batch gradient is one sample, whatever B.
    """
    gaps = ((estimates - exact) ** 2).sum((-2, -1))
    return float(np.sqrt(gaps.mean() / (exact**2).sum()))


def trained(f, sizes, lr, damping, *, steps: int, theta) -> np.ndarray:
    """The last loss on all examples of every form, batch size and seed, (3, N, S).

    theta: starts (S, ...). Batches are drawn with replacement, from the same seed for every form.
    """
    found = []
    for size in sizes:
        protocol = {
            "steps": steps,
            "every": steps,
            "batch": size,
            "record": {"loss": f.loss},
        }
        last = []
        for method in forms(theta, size, usual(sizes), lr, damping):
            path = simulate(f, method, theta, **protocol)
            last.append(path["loss"][-1])
        # by size first: axes are swapped below
        found.append(last)
    return np.array(found).swapaxes(0, 1)


def forms(theta, size: int, middle: int, lr: float, damping: float) -> list:
    """TNT of the batch gradient with the rate and damping of the middle size, and with those of
    this one; TNT of examples.

    k: the order of a tensor, 2 of a weight and 1 of a bias: PerBlock gives each block its damping.
    Without momentum and with roots every 5 steps, so that what differs is the statistic.
    """

    def batched(b):
        # the Kronecker product of k factors carries the whole 1 / B
        shares = [damping / b ** (1 / k) for k in theta.orders]
        return TNT(lr / b, PerBlock(shares), **SETTING)

    return [batched(middle), batched(size), PerExampleTNT(lr, damping, **SETTING)]


def summary(data) -> str:
    """Traces against theory, the fall of the noise, and losses by form.

    Traces are compared with the exact ratio, in per cent: their error falls with `draws`. Losses
    are told as a span over batch sizes: a form whose span is narrow does not change with B.
    """
    sizes = data["sizes"]
    off = np.abs(data["ratio"] / data["expected"] - 1).max(-1)
    lines = [
        "What does TNT's second moment of batch gradients cost, batches of "
        f"{span(*sizes[[0, -1]])}?"
    ]
    for k, kind in enumerate(data["kinds"]):
        low, high = data["expected"][k].min(), data["expected"][k].max()
        lines.append(
            f"{kind}: B times the trace is {span(low, high)} times that of one example; measured "
            f"within {number(100 * off[k])} %."
        )
    for k, name in enumerate(data["samples"]):
        first, last = data["noise"][k, [0, -1]]
        lines.append(
            f"One estimate from the {name} is wrong by {number(100 * first)} % at the smallest, "
            f"{number(100 * last)} % at the largest batch size."
        )
    for k, name in enumerate(data["forms"]):
        told = span(data["final"][k].min(), data["final"][k].max())
        lines.append(f"{name}: last losses {told} over the batch sizes.")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

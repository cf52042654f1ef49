"""Which power of the width does K-FAC's preconditioner gain, layer by layer, through training?

A stand-in for Fig. 2 of Ishikawa & Karakida (2024): digits for FashionMNIST, two hidden layers of
tanh. The gain |step| / (rate |gradient|) is what their order can be. It goes as
M^(e_B (2 b_L - 1)), M^(e_B (2 b_L - 1) - e_A), M^-e_A (derived): neither the trace of A nor that of
B does.

An order says nothing about a size, and the loss is told only to show that training took place.
"""

import numpy as np
from _digits import images, parity

from lab.checks import count, positive
from lab.instruments.width import Slope, Start, Study, powers, slope
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.wrappers.parameterized import Parameterized, Widths
from lab.progress import bar
from lab.sentences import signed
from lab.simulation import simulate
from lab.theory.mup import Table, exponents, gain

VERSION = 1
QUICK = {
    "widths": (16, 32),
    "seeds": 2,
    "times": (1, 2),
}
UNITS = {
    "no unit": "gain loss derived middle slope* low high",
    "steps": "times",
    "second moment": "traces",
}
FULL = {
    "widths": (64, 128, 256, 512, 1024),
    "times": (1, 2, 5, 10, 20, 40),
}
FULL_TAKES = "about 12 seconds of one core"

KINDS = ("SP", "muP")
LAYERS = ("input", "hidden", "output")


def run(
    *,
    widths: tuple = (64, 128, 256, 512),
    seeds: int = 6,
    times: tuple = (1, 2, 5, 10, 20),
    examples: int = 6,
    lr: float = 0.05,
    damping: float = 0.1,
) -> dict[str, np.ndarray]:
    """By parameterization (2,), layer (3,), step (T,), width (W,) and seed (S,): gain
    (2, 3, T, W, S) of K-FAC with trace damping, middle (2, 3, T, W) its median; traces
    (2, 2, 3, T, W, S) of A and of B; slope, low, high (2, 3, T) in M of the gain, with the interval
    of 95 %; slope_A, slope_B (2, 3, T) of the traces; derived (2, 3); loss (2, W, S), the last over
    the first.

    widths: the first is the base; times: steps, the first being 1; examples: digits of half
    resolution, even against odd, the full batch; lr, damping: of K-FAC, which needs no other one at
    any width. ValueError for steps that do not increase.

    kinds (2,), layers (3,). Every t is looked at by one step from where training is then: the gain
    is of that step alone. seeds: of starts; nothing else is drawn.
    """
    positive("lr", lr)
    steps = [count("times", t) for t in times]
    if (np.diff([0, *steps]) <= 0).any():
        raise ValueError(f"times = {times}: must increase from 1 on")
    x, label = images(whole=False)
    rows = slice(count("examples", examples))
    study = Study(x[rows], parity(label[rows]), widths, base=widths[0], seeds=seeds)
    # the same rule twice, with two scales of the head
    tables = [exponents("KFAC", kind) for kind in KINDS]
    # trace damping, valid at every width
    method = ThinKronecker(lr, damping)
    both = [trained(study, powers(table), method, steps) for table in bar(tables)]

    gains, traces, loss = (np.array(one) for one in zip(*both, strict=True))
    fits = fitted(widths, gains)
    return {
        "kinds": np.array(KINDS),
        "layers": np.array(LAYERS),
        "widths": np.array(widths),
        "times": np.array(steps),
        "gain": gains,
        "traces": traces,
        "loss": loss,
        "derived": np.array([expected(table) for table in tables]),
        "middle": np.median(gains, axis=-1),
        "slope": fits[..., 0],
        "low": fits[..., 1],
        "high": fits[..., 2],
        "slope_A": fitted(widths, traces[:, 0])[..., 0],
        "slope_B": fitted(widths, traces[:, 1])[..., 0],
        "examples": np.array(examples),
    }


def expected(table: Table) -> list[float]:
    """The derived power of the gain in each layer.

    (3,): e_B (2 b_L - 1), e_B (2 b_L - 1) - e_A, -e_A with e_A = e_B = 1: in SP, b_L = 1/2, 0, -1,
    -1; in muP 1, 0, -1.
    """
    derived = gain(table.rule, table.head)
    return [float(derived[layer]) for layer in LAYERS]


def trained(study: Study, rows, method, steps: list[int]) -> tuple[np.ndarray, ...]:
    """The gains (3, T, W, S), the traces (2, 3, T, W, S) and the fall of the loss (W, S).

    rows: role -> powers, of the parameterization; method: K-FAC at the base width.

    Every width begins at its own starts, the same draws for both parameterizations.
    """
    each = []
    for width in study.widths:
        sized = Parameterized(method, rows, Widths(width, study.base))
        each.append(path(study.at(width, rows), sized, steps))
    gains, traces, losses = zip(
        *each,
        strict=True,
    )
    return np.stack(gains, 2), np.stack(traces, 3), np.stack(losses)


def path(start: Start, method, steps: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gains (3, T, S), the traces of A and B (2, 3, T, S), and the fall of the loss (S,).

    K-FAC without averages has no memory: a run may stop to be looked at and go on.

    steps: T numbers of steps, increasing. Gains are divided by the rate at the base width; a
    layer's own factor M^-c of the rate is 1 for K-FAC.

    fall is of the point before the last step, at which the last gain is measured.
    """
    f = start.objective
    theta = start.theta
    done = 0
    gains = []
    traces = []
    for t in steps:
        # to the point before step t: the step itself is taken apart
        theta = simulate(
            f,
            method,
            theta,
            steps=t - 1 - done,
        ).final
        done = t - 1
        after = simulate(
            f,
            method,
            theta,
            steps=1,
        ).final
        # a length of the step over one of the gradient, per layer
        gains.append(lengths(after - theta) / lengths(f.grad(theta)))
        traces.append(factors(start.network, theta))
    # before the last step, where its gain is measured
    fall = f.loss(theta) / f.loss(start.theta)
    sized = np.stack(gains, 1) / method.inner.lr
    return sized, np.stack(traces, 2), fall


def lengths(theta) -> np.ndarray:
    """|theta_l|_F of every layer, (3, S).

    Without the axes of a matrix; one run per start.

    theta: one matrix (S, fan_out, fan_in) per layer.
    """
    return np.stack([np.sqrt((x**2).sum((-1, -2))) for x in theta])


def factors(network, theta) -> np.ndarray:
    """tr A and tr B of every layer, (2, 3, S).

    Of all examples and exact labels: derivatives of outputs, without residuals.

    Traces are looked at because one might take the gain for 1 / (tr A tr B): their slopes are told
    beside.
    """
    found = []
    for layer in network.evaluate(theta).curvature("exact", None).layers:
        examples = layer.inputs.shape[-2]
        trace_A = (layer.inputs**2).sum((-1, -2)) / examples
        trace_B = (layer.errors**2).sum((-1, -2, -3)) / examples
        found.append([trace_A, trace_B])
    return np.moveaxis(np.array(found), 0, 1)


def fitted(widths, sizes) -> np.ndarray:
    """value, low, high of the slope of sizes (..., W, S), in a last axis; inf for one without.

    sizes: M in the second but last axis, starts in the last; intervals are Student's over starts.
    """
    *shape, _, _ = sizes.shape
    found = np.empty((*shape, 3))
    for place in np.ndindex(*shape):
        found[place] = slope(widths, sizes[place])
    return np.nan_to_num(
        found,
        nan=np.inf,
    )


def summary(data) -> str:
    """Slopes at the first and the last step beside the derived ones, and those of the traces.

    Slopes of the median over starts are not what is told, but the mean of the starts' slopes.
    """
    widths = data["widths"]
    last = data["times"][-1]
    lines = [
        f"Which power of the width, {widths[0]} to {widths[-1]}, does K-FAC's preconditioner gain "
        f"in {last} steps?"
    ]
    for k, kind in enumerate(data["kinds"]):
        slopes = data["slope"][k]
        lines.append(
            f"{kind}: {told(slopes[:, 0])} at step 1, {told(slopes[:, -1])} at step {last}, "
            f"derived {told(data['derived'][k])} (input, hidden, output): {judged(data, k)}."
        )
    for k, kind in enumerate(data["kinds"]):
        lines.append(
            f"{kind}, traces at step {last}: A {told(data['slope_A'][k, :, -1])}, "
            f"B {told(data['slope_B'][k, :, -1])}."
        )
    falls = np.median(
        data["loss"],
        axis=(-2, -1),
    )
    lines.append(f"The loss fell to {' and '.join(f'{100 * fall:.2g} %' for fall in falls)}.")
    return "\n".join(lines)


def judged(data, k: int) -> str:
    """How many of the slopes of all steps are as derived.

    One verdict for every layer and step: within 0.1, undecided, or not as predicted.
    """
    verdicts = []
    for layer, derived in enumerate(data["derived"][k]):
        ends = [data[name][k, layer] for name in ("slope", "low", "high")]
        verdicts += [Slope(*x).verdict(derived) for x in zip(*ends, strict=True)]
    right = verdicts.count("as predicted")
    wrong = verdicts.count("not as predicted")
    unclear = len(verdicts) - right - wrong
    verdict = f"{wrong} NOT" if wrong else "none is wrong"
    return f"{right} of {len(verdicts)} within 0.1, {unclear} undecided, {verdict}"


def told(slopes) -> str:
    """ "+1.00, +0.00, -1.00".

    Input, hidden, output.
    """
    return ", ".join(signed(x) for x in slopes)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

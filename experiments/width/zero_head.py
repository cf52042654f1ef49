"""What does a head of zeros do to K-FAC: a kick, a trap or nothing? It depends on the damping.

Ishikawa & Karakida (2024), section 4.3, find that K-FAC stays with the kernel solution of its
first step where the rate is low. Derived instead: with relative damping the second step moves the
features by eta^(2 (1 - e_B)), for K-FAC by as much at every rate; with a damping that B falls
below, by eta^2.
"""

from dataclasses import replace

import numpy as np
from _digits import images, parity
from _zero_heads import KICKS, RESIDUALS, TRAINED, Variant, derived_kick, derived_residual

from lab.arrays import Layers
from lab.checks import count
from lab.instruments.width import Start, Study, powers, slope
from lab.sentences import listed, number, signed
from lab.simulation import simulate
from lab.theory.mup import exponents

VERSION = 1
# saturated units and small heads multiply small differences
CHAOTIC = ("trained", "trained_middle", "reached")
QUICK = {
    "width": 16,
    "seeds": 2,
    "examples": 6,
    "etas": (1e-4, 1e-3, 1e-2),
    "rates": (0.1, 0.06),
    "time": 2.0,
}
UNITS = {
    "pre-activation": "kick kick_middle kick_guide residual residual_middle residual_guide",
    "learning rate": "etas rates",
    "no unit": (
        "kick_power kick_derived residual_power residual_derived sizes trained trained_middle share"
    ),
    "runs": "reached",
}
FULL = {
    "width": 128,
    "seeds": 6,
    "rates": (0.1, 0.03, 0.01),
}
FULL_TAKES = "about a minute of one core"


def run(
    *,
    width: int = 64,
    activation: str = "relu",
    seeds: int = 4,
    examples: int = 12,
    etas: tuple = (1e-4, 1e-3, 1e-2, 1e-1),
    sizes: tuple = (0.25, 1.0, 4.0),
    rates: tuple = (0.1, 0.06, 0.03),
    time: float = 10.0,
    share: float = 0.01,
) -> dict[str, np.ndarray]:
    """Two hidden layers, one output. kick (6, E, S): RMS(dW_2 h_1) of the second step from
    a head of zeros, at the rates etas; kick_middle (6, E) its median, kick_power (6,) the slope in
    eta below the largest one, kick_derived (6,). residual (5, K, S): RMS(dW_2 h_1) of a first step
    from muP's start whose residuals are multiplied by sizes (K,); residual_middle (5, K),
    residual_power, residual_derived (5,); ..._guide: the derived powers through the first points.

    trained (3, 2, R, S): RMS change of the hidden pre-activations over their own RMS when the loss
    has fallen to `share` of the start, from a head of zeros and from muP's, at `rates`, or after
    `time` / rate steps; trained_middle (3, 2, R); reached (3, 2, R): for how many starts it fell.
    inf: left the floating range.

    examples: digits of half resolution, even against odd, the full batch; activation: units of
    "tanh" saturate after large kicks, and B with them.
    """
    # the largest rate is not in the fit, and a fit needs two
    several("etas", etas, 3)
    several("sizes", sizes, 2)
    x, label = images(whole=False)
    rows = slice(count("examples", examples))
    # Study wants two; only the first is used
    widths = (width, 2 * width)
    labels = parity(label[rows])
    study = Study(x[rows], labels, widths, base=width, seeds=seeds, activation=activation)
    # the ordinary start of muP, the control
    begun = study.at(width, powers(exponents("KFAC")))
    zero = Start(begun.network, without_head(begun.theta), False)

    found = kicks(zero, etas) | residuals(study, sizes)
    ends = []
    for name in TRAINED:
        ends.append([until(start, KICKS[name], rates, time, share) for start in (zero, begun)])
    trained, reached = np.moveaxis(np.array(ends), 2, 0)
    return found | {
        "trained": trained,
        "trained_middle": np.median(trained, axis=-1),
        "reached": reached.sum(-1).astype(int),
        "trained_methods": np.array(TRAINED),
        "starts": np.array(["zero head", "muP"]),
        "rates": np.array(rates),
        "width": np.array(width),
        "examples": np.array(examples),
        "share": np.array(share),
    }


def several(name: str, values: tuple, least: int) -> None:
    """ValueError for fewer than `least` different values, two or three.

    Values that are the same count once.
    """
    if len(set(values)) < least:
        raise ValueError(f"{name} = {values}: must be at least {('two', 'three')[least - 2]}")


def kicks(zero: Start, etas: tuple) -> dict[str, np.ndarray]:
    """The second step from a head of zeros, its powers and their guides.

    zero: starts (S, ...) without a head. The largest eta is left out of the fit: at it a first step
    may no longer be small.

    kick_power (6,) is over all etas but the largest, kick_guide (6, E) passes through the first
    one.
    """
    kick = np.array([kicked(zero, variant, etas) for variant in KICKS.values()])
    derived = np.array([derived_kick(variant) for variant in KICKS.values()])
    middle = np.median(kick, axis=-1)
    rates = np.array(etas)
    low = rates < rates.max()
    return {
        "kick": kick,
        "kick_middle": middle,
        "kick_power": power(rates[low], kick[:, low]),
        "kick_derived": derived,
        "kick_guide": guide(etas, middle, derived),
        "kick_methods": np.array(list(KICKS)),
        "etas": rates,
    }


def residuals(study: Study, sizes: tuple) -> dict[str, np.ndarray]:
    """The first step from residuals of other sizes, its powers and their guides.

    sizes multiply the labels, f_0 being subtracted, and with them every residual.

    One step only: there is no later one in which the residuals' size could have changed.
    """
    residual = np.array([scaled(study, variant, sizes) for variant in RESIDUALS.values()])
    derived = np.array([derived_residual(variant) for variant in RESIDUALS.values()])
    middle = np.median(residual, axis=-1)
    return {
        "residual": residual,
        "residual_middle": middle,
        "residual_power": power(sizes, residual),
        "residual_derived": derived,
        "residual_guide": guide(sizes, middle, derived),
        "residual_methods": np.array(list(RESIDUALS)),
        "sizes": np.array(sizes),
    }


def without_head(theta: Layers) -> Layers:
    """theta with W_L = 0: the same features, an output of 0."""
    return Layers([*theta[:-1], 0 * theta[-1]], theta.orders, theta.roles)


def kicked(start: Start, variant: Variant, etas) -> np.ndarray:
    """RMS(dW_2 h_1) after two steps, the first of which leaves W_2 alone, (E, S).

    A sweep over rates (E, 1), the full batch; two steps at one rate.
    """
    method = variant.method(np.array(etas)[:, None])
    end = simulate(start.objective, method, start.theta, steps=2).final
    return start.moved(end)[..., 1]


def scaled(study: Study, variant: Variant, sizes) -> np.ndarray:
    """RMS(dW_2 h_1) after one step with residuals times each of sizes, (K, S).

    One step at rate 1 on labels size * y.
    """
    table = powers(exponents("KFAC"))
    found = []
    for size in sizes:
        one = replace(
            study,
            y=size * study.y,
        )
        start = one.at(study.base, table)
        end = simulate(
            start.objective,
            variant.method(1.0),
            start.theta,
            steps=1,
        ).final
        found.append(start.moved(end)[..., 1])
    return np.array(found)


def until(start: Start, variant: Variant, rates, time: float, share: float) -> np.ndarray:
    """Relative change of the hidden pre-activations when the loss is `share` of the start, or at
    time / rate; and whether it was, (2, R, S).

    rates (R,), all in one run of the longest time. Time is rate times steps, a gradient flow's; the
    first step at or below the share counts, later ones don't. The change is relative to the RMS of
    each start's own pre-activations.
    """
    steps = int(np.ceil(time / min(rates)))
    record = {
        "loss": start.objective.loss,
        "changed": start.changed,
    }
    method = variant.method(np.array(rates)[:, None])
    path = simulate(
        start.objective,
        method,
        start.theta,
        steps=steps,
        record=record,
    )

    # all rates have the same time: what comes later is not counted
    last = np.minimum(np.ceil(time / np.array(rates)), steps).astype(int)[:, None]
    loss = path["loss"]
    there = (loss <= share * loss[0]) & (path.t[:, None, None] <= last)
    reached = there.any(0)
    at = np.where(reached, there.argmax(0), last)
    hidden = path["changed"][..., 1]
    found = np.take_along_axis(hidden, at[None], 0)[0]
    u = start.network.evaluate(start.theta).points[2].y
    own = np.sqrt((u**2).mean((-1, -2)))
    return np.array([found / own, reached])


def power(x, sizes: np.ndarray) -> np.ndarray:
    """Slopes of each method's sizes (F, K, S) in x, means over starts; inf for one without."""
    return np.array([np.nan_to_num(slope(x, one).value, nan=np.inf) for one in sizes])


def guide(x, middle: np.ndarray, derived: np.ndarray) -> np.ndarray:
    """The derived powers (F,) of x (K,) through the first points, (F, K)."""
    return middle[:, :1] * (np.array(x) / x[0]) ** derived[:, None]


def summary(data) -> str:
    """Powers beside the derived ones, and what has moved when the loss has fallen.

    A power more than 0.1 from the derived one is marked: finite rates and sizes are not the limit.
    """
    lines = [
        f"What does a head of zeros do to K-FAC at width {data['width']}, by damping: a kick, a "
        "trap or nothing?"
    ]
    for name, cause in (("kick", "eta of the second step"), ("residual", "the size of residuals")):
        told = []
        for k, method in enumerate(data[f"{name}_methods"]):
            found, derived = data[f"{name}_power"][k], data[f"{name}_derived"][k]
            # a fixed damping is far above B, or far below it, in the limit only
            limit = "" if abs(found - derived) <= 0.1 else f" (NOT {derived:+g}, its limit)"
            told.append(f"{method} {signed(found)}{limit}")
        lines.append(f"Power of {cause}: {'; '.join(told)}.")
    lines.append(
        f"Features moved, of themselves, at {100 * data['share']:g} % of the loss, from zeros "
        f"against muP, at rates {listed(f'{rate:g}' for rate in data['rates'])}."
    )
    for k, method in enumerate(data["trained_methods"]):
        told = [moved(data, k, r) for r in range(len(data["rates"]))]
        lines.append(f"{method}: {listed(told)}.")
    lines.append(frozen(data))
    return "\n".join(lines)


def moved(data, k: int, r: int) -> str:
    """Relative changes at one rate, and for how many starts the loss did not fall."""
    zero, maximal = data["trained_middle"][k, :, r]
    starts = data["trained"].shape[-1]
    missing = starts - data["reached"][k, :, r]
    told = f"{number(zero)} against {number(maximal)}"
    return told if not missing.any() else f"{told} ({missing[0]} and {missing[1]} did not fall)"


def frozen(data) -> str:
    """Whether a low rate freezes features: to less than a tenth of what the largest moves."""
    zero = data["trained_middle"][:, 0]
    low = zero[:, int(np.argmin(data["rates"]))]
    high = zero[:, int(np.argmax(data["rates"]))]
    many = (low < 0.1 * high).sum()
    return (
        f"The lowest rate freezes the features, below a tenth of those at the largest, for {many} "
        f"of {len(zero)} dampings."
    )


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

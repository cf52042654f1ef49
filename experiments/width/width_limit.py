"""How fast do networks reach the limits of infinite width that are known in closed form?

Constants of the first step, as arc-cosine kernels give them, for four members of the Kronecker
family, and the prediction of one K-FAC step from a head of zeros, which is kernel ridge regression
with the network's own kernel. Both err by M^(-1/2) (derived).
"""

import numpy as np
from _digits import images, parity

from lab.arrays import Layers
from lab.checks import count
from lab.instruments.width import Start, Study, powers, slope
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.wrappers.parameterized import Parameterized, Widths
from lab.progress import bar
from lab.sentences import number, quantiles_of, signed
from lab.simulation import simulate
from lab.theory.mup import Family, exponents, first_step, kernel_ridge, nngp

VERSION = 1
QUICK = {
    "widths": (16, 64),
    "seeds": 4,
}
UNITS = {
    "no unit": "ratio low_ratio high_ratio mean error guide power low high limit ridge* identity",
}
FULL = {
    "widths": (32, 64, 128, 256, 512, 1024, 2048),
    "seeds": 16,
}
FULL_TAKES = "about 17 seconds of one core"

# e_A and e_B, and their names
FAMILIES = {
    "SGD (0, 0)": (0.0, 0.0),
    "half powers (1/2, 1/2)": (0.5, 0.5),
    "FOOF (1, 0)": (1.0, 0.0),
    "K-FAC (1, 1)": (1.0, 1.0),
}
LAYERS = ("input", "hidden", "output")


def run(
    *,
    widths: tuple = (32, 64, 128, 256, 512),
    seeds: int = 24,
    examples: int = 6,
    damping: float = 0.1,
) -> dict[str, np.ndarray]:
    """By family (F,), layer (3,), width (W,) and seed (S,), one step of two hidden layers of ReLU
    in muP from f_0 = 0: ratio (F, 3, W, S) of RMS(dW_l h_(l-1)), over units and examples, to its
    limit; mean (F, 3, W), the root of its mean square; low_ratio, high_ratio (F, 3, W), its
    quantiles of 10 and 90 %; error (F, 3, W), the root mean square of
    ratio - 1; power, low, high (F, 3): the slope of the error in M, from groups of seeds.

    ridge (W,): RMS distance of one K-FAC step from a head of zeros to kernel ridge regression with
    the limit kernel, relative to the latter; identity (W,): to that with the network's own kernel,
    where only rounding is left; ridge_power: the slope of ridge.

    examples: digits of half resolution, even against odd; damping: a share of the traces.

    families (F,), layers (3,), band (): what the quantiles are, in words; limit (W,): ones, guide
    (W,), ridge_guide (W,): M^(-1/2) through the first points. base = 1: rates are those of the
    limit, M^-c.
    """
    x, label = images(whole=False)
    rows = slice(count("examples", examples))
    study = Study(
        x[rows],
        parity(label[rows]),
        widths,
        activation="relu",
        base=1,
        seeds=seeds,
    )
    ratio = np.empty((len(FAMILIES), len(LAYERS), len(widths), seeds))
    heads = []
    for w, width in enumerate(bar(widths)):
        # the same starts for all families, so that they are compared on one network
        begun = at_limit_variances(study, width)
        heads.append(from_zero(begun, damping))
        for k, pair in enumerate(FAMILIES.values()):
            ratio[k, :, w] = moved(begun, width, pair, damping) / limits(study, pair, damping)

    ridge, identity = np.array(heads).T
    # the derived power, to be drawn beside the errors
    fall = np.sqrt(widths[0] / np.array(widths))
    return errors(widths, ratio, fall) | {
        "families": np.array(list(FAMILIES)),
        "layers": np.array(LAYERS),
        "widths": np.array(widths),
        "limit": np.ones(len(widths)),
        "ridge": ridge,
        "identity": identity,
        "ridge_power": np.array(slope(widths, ridge).value),
        "ridge_guide": ridge[0] * fall,
        "examples": np.array(examples),
    }


def errors(widths: tuple, ratio: np.ndarray, fall: np.ndarray) -> dict[str, np.ndarray]:
    """What the seeds' ratios (F, 3, W, S) say about the limit, and its distance as `fall` has it
    through the first point of K-FAC's hidden layer.

    fall (W,): (M_0 / M)^(1/2).

    ratio (F, 3, W, S): quantiles and means are over starts; error is of single starts, so that it
    is the size of a fluctuation and not the bias of the mean. guide follows `fall`, not the data.
    """
    error = np.sqrt(((ratio - 1) ** 2).mean(-1))
    fits = [[slope(widths, grouped(layer)) for layer in family] for family in ratio]
    ends = np.nan_to_num(
        np.array(fits),
        nan=np.inf,
    )
    return {
        "ratio": ratio,
        "band": np.array(quantiles_of(ratio.shape[-1])),
        "low_ratio": np.quantile(ratio, 0.1, axis=-1, method="inverted_cdf"),
        "high_ratio": np.quantile(ratio, 0.9, axis=-1, method="inverted_cdf"),
        "mean": np.sqrt((ratio**2).mean(-1)),
        "error": error,
        "guide": error[-1, 1, 0] * fall,
        "power": ends[..., 0],
        "low": ends[..., 1],
        "high": ends[..., 2],
    }


def grouped(ratio: np.ndarray) -> np.ndarray:
    """The error of four groups of seeds, (W, 4): a group's root mean square is never near 0, as
    that of one seed may be.

    ratio (W, S).

    Four groups, since an interval needs several; fewer than four starts are groups of one.
    """
    groups = np.array_split(
        (ratio - 1) ** 2,
        min(4, ratio.shape[-1]),
        axis=-1,
    )
    return np.sqrt(np.stack([group.mean(-1) for group in groups], -1))


def at_limit_variances(study: Study, width: int) -> Start:
    """The starts of one width with variances 1 / d, 2 / M and 1 / M^2, f_0 subtracted.

    Study draws hidden weights of variance 1 / M; ReLU needs 2 / M for activations to keep their
    size.
    """
    drawn = study.at(width, powers(exponents("SGD")))
    first, hidden, head = drawn.theta
    # the variance 2 / M from 1 / M
    blocks = [first, np.sqrt(2) * hidden, head]
    theta = Layers(blocks, drawn.theta.orders, drawn.theta.roles)
    return Start(drawn.network, theta, True)


def moved(begun: Start, width: int, pair: tuple, damping: float) -> np.ndarray:
    """RMS(dW_l h_(l-1)) of one step, (3, S).

    pair: (e_A, e_B). width: the powers are of it, over the base 1.

    One step at the rate 1 of the limit, on the full batch; f_0 is subtracted.
    """
    e_A, e_B = pair
    table = powers(exponents("kronecker", e_A=e_A, e_B=e_B))
    method = Parameterized(ThinKronecker(1.0, damping, e_A, e_B), table, Widths(width, 1))
    end = simulate(
        begun.objective,
        method,
        begun.theta,
        steps=1,
    ).final
    return np.moveaxis(begun.moved(end), -1, 0)


def limits(study: Study, pair: tuple, damping: float) -> np.ndarray:
    """The same at M = inf, (3, 1): root mean squares over the examples.

    The features of two hidden layers and the output, by arc-cosine kernels: no network is drawn.

    For the same examples and the same damping, a share of the traces; a network of width M is
    beside it by M^(-1/2), times a constant that is not derived.
    """
    found = first_step(study.x, study.y, study.x, Family(*pair, damping))
    layers = np.vstack([found.features, found.output])
    return np.sqrt((layers**2).mean(-1))[:, None]


def from_zero(begun: Start, damping: float) -> tuple[float, float]:
    """Relative RMS distances of one K-FAC step from a head of zeros to kernel ridge regression:
    with the kernel at M = inf, and with the network's own.

    A head of zeros has errors of 0 below it: the first step moves the head alone, and is linear
    regression on the features h of the last hidden layer, (S, n, M). Distances are root mean
    squares over starts and examples.
    """
    network = begun.network
    theta = begun.theta
    zero = Layers([*theta[:-1], 0 * theta[-1]], theta.orders, theta.roles)
    end = simulate(
        network,
        ThinKronecker(1.0, damping),
        zero,
        steps=1,
    ).final
    # B of the head is 1, and its damping a share of that
    f = (1 + damping) * network.evaluate(end).z[..., 0]
    h = network.evaluate(theta).points[-1].x

    y = network.y[:, 0]
    limit = ridge(nngp(network.x, network.x, 2), y, damping)
    own = np.array([ridge(k, y, damping) for k in h @ np.swapaxes(h, -1, -2)])
    size = np.sqrt((limit**2).mean())
    far = np.sqrt(((f - limit) ** 2).mean()) / size
    rounding = np.sqrt(((f - own) ** 2).mean()) / size
    return far, rounding


def ridge(kernel: np.ndarray, y: np.ndarray, damping: float) -> np.ndarray:
    """Kernel ridge regression at its own examples; the ridge is a share of the mean diagonal.

    kernel (n, n), y (n,); a share of the mean diagonal is what trace damping adds to A.
    """
    return kernel_ridge(kernel, kernel, y, damping * np.trace(kernel) / len(y))


def summary(data) -> str:
    """How far the widest networks are from their limits, and the powers of the errors.

    Two statements are separate: how near the limit a width is, and with which power it comes
    nearer. Within 0.15 of -1/2 counts as derived.
    """
    widths = data["widths"]
    lines = [
        f"How fast do networks of width {widths[0]} to {widths[-1]} reach the limits of infinite "
        "width?"
    ]
    for k, name in enumerate(data["families"]):
        means = ", ".join(f"{x:.3f}" for x in data["mean"][k, :, -1])
        fell = ", ".join(signed(x) for x in data["power"][k])
        lines.append(
            f"{name}: {means} of the limit (input, hidden, output) at width {widths[-1]}; errors "
            f"fall with the powers {fell}."
        )
    reached = ((data["low"] <= -0.5) & (data["high"] >= -0.5)).sum()
    close = (np.abs(data["power"] + 0.5) <= 0.15).sum()
    total = data["power"].size
    lines.append(
        f"The derived power -1/2 is within 0.15 for {close} of {total} and inside the interval for "
        f"{reached}."
    )
    power = float(data["ridge_power"])
    verdict = "as derived" if abs(power + 0.5) <= 0.15 else "NOT as derived"
    # solves of condition 1 / damping
    same = "is" if data["identity"].max() < 1e-10 else "is NOT"
    lines.append(
        f"One K-FAC step from a head of zeros {same} ridge regression with the network's own "
        f"kernel; to the limit kernel its distance falls from "
        f"{number(data['ridge'][0])} to {number(data['ridge'][-1])}, power {signed(power)}, "
        f"{verdict}."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

"""What does centring a layer's inputs buy, and when does it not?

The Hessian of one neuron with its bias, against the mean of its inputs: raw, with the best that any
diagonal preconditioner could do, standardised. Then two cases in which a normalisation is wrong: an
outlier that does not count, and layer normalisation of a mean that it does not see.

The bound for one input with mean q deviations from 0: the scaled matrix is [[1, r], [r, 1]] with
r = q / (1 + q^2)^(1/2), and (1 + r) / (1 - r) = ((1 + q^2)^(1/2) + q)^2 = exp(2 asinh q).
"""

import numpy as np

from lab.checks import above_one, count, positive
from lab.linalg import kappa_gram
from lab.sentences import number
from lab.theory.conditioning import shift_bound
from lab.theory.hidden_data import (
    centred,
    covariance,
    extended,
    layer_normalised,
    mean,
    standardised,
)
from lab.theory.normalization import mahalanobis, range_kappa
from lab.theory.normalization_witnesses import ring, saturated_outlier

QUICK = {"points": 7}
UNITS = {
    "no unit": "shift raw jacobi standardised bound weight outlier_* size layer_*",
    "dimensions": "inputs",
}


def run(
    *,
    largest: float = 100.0,
    points: int = 25,
    examples: int = 400,
    inputs: int = 3,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """kappa of (1, h)^T S (1, h) against shift (points,), the mean of every input in standard
    deviations, 0.1 ... largest > 1: raw, jacobi, standardised, and bound, which no diagonal scaling
    is below.

    weight (points,), that of an outlier: outlier_raw, outlier_mean, outlier_weighted. size
    (points,), of the mean of four inputs of covariance I: layer_raw, layer_along, layer_across (1,
    1, 1, 1) and (1, -1, 1, -1), layer normalised.

    examples: normal, more than inputs, of standard deviation 1.

    inputs: m of the first part, whose matrix is (m + 1) x (m + 1); the other two have data of their
    own, without draws: weights 1e-6 ... 1, sizes 0.1 ... largest / 10.
    """
    above_one("largest", largest)
    count("inputs", inputs, 1)
    count("examples", examples, inputs + 2)
    positive("points", points)
    rng = np.random.default_rng(seed)
    shift = np.geomspace(0.1, largest, points)
    # deviations of exactly 1: the shift is in units of them
    base = standardised(rng.standard_normal((examples, inputs)))
    # the same sample for all shifts: only the mean changes along the curve
    h = base + shift[:, None, None]
    return (
        {"shift": shift, "inputs": np.array(inputs)}
        | shifted(h)
        | outliers(np.geomspace(1e-6, 1, points))
        | layered(np.geomspace(0.1, largest / 10, points))
    )


def shifted(h) -> dict[str, np.ndarray]:
    """kappas of h (points, N, m), its columns scaled, and standardised.

    All inputs have the same shift, so that Delta = shift sqrt(m) up to the sample's correlations.
    bound (points,) is exp(2 asinh Delta) at the mean and covariance of the sample, and a lower
    bound for every diagonal, not only Jacobi's; the singular values are those of (1, h), so that
    kappa up to 1e16 can be trusted.
    """
    hhat = extended(h)
    columns = np.linalg.norm(hhat, axis=1, keepdims=True)
    return {
        "raw": kappa_gram(hhat),
        "jacobi": kappa_gram(hhat / columns),
        "standardised": kappa_gram(extended(standardised(h))),
        "bound": shift_bound(mahalanobis(mean(h), covariance(h))),
    }


def outliers(weight) -> dict[str, np.ndarray]:
    """kappas with an outlier of each weight: raw, centred by the mean, by the weighted mean.

    h = (-1, 1, 10) with the weights (1, 1, weight), as where a sigmoid saturates. weight (points,);
    the Hessian's rows are multiplied by the root of their weight. The weighted mean is the right
    one: it is what makes the bias column orthogonal to the input.
    """
    data = [saturated_outlier(one) for one in weight]
    h = np.stack([one.h for one in data])
    s = np.stack([one.s for one in data])
    root = np.sqrt(s)[..., None]
    return {
        "weight": weight,
        "outlier_raw": kappa_gram(root * extended(h)),
        "outlier_mean": kappa_gram(root * extended(centred(h))),
        "outlier_weighted": kappa_gram(root * extended(centred(h, s))),
    }


def layered(size) -> dict[str, np.ndarray]:
    """kappas of a mean of each size along (1, 1, 1, 1) and across it, raw and layer normalised.

    size (points,): of every entry of the mean. Layer normalisation leaves the null vector (1, 1, 1,
    1), so that its kappa is over the 4 nonzero singular values of 5. Along (1, 1, 1, 1) the mean is
    what it subtracts; across, it is divided by and stays.
    """
    found: dict[str, list] = {"layer_raw": [], "layer_along": [], "layer_across": []}
    directions = {
        "along": np.ones(4),
        "across": np.array([1.0, -1.0, 1.0, -1.0]),
    }
    for one in size:
        for name, direction in directions.items():
            normalised = layer_normalised(ring(one * direction))
            # rank 4: four variables and a bias, less the direction that was subtracted
            found[f"layer_{name}"].append(range_kappa(extended(normalised), 4))
        found["layer_raw"].append(kappa_gram(extended(ring(one * directions["along"]))))
    return {"size": size} | {name: np.array(x) for name, x in found.items()}


def slope(x, y) -> float:
    """The exponent of y ~ x^p at the end: over the last quarter of the points, two at least.

    x, y (points,), positive.
    """
    last = slice(-max(2, len(x) // 4), None)
    return float(np.polyfit(np.log(x[last]), np.log(y[last]), 1)[0])


def summary(data) -> str:
    """How each grows with the mean, and what the two wrong normalisations cost.

    The worst weight of the outlier is the one where the plain mean does most harm compared with no
    centring.
    """
    shift = data["shift"]
    lines = [
        f"What does centring buy? kappa of a neuron's Hessian, {data['inputs']} inputs of mean "
        f"{number(shift[-1])} standard deviations: raw {number(data['raw'][-1])}, columns of one "
        f"length {number(data['jacobi'][-1])}, no diagonal scaling below "
        f"{number(data['bound'][-1])}, standardised {number(data['standardised'][-1])}."
    ]
    if len(shift) > 1:
        powers = [f"{name} {slope(shift, data[name]):.2f}" for name in ("raw", "jacobi", "bound")]
        lines.append(f"Exponent of the mean at the end: {', '.join(powers)}.")
    worst = (data["outlier_mean"] / data["outlier_raw"]).argmax()
    ratio = data["outlier_mean"][worst] / data["outlier_raw"][worst]
    verb = "makes it worse by" if ratio > 1 else "changes it at worst by the factor"
    lines.append(
        f"An outlier of weight {number(data['weight'][worst])}: the plain mean {verb} "
        f"{number(ratio)}."
    )
    across = data["layer_across"][-1] / data["layer_raw"][-1]
    along = data["layer_along"][-1] / data["layer_raw"][-1]
    lines.append(
        f"Layer normalisation, mean of size {number(data['size'][-1])}: kappa times "
        f"{number(along)} along (1, 1, 1, 1), times {number(across)} along (1, -1, 1, -1)."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

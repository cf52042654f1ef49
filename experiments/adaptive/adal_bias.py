"""Where does AdaL settle under skewed gradient noise?

Estimating the mean of samples that are 1 with probability p and 0 otherwise. Small steps find E[h]
= 0: the mean p for SGD and Adam; for AdaL (h = |g| g) the minimiser of E|x - xi|^3, 1 / (1 +
sqrt((1 - p) / p)); with the loss as factor (h = f g) the minimiser of E|x - xi|^4. (derived; claim
adal/skew-bias)

Where the points come from: E[h] = 0 for h = |g|^(q-1) g, g = x - xi, is p (1 - x)^q = (1 - p) x^q,
that is x = 1 / (1 + ((1 - p) / p)^(1/q)) with q = 1 for SGD and Adam, 2 for AdaL, 3 with the loss
as factor. A run of 3000 steps at 0.003 is nine times SGD's relaxation time 1 / lr; what is left of
the start is gone in the first half.
"""

import numpy as np

from lab.checks import count
from lab.objectives import LeastSquares
from lab.optimizers import SGD, AdaL
from lab.sentences import listed, number, spoken
from lab.simulation import simulate

VERSION = 2
QUICK = {"runs": 8, "steps": 200}
UNITS = {
    "no unit": "p",
    "parameter": "mean error theory single",
}


def run(
    *,
    runs: int = 60,
    steps: int = 3000,
    lr: float = 0.003,
    beta2: float = 0.9995,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Settled points: mean and standard error (methods, probabilities), and the end points of
    single runs at p = 1/4 (methods, runs); row: the methods' numbers.

    A settled point is the average over the second half of a run of `steps` steps at the constant
    rate lr, small enough (> 0) that the noise of a run does not hide the bias; beta2, in [0, 1), is
    close to 1 for the same reason. runs >= 2, for a standard error.

    p (7,): 1/8 to 7/8, of 16 samples; theory (4, 7) has the units of x. All methods and all p draw
    the same places of samples, so that their errors are correlated: compare each with its own
    theory, not two methods by their error bars.
    """
    count("runs", runs, 2)
    methods = {
        "SGD": SGD(lr),
        "Adam": AdaL(lr, 0.9, beta2, factor="none", schedule="constant"),
        "AdaL": AdaL(lr, 0.9, beta2, schedule="constant"),
        "AdaL, loss factor": AdaL(lr, 0.9, beta2, factor="loss", schedule="constant"),
    }
    protocol = {"steps": steps, "batch": 1, "every": 20, "rng": seed, "record": {"x": _only}}
    # 1/2 is the settled point of every method at p = 1/2, and favours none at the others
    start = np.full((runs, 1), 0.5)

    ones = np.arange(1, 8)
    settled = np.zeros((len(methods), len(ones), runs))
    for j, one in enumerate(ones):
        # sixteen samples, 2 * one of them 1: probabilities are eighths
        samples = (np.arange(16) < 2 * one).astype(float)
        f = LeastSquares(np.ones((16, 1)), samples)
        for i, method in enumerate(methods.values()):
            # the same seed for every method and p: differences between them are not of the draws
            found = simulate(f, method, start, **protocol)
            # the average over time of a run is one number: the runs are independent, its steps are
            # not
            settled[i, j] = found["x"][len(found.t) // 2 :].mean(0)

    p = ones / 8
    # the settled point balances p (1 - x)^q and (1 - p) x^q, q the power of the gradient
    order = np.array([1, 1, 2, 3])[:, None]
    theory = 1 / (1 + ((1 - p) / p) ** (1 / order))
    return {
        "methods": np.array(list(methods)),
        "p": p,
        "mean": settled.mean(-1),
        "error": settled.std(-1, ddof=1) / np.sqrt(runs),
        "theory": theory,
        "single": settled[:, 1],
        "row": np.arange(len(methods)),
    }


def summary(data) -> str:
    """Where each method settles, whether that is the mean, and whether it is where theory says.

    A method is said to be off the mean, and off theory, beyond five standard errors: 28 settled
    points are compared at once, and normal ones are beyond five with probability 6e-7 each. At p =
    1/2 all three minimisers are 1/2, which no method can miss.
    """
    p, mean, error = data["p"], data["mean"], data["error"]
    # a run that does not move has no standard error
    safe = np.maximum(error, np.finfo(float).tiny)
    one = 1
    lines = [f"Where do methods settle when samples are 1 with probability p, {len(p)} of them?"]
    for k, name in enumerate(data["methods"]):
        off = np.abs(mean[k] - p)
        biased = p[off > 5 * safe[k]]
        where = (
            f"off the mean at p = {listed(map(number, biased))}" if len(biased) else "at the mean"
        )
        settled = f"{mean[k, one]:.3f} +- {error[k, one]:.3f} at p = {p[one]:g}"
        lines.append(f"{spoken(str(name))} settles {where}: {settled}.")

    z = np.abs(mean - data["theory"]) / safe
    agrees = "agree with" if z.max() <= 5 else "do NOT all agree with"
    lines.append(
        "Off means by more than five standard errors. Settled points "
        f"{agrees} the minimisers of E|x - xi|^q, q = 2, 3, 4: the farthest is "
        f"{number(z.max())} standard errors away."
    )
    return "\n".join(lines)


def _only(theta: np.ndarray) -> np.ndarray:
    """The one coordinate.

    Recorded every 20 steps: x moves lr (x - xi) a step, so that more records of SGD would say the
    same again; adaptive steps are as long as the rate.
    """
    return theta[:, 0]


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

"""What happens between the bases when a network learns a parity?

Adam, GN^-1 and GN^-1/2 along the path from the coordinates through the Kronecker basis to the
eigenbasis of the Gauss-Newton matrix, in the manner of Liu et al. (2025), whose sizes are not
known.

4 bits and 4 units make 25 parameters and 16 inputs: the whole Gauss-Newton matrix is decomposed at
every renewal, in every run.
"""

from itertools import product as every

import numpy as np
from _in_bases import Bases, Flat, coordinates, layerwise, methods, tuned

from lab.bases import Orthogonal, eigenvectors
from lab.geodesics import geodesic
from lab.objectives import MLP
from lab.progress import bar
from lab.sentences import edges_of, first, quantiles_of

VERSION = 1
QUICK = {
    "bits": 3,
    "width": 2,
    "points": 3,
    "steps": 4,
    "refresh": 2,
    "rates": 2,
    "seeds": 2,
}
UNITS = {
    "each its own": "shape",
    "no unit": "s",
    "loss": "loss low median high first",
}
# close to the largest rates that hold, where last digits grow; and a basis of a singular matrix is
# not determined
CHAOTIC = ("loss", "median", "low", "high", "lr", "edge")


def run(
    *,
    bits: int = 4,
    degree: int = 2,
    width: int = 4,
    damping: float = 1e-2,
    batches: tuple = (0, 4),
    points: int = 7,
    steps: int = 100,
    refresh: int = 20,
    rates: int = 4,
    tried: int = 2,
    seeds: int = 5,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """By batch size (C,), method (M,) and place s (P,) on the path: loss (C, M, P, S) of the
    population after the last step, at the method's best rate, its median, and low, high: the 10 %
    and 90 % quantiles over the seeds; lr, edge: that rate, and the edge of its grid where it is
    one. inf: beyond the floating range. first: the loss of the constant 0.

    s = 0: coordinates; 1: the eigenvectors layer by layer of the partial traces; 2: those of the
    whole matrix; between them the geodesic, from bases that are found anew at every renewal.
    points: an odd number, so that s = 1 is one of them; the other settings are those of
    parity_quadrants.
    """
    # all inputs: the population is the sample
    x = np.array(list(every((-1.0, 1.0), repeat=bits)))
    y = x[:, :degree].prod(1)
    f = Flat(MLP(x, y, (width,), activation="relu"))
    table = methods(rates, damping)
    theta = f.start((tried + seeds,), np.random.default_rng(seed))
    path = np.linspace(0.0, 2.0, points)

    results = []
    protocol = {"steps": steps, "refresh": refresh, "tried": tried, "seed": seed + 1}
    for size, s in bar(list(every(batches, path))):
        bases = along(s, f.network.flatten.shapes)
        results.append(tuned(f, table, theta, bases, size=size, **protocol))

    shape = (len(batches), points, len(table))
    by_method = np.array([final for final, _, _ in results]).reshape(*shape, seeds)
    loss = by_method.swapaxes(1, 2)
    low, median, high = np.quantile(loss, (0.1, 0.5, 0.9), axis=-1, method="inverted_cdf")
    lrs = np.array([lr for _, lr, _ in results]).reshape(shape)
    edges = np.array([edge for _, _, edge in results]).reshape(shape)
    return {
        "s": path,
        "batches": np.array(batches),
        "methods": np.array(list(table)),
        "loss": loss,
        "low": low,
        "median": median,
        "high": high,
        "lr": lrs.swapaxes(1, 2),
        "edge": edges.swapaxes(1, 2),
        "first": np.array((y**2).mean() / 2),
        "shape": np.array([bits, degree, width, steps]),
    }


def along(s: float, shapes: tuple) -> Bases:
    """The basis at s, of every run by itself.

    s in [0, 2], the place; shapes: of the blocks. At 0, 1 and 2 the bases themselves, without the
    rounding of a geodesic; in between of every run by itself, since each has a G of its own.

    s (P,); batches (C,): 0 is the full batch. All places see the same starts and batches. A rate is
    tuned at every place, so that a curve shows the best that a method can do in a basis.

    A geodesic between bases found anew at every renewal need not be continuous in time: two
    renewals may take different shortest paths, where eigenvalues are close or columns are matched
    otherwise.
    """
    ends = (coordinates, layerwise(shapes), eigenvectors)
    if s == int(s):
        return ends[int(s)]
    before, after = ends[int(s)], ends[int(s) + 1]

    def bases(g):
        start = before(g)
        end = after(g)
        found = np.empty_like(g)
        for run in np.ndindex(g.shape[:-2]):
            # the ends are aligned in order and sign of columns first: the path is the shortest of
            # those
            found[run] = geodesic(Orthogonal(start[run]), Orthogonal(end[run]), s % 1).q
        return found

    return bases


def summary(data) -> str:
    """Who has the lowest loss at both ends and half-way, by batch.

    Half-way is s = 1 for an odd number of points. Losses below 1e-12 are a tie: the population's
    loss can fall to rounding.

    Only three places are told of `points`: what lies between is for the figure. Bands are 10 % to
    90 % of the seeds, over five of them the smallest to the largest.

    Edges of the grids are counted over all cells: a best rate there may lie beyond.
    """
    bits, degree, width, steps = data["shape"]
    seeds = data["loss"].shape[-1]
    names = ("the coordinates", "the Kronecker basis", "the eigenbasis")
    middle = len(data["s"]) // 2
    lines = [
        f"Who learns the parity of {degree} of {bits} bits, width {width}, {steps} steps, along "
        "the path of bases?"
    ]
    for i, size in enumerate(data["batches"]):
        told = []
        for name, k in zip(names, (0, middle, -1), strict=True):
            bands = data["low"][i, :, k], data["high"][i, :, k]
            who = first(data["methods"], data["median"][i, :, k], bands, floor=1e-12)
            told.append(f"in {name} {who}")
        batch = f"batches of {size}" if size else "full batch"
        lines.append(f"{batch}: {'; '.join(told)}.")
    how = f"Medians, and a tie where bands meet ({quantiles_of(seeds)})"
    lines.append(f"{how}; {edges_of(data['edge'])}.")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

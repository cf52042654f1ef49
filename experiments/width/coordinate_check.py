"""Do features move alike at every width, in SP and in muP, for every method with a derived table?

The coordinate check on digits, a stand-in for Fig. 1 of Ishikawa & Karakida (2024), who show
features of larger networks on CIFAR-10 during training. Rates are fixed by the first step at the
base width; all else follows from the derived exponents.
"""

from typing import Any, NamedTuple

import numpy as np
from _digits import images, parity
from _finite import column, later, of_columns, of_secants

from lab.checks import count, one_of, positive
from lab.instruments.width import Slope, Study, coordinate_check, predicted, slope
from lab.instruments.width.methods import METHODS, law, scaled
from lab.optimizers.protocol import lr_of, with_
from lab.progress import bar
from lab.sentences import exponent, listed, signed
from lab.simulation import simulate
from lab.theory.mup import RULES, Table, exponents, update
from lab.ties import rounded

VERSION = 4
# SOAP: a factor of fewer examples than rows leaves the basis of its null space to rounding, and the
# small part of later gradients there is scaled up entry by entry
CHAOTIC = ("changed", "middle", "slope", "low", "high", "total")
QUICK = {
    "widths": (16, 32),
    "seeds": 2,
    "steps": 2,
    "methods": ("SGD", "Adam", "Shampoo", "KFAC", "KBFGS"),
}
UNITS = {
    "no unit": "slope low high derived total beside later",
    "pre-activation": "changed middle",
}
FULL = {"widths": (64, 128, 256), "steps": 10}
FULL_TAKES = "about half a minute of one core"

KINDS = ("SP", "muP")
BLOCKS = ("input 1", "hidden 2", "output 3", "input bias 1", "hidden bias 2", "output bias 3")
WEIGHTS = 3
WRONG = "not as predicted"
# divided by A with the 1 of the bias in it: a column without such a factor is a bias of its own
COLUMNS = ("KFAC", "FOOF", "EKFAC", "KBFGS")


class Checked(NamedTuple):
    """What `run` returns, of one method in one parameterization.

    Fields have the axes of `run` without the first two.
    """

    slope: np.ndarray
    low: np.ndarray
    high: np.ndarray
    derived: np.ndarray
    verdict: np.ndarray
    like: np.ndarray
    changed: np.ndarray
    total: np.ndarray


def run(
    *,
    widths: tuple = (32, 64, 128),
    seeds: int = 6,
    steps: int = 5,
    examples: int = 7,
    move: float = 0.05,
    methods: tuple = tuple(METHODS),
) -> dict[str, np.ndarray]:
    """By parameterization (2,), method (M,) and block (6,), two hidden layers of tanh: slope, low,
    high (2, M, 6) of RMS(dW_l h_(l-1)) in the first step that moves, with the interval of 95 %;
    derived, verdict (2, M, 6), within 0.1; like (2, M): the method whose rule fits these slopes
    best, "" unless one of the weights is not as predicted.

    changed (2, M, 3, W, S): RMS change of the pre-activations of each layer after `steps` steps,
    middle (2, M, 3, W) its median over the seeds, total (2, M, 3) its slope. inf: left the floating
    range.

    beside (W,): median of s = 1^T (H^T H)^-1 1 at the last features: a bias that is a column moves
    as its power of M over 1 + s. columns (M,): those of COLUMNS. later (3, 3): slopes of K-BFGS
    after `steps` steps in muP, as it is, at a rate SLOW times lower, and at that with H_g held at
    I; 0 where it is not among the methods.

    widths: the first is the base, at which SP and muP are the same network; move: the largest RMS
    change of a layer there in the first step, which fixes the rate; examples: digits of half
    resolution, even against odd. Biases are trained. ValueError for a method without a table.

    methods (M,), blocks (6,), kinds (2,), widths (W,), place (M,). The rate of a method is fixed
    once, at the base width, where both parameterizations are the same network: slopes don't depend
    on it in the first step, all that comes later does. Data are the first digits of the file; seeds
    are of the starts.
    """
    positive("move", move)
    x, label = images(whole=False)
    rows = slice(count("examples", examples))
    # f_0 is subtracted, as Study does by default: at every width the residual is -y
    study = Study(x[rows], parity(label[rows]), widths, biases=True, base=widths[0], seeds=seeds)

    found: dict[str, list[Checked]] = {kind: [] for kind in KINDS}
    turned = np.zeros((3, WEIGHTS))
    for name in bar(methods):
        one_of("methods", name, METHODS)
        optimizer, first = paced(METHODS[name].optimizer, study, scaled(name, "muP"), move)
        for kind in KINDS:
            found[kind].append(checked(name, optimizer, kind, study, (first, steps)))
        if name == "KBFGS":
            turned = later(found["muP"][-1].total, optimizer, study, max(first, steps))

    arrays = {}
    for field in Checked._fields:
        both = [[getattr(one, field) for one in found[kind]] for kind in KINDS]
        arrays[field] = np.array(both)
    return arrays | {
        "methods": np.array(methods),
        "blocks": np.array(BLOCKS),
        "kinds": np.array(KINDS),
        "widths": np.array(widths),
        "place": np.arange(len(methods)),
        "middle": np.median(arrays["changed"], axis=-1),
        "columns": np.array([name in COLUMNS for name in methods]),
        "beside": np.median(column(study, scaled("SGD", "muP")), axis=-1),
        "later": turned,
        "steps": np.array(steps),
        "examples": np.array(examples),
    }


def paced(optimizer, study: Study, table, move: float) -> tuple[Any, int]:
    """The method at the rate whose first move at the base width is `move`; and which step that is:
    some methods only look at the first gradient.

    study: at its base width; table: powers of muP, which are 1 there. The largest change of a
    layer, mean over starts, is scaled to `move`. Methods that only look at the first gradient (a
    warm start) stand still in step 1: their second is measured.
    """
    start = study.at(study.base, table)
    record = {"changed": start.changed}
    path = simulate(start.objective, optimizer, start.theta, steps=2, record=record)
    sizes = path["changed"].mean(1).max(-1)
    # beside pre-activations of size 1: a method that stands still may move them by rounding
    first = 1 if rounded(sizes[1], 1.0) > 0 else 2
    # a step is proportional to its rate
    rate = lr_of(optimizer) * move / sizes[first]
    return with_(optimizer, lr=rate), first


def checked(name: str, optimizer, kind: str, study: Study, steps: tuple[int, int]) -> Checked:
    """The coordinate check of one method in one parameterization.

    steps: the first one that moves, and the last one. Damped methods have their damping follow the
    table, "valid damping" in the paper's words: without it slopes at finite width are those of the
    damping.
    """
    first, last = steps
    table = exponents(law(name, METHODS[name]), kind)
    damped = "damping" if METHODS[name].damped else None
    # a method that only looks at first has two steps at least
    last = max(first, last)
    seen = coordinate_check(
        optimizer, scaled(name, kind), study, steps=(first, last), damped=damped
    )
    expected = predicted(table)
    slopes = [seen.slopes(first)[block] for block in BLOCKS]
    verdicts = seen.verdicts(expected, first)
    ends = np.array([finite(x) for x in slopes])
    predictions = [expected[role_of(block)] for block in BLOCKS]

    wrong = any(verdicts[block] == WRONG for block in BLOCKS[:WEIGHTS])
    changed = np.moveaxis(seen.totals[-1], -1, 0)
    total = [finite(slope(seen.widths, layer))[0] for layer in changed]
    return Checked(
        *ends.T,
        derived=np.array(predictions),
        verdict=np.array([verdicts[block] for block in BLOCKS]),
        like=np.array(nearest(table, ends[:WEIGHTS, 0]) if wrong else "", dtype="U20"),
        changed=changed,
        total=np.array(total),
    )


def finite(x: Slope) -> list[float]:
    """value, low, high; inf for the slope of what diverged.

    NaN, of a slope without logarithms, can't be drawn and looks like a fault.
    """
    return [float(np.nan_to_num(end, nan=np.inf)) for end in x]


def role_of(block: str) -> str:
    """ "hidden bias" of "hidden bias 2": blocks are numbered by layer, tables are by role."""
    return block.rpartition(" ")[0]


def nearest(table: Table, slopes: np.ndarray) -> str:
    """The method of RULES whose weights would move most nearly so at the rates of this table.

    slopes (3,), of the weights. The largest gap over layers decides; ties of one percent go to the
    first name of RULES. It says which table the measured slopes look like, not why.
    """
    distances = []
    for rule in RULES.values():
        gaps = []
        for block, measured in zip(BLOCKS, slopes, strict=False):
            role = role_of(block)
            row = table.rows[role]
            would = update(rule, role, row.c, head=table.head, a=row.a)
            gaps.append(abs(float(would) - measured))
        distances.append(max(gaps))
    # those within a percent are the same rule under several names
    close = np.array(distances) <= min(distances) + 0.01
    return list(RULES)[int(np.argmax(close))]


def summary(data) -> str:
    """Which methods have the derived slopes, which have not, and what several steps do.

    "undecided" is a slope whose interval reaches the derived one without its value being within
    0.1: more seeds or widths would decide.
    """
    many = len(data["methods"])
    widths = data["widths"]
    lines = [
        f"Do features move alike at widths {widths[0]} to {widths[-1]} for {many} methods with a "
        "derived table?"
    ]
    for p, kind in enumerate(data["kinds"]):
        verdict = data["verdict"][p, :, :WEIGHTS]
        right = (verdict == "as predicted").all(-1).sum()
        wrong = data["like"][p] != ""
        told = [of_one(data, p, m) for m in np.flatnonzero(wrong)]
        lines.append(
            f"{kind}, first step: {right} of {many} have the derived slopes in all three layers "
            f"within 0.1, {many - right - wrong.sum()} are undecided, {named(told)}."
        )
    lines.append(of_biases(data))
    lines += [after(data, p) for p in range(len(data["kinds"]))]
    if data["later"].any():
        lines.append(of_secants(data))
    return "\n".join(lines)


def named(told: list[str]) -> str:
    """Those that are not as predicted."""
    return f"{len(told)} NOT: {listed(told)}" if told else "none is wrong"


def of_one(data, p: int, m: int) -> str:
    """A method m whose weights do not move as derived in parameterization p."""
    slopes = ", ".join(signed(x) for x in data["slope"][p, m, :WEIGHTS])
    derived = ", ".join(exponent(x) for x in data["derived"][p, m, :WEIGHTS])
    return (
        f"{data['methods'][m]} ({slopes} for {derived}; nearest to the rule of "
        f"{data['like'][p, m]})"
    )


def of_biases(data) -> str:
    """Biases in muP, at rates that are M times larger where they are a column of M weights."""
    verdict = data["verdict"][1, :, WEIGHTS:]
    off = (verdict == WRONG).any(-1)
    told = []
    for m in np.flatnonzero(off):
        slopes = ", ".join(signed(x) for x in data["slope"][1, m, WEIGHTS:])
        told.append(f"{data['methods'][m]} ({slopes})")
    right = (verdict == "as predicted").all(-1).sum()
    flat = (
        f"Biases of the three layers in muP: {right} of {len(off)} flat within 0.1, "
        f"{len(off) - right - off.sum()} undecided, {named(told)}."
    )
    return f"{flat} {of_columns(data)}" if data["columns"].any() else flat


def after(data, p: int) -> str:
    """The slopes of all changes after some steps.

    After several steps the change is of all layers below, too, and not of one layer's own weights.
    Within 0.15 counts as alike.
    """
    total = data["total"][p]
    off = np.abs(total).max(-1)
    worst = int(np.argmax(off))
    flat = (off <= 0.15).sum()
    low, high = total.min(), total.max()
    return (
        f"{data['kinds'][p]}, {data['steps']} steps: {flat} of {len(total)} change all "
        f"pre-activations alike within 0.15; slopes {signed(low)} to {signed(high)}, farthest "
        f"{data['methods'][worst]}."
    )


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

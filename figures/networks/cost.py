"""Time of a step and size of a state, measured and by formula.

A row per method. (a) Time of a step over that of SGD: median, rounds as small markers, and the
count of operations as a bar. (b) Numbers in a state over parameters, beside the formula. Where (a)
is right of its bar something elementwise, or overhead, costs what the formula leaves out.

Linear axes from 0: a length is a cost. (a) `relative` is a median over interleaved rounds, each
over SGD's time in its own round, so that a slow minute of the machine divides out; `relative_runs`
are small squares. The bar counts operations of matrix products and factorisations alone. (b) is
counted and not timed, and agrees exactly or not at all: a dot off its bar is a state that the table
of the paper does not have, as K-BFGS's is here.
"""

from lab import style

READS = ("cost",)


def draw(data):
    """relative and state (M,) with their formulas, relative_runs (M, rounds), rows at place.

    M methods. relative and relative_formula are over those of SGD, state and state_formula numbers
    over parameters: none has a unit.
    """
    figure, (left, right) = style.panels(1, 2, 2.6)
    for runs, place in zip(data["relative_runs"], data["place"], strict=True):
        rounds = style.dots(left, 1, runs, [place] * len(runs), "_round")
        # a tick of the clock apart, rounds lie on each other
        rounds.set(gid="run", alpha=0.5)
    for ax, name in ((left, "relative"), (right, "state")):
        style.dots(ax, 0, data[name], data["place"], "measured").set_markersize(7)
        style.strokes(ax, data[f"{name}_formula"], data["place"], "theory: formula", size=14)
        ax.set(
            ylabel="method",
            ylim=(len(data["methods"]) - 0.5, -0.5),
            xlim=(0, None),
        )
        ax.set_yticks(data["place"], [str(name) for name in data["methods"]])
    left.set_xlabel("time of a step / SGD's")
    right.set_xlabel("numbers in a state / parameters")
    style.titles((left, right), "time", "memory")
    style.legend(figure, right)
    return figure


def caption(data) -> str:
    return f"""An encoder {"-".join(map(str, data["encoder"]))}, rectified, batches of
    {data["batch"]}, all with momentum, roots every {data["every"]} steps, whose share is in
    the times. (a) Medians of {data["relative_runs"].shape[1]} interleaved rounds, small markers:
    single rounds, of this machine; formula: operations of matrix products and factorisations, by
    which nothing elementwise costs anything. (b) Counted after a step, with gradient and parameters
    left out; formula: that of the table of Ren & Goldfarb (2021), as we recall it. Our own
    experiment."""

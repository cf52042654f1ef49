"""lab compare: which method wins on a table of one's own, and why.

A table of numbers in, a recommendation out: every method at its own best rate in four quadrants,
what makes the table hard, and what to use. The model is binary logistic regression with a ridge:
the losses are excess over its minimum, relative to the start, and 1 there.

Four quadrants, since a winner at full batch need not win with mini-batches, and one in the
coordinates of the table need not in the eigenbasis of its curvature, which few methods can afford:
the second tells what a rotation would be worth.
"""

from __future__ import annotations

from pathlib import Path

# excess losses, relative to the start, below which rounding decides: that of `tune`
ROUNDING = 1e-12
TITLES = {
    "full_coordinate": "full batch, coordinates",
    "full_eigenbasis": "full batch, eigenbasis",
    "mini_coordinate": "mini-batches, coordinates",
    "mini_eigenbasis": "mini-batches, eigenbasis",
}


def do(options, rest) -> int:
    """lab compare FILE --target COLUMN [--batch B] [--steps T] [--raw] [--out DIR]

    The figure is FILE_compare.png in DIR. ValueError for a table that can't be read, one line
    naming row and column. Features are standardised unless --raw; the reasons are told of the
    table as it is given in either case.

    Printed in this order: what was read, who wins where, why, and what to take. The figure comes
    last.
    """
    from lab.commands.pictures import of_comparison
    from lab.data import Source, examples
    from lab.instruments.causes import causes
    from lab.instruments.quadrants import quadrants
    from lab.workshop import save_figure

    chosen = (options.missing, options.features, options.drop)
    source = Source(options.file, options.target, *chosen)
    as_given = examples(source, standardised=False)
    used = as_given
    if not options.raw:
        used = examples(source, standardised=True)

    size = {"batch": options.batch, "steps": options.steps}
    found = quadrants(used.x, used.y, ridge=options.ridge, **size)
    # the reasons are those of the table as it is, whatever the methods see
    why = causes(as_given.x, as_given.y)
    # of the features that the methods see
    # the ratio of noise to signal, which standardising changes
    noise = causes(used.x, used.y).noise

    _head(used, options)
    for part in (_winners(found), _reasons(why, noise, options), _advice(found, options)):
        print("\n".join(part))
        print()

    stem, _, _ = Path(options.file).name.partition(".")
    figure = of_comparison(found, TITLES, used.name, size)
    for path in save_figure(figure, options.out, f"{stem}_compare", ("png",)):
        print(path)
    return 0


def _head(used, options) -> None:
    """What was read, what was done to it, and in which terms methods are told."""
    m, n = used.x.shape
    form = "as they are" if options.raw else "standardised"
    print(f"{used.name}: {m} examples, {n} features, {form}")
    for note in used.notes:
        print(note)
    print(f"\nwho has the lowest loss after {options.steps} steps, each at its best rate")


def _winners(found) -> list[str]:
    """One line per quadrant: the loss is the excess over the minimum, 1 at the start.

    A method is tied with the lowest where its band over the seeds meets that one's; at full batch
    there are no bands, and those within 1 % are.
    """
    from lab.sentences import first

    lines = []
    for case, title in TITLES.items():
        names = found[f"{case}_methods"]
        bands = _bands(found, case)
        told = first(names, _last(found, case), bands, floor=ROUNDING)
        lines.append(f"  {title}:".ljust(30) + told)
    return lines


def _last(found, case):
    """The last excess loss of every method, (M,): the median over the seeds where there are
    seeds.

    After --steps steps, in units of the start: 1 has not moved, inf diverged.
    """
    return found[f"{case}_final"]


def _bands(found, case):
    """Lower and upper quantile (M,) of the last loss over the seeds; None at full batch.

    10 % and 90 % over the seeds, on batches that did not choose the rate.
    """
    if case.startswith("full"):
        return None
    low, _, high = found[f"{case}_loss"][..., -1].T
    return low, high


def _reasons(why, scale, options) -> list[str]:
    """What makes this table hard, in the order of its size.

    why: Causes of the features as given; scale: the batch at which noise equals signal, of those
    used. At batch B the first gradient is off by (scale / B)^(1/2), relative to its length.
    """
    from lab.sentences import number

    shares = why.shares
    told = {
        "mean shift": f"a mean is up to {number(why.shift)} deviations from 0",
        "scale": f"deviations differ by up to {number(why.scale)}",
        "correlation": f"two columns correlate by up to {why.correlation:.2f}",
    }
    kappa = number(why.raw)
    lines = [f"why: the condition number of the features as given is {kappa}"]
    for cause in sorted(shares, key=shares.get, reverse=True):
        share = number(shares[cause])
        head = f"  {cause}:".ljust(17)
        factor = f"a factor {share}".ljust(25)
        lines.append(head + factor + told[cause])

    # means of B examples scatter as B^(-1/2)
    percent = 100 * (scale / options.batch) ** 0.5
    noise = f"at batch {options.batch} the first gradient is off by {number(percent)} %"
    head = "  noise:".ljust(17)
    lines.append(f"{head}{noise}, at batch {number(scale)} by 100 %")
    if not options.raw:
        removed = "mean shift and scale are gone in the comparison, which standardises"
        lines.append(f"  ({removed}; --raw does not)")
    return lines


def _advice(found, options) -> list[str]:
    """The method and rate to take, full batch and mini-batch, and what a rotation would add.

    A rotation is worth telling when it halves the loss. An edge of the grid of rates is told too.
    A loss of ROUNDING stands for "at most that": what is below cannot be told apart.
    """
    from lab.sentences import number

    sizes = {"full": "full batch", "mini": f"batches of {options.batch}"}
    lines = []
    for size, words in sizes.items():
        case = f"{size}_coordinate"
        k, loss = _best(found, case)
        name = found[f"{case}_methods"][k]
        rate = found[f"{case}_lr"][k]
        edge = found[f"{case}_edge"][k]
        at = f"{rate:.3g}"
        if edge:
            at += f" (the {edge}est rate tried: try {edge}er)"
        low = f"{loss:.2g}"
        if loss == ROUNDING:
            low = f"below {low}"
        lines.append(f"recommended, {words}: {name} at rate {at}, loss {low}")

        _, rotated = _best(found, f"{size}_eigenbasis")
        # less is not worth an eigendecomposition
        if rotated < 0.5 * loss:
            gain = number(loss / rotated)
            if rotated == ROUNDING:
                gain = f"at least {gain}"
            lines.append(f"  in the eigenbasis the best would get {gain} times lower")
    return lines


def _best(found, case) -> tuple[int, float]:
    """The first of the methods tied for the lowest loss, in the table's order, and its loss.

    The loss is at least ROUNDING. ValueError where every method diverged at every rate.
    """
    from lab.sentences import standing

    last = _last(found, case)
    places = map(str, range(len(last)))
    bands = _bands(found, case)
    leaders = standing(places, last, bands, floor=ROUNDING).leaders
    if not leaders:
        raise ValueError("every method diverged at every rate: raise --ridge or standardise")
    k = min(map(int, leaders))
    return k, max(float(last[k]), ROUNDING)

"""lab compare: which method wins on a table of one's own, and why."""

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
    """lab compare FILE --target COLUMN [--batch B] [--steps T] [--raw] [--out DIR]"""
    from lab.commands.pictures import of_comparison
    from lab.data import Source, examples
    from lab.instruments.causes import causes
    from lab.instruments.quadrants import quadrants
    from lab.workshop import save_figure

    chosen = (options.missing, options.features, options.drop)
    source = Source(options.file, options.target, *chosen)
    as_given = examples(source, standardised=False)
    used = as_given if options.raw else examples(source, standardised=True)

    size = {"batch": options.batch, "steps": options.steps}
    found = quadrants(used.x, used.y, ridge=options.ridge, **size)
    why = causes(as_given.x, as_given.y)
    # of the features that the methods see
    noise = causes(used.x, used.y).noise

    m, n = used.x.shape
    form = "as they are" if options.raw else "standardised"
    print(f"{used.name}: {m} examples, {n} features, {form}")
    for note in used.notes:
        print(note)
    print(f"\nwho has the lowest loss after {options.steps} steps, each at its best rate")
    for line in (
        *_winners(found),
        "",
        *_reasons(why, noise, options),
        "",
        *_advice(found, options),
    ):
        print(line)

    name = f"{Path(options.file).name.split('.')[0]}_compare"
    figure = of_comparison(found, TITLES, used.name, size)
    for path in save_figure(figure, options.out, name, ("png",)):
        print(path)
    return 0


def _winners(found) -> list[str]:
    """One line per quadrant: the loss is the excess over the minimum, 1 at the start."""
    from lab.sentences import first

    lines = []
    for case, title in TITLES.items():
        measured = (found[f"{case}_methods"], _last(found, case), _bands(found, case))
        told = first(*measured, floor=ROUNDING)
        lines.append(f"  {title + ':':28} {told}")
    return lines


def _last(found, case):
    """The last excess loss of every method, the median over the seeds."""
    return found[f"{case}_final"]


def _bands(found, case):
    """Lower and upper quantile of the last loss over the seeds; None at full batch."""
    loss = found[f"{case}_loss"]
    return None if case.startswith("full") else (loss[:, 0, -1], loss[:, 2, -1])


def _reasons(why, scale, options) -> list[str]:
    """What makes this table hard, in the order of its size."""
    from lab.sentences import number

    shares = why.shares
    told = {
        "mean shift": f"a mean is up to {number(why.shift)} deviations from 0",
        "scale": f"deviations differ by up to {number(why.scale)}",
        "correlation": f"two columns correlate by up to {why.correlation:.2f}",
    }
    lines = [f"why: the condition number of the features as given is {number(why.raw)}"]
    for cause in sorted(shares, key=lambda name: -shares[name]):
        factor = f"a factor {number(shares[cause])}"
        lines.append(f"  {cause + ':':14} {factor:24} {told[cause]}")
    ratio = (scale / options.batch) ** 0.5
    noise = f"at batch {options.batch} the first gradient is off by {number(100 * ratio)} %"
    lines.append(f"  {'noise:':14} {noise}, at batch {number(scale)} by 100 %")
    if not options.raw:
        removed = "mean shift and scale are gone in the comparison, which standardises"
        lines.append(f"  ({removed}; --raw does not)")
    return lines


def _advice(found, options) -> list[str]:
    """The method and rate to take, full batch and mini-batch, and what a rotation would add."""
    from lab.sentences import number

    lines = []
    for size, words in (("full", "full batch"), ("mini", f"batches of {options.batch}")):
        k, loss = _best(found, f"{size}_coordinate")
        name = found[f"{size}_coordinate_methods"][k]
        rate = found[f"{size}_coordinate_lr"][k]
        edge = found[f"{size}_coordinate_edge"][k]
        at = f" (the {edge}est rate tried: try {edge}er)" if edge else ""
        _, rotated = _best(found, f"{size}_eigenbasis")
        lines.append(f"recommended, {words}: {name} at rate {rate:.3g}{at}, loss {loss:.2g}")
        if rotated < 0.5 * loss:
            gain = number(loss / rotated)
            lines.append(f"  in the eigenbasis the best would get {gain} times lower")
    return lines


def _best(found, case) -> tuple[int, float]:
    """The first of the methods tied for the lowest loss, in the table's order, and its loss."""
    from lab.sentences import standing

    last = _last(found, case)
    places = [str(k) for k in range(len(last))]
    leaders = standing(places, last, _bands(found, case), floor=ROUNDING).leaders
    if not leaders:
        raise ValueError("every method diverged at every rate: raise --ridge or standardise")
    k = min(int(place) for place in leaders)
    return k, max(float(last[k]), ROUNDING)

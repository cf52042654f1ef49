"""Looks of methods: told apart by marker, by line, and by colour to all eyes; and pages."""

from itertools import combinations

import pytest
from files import FIGURES, ROOT, quick
from sight import EYES, apart, seen

from lab import style, workshop

# some 2 is just seen side by side; thin lines of a figure are not side by side
FAR = 6.0


def methods_together():
    """Pairs of methods that meet in the data of a figure."""
    pairs = set()
    for name in FIGURES:
        for source in workshop.load(ROOT / "figures", name).READS:
            arrays = quick(source).items()
            lists = [array for key, array in arrays if key.endswith("methods")]
            for array in lists:
                known = sorted({str(m) for m in array} & set(style.METHODS))
                pairs |= set(combinations(known, 2))
    return sorted(pairs)


def test_every_method_has_a_marker_and_a_line_of_its_own():
    for one, other in combinations(style.METHODS.values(), 2):
        assert one.marker != other.marker, (one.label, other.label)
        assert one.line != other.line, (one.label, other.label)
        assert one.label != other.label
    for entries in (style.METHODS.values(), style.CYCLE):
        assert "--" not in {look.line for look in entries}, "that is theory's"


def test_looks_of_the_cycle_are_told_apart():
    for one, other in combinations(style.CYCLE, 2):
        assert one.marker != other.marker
        assert one.line != other.line
        for eyes in EYES:
            assert apart(one.colour, other.colour, eyes) > FAR, (eyes, one, other)


@pytest.mark.parametrize("eyes", EYES)
def test_methods_of_one_figure_have_colours_apart(eyes):
    """Variants of a method keep its colour, and have a line and a marker of their own."""
    pairs = methods_together()
    assert len(pairs) > 20
    for one, other in pairs:
        first, second = style.METHODS[one].colour, style.METHODS[other].colour
        assert first == second or apart(first, second, eyes) > FAR, (one, other)


@pytest.mark.parametrize("eyes", EYES)
def test_colours_are_seen_on_white_and_beside_theory(eyes):
    for look in (*style.METHODS.values(), *style.CYCLE):
        assert apart(look.colour, "#FFFFFF", eyes) > 2 * FAR
        assert apart(look.colour, "#000000", eyes) > FAR


def test_distances_tell_red_from_green_only_to_those_who_see_them():
    """Two colours of one lightness to a deuteranope, far apart to others."""
    red, green = "#B45A4A", "#7D7A3C"
    assert apart(red, green, "all colours") > 30
    assert apart(red, green, "deuteranopia") < apart(red, green, "all colours") / 2
    assert seen("#FFFFFF", "grey")[0] == pytest.approx(100, abs=0.1)


def test_an_unknown_method_or_page_is_answered_with_the_known_ones():
    with pytest.raises(KeyError, match="no look for 'Adagrad'; there is one for GD, SGD"):
        style.look("Adagrad")
    with (
        pytest.raises(ValueError, match="width = 'poster': must be one of column, page, slides"),
        style.sized("poster"),
    ):
        pass


def test_a_page_is_left_when_it_is_drawn():
    before = style.page()

    def fails():
        with style.sized("column"):
            assert style.page() == style.PAGES["column"]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert style.page() == before


def test_symbols_are_set_once():
    told = style.lowered(
        r"beta1 of GN^-1/2 at kappa = 3, $\kappa$ and $GN^-1$ stay, alphabeta1 too"
    )
    powers = style.lowered("sqrt(n / 2) / sqrt t, beta2^(1 / (2 (p - 1))), M^-b_L")
    assert powers == "(n / 2)$^{1/2}$ / t$^{1/2}$, $\\beta_2$$^{1 / (2 (p - 1))}$, M$^{-b_L}$"
    assert told == (
        r"$\beta_1$ of GN$^{-1/2}$ at $\kappa$ = 3, $\kappa$ and $GN^-1$ stay, alphabeta1 too"
    )


def test_names_that_are_no_methods_get_looks_that_are_free():
    looks = style.looks(["K-FAC", "K-FAC, trace", "SGD", "half powers"])
    assert list(looks) == ["K-FAC", "K-FAC, trace", "SGD", "half powers"]
    for method in ("K-FAC", "SGD"):
        assert looks[method] == style.METHODS[method]
    assert looks["half powers"].label == "half powers"
    for one, other in combinations(looks.values(), 2):
        assert one.colour != other.colour
        assert one.marker != other.marker
    many = style.looks([str(k) for k in range(7)])
    assert many["6"].colour == many["0"].colour


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (40, 600, "50 100 200 500"),
        (20, 2000, r"$\mathdefault{10^{2}}$ $\mathdefault{10^{3}}$"),
        (0.04, 0.9, "0.05 0.1 0.2 0.5"),
        (2e-7, 4e-6, r"$3 \times 10^{-7}$ $10^{-6}$ $3 \times 10^{-6}$"),
        (4.1, 4.6, "4.2 4.4 4.6"),
    ],
)
def test_a_short_logarithmic_axis_has_numbers(low, high, said):
    with style.sized("column"):
        figure, (ax,) = style.panels(1, 1)
        ax.set(yscale="log", ylim=(low, high))
        style.fit(figure)
    figure.draw_without_rendering()
    pairs = zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)
    seen = [text.get_text() for x, text in pairs if low <= x <= high]
    assert " ".join(seen) == said

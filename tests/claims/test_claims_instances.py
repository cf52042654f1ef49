"""Which instances a claim is judged on: ends and insides of ranges, and every value of a choice."""

import numpy as np
import pytest
from sympy import Eq

from lab.claims import CLAIMS, between, choice, claim, derived, equal, integers, named, symbols
from lab.claims.enclosures import Enclosed
from lab.claims.measuring import conditions, draw
from lab.claims.proofs import Identity

ROOMS: dict[str, list[str]] = {}
for id, c in CLAIMS.items():
    # proofs look at no instance
    if not all(isinstance(r, (Identity, Enclosed)) for r in c.says.values()):
        ROOMS.setdefault(c.measure.__module__.split(".")[2], []).append(id)
x, y, method, turn = symbols("x y method turn")


def inside_a_range(space, u):
    """(R,): whether some symbol with a range, that is not a grouped one, is between its ends."""
    found = np.zeros(len(u), bool)
    for name, piece in space.pieces.items():
        if piece.extremes and not piece.grouped:
            columns = u[:, space.columns[name]]
            found |= ~np.any([(columns == end).all(-1) for end in piece.extremes], axis=0)
    return found


def occurring(space, u):
    """All (choice, place of its value) at these points."""
    found = set()
    for name, options in space.finite.items():
        places = np.floor(u[:, space.columns[name]][:, 0] * options).astype(int)
        found |= {(name, place) for place in places.tolist()}
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_insides_of_ranges_and_every_value_of_a_finite_choice_are_judged(room):
    """At least a third of the instances is inside a range. Values are compared with those that
    occur inside the hypotheses among points of another seed; as many instances as there are values
    are enough for them, since one shows a value at least."""
    at_corners, missing = {}, {}
    for id in ROOMS[room]:
        c = CLAIMS[id]
        judged = draw(c, 0, c.instances).inside
        share = inside_a_range(c.over, judged).mean()
        if share < 1 / 3 and any(p.extremes and not p.grouped for p in c.over.pieces.values()):
            at_corners[id] = share

        other = c.over.points(1, 0, 64)
        holds, _ = conditions(c, other)
        there = occurring(c.over, other[holds.all(0)])
        if c.instances >= len(there) and not there <= occurring(c.over, judged):
            missing[id] = there - occurring(c.over, judged)
    assert (at_corners, missing) == ({}, {})


def test_no_choice_has_more_values_than_its_claim_has_instances():
    few = [id for id, c in CLAIMS.items() if c.instances < max(c.over.finite.values(), default=0)]
    assert few == []


@named
def turned(turn):
    """turn = 1"""
    return turn == 1


def made(options, instances, **space):
    """A claim over so many methods, half of whose points are outside a hypothesis."""

    @claim(
        "test/finite",
        over={method: choice(*range(options)), turn: choice(1, -1), x: between(0, 1)} | space,
        assuming=[turned(turn), Eq(y, 1)] if space else [turned(turn)],
        says={"same": equal(symbols("z"), 1, atol=0.1, because="a test")},
        where={symbols("z"): "one"},
        cites=derived("test"),
        instances=instances,
    )
    def measured(x):
        """Nothing."""
        return {"z": np.ones(len(x))}

    return measured


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("options", [2, 7, 66])
def test_hypotheses_do_not_hide_a_value(options, seed):
    """With as many instances as values, half of the points being outside."""
    drawn = draw(made(options, options), seed, options).inside
    assert len(drawn) == options
    methods = {place for name, place in occurring(made(options, 1).over, drawn) if name == "method"}
    assert methods == set(range(options))


def test_hypotheses_that_keep_corners_keep_others_too():
    """y = 1 is the lower end: it holds at half of the corners, and at a tenth of the rest."""
    more = {f"x{k}": between(0, 1) for k in range(5)}
    c = made(2, 12, y=integers(1, 10), **more)
    drawn = draw(c, 0, 12).inside
    assert inside_a_range(c.over, drawn).sum() == 6


def test_instances_are_the_same_every_time():
    c = made(7, 20)
    np.testing.assert_array_equal(
        draw(c, 4, 20).inside, draw(c, 4, 20).inside, err_msg="the same seed"
    )
    assert (draw(c, 5, 20).inside != draw(c, 4, 20).inside).any()

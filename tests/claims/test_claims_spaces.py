"""Spaces: what is drawn, that extremes are, that a seed and a number are enough to draw it
again."""

import numpy as np
import pytest

from lab.claims import symbols
from lab.claims.spaces import (
    Piece,
    Space,
    around,
    batch_sizes,
    between,
    choice,
    data,
    decades,
    dimension,
    half_integers,
    integers,
    let,
    orthogonal,
    psd,
    sequence,
    sometimes,
    spd,
    spectrum,
    start,
    unit,
    vector,
)

n, b = symbols("n b")


def drawn(piece, count=400, **before):
    """All values of one piece, by row; `before`: pieces declared before it."""
    space = Space(before | {"x": piece})
    batches = space.batches(space.points(3, 0, count))
    return batches if before or piece.grouped else batches[0].values["x"]


def test_numbers():
    x = drawn(between(2, 5))
    assert (x.min(), x.max()) == (2.0, 5.0)
    assert abs(np.mean(x) - 3.5) < 0.2
    x = drawn(unit(1e-3))
    assert (x.min(), x.max()) == pytest.approx((1e-3, 1 - 1e-3))
    x = drawn(decades(-3, 1))
    assert (x.min(), x.max()) == pytest.approx((1e-3, 10.0))
    assert 0.4 < (x < 0.1).mean() < 0.6
    x = drawn(integers(1, 6))
    assert set(x) == {1, 2, 3, 4, 5, 6}
    assert x.dtype.kind == "i"
    assert set(drawn(half_integers(0, 2))) == {0, 0.5, 1, 1.5, 2}
    x = drawn(batch_sizes())
    assert (x.min(), x.max()) == (1, 10**9)
    assert 0.2 < (x < 1000).mean() < 0.5


def test_every_integer_is_drawn_as_often():
    counts = np.bincount(drawn(integers(1, 4), 4000))[1:]
    assert counts.min() > 850


def test_sometimes():
    x = drawn(sometimes(0.0, decades(-3, -1), share=0.75))
    assert 0.6 < (x == 0).mean() < 0.85
    assert ((x == 0) | ((x >= 1e-3 * (1 - 1e-12)) & (x <= 0.1 * (1 + 1e-12)))).all()
    assert x.max() == pytest.approx(0.1)


def test_around_draws_both_sides_of_a_border_but_not_the_border():
    space = Space({"b": between(0.1, 0.9), "x": around(b**2, near=(0.02, 0.05), most=0.8)})
    values = space.batches(space.points(0, 0, 900))[0].values
    share = values["x"] / values["b"] ** 2
    kept = values["x"] < 0.8
    assert (share[kept] < 1).sum() > 200
    assert (share[kept] > 1).sum() > 100
    assert ((share[kept] > 1) & (share[kept] < 1.045)).sum() > 50
    assert np.abs(share[kept] - 1).min() == pytest.approx(0.02, abs=1e-3)
    assert (np.abs(share[kept] - 1) < 0.05).mean() > 0.2
    assert values["x"].max() <= 0.8


def test_let_is_no_dimension_of_the_space():
    space = Space({"b": between(0.1, 0.9), "x": let(1 / b)})
    assert space.width == 1
    assert list(space.abbreviations) == ["x"]
    values = space.batches(space.points(0, 0, 9))[0].values
    np.testing.assert_allclose(values["x"] * values["b"], 1.0)


def test_choice_and_dimension_are_grouped():
    batches = drawn(choice("a", "b"))
    assert sorted(batch.values["x"] for batch in batches) == ["a", "b"]
    assert sum(len(batch.rows) for batch in batches) == 400
    batches = drawn(spectrum(n), n=dimension(1, 5))
    assert sorted(batch.values["n"] for batch in batches) == [1, 2, 3, 4, 5]
    for batch in batches:
        assert batch.values["x"].shape == (len(batch.rows), batch.values["n"])
    assert sorted(np.concatenate([batch.rows for batch in batches])) == list(range(400))


@pytest.mark.parametrize(
    "kind", ["geometric", "power law", "two-level", "clustered", "repeated", "one large"]
)
def test_spectra(kind):
    for batch in drawn(spectrum(n, -3, -1, (kind,)), n=dimension(1, 6)):
        lam = batch.values["x"]
        assert (lam > 0).all()
        np.testing.assert_allclose(lam.max(-1), 1.0)
        assert (np.diff(lam, axis=-1) <= 1e-15).all()
        assert lam.min() >= 1e-3 * 0.49


def test_repeated_spectra_repeat():
    for batch in drawn(spectrum(n, -3, -1, ("repeated",)), n=dimension(6, 6)):
        assert (np.diff(batch.values["x"], axis=-1) == 0).any(-1).all()


def test_symmetric_matrices():
    for batch in drawn(spd(n, -2, 0), n=dimension(1, 4)):
        h = batch.values["x"]
        assert (h == h.swapaxes(-1, -2)).all()
        lam = np.linalg.eigvalsh(h)
        np.testing.assert_allclose(lam[:, -1], 1.0)
        assert lam.min() > 4e-3
    ranks = set()
    for batch in drawn(psd(n), n=dimension(4, 4)):
        lam = np.linalg.eigvalsh(batch.values["x"])
        assert lam.min() > -1e-12
        ranks |= set((lam > 1e-9).sum(-1))
    assert ranks == {1, 2, 3, 4}


def test_bases():
    kinds = {"coordinate": 0, "other": 0}
    for batch in drawn(orthogonal(n), n=dimension(1, 4)):
        q = batch.values["x"]
        np.testing.assert_allclose(
            q @ q.swapaxes(-1, -2), np.broadcast_to(np.eye(q.shape[-1]), q.shape), atol=1e-12
        )
        same = (np.abs(q - np.eye(q.shape[-1])) < 1e-12).all((-1, -2))
        kinds["coordinate"] += same.sum()
        kinds["other"] += (~same).sum()
    assert min(kinds.values()) > 50


def test_starts_sequences_and_data():
    for batch in drawn(start(n), n=dimension(5, 5)):
        x = batch.values["x"]
        aligned = (np.abs(x) == 1).all(-1)
        sparse = (x != 0).sum(-1) == 1
        assert min(aligned.sum(), sparse.sum(), (~aligned & ~sparse).sum()) > 80
    x = drawn(sequence(30, decades=2.0))
    assert x.shape == (400, 30)
    assert (np.abs(x) > 100).any()
    (batch,) = drawn(data(7, n), n=dimension(3, 3))
    assert batch.values["x"].shape == (400, 7, 3)
    (batch,) = drawn(vector(n, -1, 1), n=dimension(3, 3))
    assert batch.values["x"].min() >= 0.1


def test_a_seed_and_a_number_are_an_instance():
    space = Space({"n": dimension(1, 4), "b": between(0, 1), "h": spd(n)})
    whole = space.points(7, 0, 300)
    np.testing.assert_array_equal(
        space.points(7, 130, 140), whole[130:140], err_msg="the same generator, the same draws"
    )
    assert (space.points(8, 130, 140) != whole[130:140]).any()
    # not the corners, which have every second row of the first 128 at most
    random = np.append(whole[1:128:2, -1], whole[128:, -1])
    assert len(np.unique(random)) == len(random)
    one = space.instance(7, 200)
    (batch,) = space.batches(whole[200:201])
    assert one["b"] == batch.values["b"][0]
    np.testing.assert_array_equal(
        one["h"], batch.values["h"][0], err_msg="the same point, drawn by the same call"
    )
    assert one["h"].shape == (one["n"], one["n"])


def test_corners_and_uniform_points_take_turns():
    space = Space({"x": between(0, 1), "y": between(2, 3)})
    u = space.points(0, 0, 12)
    values = space.batches(u[0:8:2])[0].values
    assert set(zip(values["x"], values["y"], strict=True)) == {(0, 2), (0, 3), (1, 2), (1, 3)}
    turns = [space.is_corner(one) for one in u]
    assert turns == [True, False] * 4 + [False] * 4


@pytest.mark.parametrize("symbols", [1, 2, 6, 7, 40])
def test_two_corners_show_both_ends_of_every_symbol(symbols):
    """Also of spaces with more corners than there is time for; and none of them twice."""
    space = Space({f"x{k}": between(0, 1) for k in range(symbols)})
    for seed in range(5):
        corners = [tuple(corner.values()) for corner in space.corners(seed)]
        assert len(set(corners)) == len(corners) == min(2**symbols, 64)
        assert all(sum(ends) == 1 for ends in zip(*corners[:2], strict=True))
    several = {tuple(space.corners(seed)[0].values()) for seed in range(20)}
    assert len(several) > 1


def test_a_corner_depends_on_the_seed_and_its_number_only():
    space = Space({"x": between(0, 1), "y": choice("a", "b", "c")})
    whole = space.points(3, 0, 200)
    for first in (1, 2, 5, 63, 64, 65, 130):
        part = space.points(3, first, first + 9)
        np.testing.assert_array_equal(
            part, whole[first : first + 9], err_msg="the same generator, the same draws"
        )


@pytest.mark.parametrize("count", [1, 2, 3, 5, 32, 33, 66])
def test_finite_choices_take_turns(count):
    """Uniform points have every value as often as any other, whatever the corners have."""
    space = Space({"x": between(0, 1), "y": choice(*range(count))})
    # half of the rows of as many blocks of 64 as there are values
    uniform = space.points(0, 0, 64 * count)[1::2, 1]
    drawn = np.floor(uniform * count).astype(int)
    assert np.bincount(drawn).tolist() == [32] * count


def test_what_is_refused():
    with pytest.raises(ValueError, match="over is empty"):
        Space({})
    with pytest.raises(TypeError, match=r"over\[x\] is 3: must be a piece"):
        Space({"x": 3})
    assert isinstance(unit(), Piece)

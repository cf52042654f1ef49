"""Generated pictures, and networks on data of the user's own."""

import numpy as np
import pytest
from dialects import written
from refusals import refused

from lab import simulate
from lab.data import curves, patches, photograph, standardise, table, unit_interval
from lab.objectives import MLP
from lab.optimizers import SGD


def test_curves_are_black_where_they_are():
    images = curves(50, 20, rng=3)
    assert images.shape == (50, 400)
    assert images.min() >= 0
    assert images.max() < 1
    # a curve is as black on a picture twice the size, and takes a smaller part of it
    large = curves(50, 40, rng=3)
    assert 0.7 < np.median(images.max(1)) < 1
    assert np.median(large.max(1)) == pytest.approx(np.median(images.max(1)), abs=0.1)
    assert 0.35 < large.mean() / images.mean() < 0.65


def test_a_curve_goes_through_its_points():
    """The mean place of the ink is near the mean of the curve, (p_0 + p_1 + p_2) / 3, which is
    what the integral of the Bezier polynomials gives; saturation moves it by less than a pixel."""
    size = 24
    images = curves(30, size, rng=5).reshape(30, size, size)
    corners = np.random.default_rng(5).uniform(2.0, size - 3.0, (30, 3, 2))
    down, across = np.indices((size, size))
    ink = images.sum((1, 2))
    # x is across, y is down
    found = np.stack([(images * across).sum((1, 2)), (images * down).sum((1, 2))], -1)
    middle = found / ink[:, None]
    assert np.abs(middle - corners.mean(1)).max() < 1.5


def test_the_same_seed_draws_the_same_pictures():
    for draw in (curves, patches):
        np.testing.assert_array_equal(draw(3, 8), draw(3, 8), err_msg="the same call twice")
        assert np.abs(draw(3, 8) - draw(3, 8, rng=1)).max() > 0.01


def test_patches_are_parts_of_the_photograph():
    image = photograph()
    assert image.shape == (600, 512)
    assert image.min() >= 0
    assert image.max() <= 1
    found = patches(40, 5, rng=2).reshape(40, 5, 5)
    for patch in found[:3]:
        rows, columns = np.nonzero(np.abs(image[:596, :508] - patch[0, 0]) < 1e-12)
        assert any(
            np.abs(image[i : i + 5, j : j + 5] - patch).max() < 1e-12
            for i, j in zip(rows, columns, strict=True)
        )
    assert patches(1, 512).shape == (1, 512**2)


REFUSED = {
    "no curves": (lambda: curves(0), "number = 0: must be an integer >= 1"),
    "small curves": (lambda: curves(1, 5), "size = 5: must be an integer >= 6"),
    "no patches": (lambda: patches(0), "number = 0: must be an integer >= 1"),
    "large patches": (lambda: patches(1, 513), "size = 513: the photograph is 600 x 512"),
    "seed": (lambda: curves(1, rng=-1), "rng = -1: must be an integer >= 0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    call, said = REFUSED[name]
    refused(call, ValueError, said)


def test_no_photograph(monkeypatch, tmp_path):
    monkeypatch.setattr("matplotlib.get_data_path", lambda: str(tmp_path))
    said = "this matplotlib came without its sample image grace_hopper.jpg"
    refused(photograph, ValueError, said)


def test_unit_interval():
    x = np.array([[1.0, 5.0, 7.0], [3.0, 4.0, 7.0], [2.0, 1.0, 7.0]])
    np.testing.assert_allclose(unit_interval(x), [[0, 1, 0], [1, 0.75, 0], [0.5, 0, 0]])


FLOWERS = "long,wide,kind\n1.5,0.2,a\n1.4,0.3,a\n4.0,1.3,b\n4.5,1.5,b\n6.0,2.5,c\n5.9,2.1,c\n"


def test_softmax_regression_on_a_table_of_ones_own(tmp_path):
    """Three kinds that lines separate are learned."""
    found = table(written(tmp_path, FLOWERS), "kind")
    f = MLP(standardise(found.x), found.y, loss="softmax")
    path = simulate(f, SGD(2.0), f.start(), steps=200)
    chosen = f.evaluate(path.final).z.argmax(-1)
    np.testing.assert_array_equal(chosen, [0, 0, 1, 1, 2, 2])
    assert found.classes == ("a", "b", "c")


def test_a_table_without_target(tmp_path):
    """All columns are features, as an autoencoder wants them; so in text and in NPZ."""
    path = written(tmp_path, "a,b,c\n1.5,3,8\n2.5,1,7.5\n0.5,2.5,9\n")
    found = table(path, drop=("c",))
    np.testing.assert_allclose(found.x, [[1.5, 3], [2.5, 1], [0.5, 2.5]])
    assert (found.columns, found.y.shape, found.classes) == (("a", "b"), (0,), ())
    x = np.random.default_rng(0).standard_normal((5, 3))
    np.savez(tmp_path / "x.npz", x=x)
    np.testing.assert_allclose(table(tmp_path / "x.npz").x, x)
    unnamed = written(tmp_path, "a,\n1.5,3\n2.5,1\n0.5,2.5\n")
    refused(lambda: table(unnamed), ValueError, "column 2 has no name")
    path = written(tmp_path, "a,b,c\n1.5,3,8\n2.5,1,7.5\n0.5,2.5,9\n")
    refused(
        lambda: table(path, drop=("a", "b", "c")),
        ValueError,
        "has no column to learn from",
    )

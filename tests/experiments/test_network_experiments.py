"""What the experiments on networks must find, and say of a table of one's own."""

import numpy as np
import pytest
from files import ROOT, experiment, quick, run_quick

from lab import workshop


def test_sets_of_different_sizes_are_cut_to_the_smallest(monkeypatch):
    """23 examples and 31: epochs of two steps and of three, were they not cut. The digits are fewer
    than what is asked of the others in a long run."""
    module = experiment("autoencoders")
    x = np.random.default_rng(2).random((31, 6))
    sets = module.Sets({"few": (x[:23], "bce"), "many": (x, "half_mse")}, ())
    monkeypatch.setattr(module, "given", lambda examples: sets)
    found = module.run(**(module.QUICK | {"examples": 40}))
    assert (found["shapes"] == (23, 6)).all()
    assert found["epoch"].tolist() == [1, 2, 3]


def test_no_loss_is_below_the_least():
    """That of outputs equal to the data: the entropy of entries between 0 and 1, 0 of squares."""
    found = quick("autoencoders")
    assert (found["loss"].min((1, 2, 3)) > found["least"]).all()
    assert found["least"][list(found["sets"]).index("patches")] == 0


def figure():
    return workshop.load(ROOT / "figures", "autoencoders")


@pytest.fixture
def own_table(tmp_path):
    rng = np.random.default_rng(4)
    rows = rng.random((40, 4)) * [1e-3, 1.0, 1e4, 3.0]
    path = tmp_path / "own.csv"
    np.savetxt(path, rows, delimiter=",", header="a,b,c,d", comments="")
    return path, rows


def test_a_table_of_ones_own(own_table):
    """The least loss written out, and a caption that says nothing of digits."""
    path, rows = own_table
    found = run_quick("autoencoders", data=str(path), examples=40)
    x = (rows - rows.min(0)) / np.ptp(rows, axis=0)
    inside = np.clip(x, 1e-300, 1 - 1e-16)
    entropy = -(x * np.log(inside) + (1 - x) * np.log1p(-inside)).sum(1).mean()
    assert found["least"][0] == pytest.approx(entropy, rel=1e-9)
    told = " ".join(figure().caption(found).split())
    assert "Digits" not in told
    assert "Every column was taken to [0, 1]" in told

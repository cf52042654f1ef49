"""The verbs that answer: list, show, results, diff, compare, spectrum."""

import time

import numpy as np
import pytest
from test_command_line import fails
from test_workshop import EXPERIMENT, FIGURE

from lab import CLAIMS, EXACT, OBJECTIVES, OPTIMIZERS, WRAPPERS
from lab.__main__ import KINDS, main
from lab.commands import contents
from lab.commands.list import KINDS as LISTED
from lab.instruments.causes import causes
from lab.instruments.spectrum import NEGLIGIBLE, advise, eigenvalues, for_steps
from lab.theory.sgd import stability_limit
from lab.workshop.near import meant
from lab.workshop.results import differences, results


@pytest.fixture
def root(tmp_path):
    for folder, text in (("experiments", EXPERIMENT), ("figures", FIGURE)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "speed.py").write_text(text, encoding="utf-8")
    return tmp_path


def says(capsys, *words, code=0):
    """What a verb prints; its exit code is 0, or this one."""
    assert main([str(word) for word in words]) == code
    return capsys.readouterr().out


def test_what_is_read_from_source_is_what_is_registered():
    assert sorted(contents.claims()) == sorted(CLAIMS)
    assert contents.optimizers() == list(OPTIMIZERS)
    assert contents.wrappers() == list(WRAPPERS)
    assert contents.objectives() == list(OBJECTIVES)


def test_pairs_read_from_source_are_solved():
    """What is registered in a loop is not read."""
    pairs = {f"({f.__name__}, {method.__name__})" for f, method in EXACT}
    read = set(contents.closed_forms())
    assert read <= pairs
    assert read


def test_kinds():
    assert set(KINDS) == set(LISTED)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"experiments", "figures"}))
def test_list_of_a_kind(capsys, kind):
    assert len(says(capsys, "list", kind).splitlines()) >= 8


def test_list_of_files(root, capsys):
    told = says(capsys, "list", "experiments", "--from", root)
    assert told.split() == ["speed", *["How", "fast", "is", "it?", "A", "made-up", "experiment."]]


def test_show_an_optimizer(capsys):
    told = says(capsys, "show", "Adam")
    assert "delta = -lr m_hat / (sqrt(v_hat) + eps)" in told
    assert "beta2: Scalar = 0.999" in told
    assert "eps: Scalar = 1e-08   [theta^-1 loss^1]" in told
    assert "conventions.torch('Adam', ...) has (*, lr=0.001" in told


def test_show_others(root, capsys):
    assert "fields\n  h: np.ndarray" in says(capsys, "show", "Quadratic")
    told = says(capsys, "show", "gd/quadratic-rate")
    assert CLAIMS["gd/quadratic-rate"].statement() in told
    told = says(capsys, "show", "speed", "--from", root)
    assert "--dims 3   (an integer >= 1)" in told
    assert "--lrs 0.1,0.2   (a list of: a finite number)" in told
    assert "reads the results of: speed" in told, "the figure of that name too"


def test_near_misses(root, capsys):
    assert "nothing is called 'adm'" in (said := fails(capsys, "show", "adm"))
    assert said.endswith("did you mean Adam?\n")
    said = fails(capsys, "run", "speed", "--dimz", 3, "--from", root)
    assert said.endswith("did you mean dims?\n")
    assert fails(capsys, "run", "sped", "--from", root).endswith("did you mean speed?\n")
    assert meant("zzz", ["adam"]) == ""
    assert meant("BATCH-SIZE", ["batch_size"]) == "; did you mean batch_size?"


def test_version(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == "lab 0.1.0\n"


def test_results(root, capsys):
    assert "no results are stored here" in says(capsys, "results", "--from", root)
    says(capsys, "run", "speed", "--from", root)
    says(capsys, "run", "speed", "--dims", 5, "--lrs", "0.3,0.4", "--from", root)
    told = says(capsys, "results", "--from", root).splitlines()
    assert len(told) == 2
    assert told[0].endswith("current")
    assert told[1].endswith("current  --dims 5 --lrs 0.3,0.4")

    told = says(capsys, "results", "speed", "--from", root)
    assert "settings: --dims 3 --lr 0.5" in told
    assert f"  {'x':32} (3,)               float64  unit not declared  0.5" in told
    path = root / "experiments" / "speed.py"
    path.write_text(f'{EXPERIMENT}UNITS = {{"furlongs": "x y"}}\n', encoding="utf-8")
    told = says(capsys, "results", "speed", "--from", root)
    assert f"  {'x':32} (3,)               float64  furlongs           0.5" in told
    assert "did you mean speed" in fails(capsys, "results", "sped", "--from", root)


def test_settings_are_told_alike(root, capsys):
    """By show and by run --help, with what they mean."""
    path = root / "experiments" / "speed.py"
    meaning = '    """dims: how many."""\n'
    start = EXPERIMENT.index("):\n", EXPERIMENT.index("def run")) + 3
    path.write_text(EXPERIMENT[:start] + meaning + EXPERIMENT[start:], encoding="utf-8")
    shown = says(capsys, "show", "speed", "--from", root)
    helped = says(capsys, "run", "speed", "--help", "--from", root)
    told = helped[helped.index("settings\n") :]
    assert told in shown
    assert "  --dims 3   (an integer >= 1)\n" in told
    assert told.endswith("what they mean, and what is stored\n  dims: how many.\n")


def test_the_age_of_results(root, capsys):
    says(capsys, "run", "speed", "--from", root)
    folder = root / "experiments" / "results"
    (folder / "broken.npz").write_bytes(b"PK")
    path = root / "experiments" / "speed.py"
    later = EXPERIMENT.replace("VERSION = 1", "VERSION = 2  # and longer")
    path.write_text(later, encoding="utf-8")
    states = {one.path.stem: one.state for one in results(root)}
    assert "is damaged" in states["broken"]
    assert states["speed"] == "older than its experiment: another VERSION"
    path.unlink()
    assert {one.state for one in results(root) if one.header} == {"its experiment is gone"}


def test_diff(root, capsys):
    says(capsys, "run", "speed", "--from", root)
    says(capsys, "run", "speed", "--lr", 0.25, "--from", root)
    other = next((root / "experiments" / "results").glob("speed-*.npz"))
    same = says(capsys, "diff", "speed", "speed", "--from", root)
    assert same == "the same settings, and 5 arrays equal to the last bit\n"
    told = says(capsys, "diff", "speed", other, "--from", root, code=1).splitlines()
    assert told[0] == "setting lr: 0.5 against 0.25"
    assert told[1:] == ["array x: 3 of 3 entries differ, by 0.5 at most"]


def test_differences():
    first = {"a": np.array([1.0, np.inf, np.nan]), "b": np.ones(2), "c": np.array(["x", "y"])}
    second = {"a": first["a"].copy(), "b": np.ones(3), "c": np.array(["x", "z"]), "d": np.ones(1)}
    found = {one.name: one for one in differences(first, second)}
    assert set(found) == {"b", "c", "d"}
    assert found["b"].words == "shape (2,) against (3,)"
    assert found["c"].entries == 1
    assert found["d"].words == "only in the second"
    moved = differences({"a": np.array([1.0, np.inf])}, {"a": np.array([np.inf, np.inf])})[0]
    assert (moved.entries, moved.relative) == (1, 0.0), "no relative difference from inf"


def table(path, rows=60):
    """Two features, the second shifted, and a target that needs both."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((rows, 2))
    y = x.sum(1) + rng.standard_normal(rows) > 0
    lines = [f"{a:.6g},{50 + b:.6g},{int(c)}" for (a, b), c in zip(x, y, strict=True)]
    path.write_text("\n".join(["a,b,y", *lines]), encoding="utf-8")
    return path


def test_compare(tmp_path, capsys):
    path = table(tmp_path / "mine.csv")
    words = ["compare", path, "--target", "y", "--steps", 10, "--batch", 8, "--out", tmp_path]
    told = says(capsys, *words)
    assert "y of the given data: 60 examples, 2 features, standardised" in told
    for line in (
        "full batch, coordinates:",
        "mini-batches, eigenbasis:",
        "recommended, full batch:",
    ):
        assert line in told
    reasons = [line.split(":")[0].strip() for line in told.splitlines() if "a factor" in line]
    assert reasons[0] == "mean shift", "the largest first"
    assert (tmp_path / "mine_compare.png").is_file()


def test_compare_errors(tmp_path, capsys):
    path = table(tmp_path / "mine.csv")
    assert "'z'" in fails(capsys, "compare", path, "--target", "z", "--out", tmp_path)
    assert fails(capsys, "compare", path, "--target", "y", "--steps", -1, "--out", tmp_path)
    assert not list(tmp_path.glob("*.png"))


def test_causes():
    """Of columns that are orthogonal, the shares are what was put in."""
    x = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    y = np.array([1.0, 1.0, 0.0, 0.0])
    plain = causes(x, y)
    assert plain.raw == pytest.approx(1.0)
    scaled = causes(x * [1.0, 10.0], y)
    assert scaled.shares == pytest.approx({"mean shift": 1.0, "scale": 100.0, "correlation": 1.0})
    shifted = causes(x + [0.0, 3.0], y)
    assert shifted.shares["mean shift"] == pytest.approx(10.0)  # 1 + 3^2 against 1
    assert shifted.shift == pytest.approx(3.0)
    # each gradient is -(+-1, +-1) / 2 toward the label; their mean is (1/2, 0), their variance 1/4
    assert plain.noise == pytest.approx(1.0)


def test_spectrum(tmp_path, capsys):
    np.save(tmp_path / "h.npy", np.geomspace(1.0, 0.01, 10))
    words = ["spectrum", tmp_path / "h.npy", "--noise", 0.1, "--batch", 4, "--out", tmp_path]
    told = says(capsys, *words)
    assert "10 eigenvalues from 1 down to 0.01, kappa 100" in told
    assert "best rate for 100 steps" in told
    assert (tmp_path / "h_spectrum.png").is_file()


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.array([1.0, -1.0]), "h = -1: must be >= 0"),
        (np.zeros(3), "no positive eigenvalue"),
        (np.array([[1.0, 2.0], [0.0, 1.0]]), "h is not symmetric"),
        (np.array([np.nan]), "h[0] = nan"),
        (np.array(["a"]), "must be real numbers"),
    ],
)
def test_spectrum_errors(tmp_path, capsys, array, said):
    np.save(tmp_path / "h.npy", array)
    assert said in fails(capsys, "spectrum", tmp_path / "h.npy", "--out", tmp_path)


def test_spectrum_of_no_array(tmp_path, capsys):
    (tmp_path / "h.npy").write_text("1, 2", encoding="utf-8")
    assert "is no .npy file of numbers" in fails(capsys, "spectrum", tmp_path / "h.npy")
    assert "no such file" in fails(capsys, "spectrum", tmp_path / "g.npy")


def test_eigenvalues():
    turn = np.array([[0.6, 0.8], [-0.8, 0.6]])
    h = turn.T @ np.diag([2.0, 0.5]) @ turn
    np.testing.assert_allclose(eigenvalues(h), [2.0, 0.5], rtol=1e-14)
    assert eigenvalues(np.array([1.0, NEGLIGIBLE / 10, 0.0])).tolist() == [1.0]


def test_advice_for_so_many_steps():
    """The best rate of the grid leaves the lowest risk; noise lowers it as the run gets longer, and
    without noise it does not."""
    lam = np.geomspace(1.0, 0.01, 10)
    for noise, falls in ((0.3, True), (0.0, False)):
        short, long = (advise(lam, noise=noise, batch=4, steps=t)[2] for t in (20, 2000))
        assert (long.best < short.best / 2) is falls
        assert short.limit == stability_limit(lam, -1.0, 4)
        lr, risk = for_steps(lam, -1.0, noise=noise, batch=4, steps=20)
        assert short.risk == risk.min()
        assert short.best == lr[risk.argmin()]


def test_phases():
    lam = np.ones(10)
    found = {size: advise(lam, batch=size, steps=5)[0].phase for size in (1, 100, None)}
    assert found == {1: "batch", 100: "curvature", None: "curvature"}
    assert advise(lam, batch=1, noise=1.0, steps=5000)[0].phase == "noise"


def test_list_is_quick():
    """Of the names read from source: none of them takes an import of the lab."""
    start = time.process_time()
    for read in (contents.claims, contents.optimizers, contents.objectives):
        read()
    assert time.process_time() - start < 0.5

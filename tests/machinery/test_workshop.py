"""Experiments and figures as files: settings, results, drawing."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.layout_engine import LayoutEngine

from lab import workshop
from lab.workshop import settings, store

CHECKOUT = Path(workshop.__file__).parents[2]
EXPERIMENT = '''"""How fast is it? A made-up experiment."""

import numpy as np

QUICK = dict(dims=2)
VERSION = 1


def run(*, dims=3, lr=0.5, fast=True, name="gd", lrs=(0.1, 0.2), sizes=(1, 2)):
    kept = {"text": name, "lrs": lrs, "sizes": sizes, "fast": fast}
    return {"x": np.full(dims, lr), **{key: np.array(value) for key, value in kept.items()}}


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)
'''
FIGURE = '''"""A made-up figure."""

READS = ("speed",)


def draw(data):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1, 1))
    figure.subplots().plot(data["x"])
    return figure
'''


@pytest.fixture
def root(tmp_path):
    for folder, name, text in (
        ("experiments", "speed", EXPERIMENT),
        ("experiments", "slow", EXPERIMENT),
        ("figures", "speed", FIGURE),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / f"{name}.py").write_text(text, encoding="utf-8")
    return tmp_path


def move(root, *places):
    """Files of experiments/ or figures/ into a room of the same folder."""
    for place in places:
        old = root / place
        new = old.parent / "room" / "inner" / old.name
        new.parent.mkdir(parents=True, exist_ok=True)
        old.rename(new)


@pytest.fixture
def speed(root):
    return workshop.load(root / "experiments", "speed")


def test_names(root):
    assert workshop.names(root / "experiments") == ["slow", "speed"]
    assert workshop.names(root / "figures") == ["speed"]
    with pytest.raises(
        ValueError,
        match=(
            r"no folder .*nowhere: run this in a checkout of the lab, or name a folder .* "
            r"with --from DIR"
        ),
    ):
        workshop.names(root / "nowhere")


def test_load(root):
    assert workshop.load(root / "experiments", "speed").QUICK == {"dims": 2}
    with pytest.raises(ValueError, match="no experiment called 'sped'; there is slow, speed"):
        workshop.load(root / "experiments", "sped")
    with pytest.raises(ValueError, match="no figure called 'slow'; there is speed"):
        workshop.load(root / "figures", "slow")


DEFAULTS = {"dims": 3, "lr": 0.5, "fast": True, "name": "gd", "lrs": (0.1, 0.2), "sizes": (1, 2)}


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        ([], {}),
        (["--dims", "8"], {"dims": 8}),
        (["--dims=8", "--lr", "1e-3"], {"dims": 8, "lr": 1e-3}),
        (["--lr", "-2"], {"lr": -2.0}),
        (["--fast", "False"], {"fast": False}),
        (["--name", "a=b"], {"name": "a=b"}),
        (["--name=a=b"], {"name": "a=b"}),
        (["--lrs", "1,2.5,3"], {"lrs": (1.0, 2.5, 3.0)}),
        (["--sizes", "4"], {"sizes": (4,)}),
    ],
)
def test_settings_are_typed_by_their_defaults(speed, words, changed):
    chosen = settings.parse("speed", workshop.defaults(speed.run), words)
    assert chosen == DEFAULTS | changed
    assert [type(v) for v in chosen.values()] == [type(v) for v in DEFAULTS.values()]
    assert [type(v[0]) for v in (chosen["lrs"], chosen["sizes"])] == [float, int]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dimz", "8"], "speed has no setting 'dimz'; it has dims, lr, fast, name, lrs, sizes"),
        (["dims", "8"], "speed has no setting 'dims'"),
        (["--dims"], "speed: --dims needs a value"),
        (["--dims", "8.5"], "dims = '8.5': must be an integer"),
        (["--lr", "fast"], "lr = 'fast': must be a number"),
        (["--fast", "maybe"], "fast = 'maybe': must be true or false"),
        (["--lrs", "1,a"], "lrs = 'a': must be a number|lrs = '1,a': must be a list like 0.1,0.2"),
        (["--sizes", "1.5"], "sizes = '1.5': must be"),
    ],
)
def test_settings_that_do_not_fit(speed, words, said):
    with pytest.raises(ValueError, match=said):
        settings.parse("speed", workshop.defaults(speed.run), words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--dims 0", "dims = 0: must be an integer >= 1"),
        ("--sizes 1,-2", "sizes = -2: must be an integer >= 1"),
        ("--rows -3", "rows = -3: must be an integer >= 0"),
        ("--seed -1", "seed = -1: must be an integer >= 0"),
        ("--offset -3", "offset = -3: must be an integer >= -2"),
        ("--lr nan", "lr = nan: must be finite"),
        ("--lrs 0.1,-inf", "lrs = -inf: must be finite"),
    ],
)
def test_numbers_are_of_the_kind_of_their_defaults(root, words, said):
    text = EXPERIMENT.replace("fast=True", "fast=True, rows=0, seed=7, offset=-2, radius=np.inf")
    (root / "experiments" / "kinds.py").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        workshop.run(root, "kinds", words.split())
    allowed = "--rows 0 --seed 0 --offset -2 --lr -0.1 --fast false"
    assert workshop.run(root, "kinds", allowed.split())[0].exists()


def test_nan_is_no_result_and_inf_is(root):
    """A diverged run is inf."""
    for value, name in (("np.nan", "undefined"), ("np.inf", "diverged")):
        text = EXPERIMENT.replace('"x": np.full(dims, lr)', f'"x": np.array([1.0, {value}])')
        (root / "experiments" / f"{name}.py").write_text(text, encoding="utf-8")
    with pytest.raises(
        ValueError,
        match="undefined found NaN in x: its settings are out of the range where that is defined",
    ):
        workshop.run(root, "undefined")
    assert not (root / "experiments" / "results").exists()
    assert workshop.run(root, "diverged")[0].exists()


def test_a_results_folder_that_cannot_be_written_to_is_named_before_the_experiment_runs(root):
    (root / "experiments" / "results").write_bytes(b"")
    text = EXPERIMENT.replace("return {", "raise RuntimeError('it ran')\n    return {")
    (root / "experiments" / "speed.py").write_text(text, encoding="utf-8")
    with pytest.raises(PermissionError, match=r"cannot write to .*experiments.results"):
        workshop.run(root, "speed")


def test_settings_with_underscores_may_be_written_with_dashes():
    assert settings.parse(
        "x", workshop.defaults(lambda *, batch_size=1: None), ["--batch-size", "3"]
    ) == {"batch_size": 3}
    with pytest.raises(ValueError, match="x has no setting 'a'; it has none"):
        settings.parse("x", workshop.defaults(lambda: None), ["--a", "3"])
    with pytest.raises(ValueError, match="a = '3': must be left at its default"):
        settings.parse("x", workshop.defaults(lambda *, a=None: None), ["--a", "3"])


def test_results_have_a_plain_path_only_at_the_defaults(root, speed):
    folder = root / "experiments"
    plain = workshop.result_path(folder, "speed", speed, DEFAULTS)
    assert plain == folder / "results" / "speed.npz"
    other = workshop.result_path(folder, "speed", speed, DEFAULTS | {"dims": 4})
    assert other.name == f"speed-{store.key('speed', DEFAULTS | {'dims': 4}, 1)}.npz"


def test_run_stores_what_it_computed(root):
    path, seconds = workshop.run(root, "speed")
    assert path == root / "experiments" / "results" / "speed.npz"
    assert seconds >= 0
    np.testing.assert_array_equal(workshop.read(root, "speed")["x"], [0.5] * 3)
    keyed, _ = workshop.run(root, "speed", ["--dims", "5", "--name", "other"])
    arrays, header = store.load(keyed, "")
    assert arrays["x"].shape == (5,)
    assert header["settings"] == DEFAULTS | {
        "dims": 5,
        "name": "other",
        "lrs": [0.1, 0.2],
        "sizes": [1, 2],
    }
    np.testing.assert_array_equal(workshop.read(root, "speed")["x"], [0.5] * 3)


@pytest.mark.parametrize("change", [("dims=3", "dims=4"), ("VERSION = 1", "VERSION = 2")])
def test_a_result_older_than_its_experiment_is_not_read(root, change):
    workshop.run(root, "speed")
    path = root / "experiments" / "speed.py"
    path.write_text(
        EXPERIMENT.replace(*change) + "\n# longer, so that no cached bytecode is used\n",
        encoding="utf-8",
    )
    with pytest.raises(
        ValueError,
        match=r"speed\.npz is older than its experiment: .* remake it with: lab run speed",
    ):
        workshop.read(root, "speed")
    workshop.run(root, "speed")
    assert "x" in workshop.read(root, "speed")


def test_drawing_runs_what_is_missing_and_is_reproducible(root):
    png, pdf = workshop.draw(root, "speed")
    assert (png, pdf) == (
        root / "figures" / "output" / "speed.png",
        root / "figures" / "output" / "speed.pdf",
    )
    assert png.read_bytes().startswith(b"\x89PNG")
    assert pdf.read_bytes().startswith(b"%PDF")
    first = png.read_bytes(), pdf.read_bytes()
    stored = root / "experiments" / "results" / "speed.npz"
    written = stored.stat().st_mtime_ns
    workshop.draw(root, "speed")
    assert (png.read_bytes(), pdf.read_bytes()) == first
    assert stored.stat().st_mtime_ns == written, "a stored result is not computed again"


def test_last_digits_of_the_layout_do_not_reach_the_files(tmp_path):
    """The solver of constrained layout rounds differently from run to run."""

    def files(left):
        class Shifted(LayoutEngine):
            _adjust_compatible = _colorbar_gridspec = True

            def execute(self, figure):
                figure.axes[0].set_position([left, 0.2, 0.5, 0.7])

        figure = Figure(figsize=(2, 2), layout=Shifted())
        figure.subplots().set_ylabel("loss")
        return [path.read_bytes() for path in workshop.save_figure(figure, tmp_path, "x")]

    first = (
        0.4 + 5e-11 / 144
    )  # x = 144 * left is printed to 10 decimals in the PDF: on the edge between two
    assert files(first) == files(first + 1e-12)
    assert files(first) != files(first + 1e-3)


def test_a_figure_may_read_several(root):
    text = FIGURE.replace('("speed",)', '("speed", "slow")').replace(
        'data["x"]', 'data["slow"]["x"]'
    )
    (root / "figures" / "both.py").write_text(text, encoding="utf-8")
    assert all(path.exists() for path in workshop.draw(root, "both"))


@pytest.mark.parametrize("in_a_room", [False, True])
def test_an_experiment_is_a_script(root, in_a_room):
    if in_a_room:
        move(root, "experiments/speed.py")
    paths = [str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, str(workshop.files(root / "experiments")["speed"]), "--dims", "4"]
    asked = {"capture_output": True, "encoding": "locale", "env": environment, "cwd": root.parent}
    done = subprocess.run(command, **asked, check=False)
    assert done.returncode == 0, done.stderr
    assert "speed-" in done.stdout
    done = subprocess.run([*command, "--dimz", "4"], **asked, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "lab run: speed has no setting 'dimz'; it has dims, lr, fast, name, lrs, sizes"
        "; did you mean dims?"
    ]
    stored = (root / "experiments" / "results").glob("speed-*.npz")
    assert len(list(stored)) == 1

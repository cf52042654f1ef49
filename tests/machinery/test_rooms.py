"""Experiments and figures in rooms: found by name, imported with what they share."""

import subprocess
import sys

import pytest
from test_workshop import CHECKOUT, EXPERIMENT, move, root

from lab import workshop
from lab.workshop.importing import import_file

__all__ = ["root"]  # a fixture


@pytest.fixture
def rooms(root):
    """The same folder, some of its files in rooms."""
    move(root, "experiments/speed.py", "figures/speed.py")
    return root


def test_files_are_found_in_rooms_by_their_name(rooms):
    assert workshop.names(rooms / "experiments") == ["slow", "speed"]
    assert workshop.files(rooms / "experiments")["speed"].parent.name == "inner"
    assert workshop.load(rooms / "experiments", "speed").QUICK == {"dims": 2}
    assert workshop.load(rooms / "experiments", "slow").QUICK == {"dims": 2}


def test_results_and_pictures_know_no_rooms(rooms):
    path, _ = workshop.run(rooms, "speed")
    assert path == rooms / "experiments" / "results" / "speed.npz"
    assert workshop.read(rooms, "speed")["x"].shape == (3,)
    assert workshop.draw(rooms, "speed")[0] == rooms / "figures" / "output" / "speed.png"


def test_two_files_of_one_name_are_told_in_one_line(rooms):
    (rooms / "experiments" / "speed.py").write_text(EXPERIMENT, encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"^two files are called 'speed': .*speed\.py and .*speed\.py$"
    ) as said:
        workshop.names(rooms / "experiments")
    told = str(said.value)
    assert str(rooms / "experiments" / "speed.py") in told
    assert str(rooms / "experiments" / "room" / "inner" / "speed.py") in told
    # an experiment and its figure share a name
    assert workshop.names(rooms / "figures") == ["speed"]


def test_what_is_shared_or_hidden_is_no_experiment(rooms):
    folder = rooms / "experiments"
    for place in ("_shared.py", "room/_shared.py", "room/__init__.py", "room/.copies/speed.py"):
        (folder / place).parent.mkdir(exist_ok=True)
        (folder / place).write_text("", encoding="utf-8")
    assert workshop.names(folder) == ["slow", "speed"]


def test_a_file_in_a_room_imports_from_its_own_folder_and_from_the_top(rooms):
    """A figure of a room finds style; where both have a file, the nearest is meant."""
    figures = rooms / "figures"
    inner = figures / "room" / "inner"
    (figures / "style.py").write_text("WHERE = 'top'", encoding="utf-8")
    (figures / "lab_both.py").write_text("WHERE = 'top'", encoding="utf-8")
    (inner / "lab_both.py").write_text("WHERE = 'near'", encoding="utf-8")
    text = "import lab_both\nimport style\n\nFOUND = (style.WHERE, lab_both.WHERE)\n"
    (inner / "asks.py").write_text(text, encoding="utf-8")
    before = list(sys.path)
    shadowed = sys.modules.pop("style", None)
    try:
        module = import_file(inner / "asks.py", figures)
    finally:
        for name in ("style", "lab_both"):
            sys.modules.pop(name, None)
        if shadowed is not None:
            sys.modules["style"] = shadowed
    assert module.FOUND == ("top", "near")
    assert module.__name__ == "figures.room.inner.asks"
    assert sys.path == before


def test_make_knows_every_experiment_and_figure():
    """What make finds in the rooms is what the workshop finds."""
    command = ["make", "--no-print-directory", "-n", "-B", "all-figures", "all-results"]
    done = subprocess.run(command, capture_output=True, encoding="locale", cwd=CHECKOUT, check=True)
    words = [line.split()[-2:] for line in done.stdout.splitlines() if " -m lab " in line]
    for verb, folder in (("run", "experiments"), ("draw", "figures")):
        made = sorted(name for said, name in words if said == verb)
        assert made == workshop.names(CHECKOUT / folder)

"""Nothing is lost when a process is stopped: no half file, no process left over, no temporary after
the next run."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from groups import alive
from test_workshop import EXPERIMENT, FIGURE

import lab
from lab import progress
from lab.__main__ import main
from lab.commands import doctor
from lab.workshop import store, whole

ROOT = str(Path(lab.__file__).parents[1])
# a worker is given this long after its parent has ended
GRACE = 2.0
posix = pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups")


@pytest.fixture
def root(tmp_path):
    """An experiment whose result takes a second to write, and its figure."""
    heavy = EXPERIMENT.replace(
        "return {", "big = np.random.default_rng(0).random(2_000_000)\n    return {'big': big, "
    )
    for folder, text in (("experiments", heavy), ("figures", FIGURE)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "speed.py").write_text(text, encoding="utf-8")
    return tmp_path


WORDS = {
    "run": ["run", "speed"],
    "draw": ["draw", "speed"],
    "claims": ["claims", "gd/*"],
}


def stopped(root, verb, how, after):
    """The exit code of a verb that is sent a signal after so many seconds, and its error output;
    its process group is empty soon."""
    command = [sys.executable, "-m", "lab", *WORDS[verb]]
    asked = {"env": os.environ | {"PYTHONPATH": ROOT}, "cwd": root, "text": True}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, start_new_session=True, **pipes, **asked) as process:
        time.sleep(after)
        process.send_signal(how)
        _, said = process.communicate(timeout=30)
    assert gone(process.pid), f"{verb} left processes behind"
    return process.returncode, said


def gone(group: int) -> bool:
    """Whether no process of the group is alive, within GRACE seconds. A dead one that nobody has
    asked after yet is gone: the system may take its time."""
    end = time.monotonic() + GRACE
    while time.monotonic() < end:
        if not alive(group):
            return True
        time.sleep(0.05)
    return False


def whole_files(root):
    """Every file that has a name of its own can be read."""
    for path in (root / "experiments").glob("results/*.npz"):
        store.load(path, "lab run speed")
    # those without a name of their own are what the next run removes
    for path in (root / "figures").glob("output/[!.]*"):
        ends = {".png": b"IEND\xaeB`\x82", ".pdf": b"%%EOF\n"}[path.suffix]
        assert path.read_bytes().endswith(ends), path


def temporaries(root):
    return [p for p in root.rglob(".*") if whole.TEMPORARY.fullmatch(p.name)]


def survives(root, verb, how, after):
    """A stop at this moment leaves whole files and no process, and the next run cleans up."""
    code, said = stopped(root, verb, how, after)
    # 0: it was faster
    expected = {signal.SIGTERM: (0, 143, -signal.SIGTERM), signal.SIGKILL: (0, -signal.SIGKILL)}
    assert code in expected[how], said
    assert "Traceback" not in said
    whole_files(root)


@posix
@pytest.mark.parametrize(
    ("verb", "how"), [("run", signal.SIGKILL), ("draw", signal.SIGTERM), ("claims", signal.SIGTERM)]
)
def test_a_sample_of_stops(root, verb, how):
    survives(root, verb, how, 0.7)


@posix
@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("verb", WORDS)
def test_ten_stops_at_random_moments(root, verb, how):
    rng = np.random.default_rng([len(verb), how])
    for after in rng.uniform(0.0, 4.0, 10):
        survives(root, verb, how, after)
    if verb != "claims":
        assert main([*WORDS[verb], "--from", str(root)]) == 0
        assert not temporaries(root)


@pytest.mark.parametrize(("stop", "code"), [("KeyboardInterrupt()", 130), ("SystemExit(143)", 143)])
@pytest.mark.parametrize("depth", [1, 2])
def test_a_stop_within_an_import_is_a_stop(root, stop, code, depth, capsys):
    """Extension modules make an ImportError of whatever arrives while they are imported, and
    libraries another one of that."""
    lines = [f"problem = {stop}"]
    for _ in range(depth):
        lines += ["try:", "    raise ImportError('initialization failed') from problem"]
        lines += ["except ImportError as error:", "    problem = error"]
    text = "\n".join([*lines, "raise problem", ""])
    (root / "experiments" / "speed.py").write_text(EXPERIMENT + text, encoding="utf-8")
    assert ended(["run", "speed", "--from", str(root)]) == code
    assert "initialization" not in capsys.readouterr().err


def ended(words):
    """The exit code, returned or raised."""
    try:
        return main(words)
    except SystemExit as stop:
        return stop.code


def test_what_a_killed_process_left_is_removed_by_the_next_run(root):
    results = root / "experiments" / "results"
    results.mkdir()
    for name in (".speed.npz.0123456789abcdef", ".other.npz.fedcba9876543210"):
        (results / name).write_bytes(b"half")
    (results / ".mine").write_bytes(b"of a user")
    assert main(["run", "speed", "--from", str(root)]) == 0
    assert sorted(p.name for p in results.iterdir()) == [".mine", "speed.npz"]


def test_what_is_being_written_is_not_removed(tmp_path):
    pytest.importorskip("fcntl")
    with whole.written(tmp_path / "a.txt") as file:
        file.write(b"first")
        assert whole.remove_abandoned(tmp_path) == []
        with whole.written(tmp_path / "b.txt") as other:
            other.write(b"second")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "b.txt"]


def test_a_full_disk_names_the_file(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    path = tmp_path / "a.txt"
    with (
        pytest.raises(OSError, match=r"cannot write .*a\.txt: No space left on device"),
        whole.written(path) as file,
    ):
        file.write(b"x")
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_is_one_line_and_exit_code_130(monkeypatch, capsys):
    def interrupted(options, rest):
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, "do", interrupted)
    assert main(["doctor"]) == 130
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "lab doctor: stopped\n")
    with pytest.raises(KeyboardInterrupt):
        main(["--debug", "doctor"])


def test_bars_are_shown_where_somebody_looks(monkeypatch):
    monkeypatch.delenv(progress.QUIET, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    assert not progress.shown()
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    assert progress.shown(), "a notebook"
    monkeypatch.setenv(progress.QUIET, "1")
    assert not progress.shown()
    assert list(progress.bar(range(3))) == [0, 1, 2]

"""The command line: what starts fast, exit codes, and errors in one line."""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_workshop import EXPERIMENT, FIGURE

import lab
from lab.__main__ import main
from lab.claims import CLAIMS
from lab.optimizers import SGD

ROOT = str(Path(lab.__file__).parents[1])
ABROAD = os.environ | {
    "PYTHONPATH": os.pathsep.join([ROOT, *filter(None, [os.environ.get("PYTHONPATH")])])
}


def shell(*words, cwd, **environment):
    """`python -m lab WORDS` in a process of its own, with these environment variables."""
    command = [sys.executable, "-m", "lab", *words]
    return subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        env=ABROAD | environment,
        cwd=cwd,
        check=False,
    )


@pytest.fixture
def root(tmp_path):
    """A folder with experiments and figures that is not a checkout of the lab."""
    for folder, text in (("experiments", EXPERIMENT), ("figures", FIGURE)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "speed.py").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """An empty working directory."""
    empty = tmp_path / "outside"
    empty.mkdir()
    monkeypatch.chdir(empty)
    return empty


def test_help_needs_no_heavy_import(tmp_path):
    code = (
        "import sys; from lab.__main__ import parser; parser().format_help(); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="locale", env=ABROAD, check=True
    )
    assert not {"numpy", "scipy", "matplotlib", "sympy", "tqdm"} & set(done.stdout.split())
    done = shell("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert all(verb in done.stdout for verb in ("list", "run", "draw", "claims", "doctor"))


def test_an_error_is_one_line_on_stderr_and_exit_code_2(root):
    # `run`, because it starts faster than the verbs that load every claim
    done = shell("run", "sped", cwd=root)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr == "lab run: no experiment called 'sped'; there is speed; did you mean speed?\n"
    )
    done = shell("--debug", "run", "sped", cwd=root)
    assert done.returncode != 0
    assert "Traceback" in done.stderr


def fails(capsys, *words):
    """Exit code 2; the one line on stderr, nothing on stdout."""
    assert main([str(word) for word in words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "Traceback" not in told.err
    return told.err


def test_usage_errors(capsys):
    for words, said in (
        ([], "required: VERB"),
        (["fly"], "invalid choice: 'fly'"),
        (["list", "--fast"], "unrecognized arguments: --fast"),
    ):
        with pytest.raises(SystemExit) as stopped:
            main(words)
        assert stopped.value.code == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert said in told.err.splitlines()[-1]
        assert "Traceback" not in told.err


def test_run(root, capsys):
    assert main(["run", "speed", "--dims", "4", "--lr", "-0.5", "--from", str(root)]) == 0
    assert "results/speed-" in capsys.readouterr().out.replace(os.sep, "/")
    assert main(["run", "speed", "--from", str(root)]) == 0
    assert (root / "experiments" / "results" / "speed.npz").exists()
    assert main(["run", "--help", "--from", str(root)]) == 0
    assert "EXPERIMENT one of speed" in capsys.readouterr().out
    assert main(["run", "speed", "--help", "--from", str(root)]) == 0
    assert "--dims 3" in capsys.readouterr().out


def test_run_full(root, capsys):
    """Refused in a line by an experiment without a long run; told by --help and show with one."""
    said = fails(capsys, "run", "speed", "--full", "--from", root)
    told = "lab run: speed has no long run (FULL): leave --full out, or give its settings\n"
    assert said == told
    path = root / "experiments" / "speed.py"
    more = 'FULL = {"dims": 7}\nFULL_TAKES = "two hours"\n'
    path.write_text(EXPERIMENT + more, encoding="utf-8")
    for verb in (["run", "speed", "--help"], ["show", "speed"]):
        assert main([*verb, "--from", str(root)]) == 0
        assert "  --full (takes two hours): --dims 7\n" in capsys.readouterr().out
    assert main(["run", "speed", "--lr", "0.25", "--full", "--from", str(root)]) == 0
    assert "results/speed-" in capsys.readouterr().out.replace(os.sep, "/")
    assert "dims = 'x'" in fails(capsys, "run", "speed", "--full", "--dims", "x", "--from", root)


def test_run_errors(root, capsys):
    assert "speed has no setting 'dimz'; it has dims, lr" in fails(
        capsys, "run", "speed", "--dimz", 8, "--from", root
    )
    assert "dims = 'x': must be an integer" in fails(
        capsys, "run", "speed", "--dims", "x", "--from", root
    )
    assert "no experiment called 'sped'; there is speed" in fails(
        capsys, "run", "sped", "--from", root
    )
    assert "which experiment?" in fails(capsys, "run", "--from", root)
    assert not (root / "experiments" / "results").exists()


@pytest.mark.parametrize(
    "body",
    ["raise RuntimeError('two\\nlines')", "import not_installed_anywhere", "1 / 0", "def broken(:"],
)
def test_whatever_a_users_file_raises_is_one_line_and_not_a_failed_claim(root, capsys, body):
    (root / "experiments" / "own.py").write_text(f'"""Own."""\n\n{body}\n', encoding="utf-8")
    assert fails(capsys, "run", "own", "--from", root).startswith("lab run: ")
    with pytest.raises((RuntimeError, ImportError, ZeroDivisionError, SyntaxError)):
        main(["--debug", "run", "own", "--from", str(root)])


def test_outside_of_a_checkout(outside, capsys):
    for words in (["run", "speed"], ["draw", "speed"], ["run"]):
        assert (
            "run this in a checkout of the lab, or name a folder of the same shape with --from DIR"
            in fails(capsys, *words)
        )
    assert main(["list"]) == 0
    assert "experiments: none here, use --from DIR" in capsys.readouterr().out


def test_list(root, capsys):
    assert main(["list", "--from", str(root)]) == 0
    told = capsys.readouterr().out
    assert "experiments (1)\n  speed\n" in told
    assert f"claims ({len(CLAIMS)})" in told
    assert all(
        kind in told for kind in ("figures (1)", "optimizers (", "objectives (", "closed-forms (")
    )
    assert main(["list", "optimizers"]) == 0
    assert inspect.getdoc(SGD).split("\n")[0] in capsys.readouterr().out


def test_list_loads_nothing_heavy():
    """Of the checkout itself, whose figures import matplotlib. Modules, not seconds: those are the
    machine's."""
    called = f"main(['list', '--from', {ROOT!r}])"
    code = f"import sys; from lab.__main__ import main; {called}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    here = os.environ | {"PYTHONPATH": ROOT}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=here, check=True)
    told, loaded = done.stdout.rsplit("\n", 2)[:2]
    assert "figures (" in told
    unneeded = ("matplotlib", "scipy", "sympy", "lab.optimizers", "lab.claims")
    assert not {name for name in loaded.split() if name.startswith(unneeded)}


def test_draw(root, capsys):
    assert main(["draw", "speed", "--from", str(root)]) == 0
    assert len(capsys.readouterr().out.split()) == 2
    assert "no figure called 'none'; there is speed" in fails(
        capsys, "draw", "none", "--from", root
    )


def test_a_damaged_result_is_named_with_the_command_that_remakes_it(root, capsys):
    main(["run", "speed", "--from", str(root)])
    capsys.readouterr()
    path = root / "experiments" / "results" / "speed.npz"
    path.write_bytes(path.read_bytes()[:100])
    said = fails(capsys, "draw", "speed", "--from", root)
    assert "speed.npz is damaged" in said
    assert "remake it with: lab run speed" in said


def test_doctor(capsys):
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    assert f"lab {lab.__version__} from {Path(lab.__file__).parent}" in told
    assert all(
        package in told
        for package in ("python", "numpy", "scipy", "matplotlib", "sympy", "tqdm", "BLAS")
    )


def test_doctor_says_which_kernels_run():
    pytest.importorskip("threadpoolctl")
    told = shell("doctor", cwd=ROOT).stdout
    kernels = re.search(r"^BLAS .*, kernels (.+)$", told, flags=re.M)
    assert kernels or "openblas" not in told


def test_doctor_warns_of_another_lab_in_this_folder(tmp_path, monkeypatch, capsys):
    """A copied checkout whose `lab` command is still that of the original."""
    monkeypatch.chdir(ROOT)
    assert main(["doctor"]) == 0
    assert "warning" not in capsys.readouterr().out
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)
    assert main(["doctor"]) == 0
    assert (
        f"warning: {tmp_path / 'lab'} is another lab, and not the one that runs"
        in capsys.readouterr().out
    )


TASTE = """
text.usetex: True
savefig.bbox: tight
savefig.dpi: 30
font.size: 20
axes.facecolor: 808080
path.simplify: False
backend: pdf
"""


BACKENDS = ("pdf", "nonsense", "module://matplotlib_inline.backend_inline")


def test_figures_are_the_same_whatever_matplotlib_is_told(root):
    """A matplotlibrc in the folder, and a backend that need not exist."""
    (root / "figures" / "speed.py").write_text(
        f"from lab import style  # noqa: F401\n{FIGURE.split('made-up figure.')[1][4:]}",
        encoding="utf-8",
    )
    drawn = []
    for environment in ({}, *({"MPLBACKEND": backend} for backend in BACKENDS)):
        done = shell("draw", "speed", cwd=root, **environment)
        assert (done.returncode, done.stderr) == (0, ""), environment
        drawn.append([path.read_bytes() for path in map(root.joinpath, done.stdout.split())])
        assert drawn[-1] == drawn[0], environment
        (root / "matplotlibrc").write_text(TASTE, encoding="utf-8")


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_a_character_that_the_terminal_lacks_is_written_as_its_code(root, capsys):
    (root / "experiments" / "speed.py").write_text(
        EXPERIMENT.replace("How fast", "How fäst"), encoding="utf-8"
    )
    done = shell("list", "experiments", "--from", str(root), cwd=root, **ASCII)
    assert (done.returncode, done.stderr) == (0, "")
    assert "How f\\xe4st is it?" in done.stdout
    # a terminal that has it
    assert main(["list", "experiments", "--from", str(root)]) == 0
    assert "How fäst is it?" in capsys.readouterr().out


def test_public_names():
    assert dir(lab) == lab.__all__
    for name in lab.__all__:
        assert getattr(lab, name) is not None
    with pytest.raises(AttributeError, match="module 'lab' has no attribute 'nothing'"):
        _ = lab.nothing
    assert callable(lab.simulate), "the function, not a module of that name"

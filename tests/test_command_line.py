"""The command line: what starts fast, exit codes, and errors in one line."""

import inspect
import json
import os
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
OWN = """
from lab.claims import between, claim, derived, equal, symbols
x, y = symbols("x y")
law = {"law": equal(y, x**2, rtol=1e-9, because="rounding")}

@claim("own/one", over={x: between(1, 2)}, says=law, where={y: "square"}, cites=derived("here"))
def one(x):
    return {y: x**2}
"""
FAILING = OWN.replace("own/one", "own/fails").replace("def one", "def fails").replace("x**2}", "x**3}")


def shell(*words, cwd):
    """`python -m lab WORDS` in a process of its own."""
    environment = os.environ | {"PYTHONPATH": ROOT}
    return subprocess.run([sys.executable, "-m", "lab", *words], capture_output=True, text=True, env=environment, cwd=cwd, check=False)


@pytest.fixture
def root(tmp_path):
    """A folder with experiments and figures that is not a checkout of the lab."""
    for folder, text in (("experiments", EXPERIMENT), ("figures", FIGURE)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "speed.py").write_text(text)
    return tmp_path


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """An empty working directory."""
    empty = tmp_path / "outside"
    empty.mkdir()
    monkeypatch.chdir(empty)
    return empty


def test_help_needs_no_heavy_import(tmp_path):
    code = "import sys; from lab.__main__ import parser; parser().format_help(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": ROOT}, check=True)
    assert not {"numpy", "scipy", "matplotlib", "sympy", "tqdm"} & set(done.stdout.split())
    done = shell("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert all(verb in done.stdout for verb in ("list", "run", "draw", "claims", "doctor"))


def test_an_error_is_one_line_on_stderr_and_exit_code_2(tmp_path):
    done = shell("claims", "no/such*", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "lab claims: no claim matches 'no/such*'; lab list names them\n"
    done = shell("--debug", "claims", "no/such*", cwd=tmp_path)
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
    for words, said in (([], "required: VERB"), (["fly"], "invalid choice: 'fly'"), (["list", "--fast"], "unrecognized arguments: --fast")):
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


def test_run_errors(root, capsys):
    assert "speed has no setting 'dimz'; it has dims, lr" in fails(capsys, "run", "speed", "--dimz", 8, "--from", root)
    assert "dims = 'x': must be an integer" in fails(capsys, "run", "speed", "--dims", "x", "--from", root)
    assert "no experiment called 'sped'; there is speed" in fails(capsys, "run", "sped", "--from", root)
    assert "which experiment?" in fails(capsys, "run", "--from", root)
    assert not (root / "experiments" / "results").exists()


@pytest.mark.parametrize("body", ["raise RuntimeError('two\\nlines')", "import not_installed_anywhere", "1 / 0", "def broken(:"])
def test_whatever_a_users_file_raises_is_one_line_and_not_a_failed_claim(root, capsys, body):
    (root / "experiments" / "own.py").write_text(f'"""Own."""\n\n{body}\n')
    assert fails(capsys, "run", "own", "--from", root).startswith("lab run: ")
    with pytest.raises((RuntimeError, ImportError, ZeroDivisionError, SyntaxError)):
        main(["--debug", "run", "own", "--from", str(root)])


def test_outside_of_a_checkout(outside, capsys):
    for words in (["run", "speed"], ["draw", "speed"], ["run"]):
        assert "run this in a checkout of the lab, or name a folder of the same shape with --from DIR" in fails(capsys, *words)
    assert main(["list"]) == 0
    assert "experiments: none here, use --from DIR" in capsys.readouterr().out


def test_list(root, capsys):
    assert main(["list", "--from", str(root)]) == 0
    told = capsys.readouterr().out
    assert "experiments (1)" in told
    assert "speed                        How fast is it? A made-up experiment." in told
    assert f"claims ({len(CLAIMS)})" in told
    assert inspect.getdoc(SGD).split("\n")[0] in told
    assert all(kind in told for kind in ("figures (1)", "optimizers (", "objectives (", "closed forms ("))


def test_draw(root, capsys):
    assert main(["draw", "speed", "--from", str(root)]) == 0
    assert len(capsys.readouterr().out.split()) == 2
    assert "no figure called 'none'; there is speed" in fails(capsys, "draw", "none", "--from", root)


def test_a_damaged_result_is_named_with_the_command_that_remakes_it(root, capsys):
    main(["run", "speed", "--from", str(root)])
    capsys.readouterr()
    path = root / "experiments" / "results" / "speed.npz"
    path.write_bytes(path.read_bytes()[:100])
    said = fails(capsys, "draw", "speed", "--from", root)
    assert "speed.npz is damaged" in said
    assert "remake it with: lab run speed" in said


def test_own_claims(tmp_path, capsys):
    own = tmp_path / "own.py"
    own.write_text(OWN)
    assert main(["claims", "own/*", "--from", str(own)]) == 0
    told = capsys.readouterr().out
    assert "ok   own/one" in told
    assert "1 claims, 0 failed" in told
    assert main(["claims", "own/*", "--json", "--from", str(own)]) == 0
    verdicts = json.loads(capsys.readouterr().out)
    assert [(v["id"], v["words"], v["holds"]) for v in verdicts] == [("own/one", "holds", True)]


def test_a_failed_claim_is_exit_code_1(tmp_path, capsys):
    own = tmp_path / "own.py"
    own.write_text(OWN + FAILING)
    assert main(["claims", "own/*", "--from", str(own)]) == 1
    told = capsys.readouterr().out
    assert "FAIL own/fails" in told
    assert "2 claims, 1 failed" in told
    assert main(["claims", "own/*", "--json", "--from", str(own)]) == 1
    assert {v["words"] for v in json.loads(capsys.readouterr().out)} == {"holds", "FAILS at x = 2"}


def test_claims_errors(tmp_path, capsys):
    assert "no such Python file" in fails(capsys, "claims", "--from", tmp_path / "none.py")
    own = tmp_path / "own.py"
    own.write_text(OWN + OWN)
    assert "no claim matches 'x'" in fails(capsys, "claims", "x", "--from", own)
    own.write_text(OWN.replace("y: \"square\"", ""))
    assert "own/one: y is neither drawn" in fails(capsys, "claims", "--from", own)


def test_doctor(capsys):
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    assert f"lab {lab.__version__} from {Path(lab.__file__).parent}" in told
    assert all(package in told for package in ("python", "numpy", "scipy", "matplotlib", "sympy", "tqdm", "BLAS"))


def test_public_names():
    for name in lab.__all__:
        assert getattr(lab, name) is not None
    assert dir(lab) == sorted(lab.__all__)
    with pytest.raises(AttributeError, match="module 'lab' has no attribute 'nothing'"):
        _ = lab.nothing
    assert callable(lab.simulate), "the function, not a module of that name"

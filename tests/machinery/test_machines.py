"""What holds on machines that are not ours: declared versions, warnings of other people's modules,
text files, Python's -O."""

import ast
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path

import pytest
from conftest import DEPRECATIONS
from packaging.requirements import Requirement
from swept import over

import lab

PACKAGE = Path(lab.__file__).parent
ROOT = Path(__file__).parents[2]
FOLDERS = ("experiments", "figures", "tests")
OURS = sorted((ROOT / "lab").rglob("*.py")) + sorted(
    p for f in FOLDERS for p in (ROOT / f).rglob("*.py")
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


# --- versions


def versions(file):
    """{package: version} of a constraints file."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def declared(*extras):
    """What pyproject.toml asks for, with these extras."""
    project = PROJECT["project"]
    wanted = [
        *project["dependencies"],
        *(line for e in extras for line in project["optional-dependencies"][e]),
    ]
    return [Requirement(line) for line in wanted]


def test_the_floors_are_the_lowest_versions_declared():
    floors = versions("constraints-lowest.txt")
    wanted = {requirement.name: requirement for requirement in declared("test")}
    assert set(floors) == set(wanted)
    for name, requirement in wanted.items():
        assert str(requirement.specifier) == f">={floors[name]}", (
            f"{name}: pyproject.toml and constraints-lowest.txt differ"
        )


def test_what_the_makefile_installs_is_pinned_and_in_range():
    pinned = versions("constraints.txt")
    for requirement in declared("test", "dev"):
        assert requirement.name in pinned, f"add {requirement.name} to constraints.txt"
        assert requirement.specifier.contains(pinned[requirement.name]), requirement


# --- warnings


def warn(category, module):
    """A warning as if code of `module` had caused it."""
    warnings.warn_explicit("old", category, "file.py", 1, module=module, registry={})


def module_name(path):
    """As Python or `import_file` knows it."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[0] == "tests":
        return parts[-1]
    return ".".join(parts).removesuffix(".__init__")


@pytest.mark.parametrize("kind", DEPRECATIONS)
def test_deprecations_stop_a_test_in_our_own_modules(kind):
    for path in OURS:
        with pytest.raises(kind):
            warn(kind, module_name(path))
    for module in ("matplotlib.pyplot", "pyparsing.core", "laboratory", "test", "stylesheet"):
        warn(kind, module)


def test_any_other_warning_stops_a_test_everywhere():
    for module in ("numpy.linalg", "lab.linalg"):
        with pytest.raises(RuntimeWarning):
            warn(RuntimeWarning, module)


# --- text


def opens_text(call):
    """Whether a call reads or writes text, in an encoding that it should name."""
    function = call.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    names = {k.arg for k in call.keywords}
    if called in ("read_text", "write_text"):
        return True
    if called in ("run", "Popen", "check_output"):
        return bool({"text", "universal_newlines"} & names)
    if called in ("open", "fdopen", "NamedTemporaryFile"):
        constants = [
            a.value
            for a in (*call.args, *(k.value for k in call.keywords))
            if isinstance(a, ast.Constant)
        ]
        return not any(
            isinstance(c, str) and set(c) <= set("rwxb+") and "b" in c for c in constants
        )
    return False


def unnamed_encodings(source):
    """The lines that read or write text without saying how it is encoded."""
    calls = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and opens_text(node)
    ]
    return [call.lineno for call in calls if "encoding" not in {k.arg for k in call.keywords}]


@over(OURS)
def test_every_text_file_is_read_and_written_in_a_named_encoding(path):
    # os.open gives a descriptor, not text
    source = path.read_text(encoding="utf-8").replace("os.open(", "descriptor(")
    assert unnamed_encodings(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "p.read_text()",
        "open(p)",
        "p.open('w')",
        "gzip.open(p, 'rt')",
        "subprocess.run(c, text=True)",
        "p.write_text('b')",
    ],
)
def test_an_encoding_that_is_not_named_is_found(source):
    assert unnamed_encodings(source) == [1]
    assert (
        unnamed_encodings(
            source[:-1] + ", encoding='utf-8')".removeprefix(", " if source.endswith("()") else "")
        )
        == []
    )
    assert unnamed_encodings("p.open('rb')") == []


# --- python -O


WRONG = """
import numpy as np
from lab import SGD
from lab.testing import assert_bound, assert_claim, assert_conforms
from lab.claims import between, claim, derived, equal, symbols

assert False, "python -O drops this line"


x, y = symbols("x y")


@claim(
    "own/wrong",
    over={x: between(1, 2)},
    says={"law": equal(y, 2 * x, because="exact")},
    where={y: "x"},
    cites=derived("here"),
)
def wrong(x):
    return {y: x}


TRIALS = {
    "conforms": lambda: assert_conforms(lambda theta, g: theta - 0.2 * g, SGD(lr=0.1)),
    "bound": lambda: assert_bound(2.0, 1.0),
    "claim": lambda: assert_claim(wrong),
}
for name, trial in TRIALS.items():
    try:
        trial()
    except AssertionError as said:
        print(name, bool(str(said)))
"""


# there is no bytecode of this kind: everything is compiled
@pytest.mark.slow
def test_the_assertions_of_lab_testing_hold_under_python_o(tmp_path):
    command = [
        sys.executable,
        "-O",
        "-c",
        "import sys; sys.path.insert(0, sys.argv.pop()); exec(sys.stdin.read())",
        str(PACKAGE.parent),
    ]
    done = subprocess.run(
        command, input=WRONG, capture_output=True, encoding="utf-8", cwd=tmp_path, check=False
    )
    assert done.stdout.splitlines() == ["conforms True", "bound True", "claim True"], done.stderr


def test_an_environment_that_is_a_link_is_not_emptied(tmp_path):
    """Two checkouts may share one: the one that it belongs to would lose it."""
    kept = tmp_path / "environment" / "kept"
    kept.parent.mkdir()
    kept.touch()
    link = tmp_path / ".venv"
    link.symlink_to(kept.parent)
    command = ["sh", str(ROOT / ".ci" / "setup"), sys.executable, str(link)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 1
    assert done.stderr.startswith(f"make setup: {link} is a link")
    assert kept.exists()

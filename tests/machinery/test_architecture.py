"""Who may import whom, and the limits of the style guide, read from the source."""

import ast
import re
from pathlib import Path

import pytest

import lab

PACKAGE = Path(lab.__file__).parent
ROOT = PACKAGE.parent
LAB = sorted(PACKAGE.rglob("*.py"))
FILES = LAB + sorted(
    p for folder in ("experiments", "figures", "tests") for p in (ROOT / folder).rglob("*.py")
)
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
HEAVY = {"numpy", "scipy", "matplotlib", "sympy", "tqdm"}
EXTRAS = {
    "joblib",
    "cloudpickle",
    "threadpoolctl",
    "dask",
    "distributed",
    "flint",
    "pandas",
    "xarray",
    "h5netcdf",
    "jax",
    "optax",
    "torch",
}


def name(path):
    return path.relative_to(ROOT).as_posix()


each_file = pytest.mark.parametrize("path", FILES, ids=name)
each_lab_file = pytest.mark.parametrize("path", LAB, ids=name)


def imported(nodes):
    """Full names of all modules imported by these statements; `from a import b` gives a and a.b."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def everywhere(path):
    return imported(ast.walk(TREES[path]))


def at_the_top(path):
    """Imports that run when the module is imported, also inside `if` and `try`."""
    functions = [n for n in ast.walk(TREES[path]) if isinstance(n, (ast.FunctionDef, ast.Lambda))]
    inside = {id(inner) for f in functions for inner in ast.walk(f) if inner is not f}
    return imported(n for n in ast.walk(TREES[path]) if id(n) not in inside)


def touches(names, *modules):
    return sorted(n for n in names if any(n == m or n.startswith(f"{m}.") for m in modules))


# What computes numbers from numbers, and what the parts of a run are made of.
NUMBERS = {
    "arrays",
    "checks",
    "domains",
    "linalg",
    "modes",
    "quadrature",
    "scaling",
    "spectra",
    "ties",
}
FOUNDATIONS = NUMBERS | {"bases", "batches", "curvature", "maps", "metrics", "oracle"}
RUNS = FOUNDATIONS | {"blocks", "objectives", "optimizers", "simulation", "theory", "trajectory"}

# The floors of the house: whom the modules of a part may import.
FLOORS = {
    **dict.fromkeys(NUMBERS, NUMBERS),
    **dict.fromkeys(FOUNDATIONS - NUMBERS, FOUNDATIONS),
    "spectra": NUMBERS | {"bases"},
    "theory": NUMBERS | {"bases", "theory"},
    "objectives": FOUNDATIONS | {"objectives", "theory"},
    "optimizers": FOUNDATIONS | {"optimizers"},
    "trajectory": FOUNDATIONS,
    "blocks": FOUNDATIONS,
    "simulation": FOUNDATIONS | {"blocks", "trajectory"},
    "exact": RUNS | {"exact"},
    "conventions": FOUNDATIONS | {"conventions", "optimizers"},
    "instruments": RUNS | {"conventions", "exact", "instruments"},
    "conformance": RUNS | {"conformance", "conventions", "instruments", "workshop"},
    "data": NUMBERS | {"data"},
    "claims": RUNS | {"claims", "conventions", "data", "exact", "instruments", "workshop"},
}


@each_lab_file
def test_lab_stands_alone(path):
    assert not touches(
        everywhere(path), "experiments", "figures", "tests", "examples", "pytest", "hypothesis"
    )


@each_lab_file
def test_no_extra_at_the_top(path):
    assert not touches(at_the_top(path), *EXTRAS)


@each_lab_file
def test_layers_of_the_package(path):
    part = path.relative_to(PACKAGE).with_suffix("").parts[0]
    used = {module.split(".")[1] for module in touches(everywhere(path), "lab") if "." in module}
    too_high = used - FLOORS.get(part, used) - {"__version__"}
    assert not too_high, f"{name(path)} may import {sorted(FLOORS[part])}, not {sorted(too_high)}"


@pytest.mark.parametrize(
    "module",
    [
        "__init__",
        "__main__",
        "commands",
        "workshop/__init__",
        "workshop/files",
        "workshop/importing",
    ],
)
def test_the_command_line_starts_fast(module):
    """Nothing heavy at the top of what `lab --help` imports; commands may import the lab only
    inside its verbs."""
    path = PACKAGE / f"{module}.py"
    assert not touches(at_the_top(path), *HEAVY)
    if module in ("__init__", "__main__", "commands"):
        assert not touches(at_the_top(path), "lab")


@each_file
def test_experiments_never_plot_and_figures_never_compute(path):
    forbidden = {
        "experiments": ("matplotlib", "figures", "style"),
        "figures": ("lab", "scipy", "experiments"),
    }
    assert not touches(everywhere(path), *forbidden.get(path.relative_to(ROOT).parts[0], ()))


@each_file
def test_file_length(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def functions(path):
    return [node for node in ast.walk(TREES[path]) if isinstance(node, ast.FunctionDef)]


def code_lines(f, source):
    """Lines of the body of a function, without docstring, comments, blank lines, and functions
    defined within (counted on their own)."""
    body = f.body[1:] if ast.get_docstring(f) is not None else f.body
    skipped = {
        n
        for g in ast.walk(f)
        if isinstance(g, ast.FunctionDef) and g is not f
        for n in range(g.lineno, (g.end_lineno or 0) + 1)
    }
    lines = {n for node in body for n in range(node.lineno, (node.end_lineno or 0) + 1)} - skipped
    # a caption is text, as a docstring is: its first line counts
    texts = [
        n
        for n in ast.walk(f)
        if isinstance(n, ast.JoinedStr)
        or (isinstance(n, ast.Constant) and isinstance(n.value, str))
    ]
    lines -= {n for text in texts for n in range(text.lineno + 1, (text.end_lineno or 0) + 1)}
    return sum(
        1 for n in lines if source[n - 1].strip() and not source[n - 1].strip().startswith("#")
    )


@each_file
def test_function_length(path):
    source = path.read_text(encoding="utf-8").splitlines()
    long = {f.name: code_lines(f, source) for f in functions(path)}
    assert {f: lines for f, lines in long.items() if lines > 30} == {}


@each_file
def test_positional_parameters(path):
    """At most 5 in public functions; private ones have one caller, which is next to them."""
    many = {}
    for f in functions(path):
        if any(ast.unparse(d).startswith(("claim(", "named")) for d in f.decorator_list):
            continue  # the symbols of a theorem
        names = [a.arg for a in f.args.posonlyargs + f.args.args]
        many[f.name] = len(names) - (names[:1] in (["self"], ["cls"]))
    assert {f: count for f, count in many.items() if count > 5 and not f.startswith("_")} == {}


def test_module_names():
    bad = {"utils", "util", "helpers", "helper", "common", "base", "core", "misc", "tools", "stuff"}
    assert not [name(path) for path in FILES if path.stem in bad or path.parent.name in bad]


def public_definitions(path):
    """Public functions and classes of a module, and public functions of its public classes."""
    for node in TREES[path].body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield node


STATES = "NamedTuple"


@each_lab_file
def test_public_names_have_docstrings(path):
    """Every module, public class and public function; states (NamedTuples) are named by their
    optimizer, registrations by their pair."""
    assert ast.get_docstring(TREES[path]) or not TREES[path].body
    missing = []
    for node in public_definitions(path):
        is_state = isinstance(node, ast.ClassDef) and any(
            isinstance(b, ast.Name) and b.id == STATES for b in node.bases
        )
        if not ast.get_docstring(node) and not is_state:
            missing.append(node.name)
    allowed = {"lab/__main__.py": {"parser"}}  # the first line of `lab --help` says it
    assert set(missing) <= allowed.get(name(path), set())


def calls(path, function):
    return [
        n
        for n in ast.walk(TREES[path])
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == function
    ]


@each_file
def test_print_only_on_the_command_line(path):
    if name(path) not in (
        "lab/commands.py",
        "lab/commands_claims.py",
        "lab/__main__.py",
        "tests/support/readability.py",
    ):
        assert not calls(path, "print")


KEYWORDS = {
    "lab/arrays/layers.py": {"__array_ufunc__"},  # NumPy's protocol
    "lab/checks.py": {"fields", "keep"},  # its names are those of the fields
    "lab/domains.py": {"together", "checked"},  # its names are those of the parameters; a decorator
    "lab/theory/worst_cases.py": {"_amounts"},  # its names are those of the parameters
    "lab/conventions/__init__.py": {"torch", "optax", "authors"},  # the library's own names in
    "lab/instruments/comparison.py": {"compare"},  # settings of the solver, through tune
    "lab/optimizers/protocol.py": {"with_"},  # its names are those of the hyper-parameters
    "lab/optimizers/registry.py": {"example"},  # likewise
    "lab/claims/proofs.py": {"enclosed"},  # its names are those of the symbols
    "lab/simulation.py": {"replay"},  # its names are oracle members
    "lab/instruments/tuning.py": {"tune"},  # settings of the solver it is given
}


@each_lab_file
def test_no_keyword_pass_through(path):
    assert {f.name for f in functions(path) if f.args.kwarg} <= KEYWORDS.get(name(path), set())


LOOPS = {
    "lab/simulation.py",  # the one loop
    "tests/golden/test_explanations.py",  # a method whose steps are altered one by one
    "tests/contracts/test_metric.py",  # a method and its twin, on one path, asking the same probes
}


def loops_over_steps(tree):
    """Lines of loops and comprehensions in which a state is carried through `.step`."""
    kinds = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp)
    for loop in ast.walk(tree):
        if not isinstance(loop, kinds):
            continue
        for node in ast.walk(loop):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
                kept = {n.id for n in ast.walk(node.targets[0]) if isinstance(n, ast.Name)}
                if _steps(node.value) and kept & {
                    n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)
                }:
                    yield loop.lineno


def _steps(node):
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "step"
    )


@each_file
def test_there_is_one_optimization_loop(path):
    """Whoever needs a run calls simulate, replay or play; record, project and batches are how to
    look in and to intervene."""
    if name(path) not in LOOPS:
        assert list(loops_over_steps(TREES[path])) == []


def test_the_one_loop_is_found():
    assert list(loops_over_steps(TREES[PACKAGE / "simulation.py"]))


@each_lab_file
def test_no_hidden_randomness_or_state(path):
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"np\.random\.(seed|rand|randn|normal|uniform|choice)\(", source)
    assert not [n for n in ast.walk(TREES[path]) if isinstance(n, (ast.Global, ast.Nonlocal))]
    assert "type: ignore" not in source


@each_lab_file
def test_no_inheritance_from_concrete_classes(path):
    """Protocols, NamedTuples, exceptions, and NumPy's operator mix-in (the documented way to get
    operators from ufuncs) only."""
    allowed = {
        "Protocol",
        "NamedTuple",
        "Exception",
        "ValueError",
        "TypeError",
        "NDArrayOperatorsMixin",
    }
    bases = {
        ast.unparse(base)
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    }
    assert bases <= allowed


FORBIDDEN = [
    "/" + "work",
    "/" + "root",
    "/" + "tmp",
    "/" + "home/",
    "shared" + "/",
    r"\bsession" + r"s?\b",
    r"\b(sub-?)?ag" + r"ents?\b",
    r"\blanguage " + r"models?\b",
    r"\bassist" + r"ants?\b",
]
TEXTS = FILES + [
    p
    for p in (ROOT / "README.md", ROOT / "pyproject.toml", ROOT / "Makefile", ROOT / "CITATION.cff")
    if p.exists()
]


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_no_traces_of_the_workshop(path):
    """No absolute paths of a machine, and no talk about how the code came about."""
    assert not re.findall(
        "|".join(FORBIDDEN), path.read_text(encoding="utf-8"), flags=re.IGNORECASE
    )


def test_the_wheel_lists_every_package():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = set(re.findall(r'"(lab[\w.]*)"', text.split("packages = [")[1].split("]")[0]))
    assert listed == {
        ".".join(path.parent.relative_to(ROOT).parts) for path in LAB if path.name == "__init__.py"
    }

"""Who may import whom, where the one loop is, and what may not occur, read from the source."""

import ast
import re

import pytest
from sources import (
    FILES,
    LAB,
    PACKAGE,
    ROOT,
    TREES,
    each_file,
    each_lab_file,
    everywhere,
    imported,
    name,
)
from swept import over

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
    "dampings",
    "domains",
    "linalg",
    "matrix_checks",
    "modes",
    "quadrature",
    "quintics",
    "scaling",
    "spectra",
    "thin",
    "ties",
}
FOUNDATIONS = NUMBERS | {"bases", "batches", "curvature", "geodesics", "maps", "metrics", "oracle"}
RUNS = FOUNDATIONS | {
    "blocks",
    "objectives",
    "optimizers",
    "progress",
    "simulation",
    "theory",
    "trajectory",
}

# The floors of the house: whom the modules of a part may import.
FLOORS = {
    **dict.fromkeys(NUMBERS, NUMBERS),
    **dict.fromkeys(FOUNDATIONS - NUMBERS, FOUNDATIONS),
    "spectra": NUMBERS | {"bases"},
    "theory": NUMBERS | {"bases", "theory"},
    "objectives": FOUNDATIONS | {"objectives", "theory"},
    "optimizers": FOUNDATIONS | {"optimizers"},
    "sentences": NUMBERS,
    "style": {"style"},
    # its plot has the look of all figures
    "trajectory": FOUNDATIONS | {"style"},
    "blocks": FOUNDATIONS,
    "simulation": FOUNDATIONS | {"blocks", "progress", "trajectory"},
    "exact": RUNS | {"exact"},
    "conventions": FOUNDATIONS | {"conventions", "optimizers"},
    "instruments": RUNS | {"conventions", "data", "exact", "instruments", "sentences"},
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
        *(f"commands/{path.stem}" for path in (PACKAGE / "commands").glob("*.py")),
        "workshop/__init__",
        "workshop/files",
        "workshop/importing",
    ],
)
def test_the_command_line_starts_fast(module):
    """Nothing heavy at the top of what `lab --help` imports; a verb imports the lab, but for other
    verbs, only inside its functions."""
    path = PACKAGE / f"{module}.py"
    assert not touches(at_the_top(path), *HEAVY)
    if module.split("/")[0] in ("__init__", "__main__", "commands"):
        lab = touches(at_the_top(path), "lab")
        version = {"lab", "lab.__version__"}  # `from lab import __version__`
        assert set(lab) - version <= set(touches(lab, "lab.commands"))


@each_file
def test_experiments_never_plot_and_figures_never_compute(path):
    forbidden = {
        "experiments": ("matplotlib", "figures", "lab.style"),
        "figures": ("lab", "scipy", "experiments"),
    }
    kind = path.relative_to(ROOT).parts[0]
    used = touches(everywhere(path), *forbidden.get(kind, ()))
    # the look of figures computes nothing
    allowed = {"lab", "lab.style"} if kind == "figures" else set()
    assert not set(used) - allowed


LOOPS = {
    "lab/simulation.py",  # the one loop
    "tests/machinery/test_network_costs.py",  # passes are counted step by step
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


@each_lab_file
def test_an_oracle_is_an_object_of_lab_oracle(path):
    """No namespace with a gradient in it: recorded answers are Answers, and say what they lack."""
    assert not touches(everywhere(path), "types.SimpleNamespace")


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


@over(TEXTS)
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

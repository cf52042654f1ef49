"""What each verb of the command line does: call the library, print, return the exit code."""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path


def list(options, rest) -> int:
    """lab list [--conventions]"""
    if options.conventions:
        from lab import conventions

        print(conventions.differences(), end="")
        return 0
    from lab import workshop
    from lab.claims import CLAIMS
    from lab.exact import EXACT
    from lab.objectives import OBJECTIVES
    from lab.optimizers import OPTIMIZERS

    for kind in ("experiments", "figures"):
        folder = options.root / kind
        found = workshop.files(folder) if folder.is_dir() else {}
        print(f"{kind} ({len(found)})" if found else f"{kind}: none here, use --from DIR")
        for name, path in found.items():
            print(f"  {name:28} {_first_line_of_file(path)}")
    print(f"claims ({len(CLAIMS)}), verified by: lab claims")
    for claim in CLAIMS.values():
        print(f"  {claim.id:44} {claim.line() if hasattr(claim, 'line') else claim.statement}")
    for kind, registry in (("optimizers", OPTIMIZERS), ("objectives", OBJECTIVES)):
        print(f"{kind} ({len(registry)})")
        for name, thing in registry.items():
            print(f"  {name:28} {_first_line(inspect.getdoc(thing))}")
    print(f"closed forms ({len(EXACT)})")
    for objective, optimizer in EXACT:
        print(f"  exact({objective.__name__}, {optimizer.__name__})")
    return 0


def _first_line(docstring: str | None) -> str:
    return (docstring or "").split("\n")[0]


def _first_line_of_file(path: Path) -> str:
    """Of the docstring of a Python file, read and not imported: figures would load matplotlib."""
    return _first_line(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))))


def run(options, rest) -> int:
    """lab run EXPERIMENT --setting value"""
    from lab import workshop

    folder = options.root / "experiments"
    if options.name is None:
        known = ", ".join(workshop.names(folder))
        usage = f"lab run EXPERIMENT [--SETTING VALUE ...], EXPERIMENT one of {known}"
        if not options.settings:
            raise ValueError(f"which experiment? {usage}")
        print(usage)
        return 0
    if options.settings:
        module = workshop.load(folder, options.name)
        print(inspect.getdoc(module))
        for setting, value in workshop.defaults(module.run).items():
            print(f"  --{setting} {value}")
        return 0
    path, seconds = workshop.run(options.root, options.name, rest)
    for note in workshop.notes(path):
        print(note)
    print(f"{path}  ({seconds:.1f} s)")
    return 0


def draw(options, rest) -> int:
    """lab draw FIGURE"""
    from lab import workshop

    for path in workshop.draw(options.root, options.name):
        print(path)
    return 0


def golden(options, rest) -> int:
    """lab golden OPTIMIZER --hyper value --steps 10"""
    from lab import conformance
    from lab.workshop.words import chosen as read_words

    settings = conformance.golden_settings(options.name)
    optional = conformance.may_be_none(options.name)
    chosen = read_words(options.name, settings, rest, optional=optional)
    drawn = {name: chosen.pop(name) for name in ("steps", "dims", "seed")}
    record = conformance.golden(options.name, chosen, **drawn)
    if options.json:
        print(json.dumps(record, allow_nan=False))
        return 0
    for step, theta in enumerate([record["theta0"], *record["trajectory"]]):
        print(f"{step:4d}  " + "  ".join(f"{x!r:>24}" for x in _numbers(theta)))
    return 0


def _numbers(nested):
    """The numbers of nested lists, in order. The builtin `list` is a verb here."""
    for entry in nested:
        if isinstance(entry, (int, float)):
            yield entry
        else:
            yield from _numbers(entry)


def conform(options, rest) -> int:
    """lab conform FILE: exit code 1 when a record does not conform."""
    from lab import conformance

    found = [
        conformance.conform(record, options.digits) for record in conformance.read(options.file)
    ]
    for outcome in found:
        print(outcome)
        print("  digits by step: " + " ".join(f"{d:.1f}" for d in outcome.digits))
    return 0 if all(outcome.conforms for outcome in found) else 1


def doctor(options, rest) -> int:
    """lab doctor"""
    import platform
    from importlib.metadata import PackageNotFoundError, packages_distributions, version

    import lab

    home = Path(lab.__file__).parent
    print(f"lab {lab.__version__} from {home}")
    print(f"python {platform.python_version()}")
    for package in ("numpy", "scipy", "matplotlib", "sympy", "tqdm"):
        try:
            print(f"{package} {version(package)}")
        except PackageNotFoundError:
            print(f"{package} is missing: pip install {package}")
    print(_blas())
    foreign = [name for name in packages_distributions().get("lab", []) if name != "precond-lab"]
    if foreign:
        print(
            f"warning: {', '.join(foreign)} also installs a package called lab: pip "
            f"uninstall {' '.join(foreign)}"
        )
    here = Path("lab")
    if (here / "__init__.py").is_file() and here.resolve() != home.resolve():
        print(
            f"warning: {here.resolve()} is another lab, and not the one that runs: make "
            "setup here, or use python -m lab"
        )
    return 0


def _blas() -> str:
    """The BLAS that numpy was built with, and the kernels in force where threadpoolctl can tell."""
    import numpy

    built = numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]
    known = f"BLAS {built['name']} {built['version']}"
    try:
        import scipy.linalg  # noqa: F401  (it brings a BLAS of its own)
        from threadpoolctl import threadpool_info
    except ImportError:
        return known
    kernels = {pool["architecture"] for pool in threadpool_info() if "architecture" in pool}
    return f"{known}, kernels {' '.join(sorted(kernels))}" if kernels else known

"""lab doctor: versions, and which lab this is.

A package called lab is easily shadowed: by a folder in the current directory, or by another
distribution of that name. Last digits depend on the BLAS and on its kernels, so both are told.
"""

from __future__ import annotations

from pathlib import Path


def do(options, rest) -> int:
    """lab doctor: always 0; warnings are lines.

    A missing package is told with the command that installs it; a foreign lab with the one that
    removes it.

    Nothing is changed and nothing is sent: it prints what a report of a fault should contain.
    """
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
    """The BLAS that numpy was built with, and the kernels in force where threadpoolctl can tell.

    scipy brings one of its own, and kernels are chosen when a BLAS is loaded: both are loaded
    before they are asked.
    """
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

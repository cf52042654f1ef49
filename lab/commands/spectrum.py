"""lab spectrum: what a spectrum decides, as a table and a figure.

Exact answers for Gaussian regression with this spectrum, from lab.theory.sgd; nothing is simulated.
Only eigenvalues, noise and batch enter: the expected risk depends on nothing else.
"""

from __future__ import annotations


def do(options, rest) -> int:
    """lab spectrum FILE.npy [--noise S] [--batch B] [--steps T] [--out DIR]

    A vector is taken as eigenvalues, a matrix is decomposed. ValueError for a file or a spectrum
    that is none. The figure is FILE_spectrum.png in DIR.

    Without --batch the gradient is exact, and nothing but the curvature limits the rate.
    """
    from lab.commands.pictures import of_spectrum
    from lab.instruments.spectrum import advise, eigenvalues
    from lab.workshop import save_figure

    lam = eigenvalues(_read(options.file))
    asked = {"noise": options.noise, "batch": options.batch, "steps": options.steps}
    found = advise(lam, **asked)

    size = "the full batch" if options.batch is None else f"batch {options.batch}"
    # eigenvalues are in decreasing order
    kappa = lam[0] / lam[-1]
    print(f"{len(lam)} eigenvalues from {lam[0]:.4g} down to {lam[-1]:.4g}, kappa {kappa:.4g}")
    print(f"{size}, label noise {options.noise:g}, {options.steps} steps\n")
    for line in _table(found, options.steps):
        print(line)
    print()
    for line in _verdict(found, options.steps):
        print(line)

    figure = of_spectrum(lam, found, **asked)
    for path in save_figure(figure, options.out, f"{options.file.stem}_spectrum", ("png",)):
        print(path)
    return 0


def _read(path):
    """The array of a .npy file. ValueError naming the file when it is none.

    A .npz is refused: it holds several arrays, and which one is meant is not known.
    """
    import numpy as np

    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    try:
        # a file from anywhere: no pickles, which run code
        found = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, OSError):
        raise ValueError(f"{path} is no .npy file of numbers: write it with numpy.save") from None
    if not isinstance(found, np.ndarray):
        raise ValueError(f"{path} holds several arrays: must be a .npy file with one")
    return found


def _table(found, steps) -> list[str]:
    """One column per preconditioner, a row per number; rates in each method's own units.

    Factors of the risk per step are below 1 where the rate is stable; the critical batch is where
    curvature and sampling limit it alike.
    """
    rows = {
        "largest stable rate": [a.limit for a in found],
        f"best rate for {steps} steps": [a.best for a in found],
        "  risk left, of the start": [a.risk for a in found],
        "best rate in the long run": [a.lr for a in found],
        "  factor of the risk a step": [a.rate for a in found],
        "  risk where noise stops it": [a.floor for a in found],
        "critical batch": [a.critical for a in found],
    }
    lines = [_row("", [a.method for a in found])]
    for name, values in rows.items():
        shown = [f"{x:.5g}" for x in values]
        lines.append(_row(name, shown))
    lines.append(_row("phase", [a.phase for a in found]))
    return lines


def _row(name: str, cells: list[str]) -> str:
    """A line of the table: 28 characters for the name, 14 for each method."""
    columns = [cell.rjust(14) for cell in cells]
    return "".join([name.ljust(28), *columns])


PHASES = {
    "noise": "the labels' noise decides: a lower rate at the end, or a larger batch, goes further",
    "batch": "the batch is below the critical one: the stable rate grows with it",
    "curvature": "the batch is above the critical one: a larger one does not allow a larger rate",
}


def _verdict(found, steps) -> list[str]:
    """Who is first after so many steps, and what limits each.

    Methods within 1 % of the lowest risk are told together. A phase is what a change of batch, rate
    or noise would do next, and is said once for all methods that are in it.
    """
    from lab.sentences import first

    names = [a.method for a in found]
    left = [a.risk for a in found]
    winner = first(names, left)
    lines = [f"lowest risk after {steps} steps: {winner}"]
    # methods with one limit share a line
    for phase, meaning in PHASES.items():
        those = [a.method for a in found if a.phase == phase]
        if those:
            named = ", ".join(those)
            lines.append(f"{named}: {meaning}")
    return lines

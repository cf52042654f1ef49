"""The command line: parsing only. `lab VERB` = `python -m lab VERB`."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    from lab.commands_claims import arguments

    top = argparse.ArgumentParser(
        prog="lab",
        description=(
            "Is this statement about an optimizer true, how tight is it, what does it look like?"
        ),
    )
    top.add_argument("--debug", action="store_true", help="show tracebacks")

    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    _files(verbs)
    arguments(verbs)
    _trajectories(verbs)
    verbs.add_parser(
        "doctor", help="versions, where lab was imported from, and what is wrong with that"
    )
    return top


def _files(verbs) -> None:
    """The verbs on a folder of experiments and figures: list, run, draw."""
    listed = verbs.add_parser(
        "list", help="experiments, figures, claims, optimizers, objectives, closed forms"
    )
    what = "what libraries do differently, as a Markdown table"
    listed.add_argument("--conventions", action="store_true", help=what)

    # no help of its own: the settings are those of the experiment, which is named first
    run = verbs.add_parser(
        "run", help="run an experiment: lab run geodesic --dims 8", add_help=False
    )
    run.add_argument("name", nargs="?", metavar="EXPERIMENT")
    what = "the settings of the experiment"
    run.add_argument("-h", "--help", action="store_true", dest="settings", help=what)

    draw = verbs.add_parser("draw", help="draw a figure: lab draw geodesic")
    draw.add_argument("name", metavar="FIGURE")

    what = "folder with experiments/ and figures/"
    for verb in (listed, run, draw):
        verb.add_argument(
            "--from", dest="root", type=Path, default=Path(), metavar="DIR", help=what
        )


def _trajectories(verbs) -> None:
    """The verbs on recorded trajectories: golden, conform."""
    golden = verbs.add_parser(
        "golden",
        help="record a trajectory of an optimizer: lab golden Adam --lr 0.1 --steps 10 --json",
    )
    golden.add_argument("name", metavar="OPTIMIZER")
    what = "a record for any test suite, instead of a table"
    golden.add_argument("--json", action="store_true", help=what)

    conform = verbs.add_parser(
        "conform", help="compare a recorded trajectory of your own optimizer: lab conform mine.json"
    )
    conform.add_argument("file", type=Path, metavar="FILE")
    what = "digits that must agree at every step (10; float32 has 5 or 6)"
    conform.add_argument("--digits", type=float, default=10.0, help=what)


def main(words: list[str] | None = None) -> int:
    """Exit code: 0 fine, 1 a claim failed, 2 usage."""
    # before numpy loads: the lab's matrices are small, and threads that wait for each other cost
    # ten times what they save
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # figures are files: Matplotlib refuses to be imported when a notebook or a user names a backend
    # that isn't there
    os.environ["MPLBACKEND"] = "agg"
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(
            errors="backslashreplace"
        )  # a terminal that lacks a character gets its code
    top = parser()
    known, rest = top.parse_known_args(words)
    if rest and known.verb not in ("run", "golden"):
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        # by its full name: `from lab import` would look for a method called so, and load them all
        about_claims = known.verb in ("claims", "falsify")
        home = "lab.commands_claims" if about_claims else "lab.commands"
        verb = getattr(importlib.import_module(home), known.verb)
        return verb(known, rest)
    except BrokenPipeError:  # the reader, such as head, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print(f"lab {known.verb}: stopped", file=sys.stderr)
        # what a shell says of a program that Ctrl-C ended: 128 + SIGINT
        return 130
    except Exception as problem:  # a user's own file may raise anything
        if known.debug:
            raise
        line = " ".join(
            str(
                problem.args[0] if isinstance(problem, KeyError) and problem.args else problem
            ).split()
        )
        print(f"lab {known.verb}: {line or type(problem).__name__}", file=sys.stderr)
        return 2


def script(file: str) -> None:
    """What `python experiments/ROOM/NAME.py --dims 8` does: the same as `lab run NAME --dims 8`."""
    path = Path(file).resolve()
    # a file may stand in a room of experiments/ or in none
    above = (folder.parent for folder in path.parents if folder.name == "experiments")
    root = next(above, path.parent.parent)
    sys.exit(main(["run", path.stem, *sys.argv[1:], "--from", str(root)]))


if __name__ == "__main__":
    sys.exit(main())

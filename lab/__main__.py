"""The command line: parsing only. `lab VERB` = `python -m lab VERB`.

Each verb is a module of lab.commands with `do(known, rest)`, imported when it is asked for: `lab
--help` must not wait for scipy and Matplotlib. Parsing knows no optimizer and no claim.

Exit codes are those of `main`; errors are one line on stderr without a traceback, which --debug
shows. Arguments that a verb does not know are refused, except where they are settings or
hyper-parameters: run, draw, golden.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from pathlib import Path

from lab import __version__
from lab.commands.answers import answers, widths
from lab.commands.stopping import INTERRUPTED, bare_stops, end_on_sigterm


def parser() -> argparse.ArgumentParser:
    """The verbs and their arguments, as --help shows them."""
    top = argparse.ArgumentParser(
        prog="lab",
        description=(
            "Is this statement about an optimizer true, how tight is it, what does it look like?"
        ),
    )
    top.add_argument("--version", action="version", version=f"lab {__version__}")
    _switches(top, False)

    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    _contents(verbs)
    _files(verbs)
    answers(verbs)
    widths(verbs)
    _statements(verbs)
    _trajectories(verbs)
    verbs.add_parser(
        "doctor", help="versions, where lab was imported from, and what is wrong with that"
    )
    # before the verb or after it; what is not given there does not undo what was given before
    for verb in verbs.choices.values():
        _switches(verb, argparse.SUPPRESS)
    return top


def _switches(parser, default) -> None:
    """--debug and --quiet, which every verb understands."""
    parser.add_argument("--debug", action="store_true", default=default, help="show tracebacks")
    parser.add_argument("--quiet", action="store_true", default=default, help="no progress bars")


def _root(*verbs) -> None:
    """--from, where experiments and figures are looked for: here unless given."""
    what = "folder with experiments/ and figures/"
    for verb in verbs:
        verb.add_argument(
            "--from", dest="root", type=Path, default=Path(), metavar="DIR", help=what
        )


KINDS = (
    "experiments",
    "figures",
    "claims",
    "optimizers",
    "wrappers",
    "objectives",
    "closed-forms",
    "conventions",
    "deviations",
)


def _contents(verbs) -> None:
    """The verbs on what there is: list, show, results, diff."""
    listed = verbs.add_parser("list", help="what there is; lab list optimizers: a line on each")
    listed.add_argument("kind", nargs="?", choices=KINDS, metavar="KIND", help=", ".join(KINDS))

    what = "all about one optimizer, objective, claim, experiment or figure: lab show Adam"
    shown = verbs.add_parser("show", help=what)
    shown.add_argument("name", metavar="NAME")

    results = verbs.add_parser("results", help="what is stored, and what is in one: lab results")
    results.add_argument("name", nargs="?", metavar="NAME", help="a name of the list, or a file")

    diff = verbs.add_parser("diff", help="what differs between two stored results: lab diff A B")
    diff.add_argument("first", metavar="A")
    diff.add_argument("second", metavar="B")
    _root(listed, shown, results, diff)


def _files(verbs) -> None:
    """The verbs on a folder of experiments and figures: run, draw."""
    # no help of its own: the settings are those of the experiment, which is named first
    run = verbs.add_parser(
        "run",
        help="run an experiment: lab run geodesic --dims 8",
        add_help=False,
        allow_abbrev=False,
    )
    run.add_argument("name", nargs="?", metavar="EXPERIMENT")
    what = "the long run that the experiment declares"
    run.add_argument("--full", action="store_true", help=what)
    what = "the settings of the experiment"
    run.add_argument("-h", "--help", action="store_true", dest="settings", help=what)

    draw = verbs.add_parser(
        "draw",
        help="draw a figure: lab draw geodesic --width column",
        epilog="any other --SETTING VALUE is the experiment's, as of lab run: --data FILE",
        allow_abbrev=False,
    )
    _draw_arguments(draw)
    _root(run, draw)


def _draw_arguments(draw) -> None:
    """Of lab draw; what is none of these is a setting of the experiment."""
    draw.add_argument("name", metavar="FIGURE")
    what = "draw this stored run, of any settings or data"
    draw.add_argument("--result", type=Path, metavar="FILE", help=what)
    what = "column (3.3 in), page (7.2 in) or slides"
    draw.add_argument("--width", default="page", metavar="W", help=what)
    what = "below the panels, file (beside the figure) or none"
    draw.add_argument("--caption", default="below", metavar="C", help=what)
    what = "png,pdf or any of png, pdf, svg"
    draw.add_argument("--format", default="png,pdf", metavar="F", help=what)


def _trajectories(verbs) -> None:
    """The verbs on recorded trajectories: golden, conform.

    conform reads a record as golden writes it: JSON with the gradients and the parameters.
    """
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


def _statements(verbs) -> None:
    """The verbs on claims: claims, falsify.

    Claims of a user's own file are judged as the lab's are: with controls, and by the same search.
    """
    for add in (_claims_arguments, _falsify_arguments):
        add(verbs).add_argument(
            "--from",
            dest="source",
            metavar="FILE.py",
            help="claims of your own, added to the lab's",
        )


def _claims_arguments(verbs):
    """lab claims: which, and how much of each is told."""
    claims = verbs.add_parser("claims", help="verify claims: lab claims 'blocks/*'")
    claims.add_argument("pattern", nargs="?", default="*", metavar="GLOB")
    claims.add_argument(
        "--parts", action="store_true", help="one line per part, control and hypothesis"
    )
    claims.add_argument(
        "--explain",
        action="store_true",
        help="statement, proof, references, worst instances, controls",
    )
    claims.add_argument("--json", action="store_true", help="a list of objects instead of lines")
    claims.add_argument(
        "--timeout", type=float, default=120.0, metavar="S", help="seconds per claim (120)"
    )
    return claims


def _falsify_arguments(verbs):
    """lab falsify: which claims, for how long, and where what is found is kept."""
    search = verbs.add_parser(
        "falsify", help="try to break a claim: lab falsify adam/noise-floor --budget 60"
    )
    search.add_argument("pattern", nargs="?", metavar="CLAIM", help="an id, or a pattern")
    search.add_argument("--all", dest="every", action="store_true", help="every claim")
    search.add_argument(
        "--budget",
        type=float,
        metavar="S",
        help="seconds for all claims together (10 for each)",
    )
    search.add_argument("--seed", type=int, default=0, metavar="N")
    search.add_argument("--jobs", type=int, default=1, metavar="N", help="claims at a time (1)")
    search.add_argument("--replay", type=Path, metavar="FILE", help="show a saved instance again")
    search.add_argument(
        "--out",
        type=Path,
        default=Path("results/falsify"),
        metavar="DIR",
        help="where worst instances are kept",
    )
    return search


def main(words: list[str] | None = None) -> int:
    """Exit code: 0 fine, 1 a claim failed, 2 usage; 130 and 143: Ctrl-C and SIGTERM.

    words: the arguments, those of the process unless given. The environment is set for this process
    and those that it starts.
    """
    # before numpy loads: the lab's matrices are small, and threads that wait for each other cost
    # ten times what they save
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # figures are files: Matplotlib refuses to be imported when a notebook or a user names a backend
    # that isn't there
    os.environ["MPLBACKEND"] = "agg"
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a terminal that lacks a character gets its code
        sys.stdout.reconfigure(errors="backslashreplace")

    top = parser()
    known, rest = top.parse_known_args(words)
    if rest and known.verb not in ("run", "draw", "golden"):
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    if known.quiet:
        os.environ["LAB_QUIET"] = "1"
    return _done(known, rest)


def _done(known, rest) -> int:
    """What the verb returns; whatever ends it otherwise is one line and an exit code."""
    try:
        with bare_stops():
            return importlib.import_module(f"lab.commands.{known.verb}").do(known, rest)
    except BrokenPipeError:  # the reader, such as head, has had enough
        # what Python still flushes at exit goes nowhere, instead of failing again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        if known.debug:
            raise
        print(f"lab {known.verb}: stopped", file=sys.stderr)
        return INTERRUPTED
    except Exception as problem:  # a user's own file may raise anything
        if known.debug:
            raise
        # the repr that a KeyError is printed as hides its words
        told = problem.args[0] if isinstance(problem, KeyError) and problem.args else problem
        line = " ".join(str(told).split()) or type(problem).__name__
        print(f"lab {known.verb}: {line}", file=sys.stderr)
        return 2


def program() -> int:
    """The console script: `main`, ended by SIGTERM as by an exception, so that nothing is left."""
    end_on_sigterm()
    return main()


def script(file: str) -> None:
    """What `python experiments/ROOM/NAME.py --dims 8` does: the same as `lab run NAME --dims 8`."""
    path = Path(file).resolve()
    # a file may stand in a room of experiments/ or in none
    above = (folder.parent for folder in path.parents if folder.name == "experiments")
    root = next(above, path.parent.parent)
    end_on_sigterm()
    sys.exit(main(["run", path.stem, *sys.argv[1:], "--from", str(root)]))


if __name__ == "__main__":
    sys.exit(program())

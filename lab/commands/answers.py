"""What the verbs on a user's own numbers and networks take; parsing only.

Defaults stand in the help texts, in brackets. What a verb does with its words is in the module of
its name.
"""

from __future__ import annotations

from pathlib import Path


def answers(verbs) -> None:
    """The verbs on a user's own numbers: compare, spectrum, condition.

    Types are checked here, by argparse; ranges where the numbers are used, which knows the reason.
    `file` of spectrum is a path; of the tables it is a word, whose ending decides how it is read.
    """
    what = "which method wins on your table, and why: lab compare my.csv --target outcome"
    compare = verbs.add_parser("compare", help=what)
    _table(compare)
    compare.add_argument("--batch", type=int, default=32, metavar="B", help="mini-batch (32)")
    compare.add_argument("--steps", type=int, default=150, metavar="T", help="steps (150)")
    compare.add_argument("--ridge", type=float, default=1e-2, metavar="X", help="penalty (0.01)")
    # standardised is what most would do before anything else
    what = "features as they are, not centred and scaled"
    compare.add_argument("--raw", action="store_true", help=what)

    what = "limits and best rates for a spectrum of yours: lab spectrum h.npy --noise 0.1"
    spectrum = verbs.add_parser("spectrum", help=what)
    what = ".npy: eigenvalues (n,), or a symmetric matrix (n, n)"
    spectrum.add_argument("file", type=Path, metavar="FILE", help=what)
    what = "standard deviation of the labels' noise (0)"
    spectrum.add_argument("--noise", type=float, default=0.0, metavar="S", help=what)
    what = "batch size (the full batch)"
    spectrum.add_argument("--batch", type=int, metavar="B", help=what)
    spectrum.add_argument("--steps", type=int, default=100, metavar="T", help="steps (100)")

    _condition(verbs)
    for verb in (compare, spectrum):
        what = "where the figure goes (this folder)"
        verb.add_argument("--out", type=Path, default=Path(), metavar="DIR", help=what)


def _table(verb) -> None:
    """A table of the user's: which columns, which rows. --target is the one that must be named.

    What the flags do not say is found in the file when it is read, by lab.data, whose notes are
    printed.
    """
    verb.add_argument("file", metavar="FILE", help="CSV (; or tabs, .gz too) or .npz")
    verb.add_argument("--target", required=True, metavar="COLUMN", help="what to predict")
    what = "refuse (default), or drop the rows with missing cells"
    verb.add_argument("--missing", choices=("refuse", "drop"), default="refuse", help=what)
    verb.add_argument("--features", default="", metavar="A,B", help="these columns only")
    verb.add_argument("--drop", default="", metavar="C", help="all columns but these")


def _condition(verbs) -> None:
    """lab condition: its table, model and tolerance, and what is made besides the report.

    ridge is in the units of standardised columns, so that it means the same for every table; tol is
    of a gradient in the units of the columns.
    """
    what = "how badly your table is conditioned, and what each remedy buys: lab condition my.csv"
    verb = verbs.add_parser("condition", help=what)
    _table(verb)
    models = ("linear", "logistic", "softmax")
    verb.add_argument("--model", choices=models, default="linear", help="regression (linear)")
    what = "penalty of standardised coefficients (0)"
    verb.add_argument("--ridge", type=float, default=0.0, metavar="X", help=what)
    what = "a method has arrived when this is left of its first gradient (1e-6)"
    verb.add_argument("--tol", type=float, default=1e-6, metavar="X", help=what)
    verb.add_argument("--json", action="store_true", help="one object instead of tables")
    verb.add_argument("--figure", type=Path, metavar="FILE", help="draw it: .png, .pdf or .svg")
    what = "write the columns standardised, and say how coefficients map back"
    verb.add_argument("--write", type=Path, metavar="FILE.csv", help=what)


def widths(verbs) -> None:
    """The verb on widths: mup.

    One of METHOD, --check and --judge is asked for, which the verb itself looks at. Rates are told
    for --lr at the base width; --measure takes seconds, --check minutes.
    """
    what = "rates, scales and dampings that a wider network needs: lab mup KFAC --width 1024"
    mup = verbs.add_parser("mup", help=what)
    what = "KFAC, torch:Muon, or mine.py:rule with rule(W, batch) -> dW"
    mup.add_argument("method", nargs="?", metavar="METHOD", help=what)
    mup.add_argument("--width", type=int, default=1024, metavar="M", help="hidden width (1024)")
    mup.add_argument("--base", type=int, default=128, metavar="M0", help="tuned at (128)")
    mup.add_argument("--lr", type=float, default=1.0, metavar="X", help="rate at the base (1)")
    kinds = ("SP", "lazy", "muP")
    mup.add_argument("--parameterization", choices=kinds, default="muP", help="muP (default)")
    asked = mup.add_mutually_exclusive_group()
    asked.add_argument("--measure", action="store_true", help="measure the exponents from outside")
    what = (
        "derived rates beside measured ones on tanh and ReLU, of one method or all (three minutes)"
    )
    asked.add_argument("--check", action="store_true", help=what)
    what = "up to this width, by doubling from 64 (2048; 512 where matrices are decomposed)"
    mup.add_argument("--widest", type=int, metavar="M", help=what)
    what = "judge a printed table: a column of widths, and columns of numbers"
    asked.add_argument("--judge", type=Path, metavar="TABLE.csv", help=what)
    what = "the slope that the table should have (0)"
    mup.add_argument("--expected", type=float, default=0.0, metavar="X", help=what)
    mup.add_argument("--json", action="store_true", help="for a program")

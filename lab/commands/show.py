"""lab show: all about one optimizer, objective, claim, experiment or figure.

Everything shown is read from what runs: formulas are docstrings, fields signatures, proofs the
docstrings of judges, spellings the entries of lab.conventions. Nothing is written for this command.
"""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

from lab.commands import contents


def do(options, rest) -> int:
    """lab show NAME [--from DIR]

    All that have the name are shown: an optimizer and a figure may share it. ValueError with a name
    close by when nothing has it.
    """
    homes = {
        _claim: contents.claims(),
        _optimizer: contents.optimizers() + contents.wrappers(),
        _objective: contents.objectives(),
        _experiment: contents.in_files(options.root / "experiments"),
        _figure: contents.in_files(options.root / "figures"),
    }
    found = [show for show, names in homes.items() if options.name in names]
    for show in found:
        show(options)
    if not found:
        from lab.workshop.near import meant

        known = [name for names in homes.values() for name in names]
        near = meant(options.name, known)
        raise ValueError(f"nothing is called {options.name!r}; lab list has the names{near}")
    return 0


def _claim(options) -> None:
    """Statement, proof, source, code, and how to judge it or try to break it.

    `lab claims ID` judges it; nothing is judged here, and no verdict is stored.
    """
    from lab.claims import CLAIMS

    claim = CLAIMS[options.name]
    print(f"claim {claim.id}\n\n{claim.statement()}\n\nProof\n")
    print(_indented(claim.proof))
    print(f"\nsource: {claim.cites}\ncode:   {claim.code}")
    print(f"judge it with: lab claims {claim.id} --parts; try to break it: lab falsify {claim.id}")


def _optimizer(options) -> None:
    """Formula, fields with defaults and units, what it asks for, invariances, other libraries'
    spellings.

    What a factory does not declare is left out.
    """
    from lab.optimizers import OPTIMIZERS, WRAPPERS

    known: dict[str, Any] = {**OPTIMIZERS, **WRAPPERS}
    factory = known[options.name]
    print(f"optimizer {options.name}\n")
    print(_indented(inspect.getdoc(factory)))
    print("\nfields")
    units = getattr(factory, "units", {})
    for name, parameter in inspect.signature(factory).parameters.items():
        print(f"  {_field(name, parameter)}{_unit(units.get(name))}")

    # a factory that is a function declares nothing
    needs = getattr(factory, "needs", ())
    if needs:
        asked = ", ".join(sorted(needs))
        print(f"asks the objective for: {asked}")
    invariances = getattr(factory, "invariances", ())
    if invariances:
        same = ", ".join(sorted(invariances))
        print(f"unchanged under: {same}")
    _spellings(options.name)


def _field(name, parameter) -> str:
    """As in a signature: name, annotation, default."""
    told = name
    if parameter.annotation is not parameter.empty:
        told += f": {parameter.annotation}"
    if parameter.default is not parameter.empty:
        told += f" = {parameter.default!r}"
    return told


def _unit(powers) -> str:
    """Its units, powers of those of the parameters and of the loss; "" where none are declared.

    [theta^-1 loss^1] is a gradient's: eps of Adam is added to one.
    """
    if powers is None:
        return ""
    theta, loss = powers
    return f"   [theta^{theta:g} loss^{loss:g}]"


def _spellings(name: str) -> None:
    """The libraries that have a method of this name, with their own settings.

    Names are compared without case: sgd is SGD. A note is the docstring of the library's entry.
    """
    from lab.conventions import LIBRARIES

    ours = name.casefold()
    for library, entries in LIBRARIES.items():
        for theirs, entry in entries.items():
            # RMSprop, rmsprop and RMSProp are one method
            if theirs.casefold() != ours:
                continue
            settings = inspect.signature(entry)
            print(f"conventions.{library}({theirs!r}, ...) has {settings}")
            note = inspect.getdoc(entry)
            if note:
                print(_indented(note, "    "))


def _objective(options) -> None:
    """Formula, fields, and for which methods there is a closed form in lab.exact.

    Fields are told of dataclasses.
    """
    from lab.exact import EXACT
    from lab.objectives import OBJECTIVES

    kind = OBJECTIVES[options.name]
    print(f"objective {options.name}\n")
    print(_indented(inspect.getdoc(kind)))
    if dataclasses.is_dataclass(kind):
        print("\nfields")
        for name, parameter in inspect.signature(kind).parameters.items():
            print(f"  {_field(name, parameter)}")
    # keyed by (objective, method): see lab.exact
    solved = [method.__name__ for f, method in EXACT if f is kind]
    if solved:
        print(f"solved exactly for: {', '.join(solved)}")


def _experiment(options) -> None:
    """Settings with the values they may take, what they mean, what is stored.

    The file is imported and not run; its docstring comes first, which asks the question.

    A file that does not import is an error here, although `lab list` shows it.
    """
    from lab import workshop

    module = workshop.load(options.root / "experiments", options.name)
    print(f"experiment {options.name}\n")
    print(_indented(inspect.getdoc(module)))
    print(f"\n{workshop.about_settings(module)}")
    print(f"\nrun it with: lab run {options.name}")


def _figure(options) -> None:
    """What it reads: the experiments whose results are drawn.

    No result is read: a figure without one is shown as well.
    """
    from lab import workshop

    module = workshop.load(options.root / "figures", options.name)
    print(f"figure {options.name}\n")
    print(_indented(inspect.getdoc(module)))
    print(f"\nreads the results of: {', '.join(module.READS)}")
    print(f"draw it with: lab draw {options.name}")


def _indented(text: str | None, by: str = "  ") -> str:
    """The lines of a docstring, moved to the right; none of them ends with blanks."""
    return "\n".join(f"{by}{line}".rstrip() for line in (text or "").split("\n"))

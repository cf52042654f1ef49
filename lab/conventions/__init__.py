"""Another library's optimizer, by its own name, hyper-parameters and defaults, as one of ours.

    torch("RMSprop", lr=0.05, alpha=0.9, centered=True)      optax("rmsprop", learning_rate=0.05)
                                                             authors("AdaBelief")

An entry is a function whose signature *is* the library's list of names and defaults, and whose body
says what that is here. To add one: write the function in `torch_entries`, `optax_entries` or
`authors_entries` (`matrix` for methods of matrices and of curvature) and list it in the dictionary
at the end of that library's module; the table of `lab list conventions` and the tests read those
dictionaries. Versions: torch 2.13, optax 0.2.8. `authors` stands for a paper or its authors' code,
and for AdaL for our reading of a secondary source; the entry's docstring says which. ValueError for
an unknown optimizer or hyper-parameter, naming the known ones.
"""

from __future__ import annotations

from lab.conventions.authors_entries import AUTHORS
from lab.conventions.optax_entries import OPTAX
from lab.conventions.table import build, markdown
from lab.conventions.torch_entries import TORCH

LIBRARIES = {"torch": TORCH, "optax": OPTAX, "authors": AUTHORS}

# Settings that choose another class of ours, and therefore a place of their own in the table.
FURTHER = {
    ("torch", "Adam"): {"amsgrad": True},
    ("torch", "AdamW"): {"amsgrad": True},
    ("authors", "AdaBound"): {"amsbound": True},
}


def torch(name: str, **hyper):
    """The optimizer torch.optim.NAME(params, **hyper), as ours.

    Flags that change no number (fused, foreach, ...) are accepted. ValueError for an unknown name
    or setting.
    """
    # how a step is computed, not what comes out but for rounding
    flags = ("foreach", "fused", "capturable", "differentiable")
    return build(
        "torch", TORCH, name, {key: value for key, value in hyper.items() if key not in flags}
    )


def optax(name: str, **hyper):
    """The optimizer optax.NAME(**hyper) or optax.contrib.NAME(**hyper), as ours.

    A rate is called learning_rate there, and is required of most. ValueError for an unknown name or
    setting, TypeError for a missing one.
    """
    return build("optax", OPTAX, name, hyper)


def authors(name: str, **hyper):
    """The optimizer of a paper or of its authors' code, as ours; of AdaL, whose code is not known,
    our reading."""
    return build("authors", AUTHORS, name, hyper)


def differences() -> str:
    """What differs where: a Markdown table of every field on which a library's defaults are not
    ours or another library's."""
    return markdown(LIBRARIES, FURTHER)


__all__ = [
    "AUTHORS",
    "FURTHER",
    "LIBRARIES",
    "OPTAX",
    "TORCH",
    "authors",
    "differences",
    "optax",
    "torch",
]

"""Alterations of the fields of an optimizer: switches, texts, numbers at known defaults, eps, and
decay.

They are made from the class, not written down per method: a switch has another value, a text has
those of its annotation (`Literal`), a number those that some library ships (`known_values`), a rate
of an average is confused with another one or with 1 minus itself. eps may stand

    sqrt(v_hat) + eps      sqrt(v_hat + eps)      sqrt(v_hat + eps^2)
    (sqrt(v) + eps) / sqrt(1 - beta2^t)

and decay lam theta be added to the gradient, to the step before or after it, proximally, with lr,
with lr / lr_0 or without.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any, get_args, get_origin, get_type_hints

from lab.conformance.altered import Altered, innermost
from lab.conformance.defaults import known_values, shown
from lab.conventions.table import title
from lab.optimizers import L2, Regularized, hyperparameters, with_

# Name, subjects, and what turns an optimizer into the altered one (None: it does not apply).
Found = Iterator[tuple[str, tuple[str, ...], Callable[[Any], Any]]]

# The fields of Regularized, which of_decay says in words.
DECAY = ("on", "form", "times")

# Rates of averages, of which an implementation may mean 1 minus.
RATES = ("beta1", "beta2", "beta3", "momentum")

# A rate of the step is a factor on it, which is measured; an initial point is nobody's choice.
UNTRIED = (*DECAY, "lr", "initial")


def of_fields(o: Any) -> Found:
    """Every other value of every field, one at a time; the rates confused, in all their ways."""
    values = hyperparameters(o)
    texts = choices(o)
    known = known_values(title(o))
    for name, value in values.items():
        if name in UNTRIED:
            continue
        if isinstance(value, bool):
            turned = not value
            yield replaced(f"{name} = {turned}", {name: turned})
        elif name in texts:
            yield from _other_texts(name, value, texts[name])
        else:
            yield from _other_numbers(name, value, known.get(name, {}))
    yield from _rates(values)


def _other_texts(name, value, texts) -> Found:
    """The other values that the annotation allows."""
    for other in texts:
        if other != value:
            yield replaced(f"{name} = {other!r}", {name: other})


def _other_numbers(name, value, known) -> Found:
    """The values of others, with whose they are."""
    for other, whose in known.items():
        if other != value:
            yield replaced(f"{name} = {shown(other)} ({whose})", {name: other})


def _rates(values) -> Found:
    """Rates of averages, confused with one another or with their complements.

        m = beta m + (1 - beta) g,    m = (1 - beta) m + beta g

    are both printed. All at once too: who writes the second for beta1 does so with beta2.
    """
    rates = [name for name in values if name in RATES and values[name] is not None]
    for a, b in pairwise(rates):
        yield replaced(f"{a} and {b} are exchanged", {a: values[b], b: values[a]})

    turned = {name: 1 - values[name] for name in rates}
    for name in rates:
        yield replaced(f"{name} stands for 1 - {name}", {name: turned[name]})
    if len(rates) > 1:
        together = ", ".join(rates)
        yield replaced(f"{together} stand for 1 minus each", turned)
    # where several parts of a composition have a momentum, none of them is called so
    if "momentum" in values and values.get("dampening", 1.0) == 0:
        yield replaced("dampening = momentum", {"dampening": values["momentum"]})


def replaced(name: str, changes: dict[str, Any]) -> tuple[str, tuple[str, ...], Callable]:
    """The alteration that sets these fields; its subjects are their names.

    It applies to None where a method lacks one of them, refuses the values (TypeError, ValueError:
    nobody can have run that), or would then ask for what its record does not tell.
    """

    def apply(o):
        if not changes.keys() <= hyperparameters(o).keys():
            return None
        changed = if_valid(lambda: with_(o, **changes))
        # what asks for more than the method does can't be tried on its record
        return changed if changed is not None and changed.needs <= o.needs else None

    return name, tuple(changes), apply


def if_valid(make: Callable[[], Any]) -> Any:
    """The optimizer, or None for options that its class refuses: nobody can have run that. Only
    TypeError and ValueError are refusals; anything else is a mistake of ours.
    """
    try:
        return make()
    except (ValueError, TypeError):
        return None


def choices(o) -> dict[str, tuple[str, ...]]:
    """Field -> the texts that it may be, by its annotation Literal[...], here and in the parts
    inside. A field whose annotation is plain `str` has no choices.
    """
    if isinstance(o, Altered):
        return choices(o.inner)
    found: dict[str, tuple[str, ...]] = {}
    if not dataclasses.is_dataclass(o):
        return found

    hints = get_type_hints(type(o))
    for field in dataclasses.fields(o):
        value = getattr(o, field.name)
        if dataclasses.is_dataclass(value):
            found |= choices(value)
        elif isinstance(value, str) and get_origin(hints[field.name]) is not None:
            found[field.name] = get_args(hints[field.name])
    return found


def of_eps(o: Any) -> Found:
    """eps in another place, or none: the formulas above, where there are fields for it.

    Methods with `eps_place` have their places by `of_fields`; the rest is put there by hand, as
    eps_root (inside) or as an eps of its own at every step (before the correction). Nothing for
    eps = 0.
    """
    values = hyperparameters(o)
    eps = values.get("eps", 0.0)
    if not eps:
        return
    if "eps_root" in values:
        yield replaced("eps is inside the root: sqrt(v + eps)", {"eps": 0.0, "eps_root": eps})
        squared = {"eps": 0.0, "eps_root": eps**2}
        yield replaced("eps^2 is inside the root: sqrt(v + eps^2)", squared)
    yield replaced("there is no eps", {"eps": 0.0})
    if values.get("eps_root"):
        yield replaced("eps_root = 0", {"eps_root": 0.0})
    if {"eps", "beta2"} <= values.keys() and "eps_place" not in values:
        name = "eps is added before the bias correction: (sqrt(v) + eps) / sqrt(1 - beta2^t)"
        yield name, ("eps",), partial(innermost, change=_eps_before_correction)


def _eps_before_correction(o):
    """(sqrt(v) + eps) / s = sqrt(v_hat) + eps / s, s = sqrt(1 - beta2^t): its own eps a step."""
    if not {"eps", "beta2"} <= hyperparameters(o).keys():
        return None

    def uses(call):
        size = (1 - call.method.beta2**call.t) ** 0.5
        return with_(call.method, eps=call.method.eps / size)

    return Altered(o, uses=uses)


# What decay around or inside a method can be, in the words of Regularized.
FORMS = {
    "weight decay is coupled: it is added to the gradient": {"on": "p"},
    "weight decay is decoupled: it acts beside the step": {"on": "z"},
    "weight decay is decoupled and acts after the step": {"on": "z", "form": "after"},
    "weight decay is decoupled and proximal: division by 1 + lr weight_decay": {
        "on": "z",
        "form": "prox",
    },
    "weight decay is decoupled and not multiplied by lr": {"on": "z", "times": "one"},
    "weight decay is decoupled and multiplied by lr / lr_0 only": {"on": "z", "times": "schedule"},
}


def of_decay(o: Any) -> Found:
    """Decay in another form, twice, or none; nothing for a method without decay. The forms are
    those of `Regularized`, each in words that say what the code does.
    """
    if not hyperparameters(o).get("weight_decay", 0.0):
        return
    yield "weight decay is missing", ("decay",), partial(with_, weight_decay=0.0)
    for name, how in FORMS.items():
        yield name, ("decay",), partial(_decays, how=how)
    yield "weight decay acts twice: in the gradient and beside the step", ("decay",), _decays_twice


def _decays(o, how):
    """The method with its decay around it like this; None where it has none, or has it so
    already. Decay inside a method (a field weight_decay) is set to zero there, so that it is
    not counted twice.
    """
    inside = getattr(o, "inner", None)
    if inside is not None and not isinstance(o, Regularized):
        inner = _decays(inside, how)
        return None if inner is None else dataclasses.replace(o, inner=inner)

    values = hyperparameters(o)
    if "weight_decay" not in values:
        return None
    method = o.inner if isinstance(o, Regularized) else with_(o, weight_decay=0.0)
    made = if_valid(lambda: Regularized(method, L2(values["weight_decay"]), **how))
    return None if made == o else made


def _decays_twice(o):
    """The other of coupled and decoupled decay around what is there: the decay of a library's
    base class and that of the method itself.
    """
    inside = getattr(o, "inner", None)
    if inside is not None and not isinstance(o, Regularized):
        inner = _decays_twice(inside)
        return None if inner is None else dataclasses.replace(o, inner=inner)

    values = hyperparameters(o)
    if "weight_decay" not in values:
        return None
    coupled = getattr(o, "on", "z") == "p"
    return Regularized(o, L2(values["weight_decay"]), on="z" if coupled else "p")

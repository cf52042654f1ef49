"""The optimizer protocol, and reaching hyper-parameters inside wrappers.

An optimizer is a frozen dataclass with
    needs       the oracle members it touches; of a curvature, which answers: "curvature.diag"
    vectors     state fields that rotate with the basis, z -> P^T Q z
    units       per hyper-parameter, the powers (a, b) of [theta]^a [loss]^b it carries
    init(theta) -> state, a NamedTuple
    step(state, oracle, theta) -> (delta, new state), pure: no argument is changed
    metric(state) -> M, what divided the gradient in the step that made this state
A registered optimizer also declares
    invariances the changes of the objective that its path does not see, out of INVARIANCES
    scope       only where blocks matter: "tensor" (a norm per block), "matrix" (rows and columns).
                Without it Layers move like one vector
    waits(state) only where there is a warm start: whether the next call only looks (its delta is
                0), so that momentum, decay and schedules around the method wait too
    matrices    only where there are any: state fields with one matrix per mode of each tensor,
                which go A -> (P^T Q) A (P^T Q)^T when the basis moves from Q to P
The invariances hold with every hyper-parameter that carries a unit of loss (eps, damping,
accumulator starts, decay added to the gradient) at 0:
    scale        f -> c f
    diagonal     f = sum_i f_i(theta_i) -> sum_i c_i f_i(theta_i)
    permutation, sign, rotation    f -> f(Q theta), with the path Q^T theta_t

The metric is an object of lab.curvature with M delta = -lr u, u the average of gradients that the
method takes: Diagonal for coordinatewise methods, Identity for those that only rescale, per run or
per tensor, Kronecker, or a curvature. Where momentum follows the division, M is what divided the
newest gradient. Decay is not part of it. It reads hyper-parameters: ask the lifted optimizer where
they are swept.

Names: lr; beta1, the decay of an average of gradients; beta2 (beta3), of squares or factors;
momentum, the coefficient of a sum; eps with eps_place; damping, what is added to a matrix or a
curvature.
    eps_place    "outside": sqrt(v) + eps; "inside": sqrt(v + eps); "hat": eps is added to sqrt(v)
                 before the debiasing; "max": max(., eps); "literal": v^(-1/2) + eps
A hyper-parameter annotated `Scalar` is a number or an array over runs; `lift` shapes it before
`step` sees it. Hyper-parameters are checked at construction: ValueError "Adam.lr = -1: must be >
0".
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from lab.arrays import Params, Scalar
from lab.checks import able

INVARIANCES = ("scale", "diagonal", "permutation", "sign", "rotation")
EUCLIDEAN = frozenset({"permutation", "sign", "rotation"})
COORDINATEWISE = frozenset({"scale", "diagonal", "permutation", "sign"})


class Optimizer(Protocol):
    """See the module docstring."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def needs(self) -> frozenset[str]: ...

    @property
    def vectors(self) -> tuple[str, ...]: ...

    @property
    def units(self) -> Mapping[str, tuple[float, float]]: ...

    def init(self, theta: Params) -> Any: ...

    def step(self, state: Any, oracle: Any, theta: Params) -> tuple[Params, Any]: ...

    def metric(self, state: Any) -> Any: ...


def of_inner(name: str) -> Any:
    """What a wrapper declares as the method inside it does: `units = of_inner("units")`.

    A property rather than a value: the method inside is known per instance only.
    """
    return property(lambda wrapper: getattr(wrapper.inner, name))


def waits(optimizer: Any, state: Any) -> bool:
    """Whether the next call of a method belongs to a warm start."""
    asked = getattr(optimizer, "waits", None)
    return asked is not None and asked(state)


def in_other_variables(needs: frozenset[str], asks: str) -> frozenset[str]:
    """The needs of a method run in other variables: a curvature changes them ("rotated", "scaled")
    before it answers."""
    return frozenset(
        f"{need.split('.')[0]}.{asks}" if "." in need and asks else need for need in needs
    )


def with_(optimizer: Any, **fields) -> Any:
    """The same method with other hyper-parameters, checked as at construction.

    Inside wrappers the deepest owner of a name is changed; only where no method inside has it, a
    part (a penalty, a tracker, a schedule), and then the wrapper itself. TypeError, naming where it
    looked, when nobody has the name or two methods side by side do.
    """
    able("optimizer", optimizer, "init", "step")
    for name, value in fields.items():
        optimizer = _changed(optimizer, _owner(optimizer, name), {name: value}, _checked)
    return optimizer


def hyperparameters(optimizer: Any) -> dict[str, Any]:
    """Name -> value of everything that `with_` can change."""
    able("optimizer", optimizer, "init", "step")
    found = {}
    for name in _names(optimizer):
        owners = _owners(optimizer, name)
        # a name of two methods side by side is nobody's to change from here
        if len(owners) == 1:
            found[name] = getattr(_at(optimizer, owners[0]), name)
    return found


def lr_of(optimizer: Optimizer) -> Scalar:
    """The learning rate of an optimizer, looking inside wrappers as `with_` does."""
    able("optimizer", optimizer, "init", "step")
    return _at(optimizer, _owner(optimizer, "lr")).lr


def path_to(optimizer: Optimizer, name: str) -> tuple[str, ...]:
    """The fields that lead from an optimizer to the owner of a hyper-parameter, see `with_`."""
    return _owner(optimizer, name)


def with_scaled(optimizer: Optimizer, path: tuple[str, ...], name: str, factor: Scalar) -> Any:
    """The optimizer with the hyper-parameter `name` of the owner at `path` times a factor.

    Unchecked, at every step of a run: a schedule may reach 0, and a lifted value is shaped.

    path as `path_to` finds it, once per run.
    """
    value = value_at(optimizer, path, name)
    return _changed(optimizer, path, {name: value * factor}, _placed)


def value_at(optimizer: Optimizer, path: tuple[str, ...], name: str) -> Scalar:
    """The hyper-parameter `name` of the owner at `path`."""
    return getattr(_at(optimizer, path), name)


def _checked(optimizer, fields):
    """With its __post_init__, as if typed anew."""
    return dataclasses.replace(optimizer, **fields)


def _placed(optimizer, fields):
    """Unchecked, without __post_init__: a shape or a 0 that construction would refuse is meant."""
    # of a copy: a frozen dataclass refuses assignment, object.__setattr__ does not ask it
    changed = copy.copy(optimizer)
    for name, value in fields.items():
        object.__setattr__(changed, name, value)
    return changed


def _changed(optimizer, path, fields, replace):
    """The parts along the path are made anew, from the inside outwards; nothing is modified."""
    if not path:
        return replace(optimizer, fields)
    inside = _changed(getattr(optimizer, path[0]), path[1:], fields, replace)
    return replace(optimizer, {path[0]: inside})


def _at(optimizer, path):
    for name in path:
        optimizer = getattr(optimizer, name)
    return optimizer


def _owner(optimizer, name):
    """The path to the one owner; TypeError for none and for several."""
    found = _owners(optimizer, name)
    if len(found) == 1:
        return found[0]
    # none or several: the message says what was searched
    where = _described(optimizer)
    if not found:
        raise TypeError(
            f"there is no {name} in {where}; there is "
            f"{', '.join(_names(optimizer)) or 'nothing to set'}"
        )
    told = " and ".join(
        f"{'.'.join(path)} ({type(_at(optimizer, path)).__name__})" for path in found
    )
    raise TypeError(f"{name} in {where} may be that of {told}: change the part by itself")


def _owners(optimizer, name) -> list[tuple[str, ...]]:
    """The paths to the deepest owners of a name, see `with_`."""
    for group in _groups(optimizer, name):
        found = [
            (part, *path) for part in group for path in _owners(getattr(optimizer, part), name)
        ]
        # the first group that has the name decides; methods come before other parts
        if found:
            return found
    return [()] if name in getattr(optimizer, "__dataclass_fields__", ()) else []


def _groups(optimizer, name=""):
    """The dataclasses inside, in the order in which they are searched: whom the wrapper names for
    this, methods, other parts."""
    parts = [
        part
        for part in getattr(optimizer, "__dataclass_fields__", ())
        if _is_part(getattr(optimizer, part))
    ]
    # two methods side by side have the same names: the wrapper says whose is meant
    named = getattr(optimizer, "leads", {}).get(name)
    methods = [part for part in parts if hasattr(getattr(optimizer, part), "step")]
    return [named] if named else [], methods, [part for part in parts if part not in methods]


def _is_part(value):
    """A dataclass instance: a method, penalty, tracker or schedule; not a class or a number."""
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _names(optimizer) -> list[str]:
    """Each once, in the order of the fields, depth first."""
    names: list[str] = []
    for field in getattr(optimizer, "__dataclass_fields__", ()):
        value = getattr(optimizer, field)
        names += _names(value) if _is_part(value) else [field]
    return list(dict.fromkeys(names))


def _described(optimizer):
    """As a user would type it, without the values: Scheduled(Regularized(Adam))."""
    inside = [
        _described(getattr(optimizer, name)) for group in _groups(optimizer) for name in group
    ]
    return (
        f"{type(optimizer).__name__}({', '.join(dict.fromkeys(inside))})"
        if inside
        else type(optimizer).__name__
    )

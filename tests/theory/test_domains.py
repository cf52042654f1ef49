"""Every public function of theory, exact, linalg, modes, quadrature answers a number or refuses by
name.

Malformed calls are generated from the valid ones in domain_examples: one parameter at a time
becomes NaN, infinite, complex, text, None, empty, ragged, of another shape, negative, zero, huge
or tiny. The answer is then free of NaN, or a ValueError or TypeError of ours, in one line that
names the parameter.
"""

import importlib
import inspect
import pkgutil
import re
import warnings

import numpy as np
import pytest
from domain_examples import BEHIND_EXACT, DATA, EXAMPLES
from sympy import Expr

import lab.exact
import lab.theory
from lab.exact import EXACT

NAN, INF = np.nan, np.inf
MODULES = ["linalg", "modes", "quadrature", "spectra", "instruments.two_cycle"] + [
    module.name.removeprefix("lab.")
    for package in (lab.theory, lab.exact)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
]

# What a refusal may call the parameter besides its name.
ALIASES = {"instance": ("objective", "theta")}
ALIASES |= dict.fromkeys(("objective", "optimizer"), ("no closed form for",))
# Not numbers: a decorator's or a formula's argument, which is called before it can be looked at,
# and one-line formulas of arrays that have no domain.
UNCHECKED = {"even.f", "transposed.x", "density.z", "ratio.a", "ratio.b", "ratio.otherwise"}
UNCHECKED |= {"vecmat.x", "vecmat.a", "weight.z"}
UNCHECKED |= {"momentum_coefficient.name", "exact.theta"}  # start_point has the tests of theta


def public_functions(module):
    """(name, function) of a module of the lab, without what only `exact` calls."""
    solvers = {f.__name__ for f in EXACT.values() if f.__module__ == f"lab.{module}"}
    hidden = BEHIND_EXACT.get(module, set()) | solvers
    found = importlib.import_module(f"lab.{module}")
    for name, f in vars(found).items():
        own = inspect.isfunction(f) and f.__module__ == found.__name__
        if own and not name.startswith("_") and name not in hidden:
            yield name, f


CASES = [(module, name, f) for module in MODULES for name, f in public_functions(module)]


def test_every_public_function_has_an_example():
    missing = [f"{m}.{name}" for m, name, _ in CASES if name not in EXAMPLES.get(m, {})]
    assert not missing, f"add a valid call to tests/support/domain_examples.py: {missing}"


MALFORMED = {
    "None": None,
    "text": "text",
    "an object": object(),
    "complex": 1 + 1j,
    "NaN": NAN,
    "inf": INF,
    "-inf": -INF,
    "ragged": [[1.0], [1.0, 2.0]],
    "empty": [],
    "empty matrix": np.ones((0, 0)),
    "four axes": np.ones((1, 2, 3, 4)),
}
# no number at all: the message must name this very parameter
FOREIGN = ("None", "text", "an object", "complex", "NaN", "inf", "-inf", "ragged")
NUMBERS = {
    "zero": 0.0,
    "negative": -1.0,
    "one": 1,
    "two": 2,
    "half": 0.5,
    "nine": 9,
    "huge": 1e300,
    "huge negative": -1e300,
    "tiny": 1e-300,
    "an array": np.array([0.5, 2.0]),
    "true": True,
}


def altered(example):
    """(kind, value): malformed values in place of a valid one."""
    yield from MALFORMED.items()
    yield from NUMBERS.items()
    if not isinstance(example, (np.ndarray, list)):
        return

    array = np.array(example)
    for kind, entry in (("NaN", NAN), ("inf", INF), ("negative", -1.0), ("zero", 0.0)):
        spoilt = array.astype(float)
        spoilt.flat[0] = entry
        yield f"{kind} entry", spoilt

    yield "complex entries", array * 1j
    yield "text entries", array.astype(str)
    yield "zeros", 0 * array
    yield "negative of it", -array
    yield "huge entries", array * 1e300
    yield "tiny entries", array * 1e-300
    yield "too short", array[:-1]
    yield "too long", np.concatenate([array, array[:1]])
    yield "one more axis", array[None]
    yield "two runs", np.stack([array, array])
    yield "n = 1", array[(slice(1),) * array.ndim]
    yield "n = 2", array[(slice(2),) * array.ndim]
    yield "a scalar", array.flat[0]


def shrunk(example, n):
    """All arrays of a call cut to n, for n = 1 and 2."""
    cut = {}
    for name, x in example.items():
        array = isinstance(x, np.ndarray)
        cut[name] = x[(slice(n),) * x.ndim] if array else x
    return cut


def numbers_in(answer):
    """All arrays of an answer."""
    if isinstance(answer, (tuple, list)):
        return [array for part in answer for array in numbers_in(part)]
    if isinstance(answer, Expr):
        # one with symbols left is no number
        return [np.asarray(float(answer))] if answer.is_number else []
    if hasattr(answer, "series"):
        return list(answer.series.values())
    array = np.asarray(getattr(answer, "q", answer))
    return [array] if array.dtype.kind == "f" else []


def verdict(f, call, changed, kind):
    """None, or what is wrong with the answer to a call in which one parameter was changed."""
    data = f"{f.__name__}.{changed}" in DATA
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            if data:
                warnings.simplefilter("ignore", RuntimeWarning)
            answer = f(**call)
    except (ValueError, TypeError) as error:
        said = str(error)
        ours = type(error) in (ValueError, TypeError) and "\n" not in said
        names = {changed, *ALIASES.get(changed, ())}
        if kind not in FOREIGN:
            names |= set(call)  # which of two shapes is the wrong one is a matter of taste
        named = any(re.search(rf"\b{name}\b", said, re.IGNORECASE) for name in names)
        return None if ours and named else f"{type(error).__name__}: {said}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"

    silent = not data and any(np.isnan(array).any() for array in numbers_in(answer))
    return f"NaN: {answer}" if silent else None


@pytest.mark.parametrize(("module", "name", "f"), CASES, ids=[f"{m}.{n}" for m, n, _ in CASES])
def test_answers_or_refuses(module, name, f):
    """One parameter at a time, and everything at n = 1 and n = 2."""
    example = EXAMPLES[module][name]
    assert set(example) <= set(inspect.signature(f).parameters)
    assert verdict(f, example, "", "valid") is None

    wrong = []
    for changed, valid in example.items():
        if f"{name}.{changed}" in UNCHECKED:
            continue
        for kind, value in altered(valid):
            told = verdict(f, {**example, changed: value}, changed, kind)
            if told is not None:
                wrong.append(f"{changed}, {kind}: {told}")
    for n in (1, 2):
        told = verdict(f, shrunk(example, n), "", "n")
        if told is not None:
            wrong.append(f"n = {n}: {told}")
    assert not wrong, f"{module}.{name}\n" + "\n".join(wrong)

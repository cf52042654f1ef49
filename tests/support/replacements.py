"""What is put in the place of a valid argument: malformed, extreme and valid values, by the kind of
the argument.
"""

from __future__ import annotations

from typing import Any

import numpy as np

NAN = float("nan")
INF = float("inf")


def _nothing() -> dict[str, Any]:
    """No numbers at all."""
    return {
        "text": "three",
        "digits": "3",
        "empty text": "",
        "bytes": b"3",
        "a dictionary": {"a": 1.0},
        "a set": {1.0},
        "an object": object(),
        "a class": float,
        "a function": len,
        "a generator": (x for x in ()),
        "complex": 1.0 + 1.0j,
        "list of text": ["a", "b"],
        "list of None": [None, None],
        "ragged": [[1.0, 2.0], [3.0]],
        "complex array": np.array([1j, 2.0]),
        "text array": np.array(["a", "b"]),
        "object array": np.array([1.0, None], dtype=object),
        "date": np.array(["2020-01-01"], dtype="datetime64[D]"),
        "structured": np.zeros(2, dtype=[("a", float)]),
        "masked": np.ma.masked_array([1.0, 2.0], mask=[True, False]),
        "masked number": np.ma.masked,
        "None": None,
    }


def replacements(value) -> dict[str, dict[str, Any]]:
    """Kind -> label -> value: malformed, extreme, valid."""
    if isinstance(value, (bool, np.bool_)):
        return {"malformed": _no_flag(), "valid": {"numpy": np.bool_(value)}}
    if isinstance(value, (int, np.integer)):
        return _for_integer(int(value))
    if isinstance(value, (float, np.floating)):
        return _for_number(float(value))
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        return _for_array(value)
    if isinstance(value, str):
        wrong = {"nonsense": "nonsense", "empty": "", "number": 1, "None": None, "flag": True}
        more = {"bytes": value.encode(), "capitals": value.swapcase(), "list": [value], "nan": NAN}
        return {"malformed": wrong | more}
    return {"malformed": _no_thing(value)}


def _no_flag():
    return {
        "text": "false",
        "empty text": "",
        "one": 1,
        "zero": 0,
        "float": 1.0,
        "nan": NAN,
        "None": None,
        "list": [True],
        "empty list": [],
        "array": np.array([True, False]),
        "object": object(),
    }


def _no_thing(value):
    """In place of an optimizer, an objective, a basis ..."""
    return {
        "number": 1.0,
        "text": "Adam",
        "empty text": "",
        "list": [],
        "dictionary": {},
        "None": None,
        "flag": True,
        "its class": type(value),
        "object": object(),
        "nan": NAN,
        "array": np.ones(2),
    }


def _for_integer(value):
    wrong = _nothing() | {
        "flag": True,
        "half": value + 0.5,
        "nan": NAN,
        "inf": INF,
        "negative": -1,
        "very negative": -(2**62),
        "empty": [],
        "empty array": np.zeros(0, int),
        "several": np.array([1, 2, 3]),
    }
    huge = {"huge": 2**40, "huger": 2**62, "beyond": 10**30}
    return {"malformed": wrong, "extreme": huge, "valid": {"numpy": np.int64(value)}}


def _for_number(value):
    wrong = _nothing() | {
        "flag": True,
        "nan": NAN,
        "inf": INF,
        "minus inf": -INF,
        "numpy nan": np.float64(NAN),
        "nan array": np.array([NAN, 1.0]),
        "empty": [],
        "empty array": np.zeros(0),
    }
    far = {"huge": 1e308, "minus huge": -1e308, "tiny": 5e-324, "zero": 0.0, "minus zero": -0.0}
    more = {"minus one": -1.0, "large": 1e20, "small": 1e-20, "integer beyond": 10**30}
    same = {
        "float32": np.float32(value),
        "zero-dimensional": np.array(value),
        "numpy": np.float64(value),
    }
    return {"malformed": wrong, "extreme": far | more, "valid": same}


def _for_array(value):
    x = value.astype(float)
    same = {
        "float32": x.astype(np.float32),
        "list": x.tolist(),
        "tuple": tuple(x.tolist()) if x.ndim else x.item(),
        "read-only": _read_only(x),
        "not contiguous": np.repeat(x, 2, axis=-1)[..., ::2],
        "Fortran": np.asfortranarray(x),
    }
    return {"malformed": _no_array(x), "extreme": _far(x), "valid": same}


def _no_array(x):
    return _nothing() | {
        "flag": True,
        "flags": np.ones(x.shape, bool),
        "nan": _with_first(x, NAN),
        "all nan": np.full(x.shape, NAN),
        "inf": _with_first(x, INF),
        "minus inf": _with_first(x, -INF),
        "empty": [],
        "empty array": np.zeros(0),
        "no rows": np.zeros((0, *x.shape[1:])),
        "masked entry": np.ma.masked_array(x, mask=x == x.flat[0]),
        "complex entries": x + 1j,
        "text entries": x.astype(str),
        "object entries": np.array([None] * x.size, dtype=object).reshape(x.shape),
    }


def _far(x):
    return {
        "huge": x * 1e300,
        "tiny": x * 1e-300,
        "zeros": x * 0,
        "minus": -x,
        "huge entry": _with_first(x, 1e308),
        "more axes": x[None, None],
        "longer": np.concatenate([x, x]),
        "a number": 1.0,
    }


def _with_first(x, entry):
    other = x.copy()
    other.flat[0] = entry
    return other


def _read_only(x):
    other = x.copy()
    other.flags.writeable = False
    return other

"""NPZ files made from kinds of damage, like the text files of malformed.py."""

import io

import numpy as np
from malformed import Case, drawn, text


def npz(**arrays):
    raw = io.BytesIO()
    np.savez(raw, **arrays)
    return raw.getvalue()


def pair(rng, m=24):
    return {"x": rng.standard_normal((m, 3)), "grade": np.arange(m) % 2}


def cut_npz(rng):
    whole = npz(**pair(rng))
    return Case(
        whole[: int(rng.integers(1, len(whole) - 30))],
        ("not a readable NPZ file", "numpy.savez"),
        "t.npz",
    )


def damaged_npz(rng):
    """A byte of the stored numbers is another: the archive's checksum does not fit."""
    whole = bytearray(npz(**pair(rng)))
    whole[200 + int(rng.integers(300))] ^= 0x55
    return Case(bytes(whole), ("array 'x' cannot be read", "numpy.savez"), "t.npz")


def wrong(array, *said):
    """An array that is no column, beside a good pair."""
    return lambda rng: Case(npz(**pair(rng), extra=array(rng)), ("array 'extra'", *said), "t.npz")


def parts(rng):
    arrays = pair(rng)
    both = {
        "x_train": arrays["x"],
        "x_test": arrays["x"][:, : int(rng.integers(1, 3))],
        "grade_train": arrays["grade"],
    }
    return Case(
        npz(**both, grade_test=arrays["grade"]),
        ("x_train, x_test", "do not fit", "--target"),
        "t.npz",
    )


def hole(rng):
    arrays = pair(rng)
    row = int(rng.integers(24))
    arrays["x"][row, 1] = np.nan
    return Case(npz(**arrays), (r"'x\[1\]', row " + str(row + 1), "--missing drop"), "t.npz")


NPZ_KINDS = {
    "cut": cut_npz,
    "damaged": damaged_npz,
    "no archive": lambda rng: Case(
        text(drawn(rng)).encode(), ("not a readable NPZ file", "numpy.savez"), "t.npz"
    ),
    "objects": wrong(lambda rng: np.array([{}] * 24, dtype=object), "save numbers"),
    "complex": wrong(lambda rng: 1j * np.ones(24), "complex128", "--drop 'extra'"),
    "scalar": wrong(lambda rng: np.float64(rng.normal()), r"shape \(\)", "--drop 'extra'"),
    "images": wrong(
        lambda rng: rng.standard_normal((24, 2, 2)), r"shape \(24, 2, 2\)", "--drop 'extra'"
    ),
    "other rows": wrong(
        lambda rng: rng.standard_normal(int(rng.integers(1, 24))), "24 examples", "--drop 'extra'"
    ),
    "more rows": wrong(lambda rng: rng.standard_normal(25), "24 examples", "--drop 'extra'"),
    "no columns": wrong(lambda rng: np.ones((24, 0)), r"shape \(24, 0\)", "--drop 'extra'"),
    "hole": hole,
    "parts": parts,
    "matrix": lambda rng: Case(
        npz(x=rng.standard_normal((24, 3)), grade=np.eye(24)), ("grade is a matrix",), "t.npz"
    ),
    "empty": lambda rng: Case(npz(), ("no arrays", "numpy.savez"), "t.npz"),
    "no rows": lambda rng: Case(npz(grade=np.ones(0)), ("no data rows",), "t.npz"),
}

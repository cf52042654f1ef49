"""Tables made from kinds of damage: each kind is a function of a random generator, and says what
the reader must answer.

A kind returns a Case. Numbers are drawn with three decimals or more, names are NAMES, the target is
"grade".
"""

import gzip
import io
import zipfile
from typing import NamedTuple

import numpy as np

NAMES = ("width", "depth", "mass", "grade")


class Case(NamedTuple):
    """The bytes of a file, its name, and the patterns that the one line must contain (place,
    remedy)."""

    content: bytes
    said: tuple[str, ...]
    name: str = "t.csv"


def drawn(rng, rows=24):
    """Cells (rows, 4): three features of random numbers and a target of zeros and ones."""
    cells = [[f"{x:.3f}" for x in row] for row in rng.standard_normal((rows, 3))]
    return [[*row, str(k % 2)] for k, row in enumerate(cells)]


def text(cells, names=NAMES, separator=","):
    return "\n".join(separator.join(row) for row in [names, *cells]) + "\n"


def spot(rng, cells, columns=3):
    """A row and a column at random, and the pattern of its place."""
    row, column = int(rng.integers(len(cells))), int(rng.integers(columns))
    return row, column, f"{NAMES[column]!r}.*line {row + 2}\\b"


def with_cell(rng, value, *said):
    """One cell of a feature is this instead."""
    cells = drawn(rng)
    row, column, place = spot(rng, cells)
    cells[row][column] = value
    return Case(text(cells).encode(), (place, *said))


def with_column(rng, make, *said):
    """One feature is made anew, from its number of rows."""
    cells = drawn(rng)
    column = int(rng.integers(3))
    for row, value in zip(cells, make(len(cells)), strict=True):
        row[column] = value
    return Case(text(cells).encode(), (NAMES[column], *said))


def one_of(*values):
    return lambda rng: values[rng.integers(len(values))]


PYTHON_ONLY = one_of("1_0", "2019_1", "1_000.5", "0x1f", "1e1_0", "\uff11\uff12", "\u0661", "1j")
OTHER_SPELLINGS = one_of("1.5f", "0b1", "1d3", "--1", "1e", "$5", "5%", "1 000", "1'000", "#1")
ABSENT = one_of("", " ", "NA", "N/A", "n/a", "?", "null", "NULL", "nan", "NaN", "None", "-", "#N/A")
ENDLESS = one_of("inf", "-inf", "Infinity", "1e999", "-1e400")


def ragged(rng):
    cells = drawn(rng)
    row = int(rng.integers(len(cells)))
    cells[row] = cells[row] + ["1"] if rng.random() < 0.5 else cells[row][:-1]
    return Case(
        text(cells).encode(),
        (f"line {row + 2} has {len(cells[row])} values, the header has 4", "mend"),
    )


def mixed_separators(rng):
    rows = text(drawn(rng)).splitlines()
    k = int(rng.integers(1, len(rows)))
    rows[k] = rows[k].replace(",", one_of(";", "\t", "|")(rng))
    return Case("\n".join(rows).encode(), (f"line {k + 1} has 1 values", "use one separator"))


def mixed_decimals(rng):
    cells = drawn(rng)
    row, column, place = spot(rng, cells)
    cells[row][column] = cells[row][column].replace(".", ",")
    return Case(
        text(cells, separator=";").encode(),
        (place, "decimal comma and .* decimal point", "use one"),
    )


def thousands(rng):
    cells = [
        [f"{k + 1},{n:03d}", "5", "1", str(k % 2)]
        for k, n in enumerate(rng.integers(1000, size=24))
    ]
    return Case(
        text(cells, separator=";").encode(),
        ("'width', line 2", r"may be 1\.\d{3} or 1\d{3}", "without a comma"),
    )


def two_separators(rng):
    rows = [f"{k};{n},{k}" for k, n in enumerate(rng.integers(9, size=24))]
    return Case("\n".join(["a;b,grade", *rows]).encode(), ("line 1", "comma or semicolon", "quote"))


def open_quote(rng):
    cells = drawn(rng)
    row, column, _ = spot(rng, cells)
    cells[row][column] = '"' + cells[row][column]
    return Case(text(cells).encode(), (f"line {row + 2}", "mend the quotes"))


def cut_row(rng):
    """The file ends within a row: at least one separator is lost."""
    whole = text(drawn(rng))
    last = whole.rstrip("\n").rindex("\n") + 1
    end = int(rng.integers(last + 1, whole.rindex(",") + 1))
    return Case(whole[:end].encode(), ("line 25 has", "mend"))


def cut_gzip(rng):
    whole = gzip.compress(text(drawn(rng)).encode(), mtime=0)
    return Case(
        whole[: int(rng.integers(3, len(whole) - 1))], ("gzip", "compress it again"), "t.csv.gz"
    )


def damaged_gzip(rng):
    whole = bytearray(gzip.compress(text(drawn(rng)).encode(), mtime=0))
    whole[-8 + int(rng.integers(4))] ^= 0x55  # the checksum
    return Case(bytes(whole), ("gzip", "compress it again"), "t.csv.gz")


def latin(rng):
    cells = drawn(rng)
    row, column, _ = spot(rng, cells)
    cells[row][column] = "h\xf6he"
    return Case(
        text(cells).encode("latin-1"), (f"line {row + 2} has byte 0xf6", "save the file as UTF-8")
    )


def mixed_encodings(rng):
    whole = text(drawn(rng)).encode()
    at = whole.index(b"\n") + 1
    return Case(
        b"\xef\xbb\xbf" + whole[:at] + whole[at:].decode().encode("utf-16-le"), ("line 2", "UTF-8")
    )


def unmarked_utf16(rng):
    return Case(
        text(drawn(rng)).encode("utf-16-le"), ("line 1 has a zero byte", "save the table as CSV")
    )


def spreadsheet(rng):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as file:
        file.writestr("sheet1.xml", text(drawn(rng)))
    return Case(raw.getvalue(), ("zip archive", "save the table as CSV"))


def noise(rng):
    raw = bytes([0x89, 0xFF]) + rng.bytes(200)
    return Case(raw, ("line 1 has byte 0x89", "UTF-8"))


def same_name(rng):
    a, b = sorted(rng.choice(4, 2, replace=False))
    names = list(NAMES)
    names[a] = names[b]
    return Case(
        text(drawn(rng), names).encode(),
        ("line 1", f"columns {a + 1} and {b + 1} have the same name {names[b]!r}", "rename"),
    )


def no_header(rng):
    return Case(
        "\n".join(",".join(row) for row in drawn(rng)).encode(), ("line 1", "needs a header line")
    )


def no_name(rng):
    column = int(rng.integers(3))
    names = [name if k != column else "" for k, name in enumerate(NAMES)]
    return Case(
        text(drawn(rng), names).encode(),
        (f"column {column + 1} has no name", "name it in the header"),
    )


def row_names(rng):
    cells = [[f"r{k}", *row] for k, row in enumerate(drawn(rng))]
    return Case(text(cells).encode(), ("line 2 has 5 values", "name their first column"))


def no_rows(rng):
    content = one_of(b"", b"\n\n", b"width,grade\n", b"width,grade", b"\xef\xbb\xbf")(rng)
    return Case(content, ("no data rows", "header line and at least one row"))


def no_target(rng):
    names = [*NAMES[:3], "label"]
    return Case(
        text(drawn(rng), names).encode(),
        (r"no column 'grade' \(target\)", "it has width, depth, mass, label"),
    )


def nearly(value, ulps):
    """A column of `value` and its neighbours."""

    def column(rows):
        steps = value + np.spacing(value) * (np.arange(rows) * 7 % (ulps + 1))
        return [repr(float(x)) for x in steps]

    return column


def doubled(rng):
    cells = [[row[0], row[1], row[0], row[3]] for row in drawn(rng)]
    return Case(text(cells).encode(), ("'mass' is equal to 'width'", "--drop mass"))


def target_of(cells, *said):
    def kind(rng):
        rows = [[*row[:3], cells(k)] for k, row in enumerate(drawn(rng))]
        return Case(text(rows).encode(), ("target 'grade'", *said))

    return kind


TEXT_KINDS = {
    "python's spelling": lambda rng: with_cell(rng, PYTHON_ONLY(rng), "must be a number", "--drop"),
    "other spelling": lambda rng: with_cell(
        rng, OTHER_SPELLINGS(rng), "must be a number", "--drop"
    ),
    "missing cell": lambda rng: with_cell(
        rng, ABSENT(rng), "missing values in 1 of 24 rows", "--missing drop"
    ),
    "infinite": lambda rng: with_cell(rng, ENDLESS(rng), "not finite", "--drop"),
    "word among numbers": lambda rng: with_cell(
        rng, one_of("low", "yes", "True", "x1")(rng), "must be a number"
    ),
    "codes": lambda rng: with_column(
        rng, lambda m: [f"{2000 + k}_{k % 4}" for k in range(m)], "is text", "line 2", "--drop"
    ),
    "words": lambda rng: with_column(
        rng, lambda m: [["red", "green", "blue"][k % 3] for k in range(m)], "is text", "3 different"
    ),
    "all missing": lambda rng: with_column(
        rng, lambda m: [ABSENT(rng)] * m, "missing in every row", "--drop"
    ),
    "constant": lambda rng: with_column(
        rng, lambda m: [repr(float(rng.normal()))] * m, "is constant", "--drop"
    ),
    "nearly constant": lambda rng: with_column(
        rng, nearly(10 ** rng.uniform(-9, 9), 3), "is constant", "--drop"
    ),
    "equal columns": doubled,
    "ragged": ragged,
    "mixed separators": mixed_separators,
    "mixed decimals": mixed_decimals,
    "thousands": thousands,
    "two separators": two_separators,
    "open quote": open_quote,
    "cut row": cut_row,
    "cut gzip": cut_gzip,
    "damaged gzip": damaged_gzip,
    "latin-1": latin,
    "mixed encodings": mixed_encodings,
    "utf-16 without mark": unmarked_utf16,
    "spreadsheet": spreadsheet,
    "noise": noise,
    "same name": same_name,
    "no header": no_header,
    "no name": no_name,
    "row names": row_names,
    "no rows": no_rows,
    "no target": no_target,
    "target of dates": target_of(lambda k: f"2024-01-{k + 1:02d}", "is a date", "--target"),
    "target half words": target_of(
        lambda k: "1" if k % 2 else "sick", "is 'sick' in line 2", "--target"
    ),
    "target missing": target_of(lambda k: "NA", "is missing in every row", "--target"),
    "target infinite": target_of(
        lambda k: "inf" if k == 5 else "1", "is not finite in line 7", "--target"
    ),
}

"""Text files as rows of cells: decompressed, decoded, and cut at a separator that the file itself
shows.

Nothing is guessed that the file does not settle. The encoding is UTF-8 or that of its byte order
mark; a byte that is neither is named by its line. The separator is the one of comma, semicolon, tab
and bar that cuts the first SNIFFED rows into equally many cells; if two do, each would read another
table, and the file is refused. Sizes are bounded before anything is parsed: a gzip file of a
megabyte may unpack to one of a gigabyte.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

# a cell of text takes some 60 bytes in memory: a file of this size about 4 GiB
LARGEST = 2**28

# Rows by which the separator is found: a mistake further down is one of that row.
SNIFFED = 50

ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Sheet(NamedTuple):
    """Columns as they stand in a file: text cells, or arrays of numbers.

    names: one per column, "" where there is none. columns: of m entries each. places: what to
    call each row in a message, "line 7" or "row 3". notes: how the file was read, for the
    person whose file it is.
    """

    names: tuple[str, ...]
    columns: tuple[Sequence[str] | np.ndarray, ...]
    places: Sequence[str]
    notes: tuple[str, ...] = ()


class Row(NamedTuple):
    """A record and the line it begins on."""

    line: int
    cells: list[str]


def sheet(path: Path) -> Sheet:
    """The columns of a text file with a header line, plain or compressed with gzip, in UTF-8 or
    UTF-16 with its mark.

    Blank lines are left out; blanks in names are one each. ValueError, in one line that names
    file, place and remedy, for anything else: ragged rows, quotes that don't close, names that
    occur twice, no header, no rows.

    Cells stay text, as they stand: what they mean is asked by `cells`, with one decimal mark for
    the file. A note says which separator was found, but for the comma.
    """
    text = decoded(path, contents(path))
    separator = sniffed(path, text)
    records = rows(path, text, separator)
    if len(records) < 2:
        raise ValueError(f"{path} has no data rows: needs a header line and at least one row")

    names = tuple(" ".join(cell.split()) for cell in records[0].cells)
    body = records[1:]
    _check_header(path, names, records[0].line)
    _check_widths(path, body, len(names))

    columns = tuple(zip(*(row.cells for row in body), strict=True))
    notes = (
        () if separator == "," or len(names) == 1 else (f"separated by {SEPARATORS[separator]}",)
    )
    return Sheet(names, columns, [f"line {row.line}" for row in body], notes)


def contents(path: Path) -> bytes:
    """The bytes of a file, decompressed if they begin as gzip does, whatever the file is
    called.

    ValueError when it is no file, cannot be read, is cut short, or holds more than LARGEST
    bytes.
    """
    if not path.is_file():
        raise ValueError(
            f"{path} is a folder: name a file in it" if path.is_dir() else f"{path}: no such file"
        )
    try:
        with path.open("rb") as file:
            # one byte more than allowed tells a file of that size from a larger one
            raw = file.read(LARGEST + 1)
        if raw.startswith(b"\x1f\x8b"):
            with gzip.open(io.BytesIO(raw), "rb") as file:
                raw = file.read(LARGEST + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise ValueError(
            f"{path} is a gzip file that is damaged or cut short: compress it again"
        ) from None
    except OSError as reason:
        raise ValueError(f"{path} cannot be read: {reason.strerror}") from None
    if len(raw) > LARGEST:
        raise ValueError(
            f"{path} has more than {LARGEST // 2**20} MiB of text: save it as NPZ, "
            "or use fewer rows"
        )
    return raw


def decoded(path: Path, raw: bytes) -> str:
    """The text: UTF-8, or what its byte order mark says (UTF-8, UTF-16 of either order),
    without the mark.

    ValueError for a zip archive, for the first byte that is not text in that encoding, by its
    line, and for a zero byte, which no table has.
    """
    # what spreadsheets save, whatever they call it
    if raw.startswith(b"PK\x03\x04"):
        raise ValueError(
            f"{path} is a zip archive, not text (a spreadsheet?): save the table as CSV"
        )
    encoding = next((name for mark, name in ENCODINGS if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as reason:
        line = raw[: reason.start].count(b"\n") + 1
        byte = raw[reason.start]
        raise ValueError(
            f"{path}, line {line} has byte 0x{byte:02x}, which is not {encoding.upper()}: "
            "save the file as UTF-8"
        ) from None
    # UTF-16 without its mark is such text
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ValueError(
            f"{path}, line {line} has a zero byte: this is no text file in UTF-8; "
            "save the table as CSV in UTF-8"
        )
    return text


def sniffed(path: Path, text: str) -> str:
    """The separator that cuts the first rows into equally many cells, two or more; else the one
    that cuts the header into most.

    A file of one column has none, and is read with the comma. ValueError when two separators
    do, since each would read another table.

    "a;b", "1,5;2" is cut by the semicolon: the comma cuts the header into one cell and the row into
    two. "a,b;c", "1,2;3" is cut evenly by both, and refused.
    """
    widths = {separator: _first_widths(text, separator) for separator in SEPARATORS}
    even = [
        separator for separator, found in widths.items() if len(set(found)) == 1 and found[0] > 1
    ]
    if len(even) > 1:
        called = " or ".join(SEPARATORS[separator] for separator in even)
        raise ValueError(
            f"{path}, line 1: the separator could be {called}; "
            "quote the cells that contain one of them"
        )
    return even[0] if even else max(SEPARATORS, key=lambda separator: widths[separator][:1])


def _first_widths(text, separator):
    """The number of cells of the first rows; what is no CSV with this separator ends the list
    after the header.
    """
    found = []
    try:
        for cells in islice(
            csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), SNIFFED
        ):
            if any(cell.strip() for cell in cells):
                found.append(len(cells))
    except csv.Error:
        return found[:1]
    return found


def rows(path: Path, text: str, separator: str) -> list[Row]:
    """The records that are not blank, with the line on which each begins: a cell in quotes may
    go on over several lines.

    ValueError for quotes that don't close, and for a cell of more than 128 KiB, the limit of
    the csv module. The line named is that on which the record with the fault begins.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found, line = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append(Row(line, cells))
            line = reader.line_num + 1
    except csv.Error as reason:
        raise ValueError(f"{path}, line {line}: {reason}; mend the quotes there") from None
    return found


def _check_header(path, names, line):
    """ValueError for a name that occurs twice, and for a first line of numbers, which is data.

    Empty names may occur more than once: their columns are called by number.
    """
    twice = [name for name, count in Counter(names).items() if count > 1 and name]
    if twice:
        at = [k + 1 for k, name in enumerate(names) if name == twice[0]]
        raise ValueError(
            f"{path}, line {line}: columns {' and '.join(map(str, at))} have the same name "
            f"{twice[0]!r}: rename one"
        )

    # a frame without names writes 0, 1, 2, ...; any other row of numbers is data
    numbers = [
        re.fullmatch(r"[+-]?[\d.,]*\d[\d.,]*(e[+-]?\d+)?", name, re.IGNORECASE) for name in names
    ]
    if all(numbers) and names != tuple(map(str, range(len(names)))):
        raise ValueError(
            f"{path}, line {line} has numbers only: "
            "needs a header line with the names of the columns"
        )


def _check_widths(path, body, width):
    """ValueError for the first row with more or fewer cells than the header has names, with
    what is probably wrong with it.
    """
    wrong = next((row for row in body if len(row.cells) != width), None)
    if wrong is None:
        return
    remedy = "mend that line"
    # frames write their index so, and some programs a separator behind the last cell
    if all(len(row.cells) == width + 1 for row in body):
        remedy = (
            "all lines have one more; name their first column (row names?) in the header, or end "
            "no line with a separator"
        )
    elif width > 1 and len(wrong.cells) == 1 and any(s in wrong.cells[0] for s in SEPARATORS):
        remedy = "use one separator throughout"
    raise ValueError(
        f"{path}, line {wrong.line} has {len(wrong.cells)} values, the header has {width}: {remedy}"
    )

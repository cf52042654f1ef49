"""Tables written in the dialects of spreadsheets and programs."""

import csv
import gzip
import io


def written(tmp_path, content, name="people.csv"):
    """The path of a file with this content."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def in_dialect(
    names, numbers, *, mark=".", encoding="utf-8", compressed=False, tail="", space="", **form
):
    """A table as bytes. repr gives back the very number, also with an exponent."""
    cells = [[space + repr(float(x)).replace(".", mark) for x in row] for row in numbers]
    out = io.StringIO(newline="")
    csv.writer(out, **({"lineterminator": "\n"} | form)).writerows([[*names], *cells])
    raw = (out.getvalue() + tail).encode(encoding)
    return gzip.compress(raw) if compressed else raw

"""Files that are written whole or not at all, and what killed processes left of them.

A file is written under another name, .NAME.16 hex digits, and renamed when it is whole: a reader
sees the old one or the new one. While it is written its writer holds a lock on it, which ends with
the writer, however that ends. So a temporary that nobody locks is nobody's, and is removed.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

TEMPORARY = re.compile(r"\..+\.[0-9a-f]{16}")


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """`with written(path) as file`: path is replaced by what was written when the block ends well.

    Its folder exists. Its mode is what the umask says. OSError naming path when it can't be
    written, as on a full disk.
    """
    remove_abandoned(path.parent)
    temporary, file = _opened(path)
    try:
        with file:
            yield file
            file.flush()
            # on the disk before it has the name, or a crash leaves an empty file of that name
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as problem:
        temporary.unlink(missing_ok=True)
        # the name of the temporary would tell nobody anything, and a full disk has no name at all
        told = problem.strerror or str(problem)
        raise OSError(problem.errno, f"cannot write {path}: {told}") from problem
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def remove_abandoned(folder: Path) -> list[Path]:
    """Remove the temporaries in the folder whose writers are gone; the files removed.

    Only names of this module's form, and none that a living process has locked.
    """
    removed = []
    for path in folder.glob(".*"):
        if TEMPORARY.fullmatch(path.name) and path.is_file() and _abandoned(path):
            path.unlink(missing_ok=True)
            removed.append(path)
    return removed


def _opened(path: Path) -> tuple[Path, IO[bytes]]:
    """A new file beside path, locked. A name that is taken is OSError: 64 random bits do not
    collide.
    """
    while True:
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        file = temporary.open("xb")
        _lock(file)
        # between these two lines another process may have taken it for abandoned
        if temporary.exists():
            return temporary, file
        file.close()


def _abandoned(path: Path) -> bool:
    """A file that is gone, or can't be opened, is somebody else's business."""
    try:
        with path.open("rb") as file:
            return _lock(file)
    except OSError:
        return False


def _lock(file: IO[bytes]) -> bool:
    """Lock an open file for this process; False when another one holds it.

    Where there are no such locks, on Windows, an open file can't be removed, which serves as well.
    """
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

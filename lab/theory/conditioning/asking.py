"""Methods that know a matrix by its products alone, written as generators that ask for them.

A run yields v (n,), is sent H v, and returns its answer. So one method serves a matrix that is at
hand (`answered`), one that is known through another (`through`), and many methods at once on
matrices that are all known through the same one (`in_step`): a product with thousands of columns
takes the time in which the matrix is read, which for many vectors is done once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

import numpy as np

Run = Generator[np.ndarray, np.ndarray, Any]


def answered(
    run: Run,
    times: Callable[[np.ndarray, int], np.ndarray],
) -> Any:
    """The answer of a run whose k-th product, k = 1, 2, ..., is times(v, k)."""
    v, answer = _sent(run, None)
    k = 0
    while v is not None:
        k += 1
        v, answer = _sent(run, times(v, k))
    return answer


def through(
    run: Run,
    times: Callable[[np.ndarray], Run],
) -> Run:
    """A run that asks for H v, as one that asks for products with R: times(v), itself a run,
    asks for those and returns H v."""
    v, answer = _sent(run, None)
    while v is not None:
        image = yield from times(v)
        v, answer = _sent(run, image)
    return answer


def in_step(
    matrix: np.ndarray,
    runs: Sequence[Run],
) -> list[Any]:
    """The answers of runs that all ask for products with one symmetric matrix (n, n)."""
    answers: list[Any] = [None] * len(runs)
    images: dict[int, Any] = dict.fromkeys(range(len(runs)))
    while images:
        asked = {}
        for k, image in images.items():
            v, answers[k] = _sent(runs[k], image)
            if v is not None:
                asked[k] = v
        # vectors as rows: BLAS reads the matrix once, in the order in which it is stored
        products = np.array(list(asked.values())) @ matrix if asked else ()
        images = dict(zip(asked, products, strict=True))
    return answers


def _sent(run, image) -> tuple[np.ndarray | None, Any]:
    """What a run asks for next, or None and its answer."""
    try:
        return run.send(image), None
    except StopIteration as end:
        return None, end.value

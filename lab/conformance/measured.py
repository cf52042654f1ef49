"""What can be said of a record that no alteration explains: its precision, where it parts, and
how.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lab.conformance.records import Record, agreement

SINGLE = 2.0**-23

# Digits that a run in single precision keeps of 7: rounding adds up over the steps, and cancels in
# short ones.
SINGLE_DIGITS = 4.0

# A measured ratio is told where the steps agree with it to so many digits.
RATIO_DIGITS = 6.0


def measured(record: Record, ours: np.ndarray, digits: np.ndarray, needed: float) -> str:
    """One line, "" where nothing simple is true."""
    return precision(record, ours) or _how(record, ours, digits, needed)


def start_included(record: Record, ours: np.ndarray, needed: float) -> str:
    """Whether the trajectory is one row late because it begins with theta0."""
    theirs = record.trajectory
    if len(theirs) < 2 or not np.array_equal(theirs[0], record.start):
        return ""
    shifted = agreement(ours[:-1], theirs[1:], record.start)
    if shifted.min() < needed:
        return ""
    return (
        "the trajectory is ours one step late, and its first row is theta0: leave that out, a "
        "trajectory begins after the first step; or the first call sees no gradient"
    )


def precision(record: Record, ours: np.ndarray) -> str:
    """Whether record and path agree as far as single precision, or the record's decimals, let
    them.
    """
    decimals = _decimals(record.trajectory)
    if decimals is not None and _within(ours, record, 10.0**-decimals):
        return f"agrees to all of its {decimals} decimals: use --digits for a record with so few"

    digits = agreement(ours, record.trajectory, record.start, SINGLE).min()
    if digits < SINGLE_DIGITS:
        return ""
    plain = agreement(ours, record.trajectory, record.start).min()
    stored = np.array_equal(record.trajectory, record.trajectory.astype(np.float32))
    what = "recorded in float32" if stored else "computed in part in float32"
    return f"agrees to single precision ({min(plain, digits):.1f} digits): {what}? use --digits 4"


def _decimals(trajectory):
    """The fewest decimals that hold every number, None from 10 on."""
    for decimals in range(1, 10):
        if np.array_equal(np.round(trajectory, decimals), trajectory):
            return decimals
    return None


def _within(ours, record, unit):
    # half a unit by rounding, and as much again for a program that cuts
    return np.abs(ours - record.trajectory).max() <= 1.1 * unit


def _how(record, ours, digits, needed):
    parting = int(np.argmax(digits < needed))
    event = _event(record, parting)
    when = f"agrees until {event}" if event else ""
    steps = _compared(record, ours, parting)
    return "; ".join(part for part in (when, steps) if part)


def _event(record, parting):
    """What the gradients do for the first time at the step that parts."""
    grads = record.gradients
    # the first two steps see many things for the first time
    if grads is None or parting < 2:
        return ""
    signs = np.sign(grads)
    size = np.abs(grads).max(1)
    events: dict[str, Callable] = {
        "the first gradient of zero": lambda t: not size[t],
        "the first zero in a gradient": lambda t: (grads[t] == 0).any(),
        "a gradient first changes its sign": lambda t: (signs[t] * signs[t - 1] < 0).any(),
        "a gradient is first larger than all before": lambda t: size[t] > size[:t].max(),
        "a gradient is first smaller than that before": lambda t: size[t] < size[t - 1],
    }
    for name, happens in events.items():
        first = next((t for t in range(1, len(grads)) if happens(t)), None)
        if first == parting:
            return name
    return ""


def _compared(record, ours, parting):
    """How the steps from the parting one on relate to ours."""
    mine = np.diff(np.vstack([record.start, ours]), axis=0)[parting:]
    theirs = np.diff(np.vstack([record.start, record.trajectory]), axis=0)[parting:]
    lengths = np.linalg.norm(mine, axis=1)
    others = np.linalg.norm(theirs, axis=1)
    moving = (lengths > 0) & (others > 0) & np.isfinite(lengths)
    if not moving.any():
        return "the record does not move" if not others.any() else ""

    mine, theirs = mine[moving], theirs[moving]
    lengths, others = lengths[moving], others[moving]
    slack = 10.0**-RATIO_DIGITS
    cosine = (mine * theirs).sum(1) / (lengths * others)
    ratio = others / lengths
    if (np.abs(cosine) > 1 - slack**1.5).all() and (np.sign(cosine) == np.sign(cosine[0])).all():
        return _lengths(np.sign(cosine[0]) * ratio, parting, slack)
    if np.allclose(ratio, 1.0, rtol=slack):
        return "the steps are as long as ours, their directions differ"
    return ""


def _lengths(ratio, parting, slack):
    if np.allclose(ratio, ratio[0], rtol=slack):
        return f"from step {parting + 1} on every step is {ratio[0]:.6g} of ours"
    first = f"{ratio[0]:.4g} of ours at step {parting + 1}"
    return f"directions agree, lengths differ: {first}, {ratio[-1]:.4g} at the last"

"""What can be said of a record that no alteration explains: its precision, where it parts, and
how.

Every sentence is a measurement, not a guess: "agrees to all of its 6 decimals" after rounding to
them, "agrees until the first gradient of zero" when the parting step is the first with one, "every
step is 0.5 of ours" when all steps from there on are. Nothing is said that holds only nearly: to
RATIO_DIGITS digits, and of every step.
"""

from __future__ import annotations

import numpy as np

from lab.conformance.records import Record, agreement

# The distance from 1 to the next number of single precision.
SINGLE = 2.0**-23

# Digits that a run in single precision keeps of 7: rounding adds up over the steps, and cancels in
# short ones.
SINGLE_DIGITS = 4.0

# A measured ratio is told where the steps agree with it to so many digits.
RATIO_DIGITS = 6.0


def measured(record: Record, ours: np.ndarray, digits: np.ndarray, needed: float) -> str:
    """One line, "" where nothing simple is true.

    ours (T, N): our path. digits (T,): its agreement with the record; needed: those asked for.
    """
    return precision(record, ours) or _how(record, ours, digits, needed)


def start_included(record: Record, ours: np.ndarray, needed: float) -> str:
    """Whether the trajectory is one row late because it begins with theta0: what to say, or "".

    In an open loop only: then the other rows are ours, one step before, to the digits asked for.
    """
    theirs = record.trajectory
    begins = np.array_equal(theirs[0], record.start)
    if not begins or len(theirs) < 2:
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
    them: what to say, or "".

    Of numbers that are those of single precision, "recorded in float32?"; of others with so few
    digits, "computed in part" in it.
    """
    theirs = record.trajectory
    decimals = _decimals(theirs)
    if decimals is not None and _within(ours, record, 10.0**-decimals):
        return f"agrees to all of its {decimals} decimals: use --digits for a record with so few"

    single = agreement(ours, theirs, record.start, SINGLE).min()
    if single < SINGLE_DIGITS:
        return ""
    double = agreement(ours, theirs, record.start).min()
    digits = min(double, single)
    stored = np.array_equal(theirs, theirs.astype(np.float32))
    what = "recorded in float32" if stored else "computed in part in float32"
    return f"agrees to single precision ({digits:.1f} digits): {what}? use --digits 4"


def _decimals(trajectory):
    """The fewest decimals that hold every number of the trajectory, None from 10 on: a record
    with so many says enough by its digits.
    """
    for decimals in range(1, 10):
        rounded = np.round(trajectory, decimals)
        if np.array_equal(rounded, trajectory):
            return decimals
    return None


def _within(ours, record, unit):
    """Whether they differ by no more than a unit of the last decimal."""
    # half a unit by rounding, and as much again for a program that cuts
    gap = np.abs(ours - record.trajectory)
    return gap.max() <= 1.1 * unit


def _how(record, ours, digits, needed):
    """Until what they agree, and how their steps relate from there on."""
    short = digits < needed
    parting = int(np.argmax(short))
    told = []
    event = _event(record, parting)
    if event:
        told.append(f"agrees until {event}")
    steps = _compared(record, ours, parting)
    if steps:
        told.append(steps)
    return "; ".join(told)


def _event(record, parting):
    """What the gradients do for the first time at the step that parts, "" for nothing known.

    A method that treats zeros, signs or peaks otherwise is ours until the first of them. Of a
    closed loop the gradients are not recorded, and nothing is said.
    """
    grads = record.gradients
    # the first two steps see many things for the first time
    if grads is None or parting < 2:
        return ""
    for name, happens in _events(grads).items():
        # whether it happens at the first step can't be told: there is none before
        later = happens[1:]
        first = 1 + int(np.argmax(later))
        if later.any() and first == parting:
            return name
    return ""


def _events(grads) -> dict[str, np.ndarray]:
    """What gradients (T, N) can do, and at which steps (T,) they do; the first is no event."""
    size = np.abs(grads).max(1)
    before = np.roll(size, 1)
    largest = np.maximum.accumulate(size)
    largest_before = np.roll(largest, 1)
    signs = np.sign(grads)
    turned = signs * np.roll(signs, 1, axis=0) < 0
    return {
        "the first gradient of zero": size == 0,
        "the first zero in a gradient": (grads == 0).any(1),
        "a gradient first changes its sign": turned.any(1),
        "a gradient is first larger than all before": size > largest_before,
        "a gradient is first smaller than that before": size < before,
    }


def _compared(record, ours, parting):
    """How the steps from the parting one on relate to ours: by their cosines and lengths.

        cos_t = d_t . delta_t / (|d_t| |delta_t|),    r_t = |d_t| / |delta_t|

    Where either does not move, or ours is not finite, there is nothing to compare. "" when
    neither all directions nor all lengths agree.
    """
    mine = _steps(record.start, ours)[parting:]
    theirs = _steps(record.start, record.trajectory)[parting:]
    lengths = np.linalg.norm(mine, axis=1)
    others = np.linalg.norm(theirs, axis=1)
    moving = (lengths > 0) & (others > 0) & np.isfinite(lengths)
    if not moving.any():
        return "the record does not move" if not others.any() else ""

    products = (mine * theirs).sum(1)[moving]
    ratio = others[moving] / lengths[moving]
    cosine = products / (lengths * others)[moving]
    slack = 10.0**-RATIO_DIGITS
    sign = np.sign(cosine[0])
    # 1 - cos is half the square of an angle, which has the error of the steps themselves
    aligned = sign * cosine > 1 - slack**1.5
    if aligned.all():
        return _lengths(sign * ratio, parting, slack)
    if np.allclose(ratio, 1.0, rtol=slack):
        return "the steps are as long as ours, their directions differ"
    return ""


def _steps(start, points):
    """(T, N): from each point to the next, from the start on."""
    path = np.vstack([start, points])
    return np.diff(path, axis=0)


def _lengths(ratio, parting, slack):
    """Of steps in our directions: one factor, or the first and the last of many."""
    if np.allclose(ratio, ratio[0], rtol=slack):
        return f"from step {parting + 1} on every step is {ratio[0]:.6g} of ours"
    first = f"{ratio[0]:.4g} of ours at step {parting + 1}"
    return f"directions agree, lengths differ: {first}, {ratio[-1]:.4g} at the last"

"""Does an optimizer, written in any language, do what we do? Recorded trajectories, digits of
agreement, and what explains a gap.
"""

from lab.conformance.golden import golden, golden_settings, may_be_none, record_of
from lab.conformance.judging import DIGITS, Conformance, conform
from lab.conformance.reading import read
from lab.conformance.records import Record, agreement, build, path
from lab.conformance.streams import DIMS, STEPS

__all__ = [
    "DIGITS",
    "DIMS",
    "STEPS",
    "Conformance",
    "Record",
    "agreement",
    "build",
    "conform",
    "golden",
    "golden_settings",
    "may_be_none",
    "path",
    "read",
    "record_of",
]

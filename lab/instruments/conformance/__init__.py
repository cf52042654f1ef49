"""Does an optimizer, written in any language, do what we do? Recorded trajectories, digits of agreement, and what explains a gap."""

from lab.instruments.conformance.golden import chosen_settings, golden, golden_settings, record_of
from lab.instruments.conformance.judging import DIGITS, Conformance, conform
from lab.instruments.conformance.reading import read
from lab.instruments.conformance.records import Record, agreement, build, path
from lab.instruments.conformance.streams import DIMS, STEPS

__all__ = [
    "DIGITS",
    "DIMS",
    "STEPS",
    "Conformance",
    "Record",
    "agreement",
    "build",
    "chosen_settings",
    "conform",
    "golden",
    "golden_settings",
    "path",
    "read",
    "record_of",
]

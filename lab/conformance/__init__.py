"""Does an optimizer, written in any language, do what we do? Recorded trajectories, digits of
agreement, and what explains a gap.

    record = read("adam.json")[0]        a trajectory that some program wrote
    print(conform(record))               ... conforms: 14.2 digits or more at each of 32 steps
    golden("Adam", {"lr": 0.1})          the other way round: a record of ours, to be followed

The parts, in the order of use: `reading`, `numbers` and `settings` (a file becomes a Record, or one
line says why not), `records` (our path on it, and the digits), `judging` (what is said), `search`
(what explains it, from `alterations`, `defaults` and `factor`), `measured` (what can be said where
nothing explains it), `streams` and `golden` (records of ours, with power). On the command line: lab
conform FILE, lab golden NAME.
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

"""What every verb of the command line understands."""

from lab.__main__ import parser

# words that a verb can't do without
NEEDED = {
    "show": ["Adam"],
    "draw": ["quadrants"],
    "diff": ["a", "b"],
    "compare": ["my.csv", "--target", "y"],
    "spectrum": ["h.npy"],
    "condition": ["my.csv", "--target", "y"],
    "falsify": ["adam/noise-floor"],
    "golden": ["Adam"],
    "conform": ["mine.json"],
}


def test_quiet_and_debug_stand_before_a_verb_or_after_it():
    top = parser()
    (verbs,) = (action.choices for action in top._actions if action.dest == "verb")
    for verb in verbs:
        words = [verb, *NEEDED.get(verb, [])]
        plain, _ = top.parse_known_args(words)
        assert not plain.quiet, verb
        assert not plain.debug, verb
        for given in (["--quiet", *words, "--debug"], ["--debug", *words, "--quiet"]):
            known, rest = top.parse_known_args(given)
            assert (known.quiet, known.debug, rest) == (True, True, []), verb

"""lab run: an experiment, stored.

lab run geodesic --dims 8 --points 11      # experiments/results/geodesic-KEY.npz
lab run geodesic --help                    # its settings, without running

A result is stored under a hash of its settings; at the defaults it has the plain name, which is
what a figure reads.
"""

from __future__ import annotations

import inspect


def do(options, rest) -> int:
    """lab run EXPERIMENT --setting value

    Stores the result and prints its notes, its file, the seconds, and what it shows. --full: the
    long run that the experiment declares. --help: the settings, what they mean and may be, without
    running. ValueError without a name, and for settings that the experiment has not.
    """
    from lab import workshop

    folder = options.root / "experiments"
    if options.name is None:
        known = ", ".join(workshop.names(folder))
        usage = f"lab run EXPERIMENT [--full] [--SETTING VALUE ...], EXPERIMENT one of {known}"
        if not options.settings:
            raise ValueError(f"which experiment? {usage}")
        print(usage)
        return 0
    if options.settings:
        module = workshop.load(folder, options.name)
        print(f"{inspect.getdoc(module)}\n\n{workshop.about_settings(module)}")
        return 0
    path, seconds = workshop.run(options.root, options.name, rest, whole=options.full)
    for note in workshop.notes(path):
        print(note)
    # the seconds of the experiment alone, without imports
    print(f"{path}  ({seconds:.1f} s)")
    if told := workshop.told(options.root, options.name, path):
        print(told)
    return 0

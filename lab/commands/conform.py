"""lab conform: does an optimizer do what ours does?"""

from __future__ import annotations


def do(options, rest) -> int:
    """lab conform FILE: exit code 1 when a record does not conform.

    Prints a verdict and the digits of every step for each record of the file.
    """
    from lab import conformance

    found = [
        conformance.conform(record, options.digits) for record in conformance.read(options.file)
    ]
    for outcome in found:
        print(outcome)
        print("  digits by step: " + " ".join(f"{d:.1f}" for d in outcome.digits))
    return 0 if all(outcome.conforms for outcome in found) else 1

"""Table of contents: the rooms, and in each room the topics. A claim's file is called as the topic
before the slash of its id.

A topic may have files in several rooms: what is said about Adam on quadratics is in one, about Adam
under noise in another. Files of a room that are no topics hold what its claims share.

The order of ROOMS, of a room's TOPICS, and of the claims in a file is that of CLAIMS. A new topic
is one line in its room's TOPICS; a claim in an existing file needs none.
"""

from __future__ import annotations

from types import ModuleType

from lab.claims import (
    adaptive,
    conditioning,
    kronecker,
    layers,
    logistic,
    noise,
    normalization,
    preconditioning,
    quadratics,
    regularization,
    width,
    worst_case,
)
from lab.claims.declaration import Claim

ROOMS = (
    quadratics,
    worst_case,
    logistic,
    noise,
    adaptive,
    kronecker,
    conditioning,
    preconditioning,
    regularization,
    width,
    normalization,
    layers,
)
# in the order of the rooms, and of the topics in each
TOPICS: list[ModuleType] = [topic for room in ROOMS for topic in room.TOPICS]


def collect(modules) -> dict[str, Claim]:
    """All claims defined in the modules, by id, in the order given: of the modules, and within each
    of its text. An imported claim counts where it is defined: the same object in two modules is one
    claim.

    ValueError when an id occurs twice: the second would be judged under the name of the first.
    """
    found: dict[str, Claim] = {}
    for module in modules:
        # a module's names in the order in which they were defined
        for value in vars(module).values():
            if isinstance(value, Claim) and found.setdefault(value.id, value) is not value:
                raise ValueError(
                    f"two claims are called {value.id!r}: rename the one in {module.__name__}"
                )
    return found


CLAIMS: dict[str, Claim] = collect(TOPICS)

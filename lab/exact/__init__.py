"""Closed forms and exact recursions. `exact(objective, optimizer, theta, steps=...)` finds them;
EXACT lists them.

A closed form honours every field of its optimizer, or refuses it by name. Importing this package
registers all of them.

    run = exact(Quadratic([[2.0, 0.0], [0.0, 1.0]]), SGD(lr=0.1), [1.0, 1.0], steps=[0, 10, 10**9])
    run["loss"]          # (3,), as simulate gives it

`bowl`, `rules`, `descent`, `sign` and `wrappers` are about quadratics, `moments` has the expected
loss of SGD in regression, `logistic` the recursions of single logits.
"""

from lab.exact import bowl, descent, logistic, moments, sign, wrappers
from lab.exact.registry import EXACT, exact, solves

__all__ = ["EXACT", "bowl", "descent", "exact", "logistic", "moments", "sign", "solves", "wrappers"]

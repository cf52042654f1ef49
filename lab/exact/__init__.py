"""Closed forms and exact recursions. `exact(objective, optimizer, theta, steps=...)` finds them;
EXACT lists them.

A closed form honours every field of its optimizer, or refuses it by name. Importing this package
registers all of them.
"""

from lab.exact import bowl, descent, logistic, moments, sign, wrappers
from lab.exact.registry import EXACT, exact, solves

__all__ = ["EXACT", "bowl", "descent", "exact", "logistic", "moments", "sign", "solves", "wrappers"]

"""Closed forms and exact recursions. `exact(objective, optimizer, theta, steps=...)` finds them;
EXACT lists them."""

from lab.exact import bowl, descent, logistic, moments, sign
from lab.exact.registry import EXACT, exact, solves

__all__ = ["EXACT", "bowl", "descent", "exact", "logistic", "moments", "sign", "solves"]

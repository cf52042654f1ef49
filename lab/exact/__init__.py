"""Closed forms and exact recursions. `exact(objective, optimizer, theta, steps=...)` finds them; EXACT lists them."""

from lab.exact import logistic
from lab.exact.registry import EXACT, exact, solves

__all__ = ["EXACT", "exact", "logistic", "solves"]

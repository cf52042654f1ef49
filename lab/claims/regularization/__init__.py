"""Penalties on p, on the intrinsic variable z, and on the gradient."""

TOPICS: list = []

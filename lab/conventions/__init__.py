"""Conventions: a library's own function and hyper-parameter names in, our optimizer with that library's choices out."""

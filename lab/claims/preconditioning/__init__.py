"""Descent with a preconditioner, and what adaptive methods make of a Hessian."""

from lab.claims.preconditioning import adagrad, adam, momentum, preconditioning, rmsprop

TOPICS = [preconditioning, momentum, adam, adagrad, rmsprop]

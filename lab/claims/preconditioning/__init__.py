"""Descent with a preconditioner, and what adaptive methods make of a Hessian.

preconditioning: rates near minimisers that are no quadratics, or not isolated; momentum: what a
better condition number still buys beside a fixed beta; adagrad, adam, rmsprop: which diagonal D the
second moments of gradients become, and what D^(-1/2) H D^(-1/2) is then. They stand for what Ye
2024 says of adaptive methods, under hypotheses that are stated: errors or noise of a known shape, a
memory that lasts, a diagonal Hessian, or none of these.
"""

from lab.claims.preconditioning import adagrad, adam, momentum, preconditioning, rmsprop

TOPICS = [preconditioning, momentum, adam, adagrad, rmsprop]

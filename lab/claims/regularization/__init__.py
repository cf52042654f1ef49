"""Penalties on p, on the intrinsic variable z, and on the gradient.

p+ = p - eta P P^T g is gradient descent in z = P^-1 p. A penalty has to choose: on p it goes
through the preconditioner, on z it becomes decoupled decay, as in AdamW. With P fixed both are a
ridge, with different weights (regularization). With the P of Adam, AdaGrad or AMSGrad, which
follows the gradients, the point of rest is another: a barrier, a LASSO, nothing at all (adamw,
lq_intrinsic, adagradw, amsgradw). The question which variable to regularise is that of Ye 2024; the
answers for a moving P are derived here.
"""

from lab.claims.regularization import (
    adagradw,
    adamw,
    amsgradw,
    gradient_regularization,
    lq_intrinsic,
    regularization,
)

TOPICS = [regularization, adamw, lq_intrinsic, adagradw, amsgradw, gradient_regularization]

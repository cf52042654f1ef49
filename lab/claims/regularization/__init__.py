"""Penalties on p, on the intrinsic variable z, and on the gradient."""

from lab.claims.regularization import (
    adagradw,
    adamw,
    amsgradw,
    gradient_regularization,
    lq_intrinsic,
    regularization,
)

TOPICS = [regularization, adamw, lq_intrinsic, adagradw, amsgradw, gradient_regularization]

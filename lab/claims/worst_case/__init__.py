"""Worst cases over classes of functions and schedules, and over adversaries."""

from lab.claims.worst_case import (
    adagrad,
    adal,
    adam,
    amsgrad,
    blocks,
    gd,
    heavy_ball,
    logistic,
    nesterov,
    ogm,
    subgradient,
    tnt,
)

TOPICS = [
    gd,
    ogm,
    nesterov,
    heavy_ball,
    subgradient,
    blocks,
    adagrad,
    adal,
    adam,
    amsgrad,
    logistic,
    tnt,
]

"""Worst cases over classes of functions and schedules, and over adversaries.

Topics are methods: each file has the functions or losses that make its method slow, the bound that
says how slow, and the class of problems in which nothing is worse. Bounds over classes are cited
where their proofs are by others, and searched for violations here; attaining functions are run. The
adversaries of adam, amsgrad, adagrad and adal choose losses round by round, those of gd, nesterov,
ogm, heavy_ball and subgradient one function for a whole run; blocks, logistic and tnt have
instances that separate methods.
"""

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

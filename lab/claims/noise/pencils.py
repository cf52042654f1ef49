"""Pencils of the empirical and the true Fisher matrix of logistic regression on Gaussian rows."""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh

from lab.objectives import GaussianLogistic
from lab.theory.fisher import logistic_pencil
from lab.theory.logistic_moments import mean_weight

NORMS = np.geomspace(1e3, 1e4, 5)


def pencils(n, teacher, angle, fixed) -> tuple:
    """bulk, top, low, e_0, M_11 at every norm, and how many of n eigenvalues are e_0 / psi at norm
    5.

    Large norms come from closed forms: there a generalised eigenvalue problem would subtract terms
    of order c^2. Norm 5 is solved as a matrix problem, which checks that the closed forms speak of
    the same pencil. fixed = 0: the teacher is theta itself.
    """
    one = np.eye(n)
    star = teacher * (np.cos(angle) * one[0] + np.sin(angle) * one[1])
    theta = np.outer(np.append(NORMS, 5.0), one[0])
    stars = np.where(fixed, star, theta)
    identity = np.ones(n)
    told = logistic_pencil(identity, theta[:-1], stars[:-1])

    problems = [GaussianLogistic(identity, row) for row in stars]
    m = [f.second_moment(x, 1).dense() for f, x in zip(problems, theta, strict=True)]
    own = np.array([[h[2, 2], h[0, 0]] for h in m])
    true = problems[-1].hessian(theta[-1]).dense()
    lam = eigh(m[-1], true, eigvals_only=True)
    # psi at the variance 5^2 of the logit
    equal_to = own[-1, 0] / mean_weight(np.array(25.0))
    count = np.isclose(lam, equal_to, rtol=1e-7, atol=0.0).sum()
    return (told.bulk, *told.others.T, *own[:-1].T, count)

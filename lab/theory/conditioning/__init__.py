"""Condition numbers: what they are, what bounds them, and the best that a diagonal can make of one.

`scalings` and `numbers`: the scalings that methods imply, and what is measured of a matrix;
`bounds`: what no diagonal can beat; `optimal`, `certificates`, `newton`, `sparse`: the best
diagonal with a proof; `gradients` and `descent`: steps of methods; `asking` and `krylov`: matrices
that are known by their products; `families`: worst cases; `planes`: closed forms in two dimensions
and in bases.

How the numbers lie, for H (n, n) positive definite, kappa_J that of Jacobi's scaling and kappa*_d
the smallest over all positive diagonals:

    kappa*_d <= kappa(H),    kappa*_d <= kappa_J <= min(n kappa*_d, kappa*_d^2)

The first factor is van der Sluis'. The second: scale so that D H D has its spectrum in [1, k], k =
kappa*_d; then its diagonal lies in [1, k] too, and dividing by that moves no eigenvalue by more
than a factor k. What is optimal, with its proof:

    best = optimal_diagonal(h)
    best.d, best.kappa, best.bound        # best.bound <= kappa*_d <= best.kappa
"""

from lab.theory.conditioning.bounds import (
    deflated_steps,
    kaporin_steps,
    shift_bound,
    specht_ratio,
    two_cyclic_kappa,
    vif_bound,
)
from lab.theory.conditioning.certificates import certificate
from lab.theory.conditioning.descent import descent_steps, heavy_ball_steps
from lab.theory.conditioning.families import (
    jacobi_hurts,
    jacobi_wins,
    row_norm_hurts,
    simplex_and_copies,
    strakos,
)
from lab.theory.conditioning.gradients import cg_steps, predicted_cg_steps
from lab.theory.conditioning.numbers import (
    kappa_nonzero,
    kappa_under,
    kappa_with,
    log_kaporin,
    omega,
)
from lab.theory.conditioning.optimal import BestScaling, optimal_diagonal
from lab.theory.conditioning.planes import (
    arrowhead_kappa,
    basis_accuracy,
    critical_angle,
    empirical_fisher_basis,
    kantorovich_vector,
    plane,
    plane_kappa,
    preconditioned_kappa,
    preconditioned_kappa_gram,
)
from lab.theory.conditioning.scalings import gn_half, jacobi, row_norm, scaled
from lab.theory.conditioning.sparse import optimal_diagonal_sparse

__all__ = [
    "BestScaling",
    "arrowhead_kappa",
    "basis_accuracy",
    "certificate",
    "cg_steps",
    "critical_angle",
    "deflated_steps",
    "descent_steps",
    "empirical_fisher_basis",
    "gn_half",
    "heavy_ball_steps",
    "jacobi",
    "jacobi_hurts",
    "jacobi_wins",
    "kantorovich_vector",
    "kaporin_steps",
    "kappa_nonzero",
    "kappa_under",
    "kappa_with",
    "log_kaporin",
    "omega",
    "optimal_diagonal",
    "optimal_diagonal_sparse",
    "plane",
    "plane_kappa",
    "preconditioned_kappa",
    "preconditioned_kappa_gram",
    "predicted_cg_steps",
    "row_norm",
    "row_norm_hurts",
    "scaled",
    "shift_bound",
    "simplex_and_copies",
    "specht_ratio",
    "strakos",
    "two_cyclic_kappa",
    "vif_bound",
]

"""Which changes of the objective an optimizer does not see, measured."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from lab.arrays import scalars
from lab.bases import Orthogonal, random
from lab.checks import count
from lab.objectives import Quadratic
from lab.optimizers.protocol import INVARIANCES, with_
from lab.optimizers.wrappers.in_variables import InBasis
from lab.simulation import simulate
from lab.spectra import geometric, with_spectrum


def bare(optimizer: Any) -> Any:
    """The optimizer with every hyper-parameter that carries a unit of loss at 0.

    Where 0 is allowed.

    eps of Adam has the unit of a gradient, damping that of a curvature: with them no method is
    invariant to the scale of the loss, however small they are. A field that must be positive keeps
    its value.
    """
    for field in dict(scalars(optimizer)):
        if optimizer.units.get(field, (0, 0))[1]:
            with contextlib.suppress(ValueError):
                optimizer = with_(optimizer, **{field: 0.0})
    return optimizer


def deviations(
    optimizer: Any, *, dims: int = 6, steps: int = 12, seed: int = 0
) -> dict[str, float]:
    """Change -> the largest difference between the path on f and that on the changed f, mapped back

    From one random start. scale: f -> 7.3 f;  diagonal: sum_i f_i -> sum_i c_i f_i with c over a
    factor 15; both on a separable quadratic, where they multiply gradients by constants;
    permutation, sign, rotation: f(z) -> f(Q z) on a dense quadratic, kappa 9. The changes are
    INVARIANCES of lab.optimizers.protocol. `bare` removes what would see the scale by its units.

    0 up to rounding for an invariance; of the size of the path otherwise. dims >= 2; seed: of the
    start and of the changes. ValueError otherwise. A quadratic can refute an invariance, not prove
    it: what it shows is what a method does not see on quadratics.
    """
    rng = np.random.default_rng(count("seed", seed, 0))
    theta = rng.standard_normal(count("dims", dims, 2))
    # the order of draws is part of the seed's meaning
    rotation = random(dims, rng)
    dense = Quadratic(with_spectrum(geometric(dims, 9.0), random(dims, rng)))
    lam = np.linspace(0.4, 1.7, dims)
    # 7.3 and 15 are no powers of two, which would multiply without rounding
    factors = {"scale": np.full(dims, 7.3), "diagonal": geometric(dims, 15.0, 5.0)}
    permuted = np.eye(dims)[rng.permutation(dims)]
    signs = np.where(np.arange(dims) % 2, -1.0, 1.0)
    bases = {
        "permutation": Orthogonal(permuted),
        "sign": Orthogonal(np.diag(signs)),
        "rotation": rotation,
    }

    def path(f, method):
        return simulate(f, method, theta, steps=steps, record={"theta": np.asarray})["theta"]

    separable = path(Quadratic(np.diag(lam)), optimizer)
    turned = path(dense, optimizer)
    changed = {}
    for change, c in factors.items():
        changed[change] = path(Quadratic(np.diag(lam * c)), optimizer) - separable
    for change, q in bases.items():
        changed[change] = path(dense, InBasis(q, optimizer)) - turned
    return {change: float(np.abs(changed[change]).max()) for change in INVARIANCES}

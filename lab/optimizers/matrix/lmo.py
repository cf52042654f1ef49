"""Steepest descent in a norm per layer: sign descent, Muon, normalised descent and Scion are points
of one family.

A step of GD is steepest in the Euclidean norm of all parameters together. Which norm is right for a
weight depends on what its inputs and outputs are; each makes another direction of one gradient.
"""

from __future__ import annotations

from dataclasses import dataclass

from lab.arrays import Layers, Params, Scalar, like, per_matrix, tensors, zeros_like
from lab.checks import count, fields, fraction, nonnegative, one_of, positive
from lab.metrics import PerTensor
from lab.optimizers.matrix import norms
from lab.optimizers.matrix.norms import NORMS, Norm, Scale
from lab.optimizers.matrix.polar import Root, as_matrix
from lab.optimizers.pieces import Momentum, ema
from lab.optimizers.protocol import COORDINATEWISE, EUCLIDEAN

# what a role may be called in LMO.roles: a kind of block, or the place of a weight
KNOWN_ROLES = ("bias", "kernel", "scale", "shift", "input", "hidden", "output")


@dataclass(frozen=True)
class LMO:
    """m = ema(g);  u = m, or ema(m, g) with nesterov;  delta = -lr r Delta(u)

    (Pethick et al. 2025.) Delta: the linear minimisation oracle of `norm`, r the radius of its ball
    (lab.optimizers.matrix.norms). roles: (("input", "column"), ("bias", "frobenius"), ...) another
    norm for blocks of a kind other than weight, or for weights of a place; the rest keep `norm`.
    Blocks without roles have `norm`. root, iterations and eps are those of "spectral". Points:

    SignSGD, Signum     norm = "sign";  SignSGD with beta1 = 0
    SignSVD             norm = "spectral", root = "exact", beta1 = 0
    Muon                norm = "spectral", nesterov, scale = "shape"
    normalised descent  norm = "frobenius", beta1 = 0 (LARS without |theta|), per tensor
    SCALE's core        norm = "column"
    Scion               scale = "operator" and a norm per role, see Scion

    The average u is not the gradient: the step is steepest for u, and with f smooth in that norm
    f falls by lr |g|_* - 2 lr |g - m|_* - L lr^2 / 2 at least. State: m and u, like theta.
    LMO(0.02, norm="spectral", root="polar-express")

    The 2: <g, Delta(u)> = |u|_* + <g - u, Delta(u)> >= |g|_* - 2 |g - u|_*, and it can't be less.
    A root whose singular values lie in [1 - E, 1 + E] (lab.optimizers.matrix.polar) has 1 - E
    times the first term and (1 + E)^2 times the last one. The length of a step knows nothing of
    the gradient: at a constant lr it does not come to rest. Of u = 0 the step is 0. ValueError for
    a role or a norm that is not known.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    eps: Scalar = 1e-7
    norm: Norm = "spectral"
    roles: tuple[tuple[str, str], ...] = ()
    nesterov: bool = False
    scale: Scale = "none"
    root: Root = "jordan"
    iterations: int = 5

    needs = frozenset({"grad"})
    vectors = ("m", "u")
    units = {"lr": (1, 0), "eps": (-1, 1)}

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, eps=nonnegative, iterations=count)
        for role, norm in self.roles:
            one_of("LMO.roles", role, KNOWN_ROLES)
            one_of(f"LMO.roles, {role}", norm, NORMS)

    @property
    def scope(self):
        """Entries by themselves need no tensors, a length of all entries no matrices."""
        entries = (self.norm, self.scale) == ("sign", "none")
        return "vector" if entries and not self.roles else "matrix"

    @property
    def invariances(self):
        """Of a vector, which is one column: its rows are its entries."""
        if self.norm in ("sign", "row"):
            return COORDINATEWISE
        return EUCLIDEAN | {"scale"}

    def init(self, theta):
        zero = zeros_like(theta)
        return Momentum(zero, zero)

    def step(self, s, oracle, theta):
        g = oracle.grad
        m = ema(s.m, g, self.beta1)
        # neither is debiased: Delta does not see a positive factor, up to eps
        u = ema(m, g, self.beta1) if self.nesterov else m

        delta = []
        blocks = tensors(u, self.eps)
        for norm, (k, x, eps) in zip(self._norms(u), blocks, strict=True):
            matrix = as_matrix(k, x)
            eps = per_matrix(eps, k)
            d = norms.steepest(norm, matrix, self.root, self.iterations, eps)
            scaled = self._radius(norm, matrix) * d
            delta.append(scaled.reshape(x.shape))
        return -self.lr * like(u, delta), Momentum(m, u)

    def metric(self, s):
        options = {"root": self.root, "iterations": self.iterations}
        parts = []
        blocks = tensors(s.u, self.eps)
        for norm, (k, x, eps) in zip(self._norms(s.u), blocks, strict=True):
            matrix = as_matrix(k, x)
            radius = self._radius(norm, matrix)
            eps = per_matrix(eps, k)
            part = norms.metric(norm, k, x, radius, **options, eps=eps)
            parts.append(part)
        return PerTensor(tuple(parts))

    def _radius(self, norm, matrix):
        return norms.factor(norm, self.scale, *matrix.shape[-2:])

    def _norms(self, u: Params) -> list[str]:
        """The norm of every block."""
        if not isinstance(u, Layers) or u.roles is None:
            return [self.norm for _ in tensors(u)]
        chosen = dict(self.roles)
        found = []
        for role in u.roles:
            # a bias is a bias wherever it stands, a weight has a norm by its place
            name = role.place if role.kind == "weight" else role.kind
            norm = chosen.get(name, self.norm)
            found.append(norm)
        return found

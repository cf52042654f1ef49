"""Alterations of one class: formulas that were published, or shipped, under the same name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from lab.arrays import Layers, Params, block_norm, each, zeros_like
from lab.bases import Kronecker, Orthogonal, PerLayer
from lab.conformance.altered import Altered, Kept, bare, innermost, method_of
from lab.optimizers import InMovingBasis
from lab.optimizers.pieces import debias, decayed, ema, quotient, rooted
from lab.optimizers.protocol import of_inner

Found = Iterator[tuple[str, tuple[str, ...], Callable[[Any], Any]]]


def of_class(o: Any) -> Found:
    """The readings of the method inside, and of a moving basis around it."""
    for name, change in READINGS.get(type(method_of(o)).__name__, {}).items():
        yield name, ("formula",), partial(innermost, change=change)
    if isinstance(o, InMovingBasis):
        yield "m stays in the old basis when the basis moves", ("basis",), _unrotated
        yield "the columns of the basis are sorted and v does not follow", ("basis",), _sorted


def _moves(moves):
    return partial(Altered, moves=moves)


def _simple_nadam(call, delta, new):
    """(beta1 m_hat + (1 - beta1) g / (1 - beta1^t)) / (sqrt(v_hat) + eps)"""
    method = call.method
    m_hat = debias(new.m, method.beta1, call.t)
    ahead = ema(m_hat, debias(call.grad, method.beta1, call.t), method.beta1)
    v_hat = debias(new.v, method.beta2, call.t)
    return -method.lr * quotient(ahead, rooted(v_hat, method.eps_root) + method.eps)


def _plain_nesterov(call, delta, new):
    """(beta1 m_hat + (1 - beta1) g) / (sqrt(v_hat) + eps): the gradient as it is."""
    method = call.method
    ahead = ema(debias(new.m, method.beta1, call.t), call.grad, method.beta1)
    v_hat = debias(new.v, method.beta2, call.t)
    return -method.lr * quotient(ahead, rooted(v_hat, method.eps_root) + method.eps)


def _momentum_first(call, delta, new):
    """sign(beta1 m + (1 - beta1) g) with the m of this step, not of the last."""
    method = call.method
    u = ema(new.m, call.grad, method.beta1)
    return -method.lr * decayed(np.sign(u), method.weight_decay, call.theta)


def _accumulates_the_step(call, new):
    """a = ema((lr u)^2)"""
    method = call.method
    u = new.numerator * quotient(call.grad, np.sqrt(new.v + method.eps))
    return new._replace(a=ema(call.state.a, (method.lr * u) ** 2, method.beta2))


@dataclasses.dataclass(frozen=True, eq=False)
class Backtracking:
    """Rprop+: where the sign of g changes, the last step is taken back."""

    inner: Any

    needs = of_inner("needs")
    vectors = of_inner("vectors")
    units = of_inner("units")

    def init(self, theta):
        return Kept(0, self.inner.init(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        before = bare(s).g
        delta, inner = self.inner.step(s.inner, oracle, theta)
        delta = each(_taken_back, oracle.grad, before, s.kept, delta)
        return delta, Kept(s.t + 1, inner, delta)

    def metric(self, s):
        return self.inner.metric(s.inner)


def _taken_back(g, before, last, delta):
    return np.where(np.sign(g) * np.sign(before) < 0, -last, delta)


def _without_pause(call, delta, new):
    """Rprop-: the step follows the new sign at once."""
    return -new.size * np.sign(call.grad)


def _gradient_kept(call, new):
    return new._replace(g=call.grad)


def _adam_of_lamb(call, new):
    """u of LAMB from its state."""
    method = call.method
    d = rooted(debias(new.v, method.beta2, call.t), method.eps_root) + method.eps
    u = quotient(debias(new.m, method.beta1, call.t), d)
    return decayed(u, method.weight_decay, call.theta)


def _clamped(call, delta, new, weight, least, most):
    """LAMB with |theta| at most `weight`, the ratio in [least, most]."""
    u = _adam_of_lamb(call, new)
    size = each(np.minimum, block_norm(call.theta), weight)
    length = block_norm(u)
    ratio = each(_ratio, size, length)
    return -call.method.lr * each(np.clip, ratio, least, most) * u


def _ratio(size, length):
    both = (size > 0) & (length > 0)
    return np.where(both, size / np.where(both, length, 1.0), 1.0)


def _lars_clamped(call, new, most):
    """LARS with its rate at most `most`: b from the last b and the clamped newest step."""
    method = call.method
    u = decayed(call.grad, method.weight_decay, call.theta)
    ratio = each(np.minimum, new.ratio, most)
    b = method.momentum * call.state.b + method.lr * ratio * u
    return new._replace(b=b, ratio=ratio)


def _lars_step(call, delta, new, most):
    """The step of the clamped b; _lars_clamped keeps it."""
    kept = _lars_clamped(call, new, most)
    u = decayed(call.grad, call.method.weight_decay, call.theta)
    if call.method.nesterov:
        return -(call.method.lr * kept.ratio * u + call.method.momentum * kept.b)
    return -kept.b


def _lars(most):
    return partial(
        Altered, moves=partial(_lars_step, most=most), after=partial(_lars_clamped, most=most)
    )


def _lamb(weight=np.inf, least=0.0, most=np.inf):
    return _moves(partial(_clamped, weight=weight, least=least, most=most))


def _old_residual(call, new):
    """v of AdaBelief from g - m with the m before this gradient."""
    method = call.method
    square = (call.grad - call.state.m) ** 2
    return new._replace(v=ema(call.state.v, square, method.beta2) + method.eps_root)


def _old_residual_step(call, delta, new):
    method = call.method
    v_hat = debias(_old_residual(call, new).v, method.beta2, call.t)
    m_hat = debias(new.m, method.beta1, call.t)
    return -method.lr * quotient(m_hat, np.sqrt(v_hat) + method.eps)


READINGS: dict[str, dict[str, Callable]] = {
    "NAdam": {
        "1 - beta1^t stands under both terms, without a schedule of the momentum": _moves(
            _simple_nadam
        ),
        "the newest gradient is not debiased, without a schedule of the momentum": _moves(
            _plain_nesterov
        ),
    },
    "Lion": {"the momentum is updated before the step": _moves(_momentum_first)},
    "Adadelta": {
        "lr is inside the accumulated update": partial(Altered, after=_accumulates_the_step),
    },
    "Rprop": {
        "weight backtracking: a step is taken back where the sign changes (Rprop+)": Backtracking,
        "no pause after a change of sign (Rprop-)": partial(
            Altered, moves=_without_pause, after=_gradient_kept
        ),
    },
    "LAMB": {
        "the weight norm is clamped to 10": _lamb(weight=10.0),
        "the weight norm is clamped to 1": _lamb(weight=1.0),
        "the trust ratio is clamped to 10": _lamb(most=10.0),
        "the trust ratio is clamped to 1": _lamb(most=1.0),
        "the trust ratio is clamped to [0.08, 0.5]": _lamb(least=0.08, most=0.5),
        "there is no trust ratio": _lamb(least=1.0, most=1.0),
    },
    "LARS": {
        "the trust ratio is clamped to 1": _lars(1.0),
    },
    "AdaBelief": {
        "the residual is g - m with the m before this gradient": partial(
            Altered, moves=_old_residual_step, after=_old_residual
        ),
    },
}


@dataclasses.dataclass(frozen=True, eq=False)
class Unrotated:
    """`inner` whose state is not carried into a new basis."""

    inner: Any

    needs = of_inner("needs")
    units = of_inner("units")
    scope = of_inner("scope")
    invariances = of_inner("invariances")
    vectors = ()
    matrices = ()

    def init(self, theta):
        return self.inner.init(theta)

    def step(self, s, oracle, theta):
        return self.inner.step(s, oracle, theta)

    def metric(self, s):
        return self.inner.metric(s)


def _unrotated(o):
    return (
        dataclasses.replace(o, inner=Unrotated(o.inner)) if isinstance(o, InMovingBasis) else None
    )


@dataclasses.dataclass(frozen=True, eq=False)
class SortedColumns:
    """A tracker whose columns stand by decreasing Rayleigh quotient, not in their old places."""

    tracker: Any

    @property
    def units(self):
        return self.tracker.units

    def init(self, theta):
        return self.tracker.init(theta)

    def basis(self, s):
        return s.basis

    def update(self, s, g):
        new = self.tracker.update(s, g)
        # the first basis is in its own order
        if new.basis is s.basis or s.n == 0:
            return new
        bases = tuple(
            tuple(map(_by_quotient, factors, old, fresh))
            for factors, old, fresh in zip(new.factors, s.bases, new.bases, strict=True)
        )
        return new._replace(bases=bases, basis=basis_of(g, bases))


def basis_of(like: Params, bases) -> Any:
    """The matrices of every mode as one basis for Params such as `like`."""
    blocks = tuple(Orthogonal(block[0]) if len(block) == 1 else Kronecker(block) for block in bases)
    return PerLayer(blocks) if isinstance(like, Layers) else blocks[0]


def _by_quotient(factor, old, fresh):
    order = np.argsort(-np.einsum("...ij,...ij->...j", old, factor @ old), axis=-1, kind="stable")
    return np.take_along_axis(fresh, order[..., None, :], -1)


def _sorted(o):
    if not isinstance(o, InMovingBasis):
        return None
    return dataclasses.replace(o, tracker=SortedColumns(o.tracker))

"""Alterations of one class: formulas that were published, or shipped, under the same name.

Each is written in the letters of the formula it differs from, from the state that our method has
after the step: it differs from ours in what its name says, which is the explanation that is
printed. To add one: a function of the call, and a line in READINGS.

Sources: NAdam in Dozat's report and ports of it, Rprop+ and Rprop- in Igel & Huesken 2003, LAMB's
clamps in its versions and its authors' code, LARC as a clip of LARS, AdaBelief's early ports.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from lab.arrays import block_norm, each, zeros_like
from lab.conformance import kronecker_readings, matrix_readings, moving, rate_readings, trusted
from lab.conformance.altered import Altered, Kept, bare, innermost, method_of
from lab.optimizers import InMovingBasis, Levenberg
from lab.optimizers.pieces import debias, decayed, ema, quotient, rooted
from lab.optimizers.protocol import of_inner

Found = Iterator[tuple[str, tuple[str, ...], Callable[[Any], Any]]]


def of_class(o: Any) -> Found:
    """The readings of the method inside, and of what is around it."""
    method = type(method_of(o)).__name__
    readings = READINGS | matrix_readings.READINGS | rate_readings.READINGS
    readings["Kronecker"] = kronecker_readings.READINGS
    for name, change in readings.get(method, {}).items():
        yield name, ("formula",), partial(innermost, change=change)
    if isinstance(o, InMovingBasis):
        for name, change in moving.READINGS.items():
            yield name, ("basis",), change
    if isinstance(o, Levenberg):
        for name, change in trusted.READINGS.items():
            yield name, ("trust",), change


def _moves(moves):
    """Altered with another step; its state stays ours."""
    return partial(Altered, moves=moves)


def _simple_nadam(call, delta, new):
    """NAdam without a schedule of the momentum, both terms of the numerator divided alike.

    (beta1 m_hat + (1 - beta1) g / (1 - beta1^t)) / (sqrt(v_hat) + eps)
    """
    g_hat = debias(call.grad, call.method.beta1, call.t)
    return _looking_ahead(call, new, g_hat)


def _plain_nesterov(call, delta, new):
    """(beta1 m_hat + (1 - beta1) g) / (sqrt(v_hat) + eps): the gradient as it is."""
    return _looking_ahead(call, new, call.grad)


def _looking_ahead(call, new, newest):
    """-lr (beta1 m_hat + (1 - beta1) newest) / (sqrt(v_hat) + eps)"""
    method = call.method
    m_hat = debias(new.m, method.beta1, call.t)
    ahead = ema(m_hat, newest, method.beta1)
    v_hat = debias(new.v, method.beta2, call.t)
    d = rooted(v_hat, method.eps_root) + method.eps
    return -method.lr * quotient(ahead, d)


def _floored(call, delta, new):
    """Adam with eps as a floor, which does nothing where the root is larger.

    -lr m_hat / max(sqrt(v_hat), eps)
    """
    method = call.method
    m_hat = new.m
    if method.debias in ("both", "m"):
        m_hat = debias(m_hat, method.beta1, call.t)
    v_hat = new.v
    if method.debias in ("both", "v"):
        v_hat = debias(v_hat, method.beta2, call.t)
    root = rooted(v_hat, method.eps_root)
    d = each(np.maximum, root, method.eps)
    return -method.lr * quotient(m_hat, d)


def _momentum_first(call, delta, new):
    """sign(beta1 m + (1 - beta1) g) with the m of this step, not of the last."""
    method = call.method
    u = ema(new.m, call.grad, method.beta1)
    return -method.lr * decayed(np.sign(u), method.weight_decay, call.theta)


def _accumulates_the_step(call, new):
    """Adadelta whose second average is that of the steps it makes, not of the updates before
    lr.

        a = ema((lr u)^2)
    """
    method = call.method
    u = new.numerator * quotient(call.grad, np.sqrt(new.v + method.eps))
    return new._replace(a=ema(call.state.a, (method.lr * u) ** 2, method.beta2))


@dataclasses.dataclass(frozen=True, eq=False)
class Backtracking:
    """Rprop+: where the sign of g changes, the last step is taken back.

        delta_j = -delta_j(t - 1)  where g_j g_j(t - 1) < 0,  else that of Rprop

    kept: the last step. The size of the step is that of Rprop in both cases, and the gradient
    is forgotten after a change of sign, so that the next step is made whatever its sign.
    """

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
    """-last where the sign changes: the step before is undone, elsewhere the step of Rprop."""
    return np.where(np.sign(g) * np.sign(before) < 0, -last, delta)


def _without_pause(call, delta, new):
    """Rprop-: the step follows the new sign at once; only its size is reduced."""
    return -new.size * np.sign(call.grad)


def _gradient_kept(call, new):
    """The gradient as it is: no zero in its place after a change of sign."""
    return new._replace(g=call.grad)


def _adam_of_lamb(call, new):
    """u of LAMB from its state.

    u = m_hat / (sqrt(v_hat + eps_root) + eps) + weight_decay theta
    """
    method = call.method
    m_hat = debias(new.m, method.beta1, call.t)
    v_hat = debias(new.v, method.beta2, call.t)
    d = rooted(v_hat, method.eps_root) + method.eps
    u = quotient(m_hat, d)
    return decayed(u, method.weight_decay, call.theta)


def _clamped(call, delta, new, weight, least, most):
    """LAMB with |theta| at most `weight`, the ratio in [least, most].

        delta = -lr clip(min(|theta|, weight) / |u|, least, most) u

    per tensor; the ratio is 1 before the clip where either norm is 0.
    """
    u = _adam_of_lamb(call, new)
    size = each(np.minimum, block_norm(call.theta), weight)
    length = block_norm(u)
    ratio = each(_ratio, size, length)
    return -call.method.lr * each(np.clip, ratio, least, most) * u


def _ratio(size, length):
    """|theta| / |u|, 1 where either is 0."""
    both = (size > 0) & (length > 0)
    divisor = np.where(both, length, 1.0)
    return np.where(both, size / divisor, 1.0)


def _lars_clamped(call, new, clamp):
    """LARS with its ratio clamped: b from the last b and the newest step, made anew.

        b = momentum b + lr clamp(ratio) u,    u = g + weight_decay theta

    What ours made of b with the whole ratio is not used, so the clamp acts in every step, not
    in the last.
    """
    method = call.method
    u = decayed(call.grad, method.weight_decay, call.theta)
    ratio = each(partial(clamp, method), new.ratio)
    b = method.momentum * call.state.b + method.lr * ratio * u
    return new._replace(b=b, ratio=ratio)


def _lars_step(call, delta, new, clamp):
    """The step of the clamped b; _lars_clamped keeps it."""
    kept = _lars_clamped(call, new, clamp)
    u = decayed(call.grad, call.method.weight_decay, call.theta)
    method = call.method
    if method.nesterov:
        newest = method.lr * kept.ratio * u
        return -(newest + method.momentum * kept.b)
    return -kept.b


def _lars(clamp):
    """clamp(method, ratio) -> ratio, of every tensor."""
    moves = partial(_lars_step, clamp=clamp)
    after = partial(_lars_clamped, clamp=clamp)
    return partial(Altered, moves=moves, after=after)


def _at_most(method, ratio, most):
    """min(ratio, most)"""
    return np.minimum(ratio, most)


def _larc(method, ratio):
    """lr min(ratio / lr, 1): the rate is the ratio, and lr its bound (LARC, where steps are
    clipped, not scaled).
    """
    return np.minimum(ratio / method.lr, 1.0)


def _as_one(method, ratio):
    """1: the step is lr u."""
    return np.ones_like(ratio)


def _lamb(weight=np.inf, least=0.0, most=np.inf):
    """LAMB with these bounds of |theta| and of the ratio."""
    return _moves(partial(_clamped, weight=weight, least=least, most=most))


def _old_residual(call, new):
    """v of AdaBelief from g - m with the m before this gradient.

    v = beta2 v + (1 - beta2) (g - m(t - 1))^2 + eps_root
    """
    method = call.method
    square = (call.grad - call.state.m) ** 2
    return new._replace(v=ema(call.state.v, square, method.beta2) + method.eps_root)


def _old_residual_step(call, delta, new):
    """The step of AdaBelief with that v."""
    method = call.method
    v = _old_residual(call, new).v
    v_hat = debias(v, method.beta2, call.t)
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
    "Adam": {"eps is a floor: max(sqrt(v_hat), eps)": _moves(_floored)},
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
        "the trust ratio is clamped to 1": _lars(partial(_at_most, most=1.0)),
        "the trust ratio is clamped to 10": _lars(partial(_at_most, most=10.0)),
        "lr is a bound of the rate, not a factor (LARC)": _lars(_larc),
        "there is no trust ratio": _lars(_as_one),
    },
    "AdaBelief": {
        "the residual is g - m with the m before this gradient": partial(
            Altered, moves=_old_residual_step, after=_old_residual
        ),
    },
}

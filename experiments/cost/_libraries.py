"""Adam as users of optax and of PyTorch write it: a part of rivals. A case is its Sweep.

Both are asked for the same thing as the lab: R runs of `steps` steps from one start at the rates lr
(R,) on theta^T H theta / 2, in float64, with the losses (times, R) at both ends or at every step.
Defaults are beta1 = 0.9, beta2 = 0.999, eps = 1e-8 in all of them; how far the losses agree is
measured in rivals, and not assumed here. Neither library is needed by the lab: rivals asks for
those that are installed.
"""

from collections.abc import Callable

import numpy as np

LOOPED = 2


def optax_sweep(case, gradient: str) -> Callable[[], np.ndarray]:
    """optax.adam over jit, vmap and scan, in float64.

    gradient: "H theta", as it is written on paper; "theta H", the same for a symmetric H, which XLA
    makes one product of all runs with rows in their order, and fuses with the loss; or "jax.grad"
    of the loss theta H theta / 2.

    case.h is H (n, n) or its diagonal (n,). Compiling is not timed, since every job runs once
    before the clock starts. With case.often False the loss is not computed within the loop, as it
    isn't in the lab. The answer is a job of no arguments that returns losses (2 or steps + 1, R);
    np.asarray waits for the device, without which a call would return before the work is done.
    """
    import jax
    import optax

    # single precision, its default, would be half of the memory traffic and another comparison
    jax.config.update("jax_enable_x64", True)
    start = jax.numpy.asarray(case.theta)
    lr = jax.numpy.asarray(case.lr)
    h = jax.numpy.asarray(case.h)

    def product(theta):
        if case.h.ndim == 1:
            return theta * h
        return h @ theta if gradient == "H theta" else theta @ h

    def loss(theta):
        return theta @ product(theta) / 2

    slope = jax.grad(loss) if gradient == "jax.grad" else product

    def one(rate):
        rule = optax.adam(rate)

        def step(carry, _):
            theta, state = carry
            updates, state = rule.update(slope(theta), state)
            seen = loss(theta) if case.often else None
            return (optax.apply_updates(theta, updates), state), seen

        carry = (start, rule.init(start))
        (theta, _), seen = jax.lax.scan(
            step,
            carry,
            length=case.steps,
        )
        before = seen if case.often else loss(start)[None]
        return jax.numpy.append(before, loss(theta))

    # runs along the second axis, as the lab has them
    sweep = jax.jit(jax.vmap(one, out_axes=1))
    return lambda: np.asarray(sweep(lr))


def torch_loop(case) -> Callable[[], np.ndarray]:
    """torch.optim.Adam as its users write it: a loop over rates, here the first LOOPED, of a loop
    over steps.

    PyTorch has no sweep over rates in its optimizers, which is why two rates are timed, and the
    rest is extrapolated by the caller. The loss is computed at every step whatever is recorded, as
    a training loop does, since the gradient comes from it. The last loss is computed in numpy,
    once.
    """
    import torch

    h = torch.tensor(case.h)

    def one(rate):
        # a copy: every rate begins at the same start
        theta = torch.tensor(case.theta, requires_grad=True)
        rule = torch.optim.Adam(
            [theta],
            lr=rate,
        )
        # as users log it: a number of Python per step
        losses = []
        for _ in range(case.steps):
            rule.zero_grad()
            g = h * theta if h.ndim == 1 else h @ theta
            loss = theta @ g / 2
            loss.backward()
            losses.append(loss.item())
            rule.step()
        last = theta.detach().numpy()
        losses.append(float(last @ case.times(last)) / 2)
        return losses if case.often else losses[:: case.steps]

    def loop():
        rates = case.lr[:LOOPED].tolist()
        return np.array([one(rate) for rate in rates]).T

    return loop

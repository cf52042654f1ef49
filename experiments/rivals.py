"""How fast is the lab beside others? Times of this machine, all rivals side by side in one run: medians of interleaved rounds.

Adam sweeps beside plain numpy, the floor of the machine, optax and PyTorch where installed, on one core; matrix methods beside their work.
"""

import importlib.util
import os
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from lab.arrays import Layers
from lab.bases import random
from lab.linalg import newton_schulz, symmetric_power
from lab.modes import gram, multiply_modes
from lab.objectives import Quadratic
from lab.optimizers import SOAP, Adam, Muon, Shampoo
from lab.optimizers.matrix.muon import QUINTIC
from lab.optimizers.wrappers.moving_basis import power_step
from lab.simulation import replay, simulate
from lab.spectra import geometric, with_spectrum

TIMED = ("adam_seconds", "adam_ratio", "matrix_seconds", "work_seconds", "matrix_ratio")
QUICK = {"sweeps": (3, 5, 4), "sizes": (4, 3, 5), "steps": 3, "side": 4, "matrix_steps": 3, "rounds": 1}
RECORDS = ("loss at both ends", "loss at every step")
# Of the rates of a sweep a Python loop runs this many; the rest is extrapolated.
LOOPED = 2
TORCH = "PyTorch loop (extrapolated)"
RENEWED = 10  # SOAP's tracker renews its bases once in so many steps, by default


def run(
    *,
    sweeps: tuple = (512, 4096, 512),
    sizes: tuple = (256, 64, 256),
    steps: int = 100,
    side: int = 128,
    matrix_steps: int = 20,
    rounds: int = 5,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """adam_seconds (2, C, K): sweeps of Adam over `sweeps` rates in `sizes` dimensions, by when the loss is recorded (`records`), case
    (`cases`, the last with a diagonal Hessian) and rival (`rivals`, the lab first). adam_ratio (2, C, K): over the lab's. agreement
    (2, C, K): largest difference of recorded losses from the lab's, relative to the start's; 0 for the floor, which computes none. row
    (C, K): one row per rival, by case.
    matrix_seconds, work_seconds, matrix_ratio (3,): `matrix_steps` steps of `methods` on a matrix with `side` rows and columns.
    """
    with one_core():
        found = adam_sweeps(sweeps, sizes, steps, rounds=rounds, seed=seed)
        found |= matrix_methods(side, matrix_steps, rounds=rounds, seed=seed)
    rows = np.arange(len(sweeps))[:, None] - 0.15 * np.arange(len(found["rivals"]))
    places = {"row": rows, "method": np.arange(len(found["methods"]))}
    settings = {"steps": np.array(steps), "side": np.array(side), "rounds": np.array(rounds)}
    return found | places | settings


@contextmanager
def one_core() -> Iterator[None]:
    """The process on one of its cores, where the system can do that: compiled rivals would take them all."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def interleaved(jobs: Mapping[Hashable, Callable[[], object]], rounds: int) -> dict[Hashable, np.ndarray]:
    """The median seconds of each job. All are run in turn, round after round, so that a slow minute hits them alike; each once before."""
    times: dict[Hashable, list[float]] = {name: [] for name in jobs}
    for work in jobs.values():
        work()
    for _ in range(rounds):
        for name, work in jobs.items():
            start = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - start)
    return {name: np.array(np.median(seconds)) for name, seconds in times.items()}


class Sweep(NamedTuple):
    """Adam at rates lr (R,) on theta^T H theta / 2 from theta (n,); h is H (n, n) or its diagonal (n,). `often`: the loss at every step
    is recorded, not only at both ends."""

    h: np.ndarray
    theta: np.ndarray
    lr: np.ndarray
    steps: int
    often: bool

    def times(self, theta: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """H theta for every run."""
        return np.multiply(theta, self.h, out=out) if self.h.ndim == 1 else np.matmul(theta, self.h, out=out)


def adam_sweeps(sweeps: tuple, sizes: tuple, steps: int, *, rounds: int, seed: int) -> dict[str, np.ndarray]:
    """All rivals on all cases; see run."""
    seconds, agreement, cases, rng = [], [], [], np.random.default_rng(seed)
    for k, (runs, n) in enumerate(zip(sweeps, sizes, strict=True)):
        diagonal = k == len(sizes) - 1
        lam = geometric(n, 100.0)
        h = lam if diagonal else with_spectrum(lam, random(n, rng))
        theta = rng.standard_normal(n)
        cases.append(f"{runs} x {n} {'diagonal' if diagonal else 'dense'}")
        for often in (False, True):
            case = Sweep(h, theta, np.logspace(-4, -1, runs), steps, often)
            jobs = {name: rival(case) for name, rival in available().items()}
            losses = [jobs[name]() for name in jobs]
            agreement.append([disagreement(losses[0], loss) for loss in losses])
            measured = interleaved(jobs, rounds)
            shares = {name: runs / min(LOOPED, runs) if name == TORCH else 1.0 for name in jobs}
            seconds.append([measured[name] * shares[name] for name in jobs])

    by_record = (len(cases), len(RECORDS), -1)
    measured = np.array(seconds).reshape(by_record).swapaxes(0, 1)
    agreed = np.array(agreement).reshape(by_record).swapaxes(0, 1)
    names = {"rivals": np.array(list(available())), "cases": np.array(cases), "records": np.array(RECORDS)}
    return names | {"adam_seconds": measured, "adam_ratio": measured / measured[..., :1], "agreement": agreed}


def available() -> dict[str, Callable[[Sweep], Callable[[], np.ndarray | None]]]:
    """The rivals that are installed: each makes a job from a Sweep, which answers the losses (times, runs)."""
    found: dict[str, Callable] = {"lab": lab_sweep, "numpy in place": numpy_sweep, "floor of the machine": floor}
    if importlib.util.find_spec("jax") and importlib.util.find_spec("optax"):
        found["optax, analytic gradient"] = lambda case: optax_sweep(case, automatic=False)
        found["optax, automatic gradient"] = lambda case: optax_sweep(case, automatic=True)
    if importlib.util.find_spec("torch"):
        found[TORCH] = torch_loop
    return found


def disagreement(ours: np.ndarray, theirs: np.ndarray | None) -> float:
    """The largest difference of losses, relative to the start's; over the runs that they have."""
    if theirs is None:
        return 0.0
    return float(np.abs(ours[:, : theirs.shape[1]] - theirs).max() / ours[0].max())


def lab_sweep(case: Sweep) -> Callable[[], np.ndarray]:
    """One call of simulate."""
    f = Quadratic(np.diag(case.h) if case.h.ndim == 1 else case.h)
    every = 1 if case.often else case.steps
    return lambda: simulate(f, Adam(case.lr), case.theta, steps=case.steps, every=every)["loss"]


def numpy_sweep(case: Sweep) -> Callable[[], np.ndarray]:
    """What one would write by hand for this problem: every array is allocated once, the loss shares the product of the gradient."""
    beta1, beta2, eps = 0.9, 0.999, 1e-8
    lr = case.lr[:, None]

    def work():
        theta = np.tile(case.theta, (len(lr), 1))
        m, v, g, s = (np.zeros_like(theta) for _ in range(4))
        losses = []
        for t in range(1, case.steps + 1):
            case.times(theta, out=g)
            if case.often or t == 1:
                losses.append(np.einsum("ri,ri->r", theta, g) / 2)
            m *= beta1
            np.multiply(g, 1 - beta1, out=s)
            m += s
            v *= beta2
            g *= g
            g *= 1 - beta2
            v += g
            np.divide(v, 1 - beta2**t, out=s)
            np.sqrt(s, out=s)
            s += eps
            np.divide(m, s, out=s)
            s *= lr / (1 - beta1**t)
            theta -= s
        losses.append(np.einsum("ri,ri->r", theta, case.times(theta)) / 2)
        return np.array(losses)

    return work


def floor(case: Sweep) -> Callable[[], None]:
    """What no implementation in numpy avoids: a gradient, a root and a quotient per step."""
    theta = np.tile(case.theta, (len(case.lr), 1))
    g, s = np.empty_like(theta), np.empty_like(theta)

    def work():
        for _ in range(case.steps):
            case.times(theta, out=g)
            np.sqrt(np.abs(theta, out=s), out=s)
            np.divide(g, s, out=s)

    return work


def optax_sweep(case: Sweep, *, automatic: bool) -> Callable[[], np.ndarray]:
    """optax.adam over jit, vmap and scan, in float64; the gradient H theta, or jax.grad of the loss."""
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    start, lr, h = (jax.numpy.asarray(x) for x in (case.theta, case.lr, case.h))

    def gradient(theta):
        return theta * h if case.h.ndim == 1 else theta @ h

    def loss(theta):
        return theta @ gradient(theta) / 2

    slope = jax.grad(loss) if automatic else gradient

    def one(rate):
        rule = optax.adam(rate)

        def step(carry, _):
            theta, state = carry
            updates, state = rule.update(slope(theta), state)
            return (optax.apply_updates(theta, updates), state), loss(theta) if case.often else None

        (theta, _), seen = jax.lax.scan(step, (start, rule.init(start)), length=case.steps)
        before = seen if case.often else loss(start)[None]
        return jax.numpy.append(before, loss(theta))

    sweep = jax.jit(jax.vmap(one, out_axes=1))
    return lambda: np.asarray(sweep(lr))


def torch_loop(case: Sweep) -> Callable[[], np.ndarray]:
    """torch.optim.Adam as its users write it: a loop over rates, here the first LOOPED, of a loop over steps."""
    import torch

    h = torch.tensor(case.h)

    def one(rate):
        theta = torch.tensor(case.theta, requires_grad=True)
        rule = torch.optim.Adam([theta], lr=rate)
        losses = []
        for _ in range(case.steps):
            rule.zero_grad()
            loss = theta @ (h * theta if h.ndim == 1 else h @ theta) / 2
            loss.backward()
            losses.append(loss.item())
            rule.step()
        last = theta.detach().numpy()
        losses.append(float(last @ case.times(last)) / 2)
        return losses if case.often else losses[:: case.steps]

    return lambda: np.array([one(rate) for rate in case.lr[:LOOPED].tolist()]).T


def matrix_methods(side: int, steps: int, *, rounds: int, seed: int) -> dict[str, np.ndarray]:
    """SOAP, Shampoo and Muon on one square matrix, and the products and factorisations that each is made of, alone."""
    gradients = list(np.random.default_rng(seed).standard_normal((steps, side, side)))
    theta = Layers([np.zeros((side, side))])
    layered = [Layers([g]) for g in gradients]
    methods = {"SOAP": (SOAP(1e-3), soap_work), "Shampoo": (Shampoo(1e-3), shampoo_work), "Muon": (Muon(1e-3), muon_work)}

    jobs: dict[str, Callable[[], object]] = {}
    for name, (optimizer, work) in methods.items():
        jobs[name] = lambda optimizer=optimizer: replay(optimizer, theta, layered)
        jobs[f"{name} work"] = lambda work=work: work(gradients)
    seconds = interleaved(jobs, rounds)

    whole, least = (np.array([seconds[name + part] for name in methods]) for part in ("", " work"))
    return {"methods": np.array(list(methods)), "matrix_seconds": whole, "work_seconds": least, "matrix_ratio": whole / least}


def soap_work(gradients: list[np.ndarray]) -> None:
    """Both factors; gradient and parameters into the basis, step out of it; now and then a power step, and the momentum carried."""
    q = np.eye(len(gradients[0]))
    for t, g in enumerate(gradients):
        factors = [gram(g, mode, 2) for mode in (0, 1)]
        for _ in range(3):
            multiply_modes(g, (q, q))
        if t % RENEWED == 0:
            for a in factors:
                power_step(a, q)
            multiply_modes(multiply_modes(g, (q, q)), (q, q))


def shampoo_work(gradients: list[np.ndarray]) -> None:
    """Both factors, summed, and their roots."""
    factors = [1e-4 * np.eye(len(gradients[0]))] * 2
    for g in gradients:
        factors = [a + gram(g, mode, 2) for mode, a in enumerate(factors)]
        multiply_modes(g, [symmetric_power(a, -0.25) for a in factors])


def muon_work(gradients: list[np.ndarray]) -> None:
    """Five iterations of Newton and Schulz."""
    for g in gradients:
        newton_schulz(g / np.linalg.norm(g), QUINTIC, 5)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

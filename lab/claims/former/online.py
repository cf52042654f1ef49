"""Online linear optimization: AdaGrad's regret, Adam's failure, AMSGrad's repair."""

from __future__ import annotations

import numpy as np

from lab.claims.former.registry import claim
from lab.claims.former.relations import Check, at_most, equal, every, refuted, searched
from lab.instruments.online import play
from lab.optimizers import AdaGrad, Adam, AMSGrad, InverseSqrt, Scheduled
from lab.theory.online import adagrad_regret_bound, amsgrad_regret_bound, reddi_losses


@claim(
    "adam/non-convergence",
    paper="reddi2018",
    statement=r"Kingma & Ba 2015 claim regret O(\sqrt T); on losses (C, -1, -1) x Adam stays at the worst point: regret/T \to (2C-4)/3",
    source="Reddi, Kale & Kumar 2018, Theorem 1 (recalled)",
    assumes="box [-1, 1], C > 2, beta1 = 0, beta2 = 1/(1+C^2), no debiasing, lr / sqrt t with lr < sqrt(1 - beta2)",
    evidence="exact",
    control=dict(large=1.5),
)
def adam_non_convergence(large: float = 3.0, steps: int = 6000) -> Check:
    """large: C; below 2 the best point is x = 1 and there is nothing to fail at."""
    beta2 = 1 / (1 + large**2)
    adam = Scheduled(InverseSqrt(), Adam(0.9 * np.sqrt(1 - beta2), 0.0, beta2, 0.0, debias="none"))
    game = play(adam, reddi_losses(steps, large), np.ones(1))
    rate = game.regret[-1] / steps
    return every(
        refuted(float(rate - 0.1), detail=f"regret / T = {rate:.4f} after {steps} rounds, not -> 0", witness=f"C = {large:g}"),
        equal(game.points[:-1:3], 1.0, what="x at the start of a period"),
        equal(rate, (2 * large - 4) / 3, atol=1 / np.sqrt(steps), what="regret / T"),
    )


@claim(
    "amsgrad/repairs-it",
    paper="reddi2018",
    statement=r"R_T \le (D^2 \sqrt T / 2\eta) \sum_i \sqrt{v_i} + (\eta \sqrt{1 + \ln T} / 2\sqrt{1 - \beta_2}) \sum_i |g_{1:T,i}|_2",
    source="derived, for beta1 = 0; Reddi, Kale & Kumar 2018, Theorem 4 has other constants (recalled)",
    assumes="linear losses on a box of width D, beta1 = eps = 0, no debiasing, lr / sqrt t",
    evidence="search",
    control=dict(maximum=False),
)
def amsgrad_repairs_it(maximum: bool = True, runs: int = 400, steps: int = 3000) -> Check:
    """maximum: whether v may only grow; without it this is Adam. On the losses of adam/non-convergence x reaches the right wall."""
    beta2, lr = 0.1, 0.8
    method = AMSGrad(lr, 0.0, beta2, 0.0, debias="none")
    plain = Adam(lr, 0.0, beta2, 0.0, debias="none")
    player = Scheduled(InverseSqrt(), method if maximum else plain)
    reddi = play(player, reddi_losses(steps, 3.0), np.ones(1))
    checks = [equal(reddi.points[-30:].min(), -1.0, what="best wall reached, x")]
    checks.append(at_most(reddi.regret[-1], _bound(reddi.losses, lr, beta2), what=f"regret, C = 3, T={steps}"))
    for rounds in (1, 10, 60):
        losses = np.random.default_rng(8).standard_t(2, (rounds, runs, 1)) + np.linspace(-1, 1, runs)[:, None]
        game = play(player, losses, np.ones(1))
        checks.append(at_most(game.regret[-1], _bound(losses, lr, beta2), what=f"regret T={rounds}", witness="a random sequence"))
    return searched(every(*checks), f"{runs} sequences for 3 horizons")


def _bound(losses, lr, beta2):
    v = top = np.zeros(losses.shape[1:])
    for c in losses:
        v = beta2 * v + (1 - beta2) * c**2
        top = np.maximum(top, v)
    return amsgrad_regret_bound(losses, top, 2.0, lr, beta2)


@claim(
    "adagrad/regret",
    paper="duchi2011",
    statement=r"R_T \le \sqrt 2 D \sum_i |g_{1:T,i}|_2 with \eta = D/\sqrt 2",
    source="Duchi, Hazan & Singer 2011 (recalled); derived for the current gradient included and eps = 0",
    assumes="linear losses on a box of width D, eps = 0",
    evidence="search",
    control=dict(factor=1.0),
)
def adagrad_regret(factor: float = np.sqrt(2), runs: int = 500) -> Check:
    """factor: before D sum |g|. The first round from a wall attains 1 / sqrt 2 of the bound (without random losses)."""
    checks, rng = [], np.random.default_rng(6)
    first = play(AdaGrad(np.sqrt(2), 0.0), np.array([[3.0]]), np.ones(1))
    checks.append(equal(first.regret[-1] / adagrad_regret_bound(first.losses, 2.0), np.sqrt(0.5), rtol=1e-12, what="first round, ratio"))
    for rounds in (2, 5, 15):
        ratio = _climb(rng, rounds, runs) * np.sqrt(2) / factor
        checks.append(at_most(ratio, 1.0, what=f"regret / bound, T={rounds}", witness="a random search"))
    return searched(every(*checks), f"{runs} sequences, 40 generations, 3 horizons")


def _climb(rng, rounds, runs):
    """The largest regret / bound found among `runs` loss sequences whose better tenth is kept and varied, 40 times."""
    losses = rng.standard_normal((rounds, runs, 1))
    for generation in range(40):
        ratio = play(AdaGrad(np.sqrt(2), 0.0), losses, np.ones(1)).regret[-1] / adagrad_regret_bound(losses, 2.0)
        best = losses[:, np.argsort(-ratio)[: runs // 10]]
        losses = np.tile(best, (1, 10, 1))
        change = rng.standard_normal(losses.shape) * (rng.random(losses.shape) < 0.3) * 0.9**generation
        change[:, : runs // 10] = 0.0
        losses = losses * np.exp(change / 2) + 0.2 * change
    return ratio.max()

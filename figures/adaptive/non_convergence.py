"""Adam goes to the worst point of a convex problem, AMSGrad to the best.

(a) Regret over T against T on the losses C x, -x, -x: Adam's tends to the dashed (2 C - 4) / 3,
AMSGrad's to 0. (b) The point x itself on the synthetic problem against the round, between the best
point -1 and the worst 1.

(a) `regret` over the number of rounds so far against `t`, logarithmic across, since the transient
is over within tens of rounds of ten thousand; up it is linear, because the limit is not 0. (b) `x`
against `long_t`; dotted are the two ends of the box. One deterministic run per method: there are no
bands. AMSGrad differs in the maximum alone, and so is the control. An Adam curve in (a) that falls
to 0 would refute the counterexample; an AMSGrad curve that stays at the level would make it say
nothing about the maximum.
"""

from lab import style

READS = ("non_convergence",)
METHODS = ("Adam", "AMSGrad")


def draw(data):
    """regret (2, K) against t with its limit; x (2, K) against long_t, between the walls.

    K recorded rounds. regret is already over the number of rounds; walls are the best and the worst
    point of the second problem.
    """
    figure, (left, right) = style.panels(1, 2)
    for k, name in enumerate(METHODS):
        style.curve(left, name, data["t"], data["regret"][k])
        style.curve(right, name, data["long_t"], data["x"][k])

    label = "theory: (2C - 4) / 3, Adam"
    style.threshold(left, data["limit"], label, vertical=False)
    left.set(xscale="log", xlabel="round T", ylabel="regret / T", xlim=(1, data["t"][-1]))
    walk(right, data)

    large = f"{data['large']:g}"
    style.titles(
        (left, right),
        f"losses Cx, -x, -x, ..., C = {large}",
        "1010x once in 101 rounds, else -10x",
    )
    style.legend(figure, left, 3)
    return figure


def walk(right, data):
    """The panel of the second problem: its best and worst points, its axes."""
    best, worst = data["walls"]
    style.level(right, worst, "worst point")
    style.level(right, best, "best point")
    # beyond the box, for the names of its two ends
    right.set(xscale="log", xlabel="round", ylabel="x", ylim=(-1.15, 1.35))
    right.set_xlim(1, data["long_t"][-1])


def caption(data) -> str:
    return f"""Online linear losses on the box [-1, 1]; in both the best fixed point is x = -1.
    (a) $\\beta_1$ = 0, $\\beta_2 = 1 / (1 + C^2)$ with C = {data["large"]:g}, no debiasing, rate
    {data["lr"]:g} / $\\sqrt{{t}}$, start 1. (b) $\\beta_1$ = 0.9, $\\beta_2$ = 0.99, rate
    {data["long_lr"]:g} / $\\sqrt{{t}}$, start 0. Reproduces the counterexample of Theorem 1 and
    the synthetic online problem of Reddi, Kale & Kumar 2018 from their losses (recalled); the
    rates are ours."""

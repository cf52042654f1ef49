"""Block-wise covariance: all powers of diagonal Gauss-Newton are GD, sign methods are not."""

import style

READS = ("block_covariance",)


def draw(data):
    figure, (left, right) = style.panels(1, 2, 5.9)
    style.race(left, data)
    left.set(xscale="log", yscale="log", xlim=(1, data["t"][-1]), ylim=(data["target"] / 30, 3))
    left.set(xlabel="step", ylabel="loss relative to the start")
    style.level(left, data["target"], "target")
    style.sweep(right, data)
    right.set(xlabel="learning rate", ylabel="steps to the target")

    style.titles((left, right), "every method at its best rate", "cost of a wrong rate")
    style.foot(
        figure,
        f"""Full-batch quadratic of Hadamard blocks with unit diagonal, condition number
        {data["kappa"]:.0f} on the subspace that the start excites. GD, GN^-1, GN^-1/2 and damped
        GN^-1 are one method here, up to the scale of their rate: their curves coincide. Adam and
        sign descent see the sign of the gradient, which for this special start is an eigenvector.
        Every method has {data["t"][-1]} steps and {data["rates"].shape[1]} rates over two decades;
        curves end at the target, gaps in (b) are rates that never reach it. Momentum has its
        optimal value in heavy ball. Sign descent with the untuned minimax schedule (half the start
        radius, halved every step) needs {data["minimax"]:.0f} steps. Adam at a constant rate is
        chaotic once it is past its edge of stability: its last digits, which differ between
        machines, decide on a few steps. Stand-in: for Fig. 1 (left) of Liu et al. 2025, on an
        instance of our own (derived); the paper's is not known.""",
        legend=left,
        title="steps to the target and tuned learning rate",
    )
    return figure

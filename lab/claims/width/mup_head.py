"""From a head of zeros: kernel ridge regression, the kick of the second step, the residual.

W_L = 0 at the start makes J = 0 inside: the first step of K-FAC moves nothing but the head, and in
closed form. What a power e_B of B does with a J that is 0 or small is what the rest is about. A
head of zeros is the limit b_L -> inf of entries M^-b_L; "b_L >> 1" in Ishikawa & Karakida 2024,
section 4.3. With B of output gradients and shares of its trace as damping K-FAC leaves it by a step
that does not know the rate; with the heuristic or a floor under the damping it does not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lab.arrays import Layers
from lab.claims import between, choice, claim, decades, derived, equal, exponent, integers, symbols
from lab.claims.formulas import one_by_one
from lab.claims.width.networks import INPUTS, MUP, Sizes, study
from lab.instruments.width import Study, slope
from lab.optimizers.matrix.thin import ThinKronecker
from lab.simulation import simulate
from lab.theory.mup import kernel_ridge, nngp

e_B, rho, C, seed_of, activation, width = symbols("e_B rho C seed_of activation width")
stepped, ridge, kick, by_output, by_loss, distance = symbols(
    "stepped ridge kick by_output by_loss distance"
)

NETS = {activation: choice("tanh", "relu"), seed_of: integers(0, 999)}


def zero_head(width, activation, seed, outputs=1, seeds=2):
    """A network without biases whose last layer starts at 0, four normal examples, and `seeds`
    starts."""
    rng = np.random.default_rng(int(seed))
    x = rng.standard_normal((4, INPUTS))
    y = rng.standard_normal((4, outputs))
    made = Study(x, y, (width, 2 * width), activation=activation, seeds=seeds, centred=False)
    network = made.network(width)
    theta = network.start((seeds,), rng)
    blocks = [*theta[:-1], 0 * theta[len(theta) - 1]]
    return network, Layers(blocks, theta.orders, theta.roles)


@claim(
    "mup-head/kernel-ridge-step",
    over=NETS | {C: choice(1, 3), width: integers(5, 40), rho: decades(-2, 1)},
    says={
        "prediction": equal(
            stepped,
            ridge / (1 + C * rho),
            rtol=1e-10,
            atol=1e-12,
            because="solves of condition 1 / rho; targets of order 1, which may cancel",
        )
    },
    where={
        stepped: "f at the first example after one step of K-FAC, eta = 1, half squares, from a"
        " head of zeros; trace damping, C outputs, no biases",
        ridge: "kernel ridge regression with h^T h and the ridge rho_A n, at that example",
    },
    cites=derived("Ishikawa & Karakida 2024, section 4.3, with its indices and C mended"),
)
def kernel_ridge_step(activation, seed_of, C, width, rho):
    """delta_l = 0 below the head, and only W_L moves. With B_L = I its factor is 1 / (1 + C rho),
    as the damping rho tr B is C rho, and W_L = y^T H^T (A + rho_A)^-1 / n / (1 + C rho), H (M, n)
    features and A = H H^T / n. Push-through, (A + rho_A)^-1 H = H (H^T H + n rho_A)^-1 n: f at x is
    k(x, X)(K + n rho_A)^-1 y / (1 + C rho), kernel ridge with K = H^T H, times a number.

    Exact at every width, depth and activation. Needs half squares, eta = 1, and an output bias at
    rest. Published with h_L for h_(L-1), and for one output; here the indices and C are mended.

    Space: widths 5 to 40, four examples, one output and three, damping over three decades. The
    kernel's solve, four by four, shares no code with the step's. One output cannot tell 1 + C rho
    from 1 + rho: three can."""

    def one(m, shift, seed):
        """f at the first example after the step, and kernel ridge there."""
        network, theta = zero_head(m, activation, seed, C)
        h = network.evaluate(theta).points[-1].x[0]
        # n x n: the kernel knows nothing of the step's M x M matrices
        k = h @ h.T
        trace = np.trace(k) / len(h)
        end = simulate(network, ThinKronecker(1.0, shift), theta, steps=1).final
        answer = kernel_ridge(k, k, network.y[:, 0], shift * trace)[0]
        return [network.evaluate(end).z[0, 0, 0], answer]

    return dict(zip((stepped, ridge), one_by_one(one, width, rho, seed_of).T, strict=True))


# a factor of eight: a slope scatters by the scatter of its ends over log 8
WIDTHS = (64, 512)
STARTS = 576


@claim(
    "mup-head/nngp-limit",
    over={seed_of: integers(0, 999), rho: decades(-1, 0)},
    says={
        "error": exponent(
            distance, -(1 + 0 * rho) / 2, tol=0.04, because="576 starts: four times 0.01"
        )
    },
    where={
        distance: "slope in M of the RMS distance of kernel ridge with h^T h / M, one hidden layer"
        " of ReLU, from that with the arc-cosine kernel"
    },
    cites=derived("the kernel of M independent units is a mean of M terms"),
    instances=4,
)
def nngp_limit(seed_of, rho):
    """K / M is a mean of M independent units' terms, with the arc-cosine kernel as its expectation
    (ReLU; E relu(u) relu(u') of Gaussian u, u' of the covariance X X^T / d): its fluctuations are
    of order M^(-1/2), and the prediction is smooth in K for rho > 0: the same order. So K-FAC's
    first step from a head of zeros is ridge regression with the NNGP kernel, as M -> inf. SGD's and
    Shampoo's are not: it takes A^-1 to solve with the kernel.

    Space: four normal examples and targets, ridges over one decade: without a ridge the inverse of
    K amplifies what the least eigenvalue happens to be. RMS over 576 starts, which scatter equally
    at all widths, so that two widths are enough."""

    def one(shift, seed):
        """The slope of the RMS distance from the limit."""
        rng = np.random.default_rng(int(seed))
        x = rng.standard_normal((4, INPUTS))
        y = rng.standard_normal(4)
        exact = nngp(x, x, 1)
        target = kernel_ridge(exact, exact, y, shift)
        errors = []
        for m in WIDTHS:
            w = rng.standard_normal((STARTS, m, INPUTS)) / np.sqrt(INPUTS)
            h = np.maximum(x @ np.swapaxes(w, -1, -2), 0)
            ks = h @ np.swapaxes(h, -1, -2) / m
            found = np.array([kernel_ridge(k, k, y, shift) for k in ks])
            errors.append(np.sqrt(((found - target) ** 2).mean()))
        return slope(WIDTHS, errors).value

    return {distance: one_by_one(one, rho, seed_of)}


# small enough for corrections of order eta, large enough for differences of theta
ETAS = np.array([1e-5, 1e-4])


@claim(
    "mup-head/zero-head-kick",
    over=NETS | {e_B: between(0, 1)},
    says={"power": equal(kick, 2 * (1 - e_B), atol=0.02, because="corrections of order eta")},
    where={
        kick: "slope in eta, 1e-5 to 1e-4, of the hidden layer's second step from a head of zeros;"
        " trace damping 0.1, e_A = 1, M = 32"
    },
    cites=derived("W_L ~ eta after one step, so J ~ eta and B ~ eta^2"),
    instances=24,
)
def zero_head_kick(activation, seed_of, e_B):
    """After the first step W_L ~ eta, so J ~ eta and B ~ eta^2, with a damping that is a share of
    it. The second step of the hidden layer is eta B^-e_B G with G ~ J: eta eta^(-2 e_B) eta =
    eta^(2 (1 - e_B)). For K-FAC it is of order 1, however small eta is; Shampoo (1/2) moves by eta,
    SGD by eta^2.

    A floor of the damping, or the heuristic, whose rho_B doesn't fall with B, undoes that: the
    slope is 2 again, as soon as the floor is above rho tr B. With a floor of 1e-7 the kick survives
    for rates above a hundredth. That K-FAC stays at the kernel solution for a low rate, as
    published, is therefore true of those dampings and not of the trace's; and over a whole run the
    head grows as eta t, so that features move by order 1 in the time 1 / eta with any of them.

    Space: all powers e_B from 0 (FOOF, eta^2) to 1 (K-FAC, eta^0), tanh and relu, one start each;
    e_A is not seen, as A is of order 1."""

    def one(power, seed):
        """The slope in eta of the second step of the hidden layer."""
        network, theta = zero_head(32, activation, seed, seeds=1)
        # one run per rate, side by side
        method = ThinKronecker(ETAS[:, None], 0.1, 1.0, power)
        path = simulate(network, method, theta, steps=2, record={"hidden": lambda theta: theta[1]})[
            "hidden"
        ]
        step = path[2] - path[1]
        sizes = np.sqrt((step**2).sum((-1, -2)))[:, 0]
        return slope(ETAS, sizes).value

    return {kick: one_by_one(one, e_B, seed_of)}


@claim(
    "mup-head/residual-law",
    over=NETS | {e_B: between(0, 1)},
    says={
        "B of outputs": equal(by_output, 1 + 0 * e_B, atol=1e-9, because="homogeneous"),
        "B of losses": equal(by_loss, 1 - 2 * e_B, atol=1e-9, because="homogeneous"),
    },
    where={
        by_output: "slope in s of the hidden layer's step where all residuals are multiplied by s,"
        " trace damping, B of output gradients",
        by_loss: "the same with the empirical B",
    },
    cites=derived("delta ~ s; B does not see s, or goes as s^2"),
    instances=24,
)
def residual_law(activation, seed_of, e_B):
    """dW ~ B^-e_B delta at a fixed network, with all residuals times s: delta ~ s. B of output
    gradients J alone does not see s, and the step is s^1 for every e_B; the empirical one, of loss
    gradients, goes as s^2, and the step as s^(1 - 2 e_B). Trace damping goes with B, so that both
    laws are exact: powers of a scalar, no limit. At e_B = 1 the empirical step grows as residuals
    fall.

    So a network that has all but fitted its batch is left by small steps with the first B, and by
    large ones with the second. An absolute damping breaks both laws.

    Space: one network per instance, with a head that is not zero, whose f_0 was subtracted, so that
    the residual is -s y; e_B over [0, 1]."""

    def one(power, seed):
        """Slopes in s by both B."""
        return [
            slope(
                (1.0, 4.0), [hidden_step(activation, seed, power, errors, s) for s in (1, 4)]
            ).value
            for errors in ("output", "loss")
        ]

    return dict(zip((by_output, by_loss), one_by_one(one, e_B, seed_of).T, strict=True))


def hidden_step(activation, seed, e_B, errors, s) -> float:
    """|dW_2|_F of one start of width 32 with targets times s. errors: "output" or "loss", of what B
    is made."""
    made = study(activation, int(seed), Sizes((32, 64), 1, 3))
    scaled = Study(made.x, s * made.y, made.widths, activation=activation, seeds=1)
    begun = scaled.at(32, MUP)
    method = ThinKronecker(1.0, 0.1, 1.0, e_B, errors)
    end: Any = simulate(begun.objective, method, begun.theta, steps=1).final
    return float(np.linalg.norm(end[1] - begun.theta[1]))

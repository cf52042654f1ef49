"""Numbers in the width that an implementation sharing no code has found, and what they were found
on: printed here as they were noted, two or three digits."""

import numpy as np
import pytest
from files import experiment, quick

from lab.dampings import Sizes, dampings
from lab.data import digits
from lab.instruments.width import Study, coordinate_check, powers
from lab.instruments.width.methods import WIDE
from lab.linalg import polar_factor
from lab.objectives import MLP
from lab.optimizers.matrix.kronecker import Kronecker
from lab.optimizers.matrix.statistic import Statistic
from lab.optimizers.matrix.thin import ThinKronecker
from lab.simulation import simulate
from lab.theory.mup import critical_rate, effective_kernel, exponents

# one set of starts and images against another scatters so far at the narrow widths
SEEDS = 0.07
# width -> starts; loss without the half; tanh, muP matched to SP at width 64
STARTS = {64: 4, 256: 4, 1024: 4, 4096: 2, 16384: 1}
CRITICAL = {
    ("trace", 1e-2, "SP"): (0.1085, 0.0969, 0.0944, 0.0947, 0.0940),
    ("trace", 1e-3, "SP"): (0.0250, 0.0178, 0.0172, 0.0166, 0.0165),
    ("pi", 1e-3, "muP"): (0.0947, 0.109, 0.143, 0.183, 0.203),
    ("pi", 1e-3, "SP"): (0.0947, 0.0595, 0.0441, 0.0320, 0.0247),
}
# trace damping 1e-2
RELU = (0.0535, 0.0430, 0.0377, 0.0366)
# from width 1024 on it takes seconds
EACH = [pytest.param(k, marks=[pytest.mark.slow] if k > 2 else []) for k in range(5)]


def images(rows=64, seed=0):
    """Digits without the mean image, over the standard deviation of all pixels before that: |x|^2 =
    0.52 d in the mean."""
    pixels, label = digits()
    chosen = np.random.default_rng(seed).permutation(len(pixels))[:rows]
    x = (pixels - pixels.mean(0)) / pixels.std()
    return x[chosen], np.where(label[chosen] % 2, -1.0, 1.0)


@pytest.mark.parametrize("k", EACH)
def test_critical_rates_of_tanh(k):
    """2 / lam_max(K_eff) is for half squares: half of it for whole ones."""
    module = experiment("rate_transfer")
    x, _ = images()
    width = list(STARTS)[k]
    starts = [module.layers(x, width, seed) for seed in range(STARTS[width])]
    for (damp, damping, kind), printed in CRITICAL.items():
        head = np.sqrt(64 / width) if kind == "muP" else 1.0
        heads = [module.with_head(start, head) for start in starts]
        found = np.mean([module.largest_rate(head, damp, damping) for head in heads]) / 2
        assert found == pytest.approx(printed[k], rel=SEEDS), (damp, kind)


@pytest.mark.parametrize("k", EACH[:4])
def test_critical_rates_of_relu(k):
    x, y = images()
    width = list(STARTS)[k]
    f = MLP(x, y, (width, width), activation="relu", biases=False)
    starts = [f.start((), np.random.default_rng(seed)) for seed in range(STARTS[width])]
    found = np.mean([critical_rate(kernel_of(f, start, 1e-2)) for start in starts]) / 2
    assert found == pytest.approx(RELU[k], rel=SEEDS)


def kernel_of(f, theta, rho):
    """K_eff with trace damping rho, from the factors that the network gives its optimizers."""
    factors = f.evaluate(theta).curvature("exact", None).layers
    errors = [factor.errors.reshape(len(f.x), -1) for factor in factors]
    grams = [factor.inputs @ factor.inputs.T for factor in factors]
    return effective_kernel(grams, [j @ j.T for j in errors], rho)


@pytest.mark.slow
def test_beyond_width_1024_critical_rates_are_flat():
    """Trace damping: by 0.05 per octave at most, where the heuristic's go on falling and rising."""
    module = experiment("rate_transfer")
    x, _ = images()
    ends = {1024: 4, 4096: 2}
    starts = {m: [module.layers(x, m, seed) for seed in range(s)] for m, s in ends.items()}

    def octave(damp, damping, power):
        """log2 per octave of the mean over starts, with a head (64 / M)^power times SP's."""
        rates = []
        for width, found in starts.items():
            heads = [module.with_head(start, (64 / width) ** power) for start in found]
            rates.append(np.mean([module.largest_rate(head, damp, damping) for head in heads]))
        return np.log2(rates[1] / rates[0]) / 2

    assert abs(octave("trace", 1e-2, 0.0)) < 0.05
    assert abs(octave("trace", 1e-3, 0.5)) < 0.05
    assert octave("pi", 1e-3, 0.0) < -0.15
    assert octave("pi", 1e-3, 0.5) > 0.1


@pytest.mark.parametrize("damp", ["trace", "pi"])
def test_k_eff_is_the_derivative_of_a_real_step(damp):
    """By differences of f along a step of the optimizer, from -K_eff chi written out; and the step
    from (B + rho_B)^-1 G (A + rho_A)^-1 with whole matrices."""
    x, y = images()
    f = MLP(x, y, (64, 64), biases=False)
    theta = f.start((), np.random.default_rng(0))
    method = ThinKronecker(1.0, 1e-2, damp=damp)
    step = simulate(f, method, theta, steps=1).final - theta

    begun = f.evaluate(theta)
    chi = (begun.z - f.y)[:, 0]
    moved = 0.0
    factors = begun.curvature("exact", None).layers
    for factor, gradient, block in zip(factors, begun.grad, step, strict=True):
        h = factor.inputs
        j = factor.errors.reshape(len(x), -1)
        traces = (h**2).sum() / len(x), (j**2).sum() / len(x)
        rho = dampings(damp, 1e-2, Sizes(*traces, h.shape[1], j.shape[1]))
        dense = -damped_inverse(j.T, rho.B) @ gradient @ damped_inverse(h.T, rho.A)
        # condition 1 / 1e-2 twice, or of the heuristic 1e5 at most
        np.testing.assert_allclose(block, dense, atol=1e-9 * np.abs(dense).max())
        kernel = share(j, rho.B) * share(h, rho.A)
        moved = moved - len(x) * kernel @ chi

    # a difference's own error: h^2 of a third derivative, and eps / h
    h = 1e-5
    above, below = (f.evaluate(theta + sign * h * step).z[:, 0] for sign in (1, -1))
    np.testing.assert_allclose((above - below) / (2 * h), moved, atol=1e-8 * np.abs(moved).max())


def damped_inverse(z, rho):
    """(Z Z^T / n + rho I)^-1, as a matrix."""
    return np.linalg.inv(z @ z.T / z.shape[1] + rho * np.eye(len(z)))


def share(z, rho):
    """X (X + rho)^-1 of X = Z Z^T / n, examples as rows."""
    gram = z @ z.T / len(z)
    return gram @ np.linalg.inv(gram + rho * np.eye(len(z)))


# (e_A, e_B), and what B is made of
MOVES = {
    "SGD": (0.0, 0.0, "output"),
    "K-FAC": (1.0, 1.0, "output"),
    "K-FAC, empirical B": (1.0, 1.0, "loss"),
    "GNT": (0.0, 1.0, "output"),
    "FOOF": (1.0, 0.0, "output"),
}


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_first_moves_of_the_model_in_print(activation):
    """With biases, one output, eight examples, f_0 subtracted: every slope in muP is 0, in SP it is
    (-1/2, 1/2 - e_A, 1 - e_A), within 0.02 in print at widths 128 to 2048; and the output bias at
    the rate of the column "all biases" as M^(1 - e_B), hidden ones flat."""
    # orthogonal, as many as examples in print
    q, _ = np.linalg.qr(np.random.default_rng(4).standard_normal((16, 8)))
    y = np.where(np.arange(8) % 3, 1.0, -1.0)
    widths = (128, 256, 512, 1024)
    study = Study(4 * q.T, y, widths, activation=activation, biases=True, base=128, seeds=6)
    for name, (e_A, e_B, errors) in MOVES.items():
        method = ThinKronecker(0.01, 0.1, e_A, e_B, errors)
        # the rule of biases of their own
        table = exponents("kronecker", e_A=int(e_A), e_B=int(e_B))
        moved = slopes(method, table, study)
        # six starts, to width 1024 only: 0.05 is the largest seen, of ReLU's output with e_A = 0,
        # where the norms of features, which scatter as M^-1/2, enter squared
        np.testing.assert_allclose(moved["weights"], 0, atol=0.06, err_msg=name)
        np.testing.assert_allclose(moved["biases"], 0, atol=0.06, err_msg=name)

        standard = exponents("kronecker", "SP", e_A=int(e_A), e_B=int(e_B))
        moved = slopes(method, standard, study)
        derived = [-0.5, 0.5 - e_A, 1 - e_A]
        np.testing.assert_allclose(moved["weights"], derived, atol=0.06, err_msg=name)

        printed = powers(table)
        printed["output bias"] = printed["output bias"]._replace(c=e_B - 1)
        last = slopes(method, printed, study)["biases"][-1]
        # exact but for a start's f_0, which is subtracted: the step of an output bias sees no width
        assert last == pytest.approx(1 - e_B, abs=0.03), name

    shampoo = WIDE["Shampoo"].optimizer
    for kind, derived in (("muP", (0.0, 0.0, 0.0)), ("SP", (-0.5, 0.0, 0.5))):
        moved = slopes(shampoo, exponents("Shampoo", kind), study)
        np.testing.assert_allclose(moved["weights"], derived, atol=0.06, err_msg=f"Shampoo, {kind}")


def slopes(method, table, study):
    """Of the moves of weights and of biases, in the order of layers."""
    checked = coordinate_check(method, table, study)
    found = {"weights": [], "biases": []}
    for name, one in checked.slopes().items():
        found["biases" if "bias" in name else "weights"].append(one.value)
    return found


# t -> (input, hidden, output), six starts, widths 64 to 1024
ORDERS = {1: (1.05, 0.06, -1.00), 5: (0.99, 0.04, -1.02), 20: (1.00, 0.05, -0.97)}


@pytest.mark.slow
def test_orders_of_the_preconditioner_through_training():
    """Printed for muP; SP's (0, -1, -1) at t = 20, where (-.01, -.98, -.96) was found."""
    module = experiment("preconditioner_order")
    found = module.run(widths=(64, 128, 256, 512, 1024), times=tuple(ORDERS))
    maximal = found["slope"][1].T
    np.testing.assert_allclose(maximal, list(ORDERS.values()), atol=0.1)
    np.testing.assert_allclose(found["slope"][0, :, -1], (-0.01, -0.98, -0.96), atol=0.1)
    for name, traces in (("slope_A", (0, 1, 1)), ("slope_B", (-1, -1, 0))):
        expected = np.broadcast_to(np.array(traces)[:, None], found[name][1].shape)
        np.testing.assert_allclose(found[name][1], expected, atol=0.03)


# damping -> power of eta of the second step from a head of zeros, eta = 1e-4 to 1e-2
KICKS = {
    ("trace", 1e-1): 0.0,
    ("trace", 1e-3): 0.0,
    ("pi", 1e-2): 1.93,
    ("pi", 1e-4): 1.61,
    ("absolute", 1e-4): 1.99,
    ("absolute", 1e-12): 0.0,
}


def test_kicks_against_the_damping():
    """0 as long as the damping follows B, 2 where B falls below it, and what is between by where
    rho tr B crosses an absolute damping."""
    module = experiment("zero_head")
    x, label = module.images(whole=False)
    y = module.parity(label[:24])
    study = Study(x[:24], y, (64, 128), base=64, activation="relu", seeds=4)
    begun = study.at(64, powers(exponents("KFAC")))
    zero = module.Start(begun.network, module.without_head(begun.theta), False)
    etas = np.array([1e-4, 1e-3, 1e-2])

    def power(damp, damping):
        variant = module.Variant(1.0, 1.0, "output", damp, damping)
        return float(module.power(etas, module.kicked(zero, variant, etas)[None])[0])

    for (damp, damping), printed in KICKS.items():
        # absolute dampings were floors of rho_B in print, and are added to A too here
        near = 0.2 if damp == "absolute" else 0.1
        assert power(damp, damping) == pytest.approx(printed, abs=near), (damp, damping)
    floors = [power("absolute", rho) for rho in (1e-4, 1e-7, 1e-9, 1e-12)]
    assert (np.diff(floors) < -0.3).all()


def test_residual_laws():
    """+1, -1, 0, +1; an absolute damping breaks the second, to -.20 in print; by how much depends
    on the network."""
    found = quick("zero_head")["residual_power"]
    np.testing.assert_allclose(found[:4], (1, -1, 0, 1), atol=1e-3)
    assert found[4] > -0.9


def test_only_the_gram_of_the_batch_has_the_polar_factor():
    """(G G^T)^-1/4 G (G^T G)^-1/4 without damping, e = 1/2; means over the examples' own Gram
    matrices are .52 away from it in print, at eight examples."""
    x, y = images(8)
    f = MLP(x, y, (32, 32), biases=False)
    theta = f.start((), np.random.default_rng(0))
    gaps = {}
    for per in ("batch", "example"):
        # -1/4 on either side: the fourth roots of e = 1/2
        method = Kronecker(1.0, 1e-12, Statistic("modes", per, "true", beta2=0.0), powers=(-0.25,))
        step = simulate(f, method, theta, steps=1).final - theta
        polar = polar_factor(f.grad(theta)[1])
        gaps[per] = np.linalg.norm(step[1] + polar) / np.linalg.norm(polar)
    assert gaps["batch"] < 1e-8
    assert gaps["example"] > 0.3

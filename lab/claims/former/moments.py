"""Second moments of mini-batch gradients in linear regression: exact, and what they say about Adam and GN^-1/2."""

from __future__ import annotations

import numpy as np

from lab.bases import Orthogonal, coordinate, random
from lab.claims.former.registry import claim
from lab.claims.former.relations import at_least, at_most, equal, every, identity, refuted, searched, within
from lab.linalg import symmetric_power
from lab.objectives import Elliptical, Gaussian, GaussianRegression, OneHot, RandomDesign
from lab.objectives.designs import Design
from lab.spectra import geometric, with_spectrum
from lab.theory.moments import adam_over_gn_half, batch_crossover, one_step_progress, second_moment

DESIGNS: dict[str, Design] = {"gaussian": Gaussian(), "one-hot": OneHot()}
GAUSSIAN = "linear regression, Gaussian inputs, independent label noise, fresh batches"


def _instance(rng, n=4):
    """A covariance with a random basis, a distance from the optimum, a label noise and a batch size, all over several decades."""
    sigma = with_spectrum(geometric(n, 10 ** rng.uniform(0, 4)), random(n, rng))
    noise = rng.choice([0.0, 10 ** rng.uniform(-2, 1)])
    return sigma, rng.standard_normal(n) * 10 ** rng.uniform(-2, 2, n), float(noise), int(10 ** rng.uniform(0, 5))


@claim(
    "moments/isserlis",
    paper="liu2025",
    statement=r"E[g_B g_B^T] = (1 + 1/B) \Sigma d d^T \Sigma + (\tau/B) \Sigma,  \tau = d^T \Sigma d + \sigma^2",
    source="derived: Isserlis' theorem",
    assumes=GAUSSIAN,
    evidence="symbolic",
    control={"cross": 1},
)
def isserlis(cross=2, seed=0, runs=40_000):
    """cross: the coefficient of Sigma d d^T Sigma at B = 1; 1 is what uncorrelated x x^T and residual would give."""
    rng = np.random.default_rng(seed)
    sigma, delta, noise, basis = with_spectrum(geometric(4, 30.0), random(4, rng)), rng.standard_normal(4), 0.8, random(4, rng)
    checks = [_isserlis_symbolic(cross)]
    for batch in (1, 4, 32):
        f = GaussianRegression(sigma, 0.0, noise, sampler="rows")
        g = basis.to(f.grad(np.broadcast_to(delta, (runs, 4)), f.draw(rng, (runs,), batch)))
        products, mean = g[:, :, None] * g[:, None, :], basis.to(sigma @ delta)
        expected = second_moment(sigma, delta, noise, batch, basis) + (cross - 2) / batch * np.outer(mean, mean)
        checks.append(within(products.mean(0), expected, products.std(0) / np.sqrt(runs), what=f"B = {batch}"))
    return every(*checks)


def _isserlis_symbolic(cross):
    """Both entries of the 2 x 2 case against fourth derivatives of the generating function exp(s^T Sigma s / 2)."""
    import sympy

    a, b, c, p, q, v, size = sympy.symbols("a b c p q v B", positive=True)
    s, sigma, delta = sympy.symbols("s0 s1"), sympy.Matrix([[a, b], [b, c]]), sympy.Matrix([p, q])
    generating = sympy.exp((sympy.Matrix([s]) * sigma * sympy.Matrix(s))[0] / 2)
    origin = dict.fromkeys(s, 0)
    mean, tau = sigma * delta, (delta.T * sigma * delta)[0] + v
    checks = []
    for i, j in ((0, 0), (0, 1)):
        fourth = [[sympy.diff(generating, s[i], s[j], s[k], s[m]).subs(origin) for m in (0, 1)] for k in (0, 1)]
        single = (delta.T * sympy.Matrix(fourth) * delta)[0] + v * sigma[i, j]
        drawn = single / size + (1 - 1 / size) * mean[i] * mean[j]
        checks.append(identity(drawn, (1 + (cross - 1) / size) * mean[i] * mean[j] + tau / size * sigma[i, j], what=f"entry {i}{j}"))
    return every(*checks)


@claim(
    "moments/sandwich",
    paper="liu2025",
    statement=r"\sqrt{B/(\tau K)} P_{GN^{-1/2}} \le P_{Adam} \le \sqrt{B/\tau} P_{GN^{-1/2}} in every basis,  K = 1 + (B+1) r",
    source="derived: Cauchy-Schwarz; the paper states the equivalence without a constant known to us",
    assumes=GAUSSIAN + "; Adam with its expected squared gradient",
    evidence="search",
    control={"extra": 0},
)
def sandwich(extra=1, draws=300, seed=1):
    """The ratio squared, from the diagonal of the second moment itself; extra: K = 1 + (B + extra) r."""
    rng, ratios, bounds = np.random.default_rng(seed), [], []
    instances = [(*_instance(rng), random(4, rng)) for _ in range(draws)]
    instances.append((np.array([1.0, 0.5, 0.2, 0.1]), np.eye(4)[0], 0.0, 7, coordinate(4)))
    for sigma, delta, noise, batch, basis in instances:
        dense = np.diag(sigma) if sigma.ndim == 1 else sigma
        excess = delta @ dense @ delta
        tau = excess + noise**2
        s = np.diag(second_moment(sigma, delta, noise, batch, basis))
        ratios.append(s * batch / (tau * np.diag(basis.q.T @ dense @ basis.q)))
        bounds.append(np.full(4, 1 + (batch + extra) * excess / tau))
    witness = "Sigma diagonal, d = e_1, no label noise: k = (B + 2, 1, ..., 1)"
    upper = at_most(ratios, bounds, slack=1e-9, what="k", witness=witness)
    lower = at_least(ratios, np.ones((len(ratios), 4)), slack=1e-9, what="k", witness=witness)
    return searched(every(upper, lower), f"{len(ratios)} instances, B up to 1e5")


@claim(
    "moments/loewner-sandwich",
    paper="liu2025",
    statement=r"\sqrt{B/(\tau K)} \Sigma^{-1/2} \preceq E[g_B g_B^T]^{-1/2} \preceq \sqrt{B/\tau} \Sigma^{-1/2}",
    source="derived: the matrix sandwich and the Loewner-Heinz inequality",
    assumes=GAUSSIAN + "; full-matrix Adam",
    evidence="search",
    control={"power": -2.0},
)
def loewner_sandwich(power=-0.5, draws=200, seed=2):
    """Eigenvalues of the pencil (M^power, ((tau/B) Sigma)^power) in [K^power, 1]; powers beyond [-1, 0] are not operator monotone."""
    rng, low, high = np.random.default_rng(seed), [], []
    for _ in range(draws):
        sigma = with_spectrum(geometric(4, 10 ** rng.uniform(0, 2)), random(4, rng))
        delta, noise, batch = rng.standard_normal(4), float(rng.uniform(0, 2)), int(10 ** rng.uniform(0, 3))
        excess = delta @ sigma @ delta
        tau = excess + noise**2
        root = symmetric_power(tau / batch * sigma, -power / 2)
        pencil = np.linalg.eigvalsh(root @ symmetric_power(second_moment(sigma, delta, noise, batch), power) @ root)
        low.append((1 + (batch + 1) * excess / tau) ** power / pencil[0])
        high.append(pencil[-1])
    # rounding: condition numbers up to 1e2 (Sigma) times 1e3 (K), raised to the power
    slack = 1e-9
    upper = at_most(high, 1.0, slack=slack, what="largest pencil eigenvalue", witness="every direction Sigma-orthogonal to d")
    lower = at_most(low, 1.0, slack=slack, what="K^power / smallest pencil eigenvalue", witness="every instance, along d")
    return searched(every(upper, lower), f"{draws} instances")


@claim(
    "moments/batch-crossover",
    paper="liu2025",
    statement=r"coordinate i turns from GN^{-1/2}-like to sign-like at B_i = 1/(r \rho_i^2) - 1;"
    r"  spread = \sqrt{(1+(B+1) r \max\rho^2)/(1+(B+1) r \min\rho^2)}",
    source="derived: the exact second moment",
    assumes=GAUSSIAN,
    evidence="exact",
    control={"shift": 1.0},
)
def crossover(shift=-1.0, draws=100, seed=3):
    """k_i <= 2 at the whole batch size below B_i, >= 2 above; and the spread of the two preconditioners read off the moment matrix."""
    rng, below, above, measured, expected = np.random.default_rng(seed), [], [], [], []
    for _ in range(draws):
        sigma, delta, noise, _ = _instance(rng)
        basis, batch = random(4, rng), int(10 ** rng.uniform(0, 4))
        at = batch_crossover(sigma, delta, noise, basis) + 1 + shift
        for i in np.flatnonzero((at >= 1) & (at < 1e6)):
            below.append(adam_over_gn_half(sigma, delta, noise, int(np.floor(at[i])), basis).k[i])
            above.append(adam_over_gn_half(sigma, delta, noise, int(np.ceil(at[i])), basis).k[i])
        adam = np.diag(second_moment(sigma, delta, noise, batch, basis)) ** -0.5
        ratio = adam / np.diag(basis.q.T @ sigma @ basis.q) ** -0.5
        told = adam_over_gn_half(sigma, delta, noise, batch, basis)
        measured.append(ratio.max() / ratio.min())
        x = 1 + (batch + 1) * told.r * told.rho2
        expected.append(np.sqrt(x.max() / x.min()))
    return every(at_most(below, 2.0), at_least(above, 2.0), equal(measured, expected, rtol=1e-9, what="spread"))


@claim(
    "moments/one-step-progress",
    paper="liu2025",
    statement=r"1/K \le D(Adam)/D(GN^{-1/2}) \le K in the eigenbasis, K^{-2} and K^2 in any;  D(P) the best expected one-step decrease",
    source="derived: Schur product theorem; the lower side 1/K is the infimum, the best upper constant is open",
    assumes=GAUSSIAN,
    evidence="search",
    control={"exponent": 0.5},
)
def one_step(exponent=1.0, draws=300, seed=4):
    """Half of the instances in the eigenbasis, half in a random one, and the witness of 1/K; exponent: that of K in the bounds."""
    rng, ratios, bounds = np.random.default_rng(seed), [], []
    few = np.array([1e-9, 1.0, 1.0, 1.0])
    instances = [(few, np.eye(4)[0], 0.0, 8, coordinate(4))]
    for k in range(draws):
        sigma, delta, noise, batch = _instance(rng)
        basis = random(4, rng) if k % 2 else Orthogonal(np.linalg.eigh(sigma)[1])
        instances.append((sigma, delta, noise, batch, basis))
    for k, (sigma, delta, noise, batch, basis) in enumerate(instances):
        dense = np.diag(sigma) if sigma.ndim == 1 else sigma
        told, half = adam_over_gn_half(sigma, delta, noise, batch, basis), np.diag(basis.q.T @ dense @ basis.q) ** -0.5
        adam, gn = one_step_progress([half * told.k**-0.5, half], sigma, delta, noise, batch, basis=basis)
        ratios.append(adam / gn)
        bounds.append(told.upper ** (exponent if k == 0 or k % 2 else 2 * exponent))
    witness = "d along one eigenvector of vanishing variance, no label noise: 1/K in the limit"
    upper = at_most(ratios, bounds, slack=1e-9, what="D(Adam)/D(GN^-1/2)")
    lower = at_most(1 / np.array(ratios), bounds, slack=1e-9, what="D(GN^-1/2)/D(Adam)", witness=witness)
    return searched(every(lower, upper), f"{len(ratios)} instances")


@claim(
    "moments/elliptical",
    paper="liu2025",
    statement=r"x = \sqrt{w} z:  s_i = (\tau/B) \Sigma_{ii} [k_4 r + 1 - r + (2 k_4 + B - 1) r \rho_i^2];  spread <= 3 at B = 1",
    source="derived: fourth moments of elliptical laws",
    assumes="elliptical inputs with E w = 1, E w^2 = k4; independent label noise",
    evidence="statistical",
    control={"assumed": 1.0},
)
def elliptical(k4=3.0, assumed=None, runs=40_000, seed=5):
    """assumed: the kurtosis factor put into the formula; 1 is the Gaussian formula."""
    rng, assumed, noise = np.random.default_rng(seed), k4 if assumed is None else assumed, 0.5
    sigma, delta, basis = with_spectrum(geometric(4, 30.0), random(4, rng)), rng.standard_normal(4), random(4, rng)
    f, tau, checks = RandomDesign(sigma, 0.0, Elliptical(k4), noise), delta @ sigma @ delta + noise**2, []
    for batch in (1, 4):
        g2 = basis.to(f.grad(np.broadcast_to(delta, (runs, 4)), f.draw(rng, (runs,), batch))) ** 2
        k = adam_over_gn_half(sigma, delta, noise, batch, basis, k4=assumed).k
        expected = tau / batch * np.diag(basis.q.T @ sigma @ basis.q) * k
        checks.append(within(g2.mean(0), expected, g2.std(0) / np.sqrt(runs), what=f"B = {batch}"))
    bounds = [adam_over_gn_half(np.ones(2), np.array([1.0, 0.0]), noise, 1, k4=x) for x in np.geomspace(1, 1e6, 13)]
    checks.append(at_most([b.k.max() / b.k.min() for b in bounds], 3.0, what="spread", witness="d = e_1, k4 large"))
    return every(*checks)


@claim(
    "moments/one-hot-breaks-it",
    paper="liu2025",
    statement=r"without Gaussian inputs: Adam at batch 1 is GN^{-1/2} up to \sqrt 3 (false: with x = \sqrt n e_i it is sign descent)",
    source="derived: s_i = n d_i^2 while \\Sigma = I",
    assumes="one-hot inputs, no label noise, B = 1",
    evidence="exact",
    control={"design": "gaussian"},
)
def one_hot(design="one-hot"):
    """The spread of P_Adam / P_GN^-1/2 over coordinates, against the sqrt(3) that Gaussian inputs guarantee."""
    delta = np.array([3.0, 1.0, 0.3, 0.1, 0.01])
    f = RandomDesign(np.ones(5), 0.0, DESIGNS[design])
    s = f.second_moment(delta, 1).diag() / (delta @ delta)
    spread = np.sqrt(s.max() / s.min())
    told = f"s_i / (tau Sigma_ii) = {', '.join(f'{x:.2g}' for x in s)}; spread of the preconditioners {spread:.4g}, not {np.sqrt(3):.4g}"
    return refuted(spread - np.sqrt(3), detail=told, witness="n = 5, d = (3, 1, 0.3, 0.1, 0.01)")

"""Laws that relate optimizers, bases and objectives."""

from functools import cache

import numpy as np
import pytest
from examples import answers, determined, flat, layered, objectives, optimizers, spd, start, wrapped
from layered_objectives import network
from swept import over

from lab.arrays import Layers, scalars
from lab.bases import Kronecker, Orthogonal, PerLayer, random
from lab.checks import EPS
from lab.instruments.invariances import bare
from lab.maps import Elementwise, Flatten, Linear
from lab.objectives import LeastSquares, Quadratic, Reparameterised
from lab.optimizers import InBasis, InVariables, hyperparameters, with_
from lab.optimizers.protocol import INVARIANCES
from lab.simulation import simulate

OPTIMIZERS = optimizers()
# methods that read the factors of a network know it in its own variables only
ON_VECTORS = [name for name, o in OPTIMIZERS.items() if not o.needs & {"factors", "patches"}]
each_optimizer = pytest.mark.parametrize("name", ON_VECTORS)
Q = random(6, np.random.default_rng(11))


def path(objective, optimizer, theta, *, steps=6, batch=None):
    return simulate(objective, optimizer, theta, steps=steps, batch=batch, record={"theta": flat})[
        "theta"
    ]


@each_optimizer
@pytest.mark.parametrize("objective", ["Quadratic", "LeastSquares", "Logistic", "OneHotLogistic"])
def test_in_basis_is_reparameterised(name, objective):
    """InBasis(Q, opt) on f equals opt on f(Q z), full batch and mini-batch."""
    f = objectives()[objective]
    theta = start(objectives()[objective])
    for batch in (None, 4):
        rotated = path(f, InBasis(Q, OPTIMIZERS[name]), theta, batch=batch)
        moved = path(Reparameterised(f, Q), OPTIMIZERS[name], Q.to(theta), batch=batch)
        np.testing.assert_allclose(rotated, Q.back(moved), rtol=1e-9, atol=1e-11)


CHANGES = {
    "linear": Linear(np.eye(6) + 0.3 * np.random.default_rng(12).standard_normal((6, 6))),
    "elementwise": Elementwise(np.sinh, np.cosh, np.sinh, np.arcsinh),
}


@each_optimizer
@pytest.mark.parametrize("kind", CHANGES)
def test_in_variables_is_reparameterised(name, kind):
    """InVariables(P, opt) on f equals opt on f(P(z)), for a non-orthogonal and for a curved P, full
    batch and mini-batch.

    theta goes to z and back at every step: six steps lose cond(P) eps each.
    """
    f = objectives()["Logistic"]
    change = CHANGES[kind]
    theta = start(f)
    for batch in (None, 4):
        varied = path(f, InVariables(change, OPTIMIZERS[name]), theta, batch=batch)
        moved = path(Reparameterised(f, change), OPTIMIZERS[name], change.to(theta), batch=batch)
        np.testing.assert_allclose(varied, change.back(moved), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("kind", CHANGES)
def test_the_metric_in_other_variables(kind):
    """delta = -lr J M^-1 J^T g to first order in the step, J the Jacobian of P at z."""
    f = objectives()["Logistic"]
    change = CHANGES[kind]
    lr = 1e-7
    theta = start(f)
    method = InVariables(change, OPTIMIZERS["DiagonalGN"])
    method = with_(method, lr=lr)
    states = []
    simulate(f, method, theta, steps=1, record={"x": lambda x, s: states.append(s) or x[..., 0]})
    moved = path(f, method, theta, steps=1)[1] - theta
    expected = -lr * method.metric(states[-1]).solve(f.grad(theta))
    np.testing.assert_allclose(moved, expected, rtol=1e-6)


STRETCHED = PerLayer(
    (
        Linear(np.array([[1.2, 0.4], [-0.3, 0.9]])),
        Linear(np.eye(3) + 0.2 * np.ones((3, 3))),
        Linear(np.array([[1.0, 0.5, 0.0], [0.0, 1.0, -0.5], [0.3, 0.0, 1.0]])),
        Linear(np.array([[1.7]])),
    )
)
ON_NETWORK = [
    name
    for name in ON_VECTORS
    if answers(network(), OPTIMIZERS[name]) and determined(OPTIMIZERS[name])
]


@pytest.mark.parametrize("name", ON_NETWORK)
@pytest.mark.parametrize(
    "change", [STRETCHED, CHANGES["elementwise"]], ids=["linear", "elementwise"]
)
def test_in_variables_on_a_network(name, change):
    """The same law where theta is Layers, with a matrix per block that mixes inputs, and
    elementwise.

    Both sides are one map in exact arithmetic. A step of either rounds theta, gradient and Jacobian
    by some ten eps times the condition number of the change, at most 3, as if its start had been
    moved by that; what the six steps make of a move of their start is their condition number M.
    Together 6 * 10 * 3 eps M < 200 eps M; measured are 29 eps M, 8 of matrix methods. M is about 1,
    but up to 7e5 where a polynomial root multiplies small singular values: only then it is asked.
    """
    f = network()
    theta = start(f)
    for batch in (None, 4):
        method = InVariables(change, OPTIMIZERS[name])
        varied = path(f, method, theta, batch=batch)
        moved = path(Reparameterised(f, change), OPTIMIZERS[name], change.to(theta), batch=batch)
        gap = np.abs(varied - flat(change.back(unflattened(moved, theta)))).max()
        if gap > 1e-12:
            assert gap <= 200 * EPS * condition(f, method, theta, batch)


def condition(f, optimizer, theta, batch) -> float:
    """The largest change of a path over that of its start, over a few directions."""
    rng = np.random.default_rng(0)
    path_of = path(f, optimizer, theta, batch=batch)
    sizes = []
    for _ in range(3):
        blocks = [rng.standard_normal(x.shape) for x in theta]
        v = 1e-7 * Layers(blocks, theta.orders, theta.roles)
        change = path(f, optimizer, theta + v, batch=batch) - path_of
        sizes.append(np.linalg.norm(change, axis=-1).max() / np.linalg.norm(flat(v)))
    return max(sizes)


@each_optimizer
def test_in_basis_on_layers(name):
    """The same law with a basis per block: a Kronecker basis for the matrix and the tensor. Methods
    that see no tensors also take these
    steps on the flat vector, in the one big basis."""
    rng = np.random.default_rng(2)
    f = layered()
    q2, q3 = random(2, rng).q, random(3, rng).q
    basis = PerLayer((Kronecker((q2, q3)), Orthogonal(q2), Kronecker((q2, q3, q2.T))))
    theta = start(f)
    rotated = path(f, InBasis(basis, OPTIMIZERS[name]), theta)
    in_layers = path(Reparameterised(f, basis), OPTIMIZERS[name], basis.to(theta))
    np.testing.assert_allclose(rotated, back(in_layers, basis, theta), rtol=1e-9, atol=1e-11)
    if getattr(OPTIMIZERS[name], "scope", "vector") != "vector":
        return
    matrix = np.zeros((20, 20))
    matrix[:6, :6], matrix[6:8, 6:8], matrix[8:, 8:] = (
        np.kron(q2, q3),
        q2,
        np.kron(np.kron(q2, q3), q2.T),
    )
    turned = Orthogonal(matrix)
    moved = path(Reparameterised(f.f, turned), OPTIMIZERS[name], turned.to(flat(theta)))
    np.testing.assert_allclose(rotated, turned.back(moved), rtol=1e-9, atol=1e-11)


def unflattened(z, theta):
    """Flat recorded coordinates (K, n) as Layers like theta, the steps as a run axis."""
    shapes = tuple(x.shape for x in theta)
    return Flatten(shapes, theta.roles).to(z)


def back(z, basis, theta):
    """Flat recorded coordinates (K, n) of Layers, back in the original basis."""
    return flat(basis.back(unflattened(z, theta)))


def rescaled(optimizer, c, s, *, but=()):
    """The method with its hyper-parameters in units of c for theta and s for the loss."""
    known = hyperparameters(optimizer)
    changes = {}
    for field in {name for name, _ in scalars(optimizer)} & set(known) - set(but):
        a, b = optimizer.units.get(field, (0, 0))
        changes[field] = known[field] * c**-a * s**b
    return with_(optimizer, **changes)


@each_optimizer
def test_units(name):
    """theta -> theta / c, loss -> s loss, each hyper-parameter rescaled by its declared units: the
    path is the same."""
    c = 3.0
    s = 7.0
    h = spd(6)
    optimizer = OPTIMIZERS[name]
    theta = start(Quadratic(h))
    changed = rescaled(optimizer, c, s)
    reference = path(Quadratic(h), optimizer, theta)
    other = path(Quadratic(s * c**2 * h), changed, theta / c)
    np.testing.assert_allclose(c * other, reference, rtol=1e-9, atol=1e-11)


PENALISED = [n for n in wrapped(6) if any(kind in n for kind in ("Penalty", "L1", "LQ"))]


@pytest.mark.parametrize("name", PENALISED)
def test_units_of_penalties(name):
    c, s, h = 3.0, 7.0, spd(6)
    optimizer, theta = wrapped(6)[name], start(Quadratic(h))
    other = path(Quadratic(s * c**2 * h), rescaled(optimizer, c, s), theta / c)
    np.testing.assert_allclose(c * other, path(Quadratic(h), optimizer, theta), rtol=1e-9)


def regression(h):
    """The least squares problem with Hessian H and minimum 0: unlike the quadratic it has labels,
    and so mean gradients of sampled ones."""
    rows = np.sqrt(len(h)) * np.linalg.cholesky(h).T
    return LeastSquares(rows, np.zeros(len(h)))


INSIDE = np.array([1.0, -0.8, 0.6, 1.3, -1.1, 0.9])
SEPARABLE = np.linspace(0.4, 1.7, 6)
DENSE = spd(6, seed=4, kappa=9.0)
SCALED = {"scale": 7.3, "diagonal": np.geomspace(0.3, 5.0, 6)}
TURNED = {
    "rotation": Q,
    "sign": Orthogonal(np.diag([1.0, -1, -1, 1, 1, -1])),
    "permutation": Orthogonal(np.eye(6)[[3, 0, 5, 1, 2, 4]]),
}


def on_matrices(name):
    return getattr(OPTIMIZERS[name], "scope", "vector") == "matrix"


def twelve_steps(name, h, optimizer):
    """On the problem with this Hessian that the method can learn from."""
    sampled = on_matrices(name) and "curvature.mean" in OPTIMIZERS[name].needs
    f = regression(h) if sampled else Quadratic(h)
    return path(f, optimizer, INSIDE, steps=12)


@cache
def unchanged(name, separable, damped):
    """The path that all changes of the objective are compared with."""
    optimizer = OPTIMIZERS[name] if damped else bare(OPTIMIZERS[name])
    return twelve_steps(name, np.diag(SEPARABLE) if separable else DENSE, optimizer)


def seen(name, kind) -> float:
    """How much the path of an optimizer notices one of the changes of INVARIANCES."""
    # rounding decides what is in the range of the undamped sum of a few gradients
    damped = on_matrices(name) and kind != "diagonal"
    optimizer = OPTIMIZERS[name] if damped else bare(OPTIMIZERS[name])
    if kind in SCALED:
        if damped:
            optimizer = rescaled(optimizer, 1, SCALED[kind], but={"lr"})
        changed = twelve_steps(name, np.diag(SCALED[kind] * SEPARABLE), optimizer)
    else:
        changed = twelve_steps(name, DENSE, InBasis(TURNED[kind], optimizer))
    return np.abs(changed - unchanged(name, kind in SCALED, damped)).max()


@each_optimizer
@pytest.mark.parametrize("kind", INVARIANCES)
def test_invariances(name, kind):
    """A method does not see the changes of the objective that it declares, and sees all others.

    Hyper-parameters that carry a unit of loss are at 0; those of methods of matrices stay, and are
    rescaled with the loss, except the rate.
    """
    noticed = seen(name, kind)
    assert (noticed < 1e-8) if kind in OPTIMIZERS[name].invariances else (noticed > 1e-5), noticed


@pytest.mark.parametrize("name", sorted(set(OPTIMIZERS) - set(ON_VECTORS)))
def test_factors_are_those_of_a_network_in_its_own_variables(name):
    """Elsewhere a method that reads them is refused in one line."""
    f = network()
    with pytest.raises(TypeError, match="has no factors per layer: they are those of a network"):
        path(f, InVariables(STRETCHED, OPTIMIZERS[name]), start(f), steps=1)
    with pytest.raises(TypeError, match=r"asks for .*(factors|patches)"):
        path(Quadratic(spd(6)), OPTIMIZERS[name], np.ones(6))


@over(OPTIMIZERS)
def test_invariances_are_known(name):
    assert OPTIMIZERS[name].invariances <= set(INVARIANCES)


def test_with_reaches_inside_wrappers():
    wrapped = InBasis(Q, InBasis(Q, OPTIMIZERS["Adam"]))
    assert with_(wrapped, lr=0.5).inner.inner.lr == 0.5
    assert wrapped.inner.inner.lr == OPTIMIZERS["Adam"].lr

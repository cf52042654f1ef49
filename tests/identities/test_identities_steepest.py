"""One family of steepest descents: its points are the methods that have names of their own; roots
of Muon at the digits that were derived for them; duality of every norm."""

import numpy as np
import pytest
from streams import SHAPES, iterates, stream

from lab import linalg
from lab.optimizers import LMO, SGD, Adam, Muon, Shampoo, SignSGD, SignSVD, Signum, example, with_
from lab.optimizers.matrix.norms import NORMS, factor, metric, steepest
from lab.optimizers.matrix.polar import ROOTS, divides, frobenius, gain, maps_of, orthogonal

RNG = np.random.default_rng(5)


def same(a, b, shape, digits=1e-12):
    theta, grads = stream(SHAPES[shape])
    found, expected = iterates(a, grads, theta), iterates(b, grads, theta)
    np.testing.assert_allclose(found, expected, rtol=digits, atol=digits)


@pytest.mark.parametrize("shape", SHAPES)
def test_muon_is_a_point(shape):
    """The same class of numbers as the method that keeps its own: eps and root included."""
    lmo = LMO(0.3, 0.6, 0.2, nesterov=True, scale="shape")
    same(lmo, Muon(0.3, 0.6, 0.2), shape)
    exact = Muon(0.3, 0.6, 0.0, nesterov=False, orthogonalise="svd")
    same(LMO(0.3, 0.6, root="exact", scale="shape"), exact, shape)


def test_signs_are_points():
    same(LMO(0.3, 0.6, norm="sign"), Signum(0.3, 0.6), "tensor")
    same(LMO(0.3, 0.0, norm="sign"), SignSGD(0.3), "tall")


def test_the_first_step_of_shampoo_is_that_of_sign_svd():
    theta, grads = stream(SHAPES["wide"])
    first = grads[:1]
    found = iterates(SignSVD(0.3), first, theta)
    # pseudo-inverse fourth roots of squares: half of the digits of small singular values are lost
    np.testing.assert_allclose(
        found, iterates(Shampoo(0.3, 0.0), first, theta), rtol=1e-6, atol=1e-7
    )


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("shape", [(4, 3), (2, 5), (3, 3), (4, 1), (1, 4)])
def test_duality(norm, shape):
    """<G, Delta> is the dual norm, no point of the ball does better, and the metric undoes it."""
    dual = {
        "sign": lambda g: np.abs(g).sum(),
        "spectral": lambda g: np.linalg.svd(g, compute_uv=False).sum(),
        "row": lambda g: np.linalg.norm(g, axis=1).sum(),
        "column": lambda g: np.linalg.norm(g, axis=0).sum(),
        "frobenius": np.linalg.norm,
    }[norm]
    g = RNG.standard_normal(shape)
    d = steepest(norm, g, "exact", 5, 0.0)
    assert (g * d).sum() == pytest.approx(dual(g), rel=1e-13)
    others = [steepest(norm, RNG.standard_normal(shape), "exact", 5, 0.0) for _ in range(20)]
    assert max((g * other).sum() for other in others) <= dual(g) * (1 + 1e-13)

    found = metric(norm, 2, g, 1.7, root="exact", iterations=5, eps=0.0).times(1.7 * d)
    np.testing.assert_allclose(found, g, rtol=1e-12, atol=1e-13)
    turned = {"row": "column", "column": "row"}.get(norm, norm)
    np.testing.assert_allclose(steepest(turned, g.T, "exact", 5, 0.0), d.T, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("norm", NORMS)
def test_zero_goes_to_zero(norm):
    for root in (*ROOTS, "exact"):
        d = steepest(norm, np.zeros((2, 3)), root, 5, 0.0)
        np.testing.assert_array_equal(d, 0.0)
    part = steepest(norm, np.array([[3.0, 0.0], [0.0, 0.0]]), "exact", 5, 0.0)
    np.testing.assert_allclose(part, [[1.0, 0.0], [0.0, 0.0]], atol=1e-15)


# G_ij = sin(i^2 + i j), i = 1, 2, 3, j = 1 ... 4: entry (1, 1) and the distance from the polar
# factor after five steps, derived with singular values in another program
G = np.array([[np.sin(i * i + i * j) for j in range(1, 5)] for i in range(1, 4)])
DERIVED = {
    "jordan": (0.695257640542, 0.1428332939),
    "polar-express": (0.599205596454, 0.1221444502),
    "cans": (0.617040870444, 0.1064798224),
    "you": (0.677938677665, 0.01897940833),
}
# P_5 of each list at 0.001, 0.1, 1
SCALARS = {
    "jordan": (0.4705439512, 0.7121200817, 0.6964364095),
    "polar-express": (0.8401453965, 0.8914441713, 0.8771067674),
    "cans": (0.8865275245, 0.9163087801, 1.005069425),
    "you": (0.474981564, 1.019049889, 0.9783455603),
}


@pytest.mark.parametrize("root", DERIVED)
def test_roots_have_the_derived_digits(root):
    polar = linalg.polar_factor(G)
    found = orthogonal(G, root, 5)
    entry, distance = DERIVED[root]
    assert found[0, 0] == pytest.approx(entry, rel=1e-10)
    assert np.linalg.norm(found - polar, 2) == pytest.approx(distance, rel=1e-8)
    np.testing.assert_allclose(orthogonal(G.T, root, 5), found.T, rtol=1e-11, atol=1e-12)

    x = np.array([0.001, 0.1, 1.0]) / ROOTS[root].margin
    np.testing.assert_allclose(x * gain(x, maps_of(root, 5)), SCALARS[root], rtol=3e-9)


def test_the_right_polar_express():
    """Its first map is (8.2051, -22.9019, 16.4607): one library has 7.2086 in the first place."""
    a, b, c = ROOTS["polar-express"].maps[0]
    np.testing.assert_allclose((a, b, c), (8.2051, -22.9019, 16.4607), atol=1e-4)
    values = gain(np.geomspace(0.01, 1.0, 400) / 1.01, maps_of("polar-express", 5))
    error = np.abs(np.geomspace(0.01, 1.0, 400) / 1.01 * values - 1).max()
    assert error == pytest.approx(0.129737, rel=1e-3)


@pytest.mark.parametrize("root", [*ROOTS, "exact"])
@pytest.mark.parametrize("shape", [(4, 3), (2, 5), (3, 3)])
def test_what_divides_in_a_root(root, shape):
    x = RNG.standard_normal((2, *shape))
    p = divides(x, root, 6, 0.3)
    np.testing.assert_allclose(p @ orthogonal(x, root, 6, 0.3), x, rtol=1e-9, atol=1e-10)


def test_lists_end_in_their_last_map():
    assert maps_of("jordan", 3) == ROOTS["jordan"].maps * 3
    assert maps_of("polar-express", 9)[-2:] == ((15 / 8, -5 / 4, 3 / 8),) * 2
    exact = linalg.polar_factor(G)
    np.testing.assert_allclose(orthogonal(G, "polar-express", 9), exact, atol=1e-13)


def test_operator_balls():
    """In operator scale a step changes outputs as much at every width."""
    for rows, columns in ((4, 9), (9, 4)):
        g = RNG.standard_normal((rows, columns))
        into = RNG.standard_normal(columns)
        d = factor("spectral", "operator", rows, columns) * steepest("spectral", g, "exact", 5, 0.0)
        rms_in, rms_out = np.sqrt((into**2).mean()), np.sqrt(((d @ into) ** 2).mean())
        assert rms_out <= rms_in * (1 + 1e-12)
        flat = factor("sign", "operator", rows, columns) * steepest("sign", g, "exact", 5, 0.0)
        assert np.abs(flat @ np.ones(columns)).max() <= 1 + 1e-12
    assert frobenius(np.full((2, 3), 2.0)).item() == pytest.approx(np.sqrt(24))


def test_wrappers_at_their_ends():
    """What each wrapper is where it has nothing to do."""
    from lab.optimizers import Clipped, ErrorFeedback, Mars, ScheduleFree

    adam = example("Adam")
    same(Clipped(adam, 1e9), adam, "tall")
    same(Mars(adam, 0.0), adam, "tall")
    same(ErrorFeedback(adam, "top", part=1.0), adam, "tall")
    same(ScheduleFree(SGD(0.3), 0.0), SGD(0.3), "tall")


def test_a_cautious_step_never_climbs():
    theta, grads = stream(SHAPES["tall"])
    method = with_(example("CautiousAdamW"), weight_decay=0.0)
    steps = np.diff(iterates(method, grads, theta), axis=0)
    plain = np.diff(iterates(Adam(0.07, 0.5, 0.8, 0.1), grads, theta), axis=0)
    assert ((steps * grads).sum((1, 2)) <= 0).all()
    assert ((plain * grads) > 0).any()

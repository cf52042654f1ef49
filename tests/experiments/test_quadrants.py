"""Known numbers in the experiments of the stochastic regime, against closed forms and other routes
in the library."""

import sys

import numpy as np
import pytest
from files import experiment

from lab.instruments.timing import interleaved
from lab.objectives import GaussianRegression
from lab.optimizers import IdealisedAdam
from lab.simulation import simulate
from lab.spectra import geometric
from lab.theory.conditioning import jacobi, plane
from lab.theory.moments import batch_crossover


@pytest.fixture(scope="module")
def block():
    return experiment("block_covariance_batch").run(
        levels=3, factor=16, fine=9, rates=2, tuning=2, seeds=2
    )


def test_on_the_block_instance_gn_is_sgd(block):
    # the same recursion after a rotation of 32 dimensions, 150 steps
    np.testing.assert_allclose(block["theory_SGD"], block["theory_GN^-1"], rtol=1e-11)


def test_block_crossovers_and_gains(block):
    """rho_k^2 = lam_k^2 / sum_j b lam_j; the gain at B is sqrt(k_stiff / k_k) with k = 1 + (B + 1)
    rho^2, at most lam_stiff / lam_k."""
    lam = block["active"]
    rho2 = lam**2 / (8 * lam.sum())
    np.testing.assert_allclose(block["crossover"], 1 / rho2, rtol=1e-12)
    for gain, batch in ((block["gain"], block["batch"]), (block["theory_gain"], block["fine"])):
        k = 1 + (batch + 1) * rho2[:, None]
        np.testing.assert_allclose(gain, np.sqrt(k[-1] / k), rtol=1e-12)
        assert (gain < lam[-1] / lam[:, None] * (1 + 1e-12)).all()


def test_block_sgd_falls_to_its_full_batch_loss(block):
    """At large B: the best constant step of full-batch descent over the same grid, in closed
    form."""
    lam, found = (
        block["active"],
        experiment("block_covariance_batch").run(
            levels=2, factor=10**9, fine=2, rates=2, tuning=1, seeds=1
        ),
    )
    step = 2 / lam.max() * np.geomspace(1e-2, 1.0, 120)
    loss = (lam * (1 - step[:, None] * lam) ** 300).sum(1) / lam.sum()
    assert found["theory_SGD"][-1] == pytest.approx(loss.min(), rel=1e-5)
    assert loss.min() == pytest.approx(4.1e-4, rel=0.05)


def test_gn_in_the_eigenbasis_at_batch_one():
    """GN^-1 has the expected loss (33/34)^200 = 2.6e-3 of the start, whatever the start; its tuned
    median is no worse, nor far below."""
    module = experiment("quadrants")
    lam = geometric(32, 1e3)
    table = {"GN^-1": module.methods(lam, 1, 13, 0.1)["GN^-1"]}
    found = module.quadrant(
        GaussianRegression(lam, 0.0), table, (12, 60), seed=0, steps=200, batch=1, every=50
    )
    assert 0.4 < found["final"][0] / (33 / 34) ** 200 < 1.3
    assert found["edge"][0] == ""


def test_plane_crossovers_are_those_of_the_soft_eigenvector():
    found = experiment("phase_diagram").run(
        kappas=(100.0,),
        points=2,
        levels=2,
        rates=2,
        tuning=2,
        seeds=2,
        horizons=(2, 4),
        exact_rates=5,
    )
    for k in (0, 30, 59):
        phi = np.radians(found["line"][k])
        soft = np.array([-np.sin(phi), np.cos(phi)])
        expected = batch_crossover(plane(100.0, phi), soft, 0.0)
        np.testing.assert_allclose([found["far"][0, k], found["near"][0, k]], expected, rtol=1e-9)


def test_in_the_plane_gn_has_the_best_rate_and_all_tie_at_45_degrees():
    module = experiment("phase_diagram")
    for kappa in (10.0, 1000.0):
        for batch in (1, 30, 10**6):
            for phi in (0.0, 0.2, np.pi / 4):
                rate, loss = module.fixed(plane(kappa, phi), batch, np.array([7]), 20)
                assert rate[2] <= min(rate) * (1 + 1e-12)
            assert rate == pytest.approx([rate[0]] * 3, rel=1e-9)
            assert loss[0] == pytest.approx(np.full(3, loss[0, 0]), rel=1e-9)


def test_a_winner_is_sure_of_it():
    loss = np.array([[1.0, 1.0, 2.0, 0.5], [1.0, 0.9, 1.0, 0.5], [3.0, 2.0, 1.0, 0.5]])
    assert list(experiment("phase_diagram").winner(loss, np.array([0.2, 0.01, 0.2]))) == [0, 3, 2]


def test_adam_at_all_angles_at_once_is_adam_in_coordinates():
    """The phase diagram turns bases in eigencoordinates; here the covariance is turned instead.
    Independent runs, z <= 5."""
    module = experiment("phase_diagram")
    phi = np.radians([0.0, 25.0, 45.0])
    kappa = 20.0
    runs = 4000
    mean, error = module.adam(kappa, phi, 3, t=np.array([40]), sizes=(1, 3, runs), seed=0)
    theta = np.random.default_rng(5).standard_normal((runs, 2))
    for k, angle in enumerate(phi):
        rule = IdealisedAdam(0.005)
        loss = (
            simulate(
                GaussianRegression(plane(kappa, angle), 0.0), rule, theta, steps=40, batch=3, rng=6
            )["loss"][-1]
            * 2
            / (kappa + 1)
        )
        assert abs(loss.mean() - mean[0, k]) <= 5 * np.hypot(
            error[0, k], loss.std() / np.sqrt(runs)
        )


def test_sweep_and_single_calls_agree():
    speed = experiment("speed")
    found = speed.run(**(speed.QUICK | {"calls": 60, "steps": 100}))
    assert len(found["difference"]) == 101
    # every step rounds afresh: some eps per step, and Adam contracts on a quadratic
    assert found["difference"].max() <= 1e-12
    assert found["difference"][0] <= 1e-15  # the loss at the start, the same sum of four terms


def test_rivals_do_the_same_work():
    """The losses of every installed rival are the lab's to rounding: some eps per step, on a
    quadratic that Adam contracts."""
    rivals = experiment("rivals")
    found = rivals.run(
        sweeps=(3, 4),
        sizes=(6, 5),
        steps=30,
        side=4,
        matrix_steps=2,
        scaling_sizes=(3, 6),
        **rivals.NETWORKS,
        rounds=1,
    )
    assert found["agreement"].shape == (2, 2, len(found["rivals"]))
    assert found["agreement"].max() <= 1e-12
    assert list(found["rivals"][:3]) == ["lab", "numpy in place", "floor of the machine"]
    assert list(found["cases"]) == ["3 x 6 dense", "4 x 5 diagonal"]
    assert (found["adam_ratio"][..., 0] == 1).all()

    # losses of networks, some eps per step and layer
    assert found["network_rivals"][0] == "lab"
    assert list(found["alone_names"]) == ["4-3-2, 8 rows", "4-3-2, 32 rows", "6-5-3, 4 rows"]
    assert list(found["together_names"]) == ["4-3-2, 8 rows", "4-3-2, 32 rows"]
    assert max(found["alone_gap"].max(), found["together_gap"].max()) <= 1e-13

    # the best diagonal of the lab, and of a semidefinite program where there is a solver
    assert found["scaling_solvers"][0] == "lab"
    ratio = found["scaling_kappa"] / found["scaling_bound"]
    assert (ratio >= 1 - 1e-6).all()
    # the gap that the lab is asked for; interior points leave 1e-6, splitting per cents
    left = {"SDP (CVXPY, SCS)": 0.05}
    for name, found_by in zip(found["scaling_solvers"], ratio, strict=True):
        assert (found_by <= np.exp(1e-3) + left.get(name, 1e-6)).all(), name


def test_solvers_are_asked_for_what_they_can_do(monkeypatch):
    """Jacobi's scaling and none at all, for two solvers that are not installed: nothing is NaN, so
    that it can be stored, and what nobody waited for is told from what is no scaling."""
    module = sys.modules[experiment("rivals").scalings.__module__]
    solvers = {"lab": module.installed()["lab"]}
    solvers |= {"SDP (CVXPY, Clarabel)": jacobi, "SDP (CVXPY, SCS)": lambda h: 0 * h[0]}
    monkeypatch.setattr(module, "installed", lambda: solvers)
    found = module.scalings((3, 6), most=(3, 6), rounds=1, seed=0)
    seconds = found["scaling_seconds"]
    assert np.isinf(seconds).tolist() == [[False, False], [False, True], [False, False]]
    assert np.isinf(found["scaling_kappa"]).tolist() == [[False] * 2, [False, True], [True] * 2]
    told = module.scalings_told(found)
    assert "Clarabel) " in told
    assert "for 3 rows, values within" in told
    assert "for 6 rows, not always a scaling; none is below" in told


def test_jobs_take_turns():
    """Each once before the clock runs, then round after round."""
    seen = []
    times = interleaved({name: lambda name=name: seen.append(name) for name in "ab"}, rounds=3)
    assert "".join(seen) == "ab" + 3 * "ab"
    assert all(seconds.shape == (3,) and (seconds >= 0).all() for seconds in times.values())

"""What `lab conform` says of wrong methods of layers: SOAP whose moments lose their columns when
the basis moves, and LARS with its ratio clamped beside its other options.

The wrong SOAP is a loop in NumPy for one matrix, with bases, orders and signs as LAPACK leaves
them; it knows nothing of the classes that explain it.
"""

import dataclasses

import numpy as np
import pytest
from faults import run

from lab.arrays import Layers
from lab.conformance import Record, conform, record_of

ROWS = 4
COLUMNS = 3
EVERY = 5
RATES = (0.7, 0.8)
HYPER = {"lr": 0.03, "betas": list(RATES), "eps": 0.01, "weight_decay": 0.0}


def orthogonal(rng, n):
    return np.linalg.qr(rng.standard_normal((n, n)))[0]


def moved(factor, q, kept):
    """The next basis and the order of its columns; kept: in their old places, with their signs."""
    order = np.argsort(-np.diag(q.T @ factor @ q), kind="stable")
    new, upper = np.linalg.qr(factor @ q[:, order])
    if not kept:
        return new, order
    new = new * np.where(np.diag(upper) < 0, -1.0, 1.0)
    return new[:, np.argsort(order)], np.arange(len(q))


def soap_path(theta, grads, bases, *, m_follows=True, v_follows=True, kept=False):
    """The points after each call; the first call makes no step."""
    left, right = bases
    beta1, beta2 = RATES
    m = v = 0 * theta
    big = np.zeros((ROWS, ROWS))
    small = np.zeros((COLUMNS, COLUMNS))
    points = []
    for t, g in enumerate(grads):
        if t:
            z = left.T @ g @ right
            m = beta1 * m + (1 - beta1) * z
            v = beta2 * v + (1 - beta2) * z * z
            m_hat = m / (1 - beta1**t)
            v_hat = v / (1 - beta2**t)
            step = m_hat / (np.sqrt(v_hat) + HYPER["eps"] / np.sqrt(1 - beta2**t))
            theta = theta - HYPER["lr"] * left @ step @ right.T
        big = beta2 * big + (1 - beta2) * g @ g.T
        small = beta2 * small + (1 - beta2) * g.T @ g
        if t and t % EVERY == 0:
            new_left, rows = moved(big, left, kept)
            new_right, columns = moved(small, right, kept)
            if m_follows:
                m = new_left.T @ left @ m @ right.T @ new_right
            if v_follows:
                v = v[rows][:, columns]
            left, right = new_left, new_right
        points.append(theta)
    return np.array(points)


def soap_record(seed=0, **faults):
    rng = np.random.default_rng(seed)
    bases = orthogonal(rng, ROWS), orthogonal(rng, COLUMNS)
    theta = rng.standard_normal((ROWS, COLUMNS))
    # sizes that differ by direction, so that the order of the columns changes
    grads = rng.standard_normal((24, ROWS, COLUMNS)) * rng.uniform(0.2, 3.0, (24, ROWS, 1))
    points = soap_path(theta, grads, bases, **faults)
    hyper = HYPER | {
        "precondition_frequency": EVERY,
        "initial_Q": [q.tolist() for q in bases],
    }
    return Record(
        "SOAP",
        "authors",
        hyper,
        Layers([theta]),
        Layers([grads], [2]),
        None,
        points.reshape(len(points), -1),
    )


# what does not follow the columns, whether they are put back in their old places, and the words
LEFT = {
    "m": ({"m_follows": False}, "m stays in its places"),
    "v": ({"v_follows": False}, "v does not follow"),
    "m and v": ({"m_follows": False, "v_follows": False}, "neither m nor v follows"),
    "m, of columns in their places": ({"m_follows": False, "kept": True}, "m stays in the old"),
}


def test_a_loop_of_soap_without_a_fault_conforms():
    """Whether columns are sorted or put back is nobody's business if everything follows."""
    for kept in (False, True):
        outcome = conform(soap_record(kept=kept))
        assert outcome.conforms, outcome


@pytest.mark.parametrize("what", LEFT)
def test_what_does_not_follow_the_columns_is_named(what):
    faults, words = LEFT[what]
    outcome = conform(soap_record(**faults))
    assert [words in name for name, _ in outcome.explanations] == [True], outcome


# every clamp of LARS beside its other options, the loop's and ours
CLAMPS = {
    "ratio clamped": "clamped to 1 ",
    "clamped to ten": "clamped to 10 ",
    "larc": "(LARC)",
    "no ratio": "no trust ratio",
}


def lars_record(fault, **options):
    """Ratios on both sides of every clamp: small at large gradients, 100 with decay alone."""
    hyper = {"lr": 0.3, "momentum": 0.5, "trust_coefficient": 1.0, "weight_decay": 0.01} | options
    record = record_of("LARS", hyper, single=True)
    full = record.hyper
    theirs = run("LARS", fault, full, record.start, record.gradients)
    return dataclasses.replace(record, trajectory=theirs)


@pytest.mark.parametrize("options", [{"nesterov": True}, {"eps": 0.02}], ids=["nesterov", "eps"])
@pytest.mark.parametrize("fault", CLAMPS)
def test_a_clamped_trust_ratio_is_named(fault, options):
    assert conform(lars_record(None, **options)).conforms
    outcome = conform(lars_record(fault, **options))
    names = [f"{name} " for name, _ in outcome.explanations]
    assert [CLAMPS[fault] in name for name in names] == [True], outcome

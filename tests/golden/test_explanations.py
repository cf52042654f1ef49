"""What `lab conform` says of wrong optimizers: the right cause, never a wrong one, and a measured
answer where no name fits.

The wrong optimizers are naive loops (faults), faults of the training loop, random formulas, and
single precision. An explanation is right if it names the fault, or is the same method: on a stream
that the search never saw, it moves as the loop does.
"""

import dataclasses
import itertools

import numpy as np
import pytest
from faults import CALLS, LOOPS, called_wrongly, run
from swept import slow

from lab.conformance import Record, agreement, build, conform, path, record_of
from lab.conformance.answers import Recorded, unrecorded
from lab.conformance.measured import SINGLE
from lab.conformance.published import READINGS
from lab.conformance.records import rows, unstacked
from lab.conformance.search import explain
from lab.optimizers import EXAMPLES, OPTIMIZERS, defaults, example
from lab.oracle import Answers

# Loud, and no two numbers equal to one another or to a complement: faults that coincide can't be
# told apart.
LOUD = {
    "lr": 0.06,
    "beta1": 0.7,
    "beta2": 0.85,
    "beta3": 0.65,
    "momentum": 0.55,
    "dampening": 0.25,
    "weight_decay": 0.15,
    "eps": 0.02,
}
PLAIN = {"eps_root": 0.0, "initial_accumulator": 0.0, "initial_momentum": 0.0}


def loud(method):
    hyper = defaults(method) | EXAMPLES[method]
    hyper |= {key: value for key, value in LOUD.items() if key in hyper}
    if method == "AdaBelief":
        return hyper | {"eps_root": 0.03}
    return hyper | {key: value for key, value in PLAIN.items() if key in hyper}


def faulty(method, fault, seed=0, dtype=float):
    """A record of the loop that says it is our method."""
    record = record_of(method, loud(method), seed=seed, single=True)
    with np.errstate(all="ignore"):
        theirs = run(method, fault, loud(method), record.start, record.gradients, dtype=dtype)
    return dataclasses.replace(record, trajectory=theirs)


def explained(record):
    optimizer = build(record)
    reached = agreement(path(optimizer, record), record.trajectory, record.start)
    assert reached.min() < 10
    return explain(optimizer, record, reached, 10.0)


FAULTS = [(method, fault) for method, (_, faults) in LOOPS.items() for fault in faults]


@pytest.mark.parametrize("method", LOOPS)
def test_a_loop_without_a_fault_conforms(method):
    assert conform(faulty(method, None)).conforms


def named(method, fault):
    found = explained(faulty(method, fault))
    words = LOOPS[method][1][fault]
    return found and any(word in found[0].name for word in words), [one.name for one in found]


# every fourth in the suite, and those of methods with formulas of their own, each of which only its
# fault tries; all of them under -m slow
SAMPLE = [pair for k, pair in enumerate(FAULTS) if k % 4 == 0 or pair[0] in READINGS]


@pytest.mark.parametrize(("method", "fault"), SAMPLE)
def test_a_fault_is_named(method, fault):
    right, told = named(method, fault)
    assert right, told


@pytest.mark.slow
def test_every_fault_is_named():
    wrong = {pair: told for pair in FAULTS for right, told in [named(*pair)] if not right}
    assert not wrong


def called(method, fault, seed=0):
    """A record of our method, called with a fault of the training loop."""
    record = record_of(method, EXAMPLES[method], seed=seed)
    gradients = unstacked(record.grads, len(record.trajectory))

    def oracle(seen, t):
        return Recorded(Answers({"grad": seen}), record.told, t, record.theta0)

    with np.errstate(all="ignore"):
        points = called_wrongly(
            fault, build(record), record.theta0, [(g, oracle) for g in gradients]
        )
    return dataclasses.replace(record, trajectory=np.array([rows(point, 0) for point in points]))


def call_is_named(method, fault):
    """Named, the same as ours, or explained by what moves like it on another stream."""
    record = called(method, fault)
    outcome = conform(record)
    if outcome.conforms or any(word in str(outcome) for word in CALLS[fault]):
        return True
    second = called(method, fault, seed=1)
    return any(
        agreement(path(one.optimizer, second), second.trajectory, second.start).min() > 10
        for one in explained(record)
    )


# a record has no factors of a network, and no loss at other points
RECORDED = [name for name in OPTIMIZERS if not unrecorded(example(name))]
PAIRED = list(itertools.product(RECORDED, CALLS))


# a fault per method, in turn, without the slow search of SOAP
@pytest.mark.parametrize(
    ("method", "fault"), [PAIRED[k] for k in range(0, len(PAIRED), 20) if PAIRED[k][0] != "SOAP"]
)
def test_a_fault_of_the_calls_is_named(method, fault):
    assert call_is_named(method, fault)


@pytest.mark.slow
def test_every_fault_of_the_calls_is_named():
    wrong = [pair for pair in PAIRED if not call_is_named(*pair)]
    assert not wrong


def random_formula(seed):
    """A wrong update of two averages: random powers, rates and a random mixture of the gradient,
    its average and its sign."""
    rng = np.random.default_rng(seed)
    a, b, c = rng.uniform(0.1, 1.0, 3)
    rate = rng.uniform(0.3, 0.9)
    power = rng.uniform(0.2, 0.9)
    corrected = rng.random() < 0.5

    def path_of(theta, grads):
        m = v = 0 * theta
        points = []
        for t, g in enumerate(grads, 1):
            m = rate * m + (1 - rate) * g
            v = 0.8 * v + 0.2 * np.abs(g) ** (2 * power)
            v_hat = v / (1 - 0.8**t) if corrected else v
            theta = theta - 0.05 * (
                a * m / (v_hat**0.5 + 0.1)
                + b * np.sign(g) * np.abs(g) ** power / (1 + np.abs(g))
                + c * m / t
            )
            points.append(theta)
        return np.array(points)

    return path_of


def accidents(method, seeds):
    """Explanations of random formulas that do not reproduce them on a second stream."""
    found = []
    for seed in seeds:
        formula = random_formula(seed)
        record = record_of(method, loud(method), single=True)
        record = dataclasses.replace(record, trajectory=formula(record.start, record.gradients))
        second = record_of(method, loud(method), single=True, seed=5)
        theirs = formula(second.start, second.gradients)
        for one in explained(record):
            ours = path(one.optimizer, second)
            if agreement(ours, theirs, second.start).min() < 12:
                found.append((method, seed, one.name))
    return found


def test_random_formulas_get_no_explanation_that_fits_by_accident():
    # every one is a search through all pairs, half a second; two hundred of them under -m slow
    seeds = {"Adam": range(2), "AMSGrad": range(3, 4), "SGD": range(5, 6)}
    assert not [x for method, chosen in seeds.items() for x in accidents(method, chosen)]


@pytest.mark.slow
def test_two_hundred_random_formulas():
    methods = ("Adam", "AdamW", "RMSProp", "AdaGrad", "SGD", "Lion", "NAdam", "AdaBelief")
    assert not [
        x for k, method in enumerate(methods) for x in accidents(method, range(25 * k, 25 * k + 25))
    ]


def single(x):
    """Every number in single precision, in states and their parts."""
    if hasattr(x, "_fields"):
        return x._replace(**{name: single(part) for name, part in zip(x._fields, x, strict=True)})
    if hasattr(x, "blocks"):
        return 0.0 * x + type(x)([b.astype(np.float32) for b in x], x.orders)
    return x.astype(np.float32).astype(float) if isinstance(x, np.ndarray) else x


# every third always
METHODS = list(RECORDED)
IN_TURN = [*METHODS[::3], *slow(*METHODS[1::3], *METHODS[2::3])]


@pytest.mark.parametrize("method", IN_TURN)
def test_single_precision_is_recognised(method):
    """Our method with parameters, gradients and state rounded to float32 at every step."""
    record = record_of(method, EXAMPLES[method])
    optimizer = build(record)
    theta = single(record.theta0)
    points = []
    state = optimizer.init(theta)
    for t, g in enumerate(unstacked(record.grads, len(record.trajectory))):
        oracle = Recorded(Answers({"grad": single(g)}), record.told, t, theta)
        delta, state = optimizer.step(state, oracle, theta)
        theta, state = single(theta + delta), single(state)
        points.append(rows(theta, 0))
    outcome = conform(dataclasses.replace(record, trajectory=np.array(points)))
    assert "agrees to single precision" in str(outcome), outcome


@pytest.mark.parametrize("method", LOOPS)
def test_a_loop_in_single_precision_is_recognised(method):
    outcome = conform(faulty(method, None, dtype=np.float32))
    assert "agrees to single precision" in str(outcome) or outcome.conforms, outcome


def test_single_precision_is_recognised_where_rounding_adds_up():
    """A thousand equal steps are rounded the same way for long: that leaves more than the few units
    in the last place which any agreement allows, and fewer than the 7 digits of one number."""
    grads = np.ones((1000, 1))
    rate = np.float32(0.1)
    points = np.cumsum(-rate * grads, axis=0, dtype=np.float32)
    theta = np.zeros(1)
    record = Record("SGD", "lab", {"lr": float(rate)}, theta, grads, None, points.astype(float))

    ours = path(build(record), record)
    assert 4.5 < agreement(ours, record.trajectory, theta, SINGLE).min() < 7
    outcome = conform(record)
    assert "agrees to single precision" in str(outcome), outcome

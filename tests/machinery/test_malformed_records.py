"""Records that are wrong in one place, generated from right ones: each is refused in one line with
the file, the place and a remedy."""

import copy
import json
import re

import numpy as np
import pytest

from lab.__main__ import main
from lab.conformance import conform, golden, read

# What a place may hold instead of what belongs there.
WRONG = {
    "null": None,
    "true": True,
    "text": "0.5",
    "empty list": [],
    "object": {"value": 1.0},
    "infinity": float("inf"),
    "nan": float("nan"),
    "huge": 10**400,
    "list": [[[1.0]]],
}


def right():
    """Records of a vector, of tensors, of a closed loop, and with further answers."""
    yield "vector", golden("Adam", {"lr": 0.1}, steps=4, dims=3)
    yield "tensors", golden("Muon", {}, steps=3, dims=4)
    closed = {
        "optimizer": "SGD",
        "hyper": {"lr": 0.1},
        "theta0": [1.0, 2.0],
        "H": [[2.0, 0.5], [0.5, 1.0]],
        "trajectory": [[0.7, 1.75], [0.4725, 1.54]],
    }
    yield "closed", closed
    yield "answers", golden("SophiaG", {}, steps=2, dims=2)
    yield "probes", golden("SophiaH", {}, steps=2, dims=2)
    torch = {
        "library": "torch",
        "optimizer": "Adam",
        "hyper": {"lr": 0.1, "betas": [0.9, 0.99], "amsgrad": False},
    }
    drawn = golden("Adam", {"lr": 0.1, "beta2": 0.99}, steps=4, dims=3)
    yield "torch", {**drawn, **torch}


RIGHT = dict(right())
ARRAYS = ("theta0", "grads", "H", "trajectory", "probes", "sampled", "curvature", "hessian")


def places(content, depth=0):
    """The places inside nested lists: the first, and the last, at every depth."""
    yield ()
    if isinstance(content, list) and content:
        for k in {0, len(content) - 1}:
            for inside in places(content[k], depth + 1):
                yield (k, *inside)


def put(content, place, value):
    """The content with the value at a place of keys and indices."""
    content = copy.deepcopy(content)
    inside = content
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    return content


def at(content, place):
    for key in place:
        content = content[key]
    return content


def wrong_values():
    for kind, content in RIGHT.items():
        for key in ARRAYS:
            if key not in content:
                continue
            for k, place in enumerate(places(content[key])):
                for what, value in list(WRONG.items())[k % 2 :: 2]:
                    # a run that was lost is a record all the same
                    if key == "trajectory" and what in ("infinity", "nan"):
                        continue
                    yield (
                        f"{kind}: {key}{list(place)} is {what}",
                        put(content, (key, *place), value),
                        key,
                    )


def wrong_lengths():
    """A list one entry shorter or longer, anywhere."""
    for kind, content in RIGHT.items():
        for key in ARRAYS:
            for place in places(content.get(key)):
                found = at(content, (key, *place)) if key in content else None
                # examples are as many as there are, and a closed loop has as many steps as its
                # trajectory
                free = (key == "sampled" and len(place) == 1) or (
                    kind == "closed" and key == "trajectory" and not place
                )
                if not isinstance(found, list) or free:
                    continue
                yield (
                    f"{kind}: {key}{list(place)} shorter",
                    put(content, (key, *place), found[:-1]),
                    key,
                )
                yield (
                    f"{kind}: {key}{list(place)} longer",
                    put(content, (key, *place), found + found[-1:]),
                    key,
                )


def wrong_settings():
    for what, value in WRONG.items():
        yield f"hyper.lr is {what}", put(RIGHT["vector"], ("hyper", "lr"), value), "hyper"
        yield f"torch hyper.lr is {what}", put(RIGHT["torch"], ("hyper", "lr"), value), "hyper"
        yield (
            f"torch hyper.betas[1] is {what}",
            put(RIGHT["torch"], ("hyper", "betas", 1), value),
            "hyper",
        )
        yield (
            f"hyper.eps_place is {what}",
            put(RIGHT["vector"], ("hyper", "eps_place"), value),
            "hyper",
        )
        if what != "true":
            yield (
                f"torch hyper.amsgrad is {what}",
                put(RIGHT["torch"], ("hyper", "amsgrad"), value),
                "hyper",
            )
        yield f"optimizer is {what}", put(RIGHT["vector"], ("optimizer",), value), "optimizer"
        yield f"library is {what}", put(RIGHT["vector"], ("library",), value), "library"
        if what != "object":
            yield f"hyper is {what}", put(RIGHT["vector"], ("hyper",), value), "hyper"
        yield f"settings is {what}", RIGHT["vector"] | {"settings": value}, "settings"
        if what != "null":
            yield f"shapes is {what}", RIGHT["tensors"] | {"shapes": value}, "shapes"


def wrong_choices():
    # in JSON's words: who wrote "False" and is told "must be True or False" writes what is no JSON
    remedy = "hyper.amsgrad = [^ ]+: must be true or false"
    for switch in ("False", "no", 0, 1):
        yield (
            f"torch hyper.amsgrad is {switch!r}",
            put(RIGHT["torch"], ("hyper", "amsgrad"), switch),
            remedy,
        )
    for betas in ([0.9], [0.9, 0.99, 0.999], 0.9, [0.9, 1.5]):
        yield (
            f"torch hyper.betas is {betas}",
            put(RIGHT["torch"], ("hyper", "betas"), betas),
            "hyper",
        )
    yield "unknown setting", put(RIGHT["torch"], ("hyper", "rate"), 0.1), "hyper"
    yield "maximize is not off", put(RIGHT["torch"], ("hyper", "fused_step"), True), "hyper"
    for key in ("optimizer", "theta0", "trajectory", "grads"):
        yield f"no {key}", {k: v for k, v in RIGHT["vector"].items() if k != key}, key
    for key in ("sampled", "probes"):
        kind = {"sampled": "answers", "probes": "probes"}[key]
        gone = {k: v for k, v in RIGHT[kind].items() if k not in (key, "true", "curvature")}
        yield f"no {key}", gone, key
    yield "asymmetric H", put(RIGHT["closed"], ("H", 0, 1), 0.9), "H"
    yield "indefinite H", put(RIGHT["closed"], ("H", 0, 0), -9.0), "H"


PLACES = [*wrong_values(), *wrong_lengths()]
CHOICES = [*wrong_settings(), *wrong_choices()]
CASES = PLACES + CHOICES
# every sixth place, and every choice: each of those has a check of its own
SAMPLE = PLACES[::6] + CHOICES


def refusal(content, folder):
    file = folder / "case.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    try:
        for record in read(file):
            conform(record)
    except (ValueError, TypeError) as reason:
        return str(reason)
    return ""


def test_enough_cases():
    assert len(SAMPLE) >= 300


# a sample in the suite, all of them under -m slow
@pytest.mark.parametrize(
    "cases", [SAMPLE, pytest.param(CASES, marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_every_malformed_record_is_refused_by_its_place(cases, tmp_path):
    unclear = {}
    for name, content, key in cases:
        told = refusal(content, tmp_path)
        line = "\n" not in told and "case.json" in told and re.search(rf"\b{key}\b", told)
        remedy = re.search(r"must|not symmetric|needs|has no|leave|known are|asks for", told)
        strange = re.search(
            r"inhomogeneous|broadcast|dtype|argument after|unexpected keyword|NoneType", told
        )
        if not (line and remedy and not strange):
            unclear[name] = told[:200]
    assert not unclear, f"{len(unclear)} of {len(cases)}: {dict(list(unclear.items())[:12])}"


def test_truncated_files(tmp_path):
    """Cut anywhere, and cut into bytes that are no text."""
    whole = json.dumps(RIGHT["vector"]).encode()
    rng = np.random.default_rng(0)
    for end in rng.integers(0, len(whole) - 1, 60):
        (tmp_path / "cut.json").write_bytes(whole[:end])
        with pytest.raises(ValueError, match=r"cut\.json is not a readable JSON file: [^\n]*$"):
            read(tmp_path / "cut.json")
    odd = [b"\xff\xfe\x00", b"[" * 100_000, b"\xef\xbb\xbf", b"[1, 2]", b"7", b"null", b'"text"']
    for content in odd:
        (tmp_path / "odd.json").write_bytes(content)
        with pytest.raises(ValueError, match=r"odd\.json[^\n]*$"):
            read(tmp_path / "odd.json")


@pytest.mark.parametrize("kind", RIGHT)
def test_the_right_records_are_read(kind, tmp_path):
    file = tmp_path / "right.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(RIGHT[kind]).encode())
    (record,) = read(file)
    assert conform(record).digits.min() > 10


def test_what_a_library_prints_as_its_defaults_is_accepted(tmp_path):
    """Settings that are off change nothing; maximize is the other sign; others are refused by
    name."""
    off = {
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "fused": None,
        "weight_decay": 0,
    }
    for extra, conforms in ((off, True), (off | {"maximize": True}, False)):
        content = put(RIGHT["torch"], ("hyper",), RIGHT["torch"]["hyper"] | extra)
        (tmp_path / "defaults.json").write_text(json.dumps(content), encoding="utf-8")
        (record,) = read(tmp_path / "defaults.json")
        assert conform(record).conforms == conforms


@pytest.mark.parametrize(("name", "value"), [("rate", 0.1), ("fused_step", True), ("lamda", 1e-9)])
def test_a_setting_that_is_on_and_not_known_is_refused_by_its_name(name, value, tmp_path):
    """Dropped, it would leave a record that is explained by what nobody has set."""
    told = refusal(put(RIGHT["torch"], ("hyper", name), value), tmp_path)
    assert f"no hyper-parameter {name!r}" in told


def test_one_block_per_parameter_is_the_same_as_one_vector(tmp_path):
    """A coordinatewise method does not see the blocks."""
    flat = RIGHT["vector"]
    cut = {key: [[row[:2], row[2:]] for row in flat[key]] for key in ("grads", "trajectory")}
    theta = flat["theta0"]
    blocks = (
        {k: v for k, v in flat.items() if k != "shapes"} | cut | {"theta0": [theta[:2], theta[2:]]}
    )
    (tmp_path / "blocks.json").write_text(json.dumps(blocks), encoding="utf-8")
    (record,) = read(tmp_path / "blocks.json")
    assert conform(record).conforms


def test_a_trajectory_that_starts_with_theta0(tmp_path):
    content = RIGHT["vector"]
    longer = content | {"trajectory": [content["theta0"], *content["trajectory"]]}
    assert "leave out theta0" in refusal(longer, tmp_path)
    as_many = content | {"trajectory": [content["theta0"], *content["trajectory"][:-1]]}
    (tmp_path / "late.json").write_text(json.dumps(as_many), encoding="utf-8")
    (record,) = read(tmp_path / "late.json")
    assert "its first row is theta0" in str(conform(record))


@pytest.mark.parametrize("digits", ["0", "-5", "17", "nan", "inf"])
def test_digits_out_of_range(digits, tmp_path, capsys):
    (tmp_path / "right.json").write_text(json.dumps(RIGHT["vector"]), encoding="utf-8")
    assert main(["conform", str(tmp_path / "right.json"), "--digits", digits]) == 2
    assert "must be in (0, 16]" in capsys.readouterr().err


def test_few_decimals_are_recognised(tmp_path):
    content = RIGHT["vector"]
    short = content | {"trajectory": np.round(content["trajectory"], 5).tolist()}
    (tmp_path / "short.json").write_text(json.dumps(short), encoding="utf-8")
    (record,) = read(tmp_path / "short.json")
    assert "agrees to all of its 5 decimals" in str(conform(record))

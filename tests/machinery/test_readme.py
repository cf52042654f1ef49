"""What the README shows works: its Python runs as it stands, its claim holds, and it says true
things about the folders."""

import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from lab import Newton, Quadratic, optimizers, simulate
from lab.__main__ import main, parser
from lab.claims import CLAIMS, judge
from lab.claims.own import load
from lab.claims.search import falsify
from lab.conformance import golden
from lab.optimizers import EXAMPLES, OPTIMIZERS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, flags=re.S)
FILES = {name: block for block in BLOCKS for name in re.findall(r"\A# (\w+/\w+\.py)\n", block)}
EXAMPLES_WITH_OUTPUT = re.findall(r"```python\n([^`]*?)```\n\n```text\n(.*?)```", TEXT, flags=re.S)
CLAIMS_SECTION = re.findall(
    r"```python\n(.*?)```", TEXT.split("\n## Claims\n")[1].split("\n## ")[0], flags=re.S
)
ALONE = [block for block in BLOCKS if block not in (*FILES.values(), *CLAIMS_SECTION[1:])]


@cache
def pasted(start: str) -> dict:
    """The names of a reader who pastes the one block that has these words."""
    (block,) = (block for block in ALONE if start in block)
    return run(block)


def run(*blocks) -> dict:
    names: dict = {"__name__": "__main__"}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    return names


@pytest.mark.parametrize("block", ALONE, ids=[block.split("\n")[0][:40] for block in ALONE])
def test_every_block_runs_alone(block):
    run(block)


def same(told: str, shown: str) -> bool:
    """The same words, and numbers that agree to what the last of two printed digits may differ."""
    pairs = zip(told.split(), shown.split(), strict=True)
    return all(a == b or abs(float(a) - float(b)) <= 0.1 * abs(float(b)) for a, b in pairs)


def test_there_are_five_examples():
    assert len(EXAMPLES_WITH_OUTPUT) >= 5


@pytest.mark.parametrize(("block", "shown"), EXAMPLES_WITH_OUTPUT)
def test_examples_print_what_is_shown(block, shown, capsys):
    run(block)
    assert same(capsys.readouterr().out, shown)


def test_output_that_is_not_shown_is_noticed():
    assert same("lr = 0.5, x", "lr = 0.5, x")
    assert not same("0.4 x", "0.5 x")
    with pytest.raises(ValueError, match=r"longer|shorter|could not convert"):
        same("no more", "no")


def test_the_commands_are_verbs():
    listed = re.findall(r"^    lab (\w+)", TEXT, flags=re.M)
    known = parser()._subparsers._group_actions[0].choices
    assert listed
    assert set(listed) <= set(known)


def test_the_claims_hold():
    names = run(*CLAIMS_SECTION)
    assert not judge(names["conjecture"]).holds
    verdict = judge(names["theorem"])
    assert verdict.holds
    assert verdict.hypotheses[0].necessary


def test_the_verdicts_in_the_comments_are_those_printed():
    told = dict(re.findall(r"print\((\w+)\(.*\.words\) +# (.*)", TEXT))
    assert told["falsify"] == falsify(run(*CLAIMS_SECTION)["conjecture"], budget=5).words
    assert told["judge"] == judge(run(*CLAIMS_SECTION)["theorem"]).words


def test_the_claims_are_a_file_of_a_users_own(tmp_path):
    """As the README says: one below the other, and nothing printed."""
    section = TEXT.split("## Claims")[1].split("\n## ")[0]
    blocks = re.findall(r"```python\n(.*?)```", section, flags=re.S)
    path = tmp_path / "mine.py"
    path.write_text("".join(blocks), encoding="utf-8")
    assert set(load(path, CLAIMS)) == {"mine/conjecture", "mine/gd-contracts"}


def test_the_added_optimizer_is_everywhere_once_registered(monkeypatch):
    method = pasted("class SignMomentum")["SignMomentum"]
    monkeypatch.setitem(OPTIMIZERS, "SignMomentum", method)
    monkeypatch.setitem(EXAMPLES, "SignMomentum", {"lr": 0.07, "momentum": 0.6})
    assert optimizers.SignMomentum is method
    record = golden("SignMomentum", {"lr": 0.1})
    assert np.isfinite(record["trajectory"]).all()

    f = Quadratic(np.diag([1.0, 0.5]))
    swept = simulate(f, method(np.array([0.01, 0.02])), np.ones(2), steps=5)["loss"]
    for run, lr in enumerate((0.01, 0.02)):
        alone = simulate(f, method(lr), np.ones(2), steps=5)["loss"]
        np.testing.assert_allclose(swept[:, run], alone, rtol=1e-13)


def test_the_added_objective_has_its_gradient_and_refuses_what_it_has_not():
    f = pasted("class Quartic")["Quartic"]()
    h = 1e-6
    theta = f.start((), np.random.default_rng(0))
    slopes = [(f.loss(theta + h * e) - f.loss(theta - h * e)) / (2 * h) for e in np.eye(3)]
    np.testing.assert_allclose(f.grad(theta), slopes, rtol=1e-7)
    with pytest.raises(
        TypeError, match=r"Newton asks for hessian\.solve: Quartic offers grad, loss"
    ):
        simulate(f, Newton(), theta, steps=1)


def test_the_added_experiment_and_figure_run_from_a_folder(tmp_path, capsys):
    assert set(FILES) == {"experiments/plateau.py", "figures/plateau.py"}
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")

    assert main(["run", "plateau", "--from", str(tmp_path), "--delta", "0.5"]) == 0
    assert main(["draw", "plateau", "--from", str(tmp_path)]) == 0
    assert (tmp_path / "figures" / "output" / "plateau.png").is_file()


def test_the_folders_exist():
    for folder in re.findall(r"(?:lab/\w+|experiments|figures|tests)/", TEXT):
        assert (ROOT / folder).is_dir(), folder


def test_the_make_targets_exist():
    targets = re.findall(
        r"^([\w -]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M
    )
    known = {name for line in targets for name in line.split()}
    for name in re.findall(r"\bmake (\w+)", TEXT):
        assert name in known, name

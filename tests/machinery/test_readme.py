"""What the README shows works: its Python runs as it stands, its claim holds, and it says true
things about the folders."""

import re
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from lab import Newton, Quadratic, optimizers, simulate
from lab.__main__ import main
from lab.claims import CLAIMS, judge
from lab.claims.own import load
from lab.claims.search import falsify
from lab.conformance import golden
from lab.optimizers import EXAMPLES, OPTIMIZERS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, flags=re.S)
FILES = {name: block for block in BLOCKS for name in re.findall(r"\A# (\w+/\w+\.py)\n", block)}


@cache
def pasted() -> dict:
    """The names of a reader who pastes all blocks, but those that are files, one after the
    other."""
    names: dict = {}
    for block in BLOCKS:
        if block not in FILES.values():
            exec(compile(block, "README.md", "exec"), names)
    return names


def test_the_python_runs():
    names = pasted()
    assert names["path"]["loss"].shape == (301, 1000)
    assert names["best"].edge == ""
    assert np.isfinite(names["best"].steps[names["best"].best])
    assert not judge(names["conjecture"]).holds
    verdict = judge(names["theorem"])
    assert verdict.holds
    assert verdict.hypotheses[0].necessary


def test_the_verdicts_in_the_comments_are_those_printed():
    told = dict(re.findall(r"print\((\w+)\(.*\.words\) +# (.*)", TEXT))
    assert told["falsify"] == falsify(pasted()["conjecture"], budget=5).words
    assert told["judge"] == judge(pasted()["theorem"]).words


def test_the_claims_are_a_file_of_a_users_own(tmp_path):
    """As the README says: with numpy, and without the lines that print."""
    section = TEXT.split("## Claims")[1].split("\n## ")[0]
    blocks = re.findall(r"```python\n(.*?)```", section, flags=re.S)
    lines = ["import numpy as np", *"".join(blocks).splitlines()]
    path = tmp_path / "mine.py"
    kept = [line for line in lines if not line.startswith("print(")]
    path.write_text("\n".join(kept), encoding="utf-8")
    assert set(load(path, CLAIMS)) == {"mine/conjecture", "mine/gd-contracts"}


def test_the_added_optimizer_is_everywhere_once_registered(monkeypatch):
    method = pasted()["SignMomentum"]
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
    f, h = pasted()["Quartic"](), 1e-6
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
    shutil.copy(ROOT / "figures" / "style.py", tmp_path / "figures")

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

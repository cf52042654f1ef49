"""What the README shows works: its Python runs as it stands, its claim holds, and it says true things about the folders."""

import re
from pathlib import Path

import numpy as np

from lab.claims import judge

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_runs():
    """All blocks in order, in one namespace, as a reader would paste them."""
    names: dict = {}
    for block in re.findall(r"```python\n(.*?)```", TEXT, flags=re.S):
        exec(compile(block, "README.md", "exec"), names)
    assert names["path"]["loss"].shape == (301, 1000)
    assert names["best"].edge == ""
    assert np.isfinite(names["best"].steps[names["best"].best])
    assert not judge(names["conjecture"]).holds
    verdict = judge(names["theorem"])
    assert verdict.holds
    assert verdict.hypotheses[0].necessary


def test_the_folders_exist():
    for folder in re.findall(r"(?:lab/\w+|experiments|figures|tests)/", TEXT):
        assert (ROOT / folder).is_dir(), folder


def test_the_make_targets_exist():
    targets = re.findall(r"^([\w -]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M)
    known = {name for line in targets for name in line.split()}
    for name in re.findall(r"\bmake (\w+)", TEXT):
        assert name in known, name

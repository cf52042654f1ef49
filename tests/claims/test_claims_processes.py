"""Claims that exit, raise, loop, print or take our ids: their own error, never exit 0, and no
process stays behind."""

import json
import os
import signal
import subprocess
import sys
import time
from typing import NamedTuple

import pytest
from groups import alive

from lab.__main__ import main
from lab.claims.orphans import PARENT

HEAD = """
import os, sys
from lab.claims import between, claim, derived, equal, symbols
x, y = symbols("x y")

def declare(name):
    law = {"law": equal(y, x**2, rtol=1e-9, because="rounding")}
    return claim(name, over={x: between(1, 2)}, says=law, where={y: "square"},
    cites=derived("here"))

@declare("mine/good")
def good(x):
    return {y: x**2}
"""
BODIES = {
    "exits": ("os._exit(0)", "ends the process (exit code 0)"),
    "leaves": ("sys.exit(0)", "ends the process (exit code 0)"),
    "raises": ("raise RuntimeError('boom')", "RuntimeError: boom"),
    "prints": ("print('hello'); return {y: x**2}", "prints 'hello'"),
    "loops": (
        "\n    open(__file__ + '.started', 'w').close()\n    while True: pass",
        "takes too long: stopped",
    ),
    "false": ("return {y: x**3}", "FAILS at x = 2"),
}


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def lab(capfd):
    """`lab WORDS` without a shell: exit code and what stands on both streams, the workers' too."""

    def call(*words):
        code = main([str(word) for word in words])
        return Done(code, *capfd.readouterr())

    return call


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "own.py"
    bodies = [
        f'@declare("mine/{name}")\ndef {name}(x): {body}\n' for name, (body, _) in BODIES.items()
    ]
    path.write_text(HEAD + "\n".join(bodies), encoding="utf-8")
    return path


# nine seconds, most of them until the limit of time has passed
@pytest.mark.slow
def test_each_claim_has_its_own_verdict(own, lab):
    done = lab("claims", "mine/*", "--json", "--timeout", 4, "--from", own)
    assert done.returncode == 1
    told = {v["id"]: v for v in json.loads(done.stdout)}
    assert list(told) == ["mine/good", *(f"mine/{name}" for name in BODIES)]
    assert told.pop("mine/good")["holds"] is True
    for name, (_, words) in BODIES.items():
        assert told[f"mine/{name}"]["holds"] is False
        assert words in told[f"mine/{name}"]["words"]


def test_one_claim_alone(own, lab):
    done = lab("claims", "mine/good", "--parts", "--from", own)
    assert done.returncode == 0
    assert "controls: 2 of 2 noticed" in done.stdout
    done = lab("claims", "mine/good", "--explain", "--from", own)
    assert "For x in [1, 2]" in done.stdout
    assert "own.py:" in done.stdout


FILES = {
    "import sys; sys.exit(0)": "ends the process (exit code 0)",
    "raise RuntimeError('boom')": "RuntimeError: boom",
    "x = 1": "defines no claim",
    HEAD.replace("mine/good", "gd/quadratic-rate"): "gd/quadratic-rate is a claim of the lab",
}


@pytest.mark.parametrize("k", range(len(FILES)))
def test_a_bad_file_is_named(tmp_path, k, lab):
    source, words = list(FILES.items())[k]
    path = tmp_path / "bad.py"
    path.write_text(source, encoding="utf-8")
    done = lab("claims", "mine/*", "--from", path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert str(path) in done.stderr
    assert words in done.stderr


# three seconds each; test_interruption.py sends these at a sample of moments
@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_worker_stays_behind(own, how):
    started = own.with_name(f"{own.name}.started")
    started.unlink(missing_ok=True)
    command = [sys.executable, "-m", "lab", "claims", "mine/loops", "--from", str(own)]
    # a test that runs in the background inherits an ignored Ctrl-C
    run = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 60
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert started.exists()
    run.send_signal(how)
    _, said = run.communicate(timeout=60)
    # no handler runs on SIGKILL: the system says so by a negative number
    assert run.returncode == (-how if how == signal.SIGKILL else 128 + how)
    assert said.decode() == ("lab claims: stopped\n" if how == signal.SIGINT else "")
    deadline = time.monotonic() + 10
    while alive(run.pid) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert alive(run.pid) == []


@pytest.mark.parametrize(("known", "code", "said"), [("another", 1, ""), ("nobody", 0, "done\n")])
def test_imports_end_with_the_parent(known, code, said, tmp_path):
    """A process whose parent is no longer the one that named itself stops in the middle."""
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(1.5)\n", encoding="utf-8")
    program = "from lab.claims.orphans import imported; imported(('slow',)); print('done')"
    environment = {name: x for name, x in os.environ.items() if name != PARENT}
    if known == "another":
        environment[PARENT] = str(os.getppid())
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment | {"PYTHONPATH": paths},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout) == (code, said), done.stderr


def test_falsify_on_the_command_line(own, tmp_path, lab):
    done = lab("falsify", "mine/false", "--budget", 5, "--from", own, "--out", tmp_path)
    assert done.returncode == 1
    assert "counter-example (law): x = 2" in done.stdout
    saved = tmp_path / "mine--false.json"
    done = lab("falsify", "--replay", saved, "--from", own)
    assert done.returncode == 1
    assert "FAIL law" in done.stdout
    done = lab("falsify", "mine/good", "--budget", 1, "--from", own, "--out", tmp_path)
    assert (done.returncode, done.stdout[:4]) == (0, "ok  ")
    done = lab("falsify")
    assert (done.returncode, done.stderr) == (
        2,
        "lab falsify: which claim? lab falsify CLAIM, or lab falsify --all\n",
    )

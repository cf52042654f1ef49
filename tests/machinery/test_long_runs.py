"""Long runs: the settings that `--full` stands for, and where their results go."""

from test_workshop import DEFAULTS, EXPERIMENT, root, speed

from lab import workshop
from lab.workshop import store

__all__ = ["root", "speed"]  # fixtures

FULL = 'FULL = {"dims": 7, "lrs": (0.5, 0.6)}\nFULL_TAKES = "two hours"\n'


def test_the_long_run_is_stored_under_its_own_key(root):
    path = root / "experiments" / "speed.py"
    path.write_text(EXPERIMENT + FULL, encoding="utf-8")
    stored, _ = workshop.run(root, "speed", whole=True)
    whole = DEFAULTS | {"dims": 7, "lrs": (0.5, 0.6)}
    assert stored.name == f"speed-{store.key('speed', whole, 1)}.npz"
    arrays, header = store.load(stored, "")
    assert arrays["x"].shape == (7,)
    assert header["settings"]["lrs"] == [0.5, 0.6]

    # words come after it
    fewer, _ = workshop.run(root, "speed", ["--dims", "3"], whole=True)
    assert fewer.name == f"speed-{store.key('speed', whole | {'dims': 3}, 1)}.npz"
    # and the same settings, spelled, are the same result
    spelled, _ = workshop.run(root, "speed", ["--dims", "7", "--lrs", "0.5,0.6"])
    assert spelled == stored


def test_what_the_long_run_is(root, speed):
    assert "--full" not in workshop.about_settings(speed)
    path = root / "experiments" / "speed.py"
    path.write_text(EXPERIMENT + FULL, encoding="utf-8")
    module = workshop.load(root / "experiments", "speed")
    said = "  --full (takes two hours): --dims 7 --lrs 0.5,0.6"
    assert said in workshop.about_settings(module).splitlines()

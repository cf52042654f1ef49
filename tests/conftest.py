"""Property-based tests are deterministic and small: the same examples on every run and machine. One
BLAS thread per worker. No window."""

import gc
import os
import tempfile
from pathlib import Path

os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # before numpy loads: small matrices, and a worker per core
os.environ["MPLBACKEND"] = (
    # before matplotlib loads: a backend named there that is not installed would stop the import
    "agg"
)

from hypothesis import HealthCheck, settings

settings.register_profile(
    "small",
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("small")

# The imports make a million objects that stay: the garbage collector looks at them less often than
# it does in small programs. They are not frozen, because libraries that ask who refers to an object
# would get no answer.
gc.set_threshold(300_000, 4, 4)


DEPRECATIONS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)


def pytest_configure(config):
    _one_folder(config)
    _only_our_deprecations(config)


def _one_folder(config):
    """For all processes of a run, where experiments at their QUICK settings are kept: gone with the
    process that starts the others, which inherit its name."""
    if not hasattr(config, "workerinput"):
        folder = tempfile.TemporaryDirectory(prefix="lab-tests-")
        config.add_cleanup(folder.cleanup)
        os.environ["LAB_TESTS_QUICK"] = folder.name


def _only_our_deprecations(config):
    """What other people's modules say about each other's deprecations is not ours to mend: a new
    release of theirs must not stop a test."""
    tests = Path(__file__).parent
    ours = "|".join(
        [
            "lab",
            "experiments",
            "figures",
            "__main__",
            *(path.stem for path in tests.rglob("*.py")),
        ]
    )
    for kind in DEPRECATIONS:
        config.addinivalue_line("filterwarnings", rf"ignore::{kind.__name__}:(?!({ours})\b)")


# the files of seven seconds and more, the longest first
LONGEST = (
    "test_claims.py",
    "test_optimizers.py",
    "test_laws.py",
    "test_explanations.py",
    "test_figures.py",
    "test_exact_fields.py",
    "test_claims_search.py",
    "test_one_ulp.py",
)


def pytest_collection_modifyitems(items):
    """The longest files first, so that no worker waits for one at the end."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


def pytest_sessionfinish():
    """Collects what is left, once. pytest collects five times more, in case a finaliser has left
    something behind: those times need not look at the millions of objects that stay."""
    gc.collect()
    gc.freeze()

"""Property-based tests are deterministic and small: the same examples on every run and machine. One BLAS thread per worker."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy loads: small matrices, and a worker per core

from hypothesis import HealthCheck, settings

settings.register_profile("small", max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
settings.load_profile("small")


def pytest_collection_modifyitems(items):
    """The longest file first, so that no worker waits for it at the end."""
    items.sort(key=lambda item: item.path.name != "test_figures.py")

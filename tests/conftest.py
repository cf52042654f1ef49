"""Property-based tests are deterministic and small: the same examples on every run and machine."""

from hypothesis import HealthCheck, settings

settings.register_profile("small", max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
settings.load_profile("small")

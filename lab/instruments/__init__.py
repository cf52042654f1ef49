"""Whatever runs optimizers and measures what they do: tuning, comparison, invariances, conformance."""

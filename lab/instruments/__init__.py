"""Whatever runs an optimizer and measures it: tuning, comparison, invariances, conformance."""

"""Whatever runs an optimizer and measures it: tuning, comparison, invariances, conformance.

They know optimizers by protocol only. Nothing here draws or stores: experiments do.
"""

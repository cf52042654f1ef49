"""Formulas a theorist calls directly: spectra, conditioning."""

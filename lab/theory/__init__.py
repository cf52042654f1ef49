"""Formulas a theorist calls directly: conditioning, moments, rates, stability, floors, Fisher
matrices, worst cases, spectra.
"""

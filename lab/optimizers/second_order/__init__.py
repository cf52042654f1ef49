"""Methods that divide by the curvature, or by an estimate of it.

Curvatures are asked of the oracle at every step; what each costs is in lab.curvature.
"""

"""Condition numbers and scalings: what the best diagonal is worth, and where rules fail.

conditioning: bounds on kappa*_d, the least kappa(D H D) of all positive diagonals, and its
certificate; jacobi: unit diagonals, within n of it, and sometimes worse than nothing; adam: norms
of rows, likewise within sqrt(n) of the one-sided best. Sources: van der Sluis 1969, Forsythe &
Straus 1955, Jambulapati et al. 2023, Qu et al. 2025.
"""

from lab.claims.conditioning import adam, conditioning, jacobi

TOPICS = [conditioning, jacobi, adam]

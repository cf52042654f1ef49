"""Condition numbers and scalings: what the best diagonal is worth, and where rules fail."""

from lab.claims.conditioning import adam, conditioning, jacobi

TOPICS = [conditioning, jacobi, adam]

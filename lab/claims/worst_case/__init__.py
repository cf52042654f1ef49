"""Worst cases over classes of functions and schedules, and over adversaries."""

from lab.claims.worst_case import adagrad, adal, adam, amsgrad

TOPICS = [adagrad, adal, adam, amsgrad]

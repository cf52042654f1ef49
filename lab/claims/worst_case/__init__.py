"""Worst cases over classes of functions and schedules, and over adversaries."""

from lab.claims.worst_case import adagrad, adal, adam, amsgrad, logistic

TOPICS = [adagrad, adal, adam, amsgrad, logistic]

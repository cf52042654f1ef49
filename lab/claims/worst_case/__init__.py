"""Worst cases over classes of functions and schedules."""

from lab.claims.worst_case import gd, nesterov, ogm, subgradient

TOPICS = [gd, ogm, nesterov, subgradient]

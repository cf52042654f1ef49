"""Worst cases over classes of functions and schedules."""

from lab.claims.worst_case import adal

TOPICS = [adal]

"""Worst cases over classes of functions and schedules."""

TOPICS = []

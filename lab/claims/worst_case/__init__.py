"""Worst cases over classes of functions and schedules."""

from types import ModuleType

TOPICS: list[ModuleType] = []

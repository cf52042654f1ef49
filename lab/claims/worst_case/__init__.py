"""Worst cases over classes of functions and schedules."""

from lab.claims.worst_case import blocks, gd, heavy_ball, nesterov, ogm, subgradient

TOPICS = [gd, ogm, nesterov, heavy_ball, subgradient, blocks]

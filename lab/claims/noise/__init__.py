"""Gradient noise: SGD, moments, and how gradients are drawn."""

from lab.claims.noise import fisher, moments, sampler, sgd

TOPICS = [fisher, moments, sampler, sgd]

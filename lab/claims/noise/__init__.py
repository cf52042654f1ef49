"""Gradient noise: SGD, moments, and how gradients are drawn."""

from lab.claims.noise import adal, fisher, moments, momentum, sampler, sgd, tnt

TOPICS = [adal, fisher, moments, momentum, sampler, sgd, tnt]

"""Gradient noise: SGD, moments, and how gradients are drawn."""

from lab.claims.noise import adal, fisher, moments, sampler, sgd

TOPICS = [adal, fisher, moments, sampler, sgd]

"""Gradient noise: SGD, moments, floors."""

from lab.claims.noise import adal, sgd

TOPICS = [adal, sgd]

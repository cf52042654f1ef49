"""Logistic regression on the full batch: thresholds, separations, flows; its Fisher matrices."""

from lab.claims.logistic import logistic

TOPICS = [logistic]

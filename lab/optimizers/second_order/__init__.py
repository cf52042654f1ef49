"""Methods that divide by the curvature, or by an estimate of it."""

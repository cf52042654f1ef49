"""Methods that follow the gradient: descent, its accelerations and averages, and signs.

Those of the first kind have a rate in units theta^2 / loss, and see a rescaling of the loss; signs
have a rate in units of theta, and do not.
"""

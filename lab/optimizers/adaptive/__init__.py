"""Methods that divide each coordinate, or each tensor, by a history of gradients.

Coordinatewise ones do not see a positive rescaling of single gradient coordinates, up to eps; none
but the bounded ones sees the size of the loss. What they divide by is `metric(state)`.
"""

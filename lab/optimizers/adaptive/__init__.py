"""Methods that divide each coordinate, or each tensor, by a history of gradients.

Coordinatewise ones do not see a positive rescaling of single gradient coordinates, up to eps; of
all only the bounded ones and MADGRAD see the size of the loss. What they divide by is
`metric(state)`.

    adagrad, adagrad_norm       a sum of squares, or an average without momentum
    adam, nadam, laprop         two averages, in one order or the other
    moments, rectified, adal    other averages, other weights for the first steps, other gradients
    bounded                     the step clipped to closing bounds
    layerwise                   one norm per tensor
    adafactor                   squares of a matrix by their row and column means
    dual_averaging              from the start point; learning rates that find themselves
    idealised                   expectations in place of averages
"""

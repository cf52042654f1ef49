"""Methods that see rows and columns: one factor per mode of a tensor.

shampoo                     the published sum, by itself
points                      the names of the Kronecker family, each a row of choices for
    kronecker               factors, scaled, damped, to a power
    eigen_corrected         their eigenvectors, with eigenvalues of their own
    statistic, samples      what is averaged, and the gradients that it is read from
    damping, roots          between the average and the step
    blocks, layer_units     biases as columns; what a change of units does to rate and damping
composed                    points inside wrappers, as published
kbfgs, quasi_newton         inverses by secant pairs
natural, bnp, thin          the full matrix of a layer; the statistics of its inputs; the factors of
                            one batch, never formed
muon, lmo, norms, polar     a step of length one in a norm, and roots that are not quite exact
rescaled, dion2             Muon divided once more, or on a part of the rows
"""

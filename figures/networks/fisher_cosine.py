"""Directions of methods beside the block natural gradient, along training and by layer.

(a) Cosine with the natural gradient's step against step, mean over inner layers. (b) By layer, mean
over the second half. 1 is the same direction, 0 an orthogonal one; both axes have this range.

Cosines are linear between 0 and 1, and both panels have the whole of it: how far below 1 a method
stays is the statement. The path is one for all, that of exact natural gradient, so that methods are
asked for a direction at the same points. (a) Thin lines are runs (`path`), thick their median
(`middle`), both means over inner layers; (b) has `late`, which averages over the second half, when
the noise of single steps is gone. An order of methods that changes with the layer would not be seen
in (a).
"""

from lab import style

READS = ("fisher_cosine",)


def draw(data):
    """middle (M, K) and path (M, K, S) against step; late (M, L) against layer.

    M methods, K steps, S runs, L inner layers. Cosines are of steps in the Euclidean metric of one
    layer's weights.
    """
    figure, (left, right) = style.panels(1, 2, 3.0)
    for k, name in enumerate(data["methods"]):
        line = style.curve(left, str(name), data["step"], data["middle"][k])
        style.runs(left, data["step"], data["path"][k], line)
        style.curve(right, str(name), data["layer"], data["late"][k])
    left.set(xlabel="step", ylabel="cosine, mean of inner layers", ylim=(0, 1))
    right.set(
        xlabel="layer",
        ylabel="cosine, second half",
        ylim=(0, 1),
    )
    # a layer is counted, and there is none between two
    right.set_xticks(data["layer"])
    style.titles((left, right), "along training", "by layer")
    style.legend(figure, left, 3)
    return figure


def caption(data) -> str:
    width, depth = data["shape"]
    return f"""Cosine of the step that a method would take with that of the natural gradient of
    exact, averaged Fisher blocks, which the network follows: digits of 4 x 4 pixels, {depth} tanh
    layers of {width} units, batches of {data["batch"]}. (a) Thick: median, thin: the
    {data["path"].shape[-1]} runs. K-FAC and TNT per example have exact labels and biases as
    columns; TNT the batch gradient of sampled labels and biases by themselves, Shampoo and Adam
    true labels. Our own experiment: Ren & Goldfarb (2021) show such cosines for a network of their
    own on MNIST."""

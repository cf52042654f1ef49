"""kappa of the preconditioned Hessian along training on the digits, for four batch sizes."""

from lab import style

READS = ("conditioning_along_training",)


def draw(data):
    rows = -(-len(data["batches"]) // 2)
    figure, axes = style.panels(rows, 2)
    # that of the last method: it depends on where the run is, little on the method
    alone = f"Hessian alone, {data['methods'][-1]}"
    *methods, hessian = style.looks([*data["methods"], alone]).values()
    for k, ax in enumerate(axes[: len(data["batches"])]):
        for look, values in zip(methods, data["kappa"][k], strict=True):
            style.drawn(ax, look, data["t"], values)
        style.drawn(ax, hessian, data["t"], data["hessian"][k, -1])
        for name, value in zip(data["names"], data["lines"], strict=True):
            style.level(ax, value, style.lowered(str(name)))
        style.threshold(ax, float(data["bound"]), "theory: no diagonal is below", vertical=False)
        ax.set(xscale="log", yscale="log", xlabel="step", ylabel="condition number")
        # room for the names of the dotted lines
        ax.set_xlim(left=data["t"][0] / 5)

    limits = [ax.get_ylim() for ax in axes]
    for ax in axes:
        ax.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
    style.titles(axes, *(f"B = {size}" if size else "full batch" for size in data["batches"]))
    style.legend(figure, axes[0])
    return figure


def caption(data) -> str:
    noisy = data["kappa"][data["batches"] > 0, :, -1]
    apart = 100 * abs(noisy / data["lines"][-1] - 1).max()
    return f"""Logistic regression, even against
    odd digits, 16 sums of 2 x 2 pixels and a constant, {data["examples"]} images: condition number
    of the Hessian where the run is, divided as the method divides there, one run per curve. Dotted:
    Jacobi and GN^-1/2 at the optimum; dashed: certified, no diagonal gets below it there. With
    mini-batches the last values are within {apart:.0f} % of that of GN^-1/2. Our own
    experiment, on data; that adaptive methods improve the conditioning is what Ye 2024 says."""

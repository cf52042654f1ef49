"""Standardising does for real data what no diagonal preconditioner can.

One panel per data set: kappa of the Hessian after each treatment of the columns, by diagonal
preconditioner. A certified bound above the standardised kappa is the proof of the title: no
diagonal of the raw columns gets there. A treatment that is not possible has no marker.

kappa is logarithmic, with a range of its own in each panel: Longley's table needs twenty decades.
Treatments have no order, and so there are no lines. The best diagonal is hollow and larger, and
goes round the certified bound, which it meets to within 0.1 %; the gap between them is what is not
known about the optimum. Layer normalisation has another matrix than the columns, and is shown
beside them because it is used in their place. A Jacobi marker below the bound would be a fault of
the certificate.
"""

from lab import style

READS = ("real_conditioning",)
KINDS = {
    "kappa": "as it is",
    "jacobi": "Jacobi",
    "row_norm": "row norms",
    "best": "best diagonal",
    "bound": "certified bound",
}


def draw(data):
    """NAME_kappa, NAME_jacobi, ... (T,) at place, one panel per name; inf has no marker.

    T treatments of the columns. All are condition numbers of the Hessian, without units; inf is one
    that was not computed.
    """
    figure, axes = style.panels(1, 3, narrow=1)
    place = data["place"]
    for ax, name in zip(axes, data["names"], strict=True):
        for k, (field, label) in enumerate(KINDS.items()):
            dots = style.dots(ax, k, place, data[f"{name}_{field}"], label)
            if field == "best":
                # it meets its certified bound to 0.1 %: hollow and larger, it goes round that
                dots.set(fillstyle="none", markersize=1.7 * dots.get_markersize())
        ax.set_xticks(place, data["treatments"], rotation=60, ha="right")
        ax.set(yscale="log", xlabel="columns", ylabel="condition number")
        # twenty decades of minor ticks would be a black bar
        ax.minorticks_off()
    style.titles(axes, *(str(name) for name in data["names"]))
    style.legend(figure, axes[0])
    return figure


def caption(data) -> str:
    return f"""Condition number of the Hessian, constant included: linear regression on Longley's
    table; logistic regression at its optimum on digits (even against odd) and on 5 x 5 patches of
    a photograph (noisy labels: brighter in the middle than around), ridge {data["ridge"]:g} on
    standardised coefficients. Columns as they are, centred, of unit length, standardised; rows
    normalised (LayerNorm: over the directions that are left); whitened. Markers: as it is, and
    under diagonal preconditioners; no diagonal gets below the certified bound. The best
    diagonal, where the search ends within 0.1 %, depends on last digits. Our own experiment, on
    treatments that Ye 2024 discusses."""

"""How diagonal Gauss-Newton and sign descent gain from a better basis.

(a-c) kappa after GN^-1/2 and GN^-1 against s, the place on the geodesic from coordinates (0) to the
eigenbasis (1): in a plane, where it is a closed form, from Haar eigenvectors, and from Hadamard
ones; dashed the kappa of GD, which no basis changes. (d) The loss of sign descent after a fixed
number of steps in the same bases.

(a) to (c) are logarithmic, as kappa is read by factors, and share their range, which begins just
below 1, the best that there is. Only the plane has a formula; in the other two the markers are
joined since they are one path. GD is level in each: a basis changes what a diagonal sees and not
the matrix. (d) has medians over starts, thick, and single starts, thin, from arrays
`CASE_sign_runs`. A kappa in (a) to (c) that rises on its way to s = 1 would refute that a basis
nearer to that of the eigenvectors is better.
"""

from lab import style

READS = ("geodesic",)
NAMES = ("GN^-1/2", "GN^-1")
CASES = ("plane", "haar", "hadamard")


def draw(data):
    """CASE_METHOD (points,) against s; CASE_sign its median, CASE_sign_runs (points, seeds).

    points are places on the path; seeds are starts of sign descent, whose loss is over that at the
    start. kappa is that of the matrix before any scaling.
    """
    figure, axes = style.panels(2, 2)
    for ax, case in zip(axes, CASES, strict=False):
        for name in NAMES:
            line = style.curve(ax, name, data["s"], data[f"{case}_{name}"])
            if case == "plane":
                # where there is a formula the markers are to be seen on it
                line.set_linestyle("none")
                label = "theory" if name == NAMES[1] else "_theory"
                style.theory(ax, data["s"], data[f"theory_{name}"], label)
        style.threshold(ax, data["kappa"], label="theory: $\\kappa$, that is GD", vertical=False)
        ax.set(yscale="log", ylim=(0.7, data["kappa"] * 1.8))
        ax.set_ylabel("condition number after scaling")
        style.inside(ax, "lower left")

    for k, case in enumerate(CASES[1:]):
        name = f"{case.capitalize()} eigenvectors"
        line = style.measured(axes[3], k, data["s"], data[f"{case}_sign"], name)
        style.runs(axes[3], data["s"], data[f"{case}_sign_runs"], line)
    axes[3].set(yscale="log", ylabel="loss relative to the start")
    style.inside(axes[3], "lower left")
    for ax in axes:
        ax.set_xlabel("s, from coordinates (0) to eigenbasis (1)")

    style.titles(
        axes,
        "plane",
        "Haar eigenvectors",
        "Hadamard eigenvectors",
        f"sign descent, {data['budget']} steps",
    )
    return figure


def caption(data) -> str:
    return f"""(a-c) Condition number of H scaled by powers of its diagonal, in bases along the
    geodesic from the coordinates to the eigenvectors of H ($\\kappa$ = {data["kappa"]:g}). In
    the plane, {data["degrees"]:g} degrees apart, the dashed curves are closed forms; (b, c) are
    in {data["dims"]} dimensions. Hadamard coordinates hide the spectrum from every diagonal. (d)
    Loss of sign descent with geometric decay at its best rate; thick: median, thin: each of
    {data["haar_sign_runs"].shape[1]} starts. Our own experiment, on the bases between identity
    and eigenbasis in Liu et al. 2025."""

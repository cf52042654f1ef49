"""Errors of inverse roots and of polar factors against the condition number.

(a) |X A^(1/p) - I| of each way to a root, beside eps kappa and what a stopping rule allows. (b)
|P(X) - U V^T| after a fixed number of steps of each list of coefficients, beside the largest error
on the whole interval of singular values [1 / kappa, 1].

Both axes are logarithmic over all of double precision. (a) `root_error` of five matrices is the
largest of them; the rising dashed line is eps kappa, the order of what rounding takes from an exact
way; the level one is the error at which a stopping rule stops. (b) `polar_error` against what the
same polynomial does on the whole interval [1 / kappa, 1] in exact arithmetic: markers above that
line would refute it. Curves at 1 are singular values that a fixed number of steps has not lifted at
all.
"""

from lab import style

READS = ("matrix_roots",)


def draw(data):
    """root_error (C, K) against kappa with two theories; polar_error (R, L) against polar_kappa.

    C ways to a root, K condition numbers, R lists of coefficients, L condition numbers. Errors are
    spectral norms, without units.
    """
    figure, (left, right) = style.panels(1, 2, 3.0)
    for k, name in enumerate(data["roots"]):
        style.measured(left, k, data["kappa"], data["root_error"][k], str(name))
    style.theory(left, data["kappa"], data["root_theory"][0], "theory: rounding")
    style.theory(left, data["kappa"], data["root_theory"][1], "_theory")
    for k, name in enumerate(data["lists"]):
        style.measured(right, k, data["polar_kappa"], data["polar_error"][k], str(name))
        label = "_theory" if k else "theory: exact for the interval"
        style.theory(right, data["polar_kappa"], data["polar_theory"][k], label)

    for ax in (left, right):
        ax.set(xscale="log", yscale="log", xlabel="condition number", ylabel="spectral error")
    # below the rounding of 1 a smaller error is chance
    left.set_ylim(bottom=1e-16)
    # below are only the first few of one curve
    right.set_ylim(bottom=1e-3)
    style.titles((left, right), "inverse roots", "polar factors")
    style.legend(figure, left, title="(a)")
    style.legend(figure, right, title="(b)")
    return figure


def caption(data) -> str:
    return f"""Random bases, geometric spectra, size {data["size"]}, or (flat) one large
    eigenvalue in the direction of equal entries; the largest error of {data["seeds"]}; (a)
    $|X A^{{1/p}} - I|$; exact: on the range, by Cholesky for p = 1; Newton:
    the coupled iteration, stopped by the Frobenius norm of its error, or as public code does by
    the largest entry; theory: machine precision times the condition number, and what the stop
    allows at p = 4. What is rounding in (a) are last digits, which differ between machines.
    (b) $|P(X) - UV^T|$ after {data["steps"]} steps; singular values between 1 and one
    over the condition number; Newton-Schulz: the quintic (15, -10, 3) / 8. Theory: the largest
    error on the whole interval, from the ends and the critical points of the polynomials. Our own
    experiment."""

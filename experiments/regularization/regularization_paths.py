"""Which variable should a penalty be put on, for the conditioning of a preconditioned problem?

A badly scaled Hessian and its Jacobi preconditioner; the condition number in z of the loss with L2
on p, L2 on z, and with penalties on the gradient in either variable, against their weight. L2 on z
repairs, L2 on p undoes the preconditioner; a penalty on the gradient never helps on z. (derived;
claims regularization/conditioning, gradient-regularization/conditioning)

L2 on z adds lam to every eigenvalue of A: kappa = (l_max + lam) / (l_min + lam), which falls to 1.
L2 on p adds lam P^T P, which has the condition number of H's diagonal.
"""

import numpy as np

from lab.linalg import kappa
from lab.sentences import number, span
from lab.theory.gradient_regularization import penalised_kappa
from lab.theory.regularization import regularized_kappa

QUICK = {"points": 9}
UNITS = {
    "each its own": "lam",
    "no unit": "plain jacobi",
}
KINDS = ("L2 on p", "L2 on z", "gradient on p", "gradient on z")


def run(*, dims: int = 6, spread: float = 1e2, points: int = 41) -> dict[str, np.ndarray]:
    """kappas (4, points) against lam; plain and jacobi: the condition numbers of H and of A.

    H = d C d, C_ij = 0.5^|i - j|, d from 1 down to 1 / spread; spread > 0.

    kinds (4,): what is penalised, in which variable. Nothing is run: condition numbers are of
    Hessians at a minimiser, and say how fast a method can be there, not how good the minimiser is.
    """
    i = np.arange(dims)
    d = np.geomspace(1, 1 / spread, dims)
    h = d[:, None] * 0.5 ** np.abs(i[:, None] - i) * d
    diagonal = np.diag(h)
    # from weights that do nothing to weights that are all there is
    lam = np.geomspace(1e-4, 1e4, points)

    found = []
    for rule in (regularized_kappa, penalised_kappa):
        for on in ("p", "z"):
            found.append([rule(h, diagonal, x, on=on) for x in lam])
    # Jacobi's scaling: unit diagonal
    root = np.sqrt(np.outer(diagonal, diagonal))
    return {
        "kinds": np.array(KINDS),
        "lam": lam,
        "kappas": np.array(found),
        "plain": np.array(kappa(h)),
        "jacobi": np.array(kappa(h / root)),
    }


def summary(data) -> str:
    """From where to where each choice takes the condition number.

    Better or worse compares the largest weight with the smallest.
    """
    lines = [
        f"Which penalty keeps a problem of condition number {number(data['plain'])}, Jacobi "
        f"{number(data['jacobi'])}, well conditioned?"
    ]
    for k, name in enumerate(data["kinds"]):
        found = data["kappas"][k]
        worse = "worse" if found[-1] > found[0] else "better"
        lines.append(
            f"{str(name)[0].upper()}{str(name)[1:]}: {span(found.min(), found.max())}, {worse} "
            "with its weight."
        )
    at_one = data["kappas"][:, np.abs(np.log(data["lam"])).argmin()]
    lines.append(f"At weight 1, L2 on p has {number(at_one[0])} and L2 on z {number(at_one[1])}.")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

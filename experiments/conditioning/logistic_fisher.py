"""How far is the empirical Fisher from the true one?

The pencil (M_1, G) of logistic regression with Gaussian inputs, against the norm. M_1 = E[g g^T] is
what Adam sees at batch size 1, G what Gauss-Newton sees. Exact, by quadrature; the laws for large
norms with their constants.
"""

import numpy as np

from lab.checks import count, positive
from lab.sentences import apart, number
from lab.theory.fisher import logistic_pencil, pencil_laws

QUICK = {"points": 9}
UNITS = {
    "no unit": "c teacher spread bulk top asymptotic law_*",
    "degrees": "angles",
}


def run(
    *,
    teacher: float = 1.5,
    angles: tuple = (0.0, 90.0, 180.0),
    smallest: float = 0.1,
    largest: float = 40.0,
    points: int = 53,
    dims: int = 6,
) -> dict[str, np.ndarray]:
    """Against c (points,), the norm of the student, for each angle in degrees (A, points): spread,
    bulk, top eigenvalue of the pencil.

    asymptotic (tail,): the norms from 3 on; law_spread, law_bulk, law_top (A, tail) there. Sigma =
    I, which is no restriction: only norms and angles in the inner product of Sigma matter.

    teacher: its norm; angles: between teacher and student; smallest, largest > 0: norms of the
    student; dims >= 2.

    A spread is of the generalised eigenvalues M_1 v = l G v: largest over smallest, 1 where M_1 and
    G are proportional. bulk (A, points): the eigenvalue e0 / psi of the dims - 2 directions
    orthogonal to both vectors; top: the largest of the others. Nothing is drawn.
    """
    positive("smallest", smallest)
    positive("largest", largest)
    count("dims", dims, 2)
    c = np.geomspace(smallest, largest, points)
    phi = np.radians(angles)

    # the student along the first axis, the teacher in the plane of the first two
    student = c[:, None] * np.eye(dims)[0]
    # one teacher per angle, beside all norms of the student
    star = np.zeros((len(phi), 1, dims))
    star[:, 0, 0] = teacher * np.cos(phi)
    star[:, 0, 1] = teacher * np.sin(phi)
    pencil = logistic_pencil(np.ones(dims), student, star)

    # the laws are limits: below a norm of 3 logits are not large
    tail = c[c >= 3]
    laws = pencil_laws(teacher, phi)
    return {
        "c": c,
        "angles": np.array(angles),
        "teacher": np.array(teacher),
        "spread": pencil.spread,
        "bulk": pencil.bulk,
        "top": pencil.others[..., 0],
        "asymptotic": tail,
        "law_spread": laws.spread[:, None] * tail**2,
        "law_bulk": laws.bulk[:, None] * tail,
        "law_top": laws.top[:, None] * tail**3,
    }


def summary(data) -> str:
    """The spread of the pencil at its least and at the largest norm, per angle, and how far the
    limit laws are.

    At most seven angles are told. The limit laws are compared at the largest norm only, where they
    should be closest; that they are limits is not shown by one norm.
    """
    c = data["c"]
    lines = [
        "How far is the empirical Fisher from the true one? Largest over smallest generalised "
        f"eigenvalue (1: they are proportional), teacher of norm {data['teacher']:g}:"
    ]
    for k, angle in enumerate(data["angles"][:7]):
        spread = data["spread"][k]
        least = spread.argmin()
        lines.append(
            f"student at {angle:g} degrees: least {number(spread[least])} at norm "
            f"{number(c[least])}, {number(spread[-1])} at norm {number(c[-1])}."
        )
    if len(data["asymptotic"]):
        last = [apart(data[n][:, -1], data[f"law_{n}"][:, -1]) for n in ("bulk", "top", "spread")]
        lines.append(f"At the largest norm the limit laws are within {100 * max(last):.2g} %.")
    return "\n".join(lines)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

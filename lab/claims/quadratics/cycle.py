"""Adam's two-cycle in formulas: one step in the frame that flips along, its characteristic
polynomial, and the border of its stability.

Units: lam = 1, and eta such that the cycle is x = +-1; neither enters the polynomial. In the frame
(-1)^t (x, m) the cycle is a fixed point. A pair of roots is on the unit circle iff 1 - P_1 + P_0
P_2 - P_0^2 = (1 - beta2)(1 - 3 beta1 (1 + beta2) + beta1^2 beta2) = 0: BORDER is the root of the
last factor in beta1.
"""

from __future__ import annotations

from sympy import Expr, Matrix, eye, simplify, sqrt

from lab.claims import symbols

beta1, beta2, x, m, v, z = symbols("beta1 beta2 x m v z")

# the smaller root of beta2 x^2 - 3 (1 + beta2) x + 1, without cancellation
BORDER = 2 / (3 * (1 + beta2) + sqrt(9 * (1 + beta2) ** 2 - 4 * beta2))

P_2 = 1 - beta1 - 3 * beta2
P_1 = 3 * beta1 + beta2 - beta1 * beta2
P_0 = -beta1 * beta2


def flipped_step() -> Matrix:
    """(-x, -m, v) after a step of Adam from (x, m, v) on x^2 / 2, eps = 0, debiasing over, as a
    matrix of formulas; eta so large that the cycle is x = +-1."""
    mean = beta1 * m + (1 - beta1) * x
    square = beta2 * v + (1 - beta2) * x**2
    # 2 a = eta (1 - beta1) / (1 + beta1), at a = 1
    eta = 2 * (1 + beta1) / (1 - beta1)
    step = eta * mean / sqrt(square)
    return Matrix([-(x - step), -mean, square])


def polynomial() -> Expr:
    """det(z - J) as a polynomial in z, J the derivative of that step on the cycle: P_2, P_1 and P_0
    are what it must come out as."""
    on_cycle = {x: 1, m: -(1 - beta1) / (1 + beta1), v: 1}
    slopes = flipped_step().jacobian([x, m, v]).subs(on_cycle)
    return simplify((z * eye(3) - slopes).det())

"""Models whose Hessian is conditioned: linear, logistic and softmax regression with a constant.

k logits z = xhat W per example, xhat = (1, x): one for linear and logistic regression, c - 1 for
softmax over c classes, whose last class has the logit 0. Coefficients in the order class, then
column: the Hessian is (1/m) sum_j S_j kron xhat_j xhat_j^T.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

from lab.checks import EPS, nonnegative, one_of
from lab.domains import number

MODELS = ("linear", "logistic", "softmax")
# coefficients whose dense Hessians are decomposed: some twenty times, a minute in all
MOST = 1000
# Newton's method on a convex smooth function: thirty would be many
STEPS = 200


class Model(NamedTuple):
    """kind, targets t (m, k) of the logits, curvatures S (m, k, k) at the optimum, and the ridge.

    ridge: of the coefficients of standardised columns, so that it means the same in all units. S_j
    is the second derivative of example j's loss by its logits: 1 for linear regression, else
    diag(p) - p p^T with p the first k probabilities. For one logit that is p (1 - p) <= 1/4.
    """

    kind: str
    targets: np.ndarray
    curvatures: np.ndarray
    ridge: float

    @property
    def logits(self) -> int:
        """k: 1 of linear and logistic regression, c - 1 of softmax over c classes."""
        return self.targets.shape[1]

    def loss(
        self,
        xhat,
        w,
    ) -> tuple[float, np.ndarray]:
        """The mean loss without ridge at w (k d,), d columns, and its gradient.

        Linear: |z - t|^2 / 2; else log(1 + sum_k exp z_k) - t^T z, t = 0 for the last class. In
        both the derivative by z is prediction minus target, and the gradient E (prediction - t)
        kron xhat.
        """
        z = xhat @ w.reshape(self.logits, -1).T
        if self.kind == "linear":
            wrong = z - self.targets
            value = 0.5 * (wrong**2).sum(-1).mean()
        else:
            log = _log_sum(z)
            wrong = np.exp(z - log) - self.targets
            value = (log[:, 0] - (z * self.targets).sum(-1)).mean()
        return float(value), (wrong.T @ xhat / len(xhat)).ravel()

    def hessian(
        self,
        xhat,
    ) -> np.ndarray:
        """(k d, k d) at the optimum, without the ridge."""
        return _hessian(xhat, self.curvatures)

    def root(
        self,
        xhat,
    ) -> np.ndarray | None:
        """A (m, d) with A^T A = H for one logit, None for more: its singular values keep the
        digits.

        A_j = sqrt(S_j / m) xhat_j. Squaring A would halve the digits of the smallest eigenvalue.
        """
        if self.logits > 1:
            return None
        s = np.sqrt(self.curvatures[:, 0] / len(xhat))
        return s * xhat


def probabilities(z: np.ndarray) -> np.ndarray:
    """Softmax of the logits (m, k) and a 0 for the last class, of which the first k: (m, k).

    p_i = exp z_i / (1 + sum_k exp z_k); never above 1, and 0 without a warning for z = -inf.
    """
    return np.exp(z - _log_sum(z))


def _log_sum(z) -> np.ndarray:
    """log(1 + sum_k exp(z_k)), (m, 1): here because L-BFGS asks for it thousands of times.

    Less its largest term, 1 being exp(0) of the last class, so that nothing overflows.
    """
    largest = np.maximum(z.max(-1, keepdims=True), 0.0)
    return largest + np.log(np.exp(-largest) + np.exp(z - largest).sum(-1, keepdims=True))


def fitted(
    kind: str,
    x: np.ndarray,
    y: np.ndarray,
    ridge: float = 0.0,
) -> Model:
    """The model at its optimum for features x (m, n) and target y (m,).

    ridge >= 0 penalises the coefficients of standardised columns, never the constant. Only the
    curvatures S of the optimum are kept, which no change of columns alters: they depend on the
    predictions alone. A linear model's are 1, and nothing is solved.

    ValueError for one class, for more than two with "logistic", and where no optimum exists without
    a ridge: classes that a hyperplane separates.
    """
    one_of("model", kind, MODELS)
    ridge = number("ridge", ridge, nonnegative)
    if kind == "linear":
        ones = np.ones((len(x), 1, 1))
        return Model(
            kind,
            y[:, None],
            ones,
            ridge,
        )

    labels = np.unique(y)
    if len(labels) < 2:
        raise ValueError(f"the target has one value, {labels[0]:g}: {kind} regression needs two")
    if kind == "logistic" and len(labels) > 2:
        raise ValueError(
            f"the target has {len(labels)} values: logistic regression needs two, "
            "use --model softmax, or linear for a number"
        )
    # the last class has the logit 0; of two it is the first, as is usual
    order = labels[1:] if len(labels) == 2 else labels[:-1]
    targets = (y[:, None] == order).astype(float)
    return Model(
        kind,
        targets,
        _at_optimum(_standard(x), targets, ridge),
        ridge,
    )


def _standard(x) -> np.ndarray:
    """(1, (x - mean) / deviation), (m, n + 1): the columns on which the optimum is found."""
    deviation = x.std(0)
    ones = np.ones((len(x), 1))
    return np.concatenate([ones, (x - x.mean(0)) / deviation], axis=1)


def _at_optimum(xhat, targets, ridge) -> np.ndarray:
    """S_j = diag(p) - p p^T at the minimum, by damped Newton steps on standardised columns.

    ValueError where STEPS steps do not end, or a hyperplane is found that separates the classes.
    """
    k = targets.shape[1]
    d = xhat.shape[1]
    penalty = ridge * np.tile(np.arange(d) > 0, k)
    model = Model("softmax", targets, np.zeros((len(xhat), k, k)), ridge)
    w = np.zeros(k * d)
    loss, g = model.loss(xhat, w)
    for _ in range(STEPS):
        z = xhat @ w.reshape(k, -1).T
        # every example on its side: a multiple of w has a lower loss, for ever
        if not ridge and _separates(z, targets):
            break
        s = _curvature(probabilities(z))
        g = g + penalty * w
        step = _newton(xhat, s, penalty, g)
        # the decrease that is left is below the rounding of the loss
        if np.linalg.norm(g) <= 1e-10 or g @ step <= 1e-20:
            return s
        w, loss, g = _shorter(model, xhat, w, step, penalty, loss)
    raise ValueError(
        "the classes are separated by a hyperplane, the optimum is at infinity: add --ridge 0.01"
    )


def _newton(xhat, s, penalty, g) -> np.ndarray:
    """(H + diag(penalty))^-1 g; by conjugate gradients where H is too large to be made.

    One logit only in the second case: `condition` refuses more than MOST coefficients of softmax.
    """
    if len(g) <= MOST:
        h = _hessian(xhat, s) + np.diag(penalty)
        # a jitter far below the ridge, for directions that nothing sees
        jitter = EPS * np.trace(h) * np.eye(len(h))
        return np.linalg.solve(h + jitter, g)

    weights = s[:, 0, 0] / len(xhat)
    h = LinearOperator(
        (len(g), len(g)),
        matvec=lambda v: xhat.T @ (weights * (xhat @ v)) + penalty * v,
    )
    # three digits of each step: Newton's method corrects what is left
    step, _ = cg(h, g, rtol=1e-3, maxiter=len(g))
    return step


def _separates(
    z,
    targets,
) -> bool:
    """Whether the logit of its own class is the largest for every example, strictly.

    Then w, times any number above 1, has a lower loss: no minimum exists.
    """
    whole = np.concatenate([z, np.zeros((len(z), 1))], axis=1)
    last = 1 - targets.sum(-1, keepdims=True)
    own = np.concatenate([targets, last], axis=1) > 0
    others = np.where(own, -np.inf, whole).max(-1)
    return bool((whole[own] > others).all())


def _shorter(model, xhat, w, step, penalty, loss):
    """w - t step with the first t of 1, 1/2, ... that descends; its loss and gradient without
    the ridge.

    Of a convex loss some t descends unless rounding hides it: below 1e-10 the last is taken.
    """
    before = loss + penalty @ w**2 / 2
    t = 1.0
    while True:
        tried = w - t * step
        value, g = model.loss(xhat, tried)
        # equal up to rounding counts: near the optimum no step can be seen to descend
        if value + penalty @ tried**2 / 2 <= before + 1e-15 or t < 1e-10:
            return tried, value, g
        t /= 2


def _curvature(p) -> np.ndarray:
    """diag(p) - p p^T for every example: p (m, k) -> (m, k, k)."""
    square = p[:, :, None] * p[:, None, :]
    return np.eye(p.shape[1]) * p[:, :, None] - square


def _hessian(
    xhat,
    s,
) -> np.ndarray:
    """(1/m) sum_j S_j kron xhat_j xhat_j^T, (k d, k d), by blocks (class, class) of columns."""
    m, d = xhat.shape
    k = s.shape[1]
    h = np.empty((k * d, k * d))
    for a in range(k):
        for b in range(a + 1):
            block = (xhat * s[:, a, b, None]).T @ xhat / m
            h[a * d : a * d + d, b * d : b * d + d] = block
            h[b * d : b * d + d, a * d : a * d + d] = block.T
    return (h + h.T) / 2

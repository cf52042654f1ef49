"""AdaL's transformed gradient h = |g|_1 g under Gaussian noise. ValueError for n < 1."""

from __future__ import annotations

import math

from lab.checks import loops
from lab.domains import in_range


@in_range
def weighted_kurtosis(n: int) -> float:
    """E h_1^4 / (E h_1^2)^2 of h = |g|_1 g for n independent standard normal coordinates

    With a = |g_1| and R the sum of the other n - 1: E (a + R)^4 a^4 / (E (a + R)^2 a^2)^2, from
    half-normal moments. n = 1: 35/3; n -> infinity: 3 + (6 pi - 4) / n + O(1 / n^2). (derived;
    claims adal/noise-kurtosis, adal/kurtosis-vanishes)

    At n = 1, h = |g| g and the moments are E g^8 = 105 and E g^4 = 3. For large n |g|_1 / n settles
    at sqrt(2 / pi), a number, and h is a multiple of g, whose kurtosis is 3. O(n).
    """
    n = loops("n", n)
    half = [_half_normal_moment(k) for k in range(9)]

    # E R^k, one more coordinate at a time
    rest = [1.0, 0.0, 0.0, 0.0, 0.0]
    for _ in range(n - 1):
        rest = [_sum_moment(rest, half, k) for k in range(5)]

    # a factor a^k inside: the moments of a begin at its k-th
    second = _sum_moment(half[2:], rest, 2)
    fourth = _sum_moment(half[4:], rest, 4)
    return fourth / second**2


def _half_normal_moment(k):
    """E |g|^k = 2^(k/2) Gamma((k + 1) / 2) / sqrt(pi) of a standard normal g."""
    if k == 0:
        return 1.0  # without the rounding of gamma(1/2) / sqrt(pi)
    gamma = math.gamma((k + 1) / 2)
    return 2 ** (k / 2) * gamma / math.sqrt(math.pi)


def _sum_moment(first, second, k):
    """The k-th moment of a sum of two independent variables, from those of each.

    sum_j C(k, j) first_j second_(k - j).
    """
    terms = []
    for j in range(k + 1):
        product = first[j] * second[k - j]
        terms.append(math.comb(k, j) * product)
    return sum(terms)

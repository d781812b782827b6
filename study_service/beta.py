"""Quantiles of the Beta distribution, which a share between 0 and 1 has that is not known exactly.

I_x(a, b), its distribution function, is the continued fraction of DLMF 8.17.22, summed as by Lentz (1976, Applied
Optics 15(3)); the quantile is found by Newton's method, between bounds that halve where it leaps out of them.
"""

import math
from statistics import NormalDist

_TINY = 1e-300
_EXACT = 1e-12  # of sums
_NEAR = 1e-9  # of shares


def quantile(p: float, a: float, b: float) -> float:
    """The share below which the distribution has the part `p`. `a` and `b` are positive."""
    low, high = 0.0, 1.0
    mean = a / (a + b)
    start = mean + NormalDist().inv_cdf(p) * math.sqrt(mean * (1 - mean) / (a + b + 1))
    x = start if 0 < start < 1 else mean
    for _ in range(200):
        over = distribution(x, a, b) - p
        low, high = (low, x) if over > 0 else (x, high)
        slope = _density(x, a, b)
        step = x - over / slope if slope > 0 else low
        x, last = step if low < step < high else (low + high) / 2, x
        if abs(x - last) < _NEAR:
            break
    return x


def distribution(x: float, a: float, b: float) -> float:
    """I_x(a, b): how much of the distribution lies below `x`."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):  # where the fraction converges slowly, the other side is taken
        return 1 - distribution(1 - x, b, a)
    return math.exp(a * math.log(x) + b * math.log1p(-x) - _log_beta(a, b)) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    value, numerator, denominator = 1.0, 1.0, 0.0
    for n in range(1, 1000):
        m = n // 2
        if n % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        denominator = 1 / _not_zero(1 + term * denominator)
        numerator = _not_zero(1 + term / numerator)
        value *= numerator * denominator
        if abs(numerator * denominator - 1) < _EXACT:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _density(x: float, a: float, b: float) -> float:
    if not 0 < x < 1:
        return 0.0
    return math.exp(min(700.0, (a - 1) * math.log(x) + (b - 1) * math.log1p(-x) - _log_beta(a, b)))


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

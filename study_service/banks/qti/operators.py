"""Operators of response processing that are understood: each takes the values of the expressions in it."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from xml.etree.ElementTree import Element

from study_service.banks.bank import Unusable
from study_service.banks.qti import names, values
from study_service.banks.qti.values import Container, Value

_LARGEST = 10**100  # of a product: a score times itself a hundred times would fill the memory

Operator = Callable[[Element, Sequence[Value]], Value]


def _match(_: Element, parts: Sequence[Value]) -> Value:
    return None if None in parts else values.same(*_pair(parts))


def _equal(element: Element, parts: Sequence[Value]) -> Value:
    numbers = _two(parts)
    if numbers is None:
        return None
    low, high = margins(element, numbers[1])
    least, most = numbers[1] - low, numbers[1] + high
    above = numbers[0] >= least if names.is_true(element, "includeLowerBound", default=True) else numbers[0] > least
    below = numbers[0] <= most if names.is_true(element, "includeUpperBound", default=True) else numbers[0] < most
    return above and below


def margins(element: Element, middle: Fraction) -> tuple[Fraction, Fraction]:
    """How far below and above a number `equal` takes others. A relative tolerance is in percent."""
    mode, stated = element.get("toleranceMode", "exact"), element.get("tolerance", "").split()
    if mode == "exact":
        return Fraction(0), Fraction(0)
    if mode not in ("absolute", "relative") or not 1 <= len(stated) <= 2:
        raise Unusable("its response processing has a tolerance that is not understood")
    low, high = (values.number(part) for part in (stated[0], stated[-1]))
    share = abs(middle) / 100 if mode == "relative" else Fraction(1)
    return low * share, high * share


def _string_match(element: Element, parts: Sequence[Value]) -> Value:
    left, right = _pair(parts)
    if not isinstance(left, str) or not isinstance(right, str):
        return None
    if names.is_true(element, "substring"):
        raise Unusable("its response processing looks for a part of a text")
    if not names.is_true(element, "caseSensitive", default=True):
        left, right = left.casefold(), right.casefold()
    return left == right


def _and(_: Element, parts: Sequence[Value]) -> Value:
    if False in parts:
        return False
    return None if None in parts else True


def _or(_: Element, parts: Sequence[Value]) -> Value:
    if True in parts:
        return True
    return None if None in parts else False


def _not(_: Element, parts: Sequence[Value]) -> Value:
    value = _one(parts)
    return None if value is None else value is False


def _member(_: Element, parts: Sequence[Value]) -> Value:
    left, right = _pair(parts)
    return None if None in (left, right) else left in values.listed(right)


def _contains(_: Element, parts: Sequence[Value]) -> Value:
    left, right = map(values.listed, _pair(parts))
    return all(left.count(part) >= right.count(part) for part in right) if left and right else None


def _multiple(_: Element, parts: Sequence[Value]) -> Value:
    flat = tuple(part for value in parts for part in values.listed(value))
    return Container(flat) if flat else None


def _ordered(_: Element, parts: Sequence[Value]) -> Value:
    flat = tuple(part for value in parts for part in values.listed(value))
    return Container(flat, ordered=True) if flat else None


def _sum(_: Element, parts: Sequence[Value]) -> Value:
    numbers = _numbers(parts)
    return None if numbers is None else sum(numbers, Fraction(0))


def _product(_: Element, parts: Sequence[Value]) -> Value:
    numbers = _numbers(parts)
    if numbers is None:
        return None
    product = Fraction(1)
    for number in numbers:
        product *= number
        _refuse_large(product)
    return product


def _subtract(_: Element, parts: Sequence[Value]) -> Value:
    numbers = _two(parts)
    return None if numbers is None else numbers[0] - numbers[1]


def _divide(_: Element, parts: Sequence[Value]) -> Value:
    numbers = _two(parts)
    if numbers is None or numbers[1] == 0:
        return None
    _refuse_large(numbers[0] / numbers[1])
    return numbers[0] / numbers[1]


def _refuse_large(number: Fraction) -> None:
    if max(abs(number.numerator), number.denominator) > _LARGEST:
        raise Unusable("its response processing computes a number with too many digits")


def _compared(compare: Callable[[Fraction, Fraction], bool]) -> Operator:
    def operator(_: Element, parts: Sequence[Value]) -> Value:
        numbers = _two(parts)
        return None if numbers is None else compare(*numbers)

    return operator


def _one(parts: Sequence[Value]) -> Value:
    if len(parts) != 1:
        raise Unusable("its response processing asks about more than one value")
    return parts[0]


def _pair(parts: Sequence[Value]) -> tuple[Value, Value]:
    if len(parts) != 2:
        raise Unusable("its response processing compares not two values")
    return parts[0], parts[1]


def _two(parts: Sequence[Value]) -> tuple[Fraction, Fraction] | None:
    """Both numbers; None if one is no number."""
    left, right = _pair(parts)
    return (left, right) if isinstance(left, Fraction) and isinstance(right, Fraction) else None


def _numbers(parts: Sequence[Value]) -> list[Fraction] | None:
    """The numbers, those in containers too; None if one is no number."""
    flat = [one for part in parts for one in (values.listed(part) or (None,))]
    numbers = [one for one in flat if isinstance(one, Fraction)]
    return numbers if len(numbers) == len(flat) else None


OPERATORS: dict[str, Operator] = {
    "match": _match,
    "equal": _equal,
    "stringMatch": _string_match,
    "and": _and,
    "or": _or,
    "not": _not,
    "isNull": lambda _, parts: _one(parts) is None,
    "null": lambda _, parts: None,
    "member": _member,
    "contains": _contains,
    "multiple": _multiple,
    "ordered": _ordered,
    "sum": _sum,
    "product": _product,
    "subtract": _subtract,
    "divide": _divide,
    "lt": _compared(lambda left, right: left < right),
    "lte": _compared(lambda left, right: left <= right),
    "gt": _compared(lambda left, right: left > right),
    "gte": _compared(lambda left, right: left >= right),
}

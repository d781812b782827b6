"""The values that response processing works with.

NULL is None. Identifiers and strings are str, numbers are Fraction, pairs are both identifiers with a space between
them, points are two numbers. What holds several of them is a Container.
"""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from study_service.banks.bank import Unusable
from study_service.grading import numeric

_MOST_DIGITS = 60  # before or behind the point, of a number that is reckoned with

Point = tuple[Fraction, Fraction]
Single = str | bool | Fraction | Point


@dataclass(frozen=True, slots=True)
class Container:
    """Several values, in an order or, as a set in which one may be twice, without."""

    values: tuple[Single, ...]
    ordered: bool = False


Value = Single | Container | None


def parsed(base_type: str, text: str) -> Single:
    """A value as XML has it. Unusable where it is none of its type."""
    if base_type == "string":
        return text.strip()
    if base_type in ("integer", "float"):
        return number(text)
    if base_type == "boolean":
        return text.strip() in ("true", "1")
    if base_type == "point":
        x, y = (number(part) for part in _two(text, "a point"))
        return x, y
    if base_type in ("pair", "directedPair"):
        return " ".join(_two(text, "a pair"))
    return text.strip()


def number(text: str) -> Fraction:
    text = text.strip()
    if not numeric.is_number(text) or abs(Decimal(text).adjusted()) > _MOST_DIGITS:
        raise Unusable(f"{text[:50]!r} is not a number")
    return Fraction(Decimal(text))


def boxed(values: list[Single], cardinality: str) -> Value:
    """The values as a variable of this cardinality holds them."""
    if not values:
        return None
    if cardinality == "single":
        return values[0] if len(values) == 1 else Container(tuple(values))
    return Container(tuple(values), cardinality == "ordered")


def same(left: Value, right: Value) -> bool:
    """As the operator `match` compares them."""
    if isinstance(left, Container) and isinstance(right, Container):
        if left.ordered or right.ordered:
            return left.values == right.values
        return Counter(left.values) == Counter(right.values)
    return left is not None and type(left) is type(right) and left == right


def listed(value: Value) -> tuple[Single, ...]:
    """What is in a value, perhaps nothing."""
    if value is None:
        return ()
    return value.values if isinstance(value, Container) else (value,)


def _two(text: str, what: str) -> list[str]:
    parts = text.split()
    if len(parts) != 2:
        raise Unusable(f"{text.strip()[:50]!r} is not {what}")
    return parts

"""Accepted numbers as authors write them: 5, 3.14:0.005 (tolerance), 3..4 (lowest and highest), * (any number)."""

from collections.abc import Mapping

from study_service.banks.bank import Unusable
from study_service.grading import numeric


def read(what: str, text: str) -> dict[str, str]:
    """The limits of a number, as `Choice.number` has them. `what` names it in messages."""
    if text == "*":
        return {}
    low, dots, high = (piece.strip() for piece in text.partition(".."))
    value, colon, tolerance = (piece.strip() for piece in text.partition(":"))
    number = {"low": low, "high": high} if dots else {"value": value} | ({"tolerance": tolerance} if colon else {})
    if not all(map(numeric.is_number, number.values())):
        raise Unusable(f"{what} is not a number, value:tolerance, or lowest..highest, like 3.14:0.005")
    return number


def written(number: Mapping[str, str]) -> str:
    """The text of which `read` makes these limits."""
    if "low" in number or "high" in number:
        return f"{number.get('low', '')}..{number.get('high', '')}"
    return ":".join(number[key] for key in ("value", "tolerance") if key in number) or "*"

"""What an old value means, computed in Python from the rules' descriptions and not from their SQL: a second opinion.

UNKNOWN where no rule is evident; then only a rule that the operator named may have changed it, and the original is
kept.
"""

import datetime as dt
import decimal
import json
import math
import re
import time
from typing import Any

import marshmallow

from migrations.adoption.target import Column

UNKNOWN = object()

_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[ Tt](?P<clock>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)[ ]*(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.IGNORECASE | re.ASCII,
)
_BLANKS = " \t\n\r"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def of(column: Column, value: Any) -> Any:
    """The value that the new column should have, or UNKNOWN. None stays None, whatever the column asks for."""
    return None if value is None else _OF[column.kind](column, value)


def seconds(value: Any) -> Any:
    """Epoch seconds in UTC, rounded down."""
    if isinstance(value, str):
        if _NUMBER.fullmatch(value.strip(_BLANKS)):
            number = _number(value)
            return UNKNOWN if number is UNKNOWN or abs(number) <= 100_000_000 else _of_number(number)
        return _of_text(value.strip(_BLANKS))
    if isinstance(value, float):
        return _of_number(value) if abs(value) >= 100_000_000 else UNKNOWN
    return _of_number(value) if isinstance(value, int) else UNKNOWN


def _of_number(number: int | float) -> Any:
    if not math.isfinite(number):
        return UNKNOWN
    whole = math.floor(number)
    if abs(whole) <= 100_000_000_000:
        return whole
    return whole // 1000 if -62_135_596_800_000 <= whole <= 253_402_300_799_999 else UNKNOWN


def _of_text(text: str) -> Any:
    match = _TIME.fullmatch(text)
    if match is None:
        return UNKNOWN
    try:
        moment = dt.datetime.fromisoformat(f"{match['day']}T{match['clock'] or '00:00'}").replace(tzinfo=dt.UTC)
    except ValueError:
        return UNKNOWN
    ahead = _ahead(match["zone"] or "")
    return UNKNOWN if ahead is None else math.floor((moment - _EPOCH).total_seconds()) - ahead


def _ahead(zone: str) -> int | None:
    if zone.upper() in ("", "Z", "UTC", "GMT"):
        return 0
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    if hours > 14 or minutes > 59:
        return None
    return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)


def _number(value: Any) -> Any:
    if isinstance(value, str):
        text = value.strip(_BLANKS)
        if not _NUMBER.fullmatch(text):
            return UNKNOWN
        value = int(text) if re.fullmatch(r"-?\d+", text) else float(text)
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 9e15 else value
    return value if isinstance(value, int) and -(2**63) <= value < 2**63 else UNKNOWN


def _bounded(column: Column, number: Any) -> Any:
    if number is UNKNOWN or column.low is None or column.high is None:
        return number
    return number if column.low <= number <= column.high else UNKNOWN


def _time(column: Column, value: Any) -> Any:
    moment = seconds(value)
    return moment if moment is not UNKNOWN and _happens(column, moment) else UNKNOWN


def _happens(column: Column, moment: int) -> bool:
    """Whether a row can have this time: not before 1900, and not after tomorrow if it is of what has happened."""
    latest = time.time() + 86_400 if column.past else dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC).timestamp()
    return dt.datetime(1900, 1, 1, tzinfo=dt.UTC).timestamp() <= moment <= latest


def _day(column: Column, value: Any) -> Any:
    moment = _time(column, value)
    if moment is UNKNOWN:
        return UNKNOWN
    return (_EPOCH + dt.timedelta(seconds=moment)).date().isoformat()


def _flag(column: Column, value: Any) -> Any:
    word = str(value + 0.0 if isinstance(value, float) else value).strip(_BLANKS).lower()  # there is a -0.0
    if word in ("1", "1.0", "true", "t", "yes", "y"):
        return 1
    return 0 if word in ("0", "0.0", "false", "f", "no", "n") else UNKNOWN


def _integer(column: Column, value: Any) -> Any:
    number = _bounded(column, _number(value))
    return number if isinstance(number, int) else UNKNOWN


def _real(column: Column, value: Any) -> Any:
    number = _bounded(column, _number(value))
    return UNKNOWN if number is UNKNOWN else float(number)


def _money(column: Column, value: Any) -> Any:
    number = _number(value)
    if number is UNKNOWN or not 0 <= number < 10**12 // 10**column.decimals:
        return UNKNOWN
    meant = decimal.Decimal(f"{number:.15g}") * 10**column.decimals
    return int(meant.quantize(decimal.Decimal(1), rounding=decimal.ROUND_HALF_UP))


def _enum(column: Column, value: Any) -> Any:
    word = str(value).strip(_BLANKS).lower().replace(" ", "_").replace("-", "_")
    return value if value in column.allowed else word if word in column.allowed else UNKNOWN


def _json(column: Column, value: Any) -> Any:
    try:
        document = json.loads(value) if isinstance(value, str) else UNKNOWN
    except ValueError:
        return UNKNOWN
    if document is UNKNOWN:
        return UNKNOWN
    try:
        if document is not None or column.needed:
            column.shape.deserialize(document)
    except marshmallow.ValidationError:
        return UNKNOWN
    return value


def _text(column: Column, value: Any) -> Any:
    # A real number's digits are the engine's to choose; the original is kept.
    return UNKNOWN if isinstance(value, bytes | float) else str(value)


_OF = {
    "time": _time,
    "day": _day,
    "flag": _flag,
    "integer": _integer,
    "real": _real,
    "money": _money,
    "enum": _enum,
    "json": _json,
    "text": _text,
}

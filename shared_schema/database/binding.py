"""Python values to what the driver binds exactly, or a loud refusal.

The driver binds an int outside 32 bits as a float, NaN as NULL, text up to its first NUL, and any number of
parameters without counting them. None of that reaches it from here.
"""

import datetime as dt
import decimal
import math
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from shared_schema.database import errors
from shared_schema.database.sql import Mark, shape

Bindable = None | int | float | str | bytes

_INT32 = range(-(2**31), 2**31)
_INT64 = range(-(2**63), 2**63)
_AS_TEXT = (dt.date, dt.time, decimal.Decimal)  # a datetime is a date


def value(given: Any) -> Bindable:
    """One value as the engine will store it.

    Dates and times become ISO text with a space, as Python's own sqlite3 does, Decimals text, UUIDs 32 hex digits.
    Raises DataError for a value that would be changed on the way, InterfaceError for a type that has no column.
    """
    if given is None or isinstance(given, bytes):
        return given
    if isinstance(given, int):
        if given not in _INT64:
            raise errors.DataError(f"integer beyond 64 bits: {given.bit_length()} bits")
        return int(given)
    if isinstance(given, float):
        if math.isnan(given) or math.isinf(given):
            raise errors.DataError("NaN and infinity cannot be stored")
        return float(given)
    if isinstance(given, str):
        return _text(given)
    if isinstance(given, bytearray | memoryview):
        return bytes(given)
    if isinstance(given, uuid.UUID):
        return given.hex
    if isinstance(given, _AS_TEXT):
        return str(given)
    raise errors.InterfaceError(f"a {type(given).__name__} cannot be bound")


def _text(given: str) -> str:
    if "\0" in given:
        raise errors.DataError("text with a NUL character cannot be stored")
    try:
        given.encode()
    except UnicodeEncodeError:
        raise errors.DataError("text with a lone surrogate cannot be stored") from None
    return str.__str__(given)  # the str() of an Enum of strings is its name


Parameters = Sequence[Any] | Mapping[str, Any]


def plain(sql: str, given: Parameters) -> tuple[str, tuple[Bindable, ...]]:
    """One statement with `?` for every placeholder, and its values in their order, each as it can be stored.

    A sequence goes to `?`s, a mapping to `:name`s (it may hold more than the statement asks for).
    """
    form = shape(sql)
    if form.several:
        raise errors.ProgrammingError("several statements in one string")
    values = tuple(value(v) for v in _in_order(form.marks, given))
    for start, end, name in reversed(form.marks):
        if name:
            sql = f"{sql[:start]}?{sql[end:]}"
    return sql, values


def for_driver(sql: str, values: Sequence[Bindable]) -> tuple[str, tuple[Bindable, ...]]:
    """The same with 64-bit integers that the driver cannot spoil.

    An integer outside 32 bits travels as text inside `+CAST(? AS INTEGER)`, which is an integer again in any context;
    a bare text parameter would be one only where a column's affinity turns it back. The plus takes away the affinity
    that CAST gives, with which a text column would compare as numbers.
    """
    wide = [i for i, v in enumerate(values) if isinstance(v, int) and v not in _INT32]
    if not wide:
        return sql, tuple(values)
    marks = shape(sql).marks
    for i in reversed(wide):
        sql = f"{sql[: marks[i].start]}+CAST(? AS INTEGER){sql[marks[i].end :]}"
    return sql, tuple(str(v) if i in wide else v for i, v in enumerate(values))


def _in_order(marks: Sequence[Mark], given: Parameters) -> list[Any]:
    named = isinstance(given, Mapping)
    if any(mark.name.isdecimal() or bool(mark.name) != named for mark in marks):
        raise errors.ProgrammingError("a sequence goes to `?`, a mapping to `:name`, nothing to `?1`")
    if isinstance(given, Mapping):
        missing = {mark.name for mark in marks} - given.keys()
        if missing:
            raise errors.ProgrammingError(f"no value for {', '.join(sorted(missing))}")
        return [given[mark.name] for mark in marks]
    if len(marks) != len(given):
        raise errors.ProgrammingError(f"{len(marks)} placeholders, {len(given)} parameters")
    return list(given)

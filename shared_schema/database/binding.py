"""Python values as SQL parameters: each is bound exactly, or refused.

The driver alone would bind an int outside 32 bits as a float, NaN as NULL and text up to its first NUL, and it does not
count the parameters. Values that it would change are converted or refused here.
"""

import datetime as dt
import decimal
import math
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from shared_schema.database import errors
from shared_schema.database.sql import shape, with_marks

Bindable = None | int | float | str | bytes

_MIN_32, _MAX_32, _MIN_64, _MAX_64 = -(2**31), 2**31 - 1, -(2**63), 2**63 - 1
_AS_TEXT = (dt.date, dt.time)  # a datetime is a date


def value(python_value: Any) -> Bindable:
    """One Python value as the engine stores it.

    Dates and times become ISO text with a space, as Python's own sqlite3 does, Decimals text, UUIDs 32 hex digits.
    Raises DataError for a value that would be changed on the way, InterfaceError for a type that has no column.
    """
    kind = type(python_value)  # most values are of these three types themselves
    if kind is str and python_value.isascii() and "\0" not in python_value:
        return python_value
    if python_value is None or (kind is int and _MIN_64 <= python_value <= _MAX_64):
        return python_value
    return _converted(python_value)


def _converted(python_value: Any) -> Bindable:
    if isinstance(python_value, int):
        number = int(python_value)  # of a bool, or an IntEnum
        if not _MIN_64 <= number <= _MAX_64:
            raise errors.DataError(f"integer beyond 64 bits: {number.bit_length()} bits")
        return number
    if isinstance(python_value, float | decimal.Decimal):
        return _number(python_value)
    if isinstance(python_value, str):
        return _text(python_value)
    if isinstance(python_value, bytes | bytearray | memoryview):
        return bytes(python_value)
    if isinstance(python_value, uuid.UUID):
        return python_value.hex
    if isinstance(python_value, _AS_TEXT):
        return str(python_value)
    raise errors.InterfaceError(f"a {type(python_value).__name__} cannot be bound")


def _number(number: float | decimal.Decimal) -> Bindable:
    if not (math.isfinite(number) if isinstance(number, float) else number.is_finite()):
        raise errors.DataError("NaN and infinity cannot be stored")
    return float(number) if isinstance(number, float) else str(number)


def _text(text: str) -> str:
    if "\0" in text:
        raise errors.DataError("text with a NUL character cannot be stored")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise errors.DataError("text with a lone surrogate cannot be stored") from None
    return str.__str__(text)  # the str() of an Enum of strings is its name


Parameters = Sequence[Any] | Mapping[str, Any]


_WHICH = "a sequence goes to `?`, a mapping to `:name`, nothing to `?1`"


def plain(sql: str, parameters: Parameters) -> tuple[str, tuple[Bindable, ...]]:
    """The statement with `?` for every placeholder, and its parameters in their order, as they are stored.

    A sequence of parameters fills `?`, a mapping fills `:name` and may hold more names than the statement has.
    """
    form = shape(sql)
    if form.several:
        raise errors.ProgrammingError("several statements in one string")
    return form.plain, tuple([value(v) for v in _in_order(form.names, parameters)])


def for_driver(sql: str, values: Sequence[Bindable]) -> tuple[str, tuple[Bindable, ...]]:
    """The statement and its parameters for the driver, which would bind an integer outside 32 bits as a float.

    Such an integer is passed as text in `+CAST(? AS INTEGER)`, which is an integer in any context. Without the CAST the
    text would become an integer only where it meets a column of INTEGER affinity. The plus removes the affinity of the
    CAST itself, with which a text column would be compared as numbers.
    """
    wide = {i for i, v in enumerate(values) if type(v) is int and not _MIN_32 <= v <= _MAX_32}
    if not wide:
        return sql, tuple(values)
    marks = [mark for i, mark in enumerate(shape(sql).marks) if i in wide]
    as_text = tuple(str(v) if i in wide else v for i, v in enumerate(values))
    return with_marks(sql, marks, "+CAST(? AS INTEGER)"), as_text


def _in_order(names: tuple[str, ...], parameters: Parameters) -> Sequence[Any]:
    """The parameters in the order of the placeholders, which have these names; that of a `?` is empty."""
    if type(parameters) is dict or isinstance(parameters, Mapping):
        if not all(names) or any(map(str.isdecimal, names)):
            raise errors.ProgrammingError(_WHICH)
        try:
            return [parameters[name] for name in names]
        except KeyError:
            missing = set(names) - parameters.keys()
            raise errors.ProgrammingError(f"no value for {', '.join(sorted(missing))}") from None
    if names and any(names):
        raise errors.ProgrammingError(_WHICH)
    if len(names) != len(parameters):
        raise errors.ProgrammingError(f"{len(names)} placeholders, {len(parameters)} parameters")
    return parameters

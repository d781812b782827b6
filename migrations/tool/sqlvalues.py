"""Statements with their parameters written into them, as SQL literals."""

from typing import Any

from migrations.tool.schema import sqltext
from shared_schema.database import binding
from shared_schema.database.binding import Parameters
from shared_schema.database.sql import shape


def inlined(sql: str, parameters: Parameters) -> str:
    """The statement with each placeholder replaced by its value."""
    plain, values = binding.plain(sql, parameters)
    marks = shape(plain).marks
    for mark, value in reversed(list(zip(marks, values, strict=True))):
        plain = f"{plain[: mark.start]}{literal(value)}{plain[mark.end :]}"
    return plain


def literal(value: Any) -> str:
    """A value as it is bound, as SQL. Numbers are exact; a text that has a NUL cannot be bound."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    return repr(value) if isinstance(value, int | float) else sqltext.text(value)

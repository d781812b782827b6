"""Tweets as the tables have them, with the handles of their authors, and what the code relies on in them."""

from collections.abc import Callable
from typing import TypedDict, TypeGuard, TypeVar

from shared_schema import rows
from shared_schema.fields import loads
from shared_schema.rows import Shape, Unusable

Value = TypeVar("Value")

_SHAPE = Shape("tweets", moments=("created_at", "analyzed_at"))


class Tweet(TypedDict):
    """A tweet as it is stored, with the handle of its author."""

    id: str
    account_id: str
    account_username: str
    text: str
    metrics: dict[str, int] | None
    entities: dict[str, list[str]] | None
    ai_analysis: dict[str, object] | None
    created_at: int | None
    analyzed_at: int | None


class Row(TypedDict):
    """The same as the database gives it: JSON columns are text."""

    id: str
    account_id: str
    account_username: str
    text: str
    metrics: str | None
    entities: str | None
    ai_analysis: str | None
    created_at: int | None
    analyzed_at: int | None


def read(row: Row) -> Tweet:
    """A tweet, or Unusable."""
    rows.checked(row, _SHAPE)
    return {
        **row,
        "metrics": _document(row["metrics"], "metrics", "whole numbers", _is_count),
        "entities": _document(row["entities"], "entities", "lists of texts", _are_texts),
        "ai_analysis": _document(row["ai_analysis"], "ai_analysis", "values", _is_value),
    }


def _document(
    text: str | None, column: str, of: str, fits: Callable[[object], TypeGuard[Value]]
) -> dict[str, Value] | None:
    """The object in a JSON column; Unusable where it is none, or has a value that does not fit."""
    document = None if text is None else loads(text)
    if document is None or (type(document) is dict and all(fits(value) for value in document.values())):
        return document
    raise Unusable(column, f"is not an object of {of}")


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int


def _are_texts(value: object) -> TypeGuard[list[str]]:
    return type(value) is list and all(type(text) is str for text in value)


def _is_value(_: object) -> TypeGuard[object]:
    return True

"""Tweets as the tables have them, with the handles of their authors, and what the code relies on in them."""

from collections.abc import Callable
from typing import TypedDict, TypeGuard, TypeVar

from growth_service.posts import accounts
from shared_schema import rows
from shared_schema.fields import loads
from shared_schema.rows import Shape, Unusable

Value = TypeVar("Value")

SHAPE = Shape("tweets", moments=("created_at", "analyzed_at", "fetched_at"))


class _Plain(TypedDict):
    """What a tweet and its row have alike.

    `account_username` is None where X has not told us the handle. `chain_id` is the first version of an edited post,
    the id of any other; `superseded_by` the latest one. `unavailable` says why the post cannot be seen on X.
    """

    id: str
    account_id: str
    account_username: str | None
    text: str
    created_at: int | None
    analyzed_at: int | None
    conversation_id: str | None
    replied_to_id: str | None
    replied_to_account_id: str | None
    quoted_id: str | None
    language: str | None
    chain_id: str
    superseded_by: str | None
    unavailable: str | None
    fetched_at: int | None


class Tweet(_Plain):
    """A tweet as it is stored, with the handle of its author."""

    metrics: dict[str, int] | None
    entities: dict[str, list[str]] | None
    ai_analysis: dict[str, object] | None
    withheld: dict[str, object] | None


class Row(_Plain):
    """The same as the database gives it: JSON columns are text."""

    metrics: str | None
    entities: str | None
    ai_analysis: str | None
    withheld: str | None


_JOINED = {
    "account_username": f"{accounts.shown_handle('a')} AS account_username",
    "chain_id": "coalesce(t.chain_id, t.id) AS chain_id",
}
# SQL: the columns of a Row, and where they come from.
COLUMNS = ", ".join(_JOINED.get(name, f"t.{name}") for name in Row.__annotations__)
FROM = "FROM tweets t JOIN twitter_accounts a ON a.id = t.account_id"
SELECT = f"SELECT {COLUMNS} {FROM}"


def read(row: Row) -> Tweet:
    """A tweet, or Unusable."""
    rows.checked(row, SHAPE)
    return {
        **row,
        "metrics": _document(row["metrics"], "metrics", "whole numbers", _is_count),
        "entities": _document(row["entities"], "entities", "lists of texts", _are_texts),
        "ai_analysis": _document(row["ai_analysis"], "ai_analysis", "values", _is_value),
        "withheld": _document(row["withheld"], "withheld", "values", _is_value),
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

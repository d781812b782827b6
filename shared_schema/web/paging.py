"""Lists on the wire: `{"<noun>": […], "next": <key or null>}`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict


class TextQuery(TypedDict):
    """The query of a list whose keys are texts, loaded by TextPage."""

    after: NotRequired[str]
    limit: int


def page(noun: str, rows: Sequence[Mapping[str, object]], limit: int, key: str = "id") -> dict[str, object]:
    """One page of at most `limit` rows. `next`, the last row's key, is what the client sends as `after` to go on."""
    return {noun: rows, "next": rows[-1][key] if len(rows) == limit else None}


def whole(noun: str, rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """A list that has no further page."""
    return {noun: rows, "next": None}

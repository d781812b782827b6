"""Lists on the wire: `{"<noun>": […], "next": <key or null>}`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict, TypeVar

from shared_schema.rows import Page

Row = TypeVar("Row", bound=Mapping[str, object])


class TextQuery(TypedDict):
    """The query of a list whose keys are texts, loaded by TextPage."""

    after: NotRequired[str]
    limit: int


def page(noun: str, listed: Page[Row]) -> dict[str, object]:
    """One page. `next` is what the client sends as `after` to go on, null at the end."""
    return {noun: listed.rows, "next": listed.next}


def whole(noun: str, rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """A list that has no further page."""
    return {noun: rows, "next": None}

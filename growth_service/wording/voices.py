"""Voices that drafts are written in: what a profile says, and which one is active."""

from typing import TypedDict, TypeGuard

from shared_schema import rows
from shared_schema.database import Result, Statement
from shared_schema.fields import loads
from shared_schema.problems import NotFound
from shared_schema.rows import Page, Shape, Unusable
from shared_schema.tables import db

SHAPE = Shape("voice_profiles", moments=("created_at", "updated_at"))
LISTS = ("topics", "vocabulary", "avoided", "examples")  # columns with a JSON list of texts; NULL is an empty one


class Vocabulary(TypedDict):
    """Words and phrases to use, and those never to use."""

    preferred: list[str]
    avoided: list[str]


class Content(TypedDict):
    """What a profile says. `voice_data` is the client's own."""

    name: str
    description: str | None
    tone: str | None
    topics: list[str]
    vocabulary: Vocabulary
    examples: list[str]
    voice_data: dict[str, object] | None


class Wish(TypedDict, total=False):
    """What a profile shall say: all of it, or what is to change."""

    name: str
    description: str | None
    tone: str | None
    topics: list[str]
    vocabulary: Vocabulary
    examples: list[str]
    voice_data: dict[str, object] | None


class Voice(Content):
    """A profile. `version` grows with each change of what it says."""

    id: int
    is_active: int
    version: int
    created_at: int
    updated_at: int


class Stored(TypedDict):
    """Content as the tables have it: lists and objects are JSON text."""

    name: str
    description: str | None
    tone: str | None
    topics: str | None
    vocabulary: str | None
    avoided: str | None
    examples: str | None
    voice_data: str | None


class Row(Stored):
    """A row of voice_profiles."""

    id: int
    is_active: int
    version: int
    created_at: int
    updated_at: int


_COLUMNS = ", ".join(Row.__annotations__)
# The active profile, if there is one: a SELECT without parameters, whose row goes to `read`.
ACTIVE = f"SELECT {_COLUMNS} FROM voice_profiles WHERE is_active = 1 AND deleted_at IS NULL"
_GET = f"SELECT {_COLUMNS} FROM voice_profiles WHERE id = ? AND deleted_at IS NULL"
_PAGE = f"SELECT {_COLUMNS} FROM voice_profiles WHERE id > ? AND deleted_at IS NULL ORDER BY id LIMIT ?"


def page(after: int, limit: int) -> Page[Voice]:
    """Profiles with an id above `after`, at most `limit`."""
    (result,) = db.fetch([Statement(_PAGE, (after, limit))])
    return rows.page("voice_profiles", result.all(Row), read, limit)


def get(profile_id: int) -> Voice:
    """One profile, or NotFound; Damaged where its row cannot be used."""
    return one(db.fetch([select(profile_id)])[0])


def active() -> Voice:
    """The active profile, or NotFound; Damaged where its row cannot be used."""
    row = db.fetch([Statement(ACTIVE)])[0].first(Row)
    if row is None:
        raise NotFound("no voice profile is active")
    return rows.one("voice_profiles", row, read)


def select(profile_id: int) -> Statement:
    """The read of one profile; its result goes to `stored`, or to `one`."""
    return Statement(_GET, (profile_id,))


def stored(result: Result) -> Row:
    """The row that was read, whatever is in it, or NotFound."""
    row = result.first(Row)
    if row is None:
        raise NotFound("no such voice profile")
    return row


def one(result: Result) -> Voice:
    """The profile that was read, or NotFound; Damaged where its row cannot be used."""
    return rows.one("voice_profiles", stored(result), read)


def read(row: Row) -> Voice:
    """A profile, or Unusable."""
    rows.checked(row, SHAPE)
    return {
        **content(row),
        "id": row["id"],
        "is_active": row["is_active"],
        "version": row["version"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def content(row: Stored) -> Content:
    """What a row says, or Unusable."""
    data = None if row["voice_data"] is None else loads(row["voice_data"])
    if data is not None and not isinstance(data, dict):
        raise Unusable("voice_data", "is not an object")
    return {
        "name": row["name"],
        "description": row["description"],
        "tone": row["tone"],
        "topics": _texts("topics", row["topics"]),
        "vocabulary": {
            "preferred": _texts("vocabulary", row["vocabulary"]),
            "avoided": _texts("avoided", row["avoided"]),
        },
        "examples": _texts("examples", row["examples"]),
        "voice_data": data,
    }


def _texts(column: str, text: str | None) -> list[str]:
    listed = [] if text is None else loads(text)
    if not _are_texts(listed):
        raise Unusable(column, "is not a list of texts")
    return listed


def _are_texts(value: object) -> TypeGuard[list[str]]:
    return type(value) is list and all(type(text) is str for text in value)

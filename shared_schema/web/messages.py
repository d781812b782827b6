"""What is wrong with a request, by field: from marshmallow's trees to the flat and short mapping of a problem."""

from collections.abc import Mapping
from typing import Any

from shared_schema.web.schema import camel

# A problem has at most so many messages, of so many characters each and so many bytes together: a megabyte of nonsense
# is not answered with ten.
MOST = 100
MOST_BYTES = 32 * 1024
LONGEST = 500


def flat(messages: object) -> dict[str, list[str]]:
    """Messages by field, from those of webargs, which are first by place (`json`, `query`)."""
    if not isinstance(messages, dict):
        return {"body": _listed(messages)}
    merged: dict[str, Any] = {}
    for place, fields in messages.items():
        merged |= fields if isinstance(fields, dict) else {"_schema" if place == "json" else place: fields}
    # Messages under _schema, or directly under the place, are about the whole body. A field may be called json.
    return {"body" if name == "_schema" else str(name): _listed(texts) for name, texts in merged.items()}


def _listed(messages: object, path: str = "") -> list[str]:
    """The messages of one field as a list; those of fields inside it begin with their path."""
    if isinstance(messages, dict):
        return [text for key, inner in messages.items() for text in _listed(inner, f"{path}{key}: ")]
    return [f"{path}{text}" for text in (messages if isinstance(messages, list) else [messages])]


def wire_path(name: str) -> str:
    """The name of a field on the wire: `exam_id` is `examId`, `3.exam_id` (of the fourth item) `3.examId`."""
    return ".".join(camel(part) for part in name.split("."))


def by_path(messages: object, path: str = "") -> dict[str, list[str]]:
    """marshmallow's tree of messages as one flat mapping: {"data.3.id": [...]}."""
    if not isinstance(messages, dict):
        return {path or "body": messages if isinstance(messages, list) else [str(messages)]}
    paths: dict[str, list[str]] = {}
    for key, inner in messages.items():
        paths |= by_path(inner, path if key == "_schema" else f"{path}.{key}".lstrip("."))
    return paths


def cut(text: str) -> str:
    """A text as far as a reader wants it: the client's own value in it may be a megabyte."""
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def capped(errors: Mapping[str, list[str]]) -> tuple[dict[str, list[str]], int]:
    """The first messages, each cut, and how many were left out."""
    kept: dict[str, list[str]] = {}
    count, size = 0, 0
    for field, texts in errors.items():
        for text in map(cut, texts):
            size += len(field[:LONGEST].encode()) + len(text.encode())
            if count == MOST or size > MOST_BYTES:
                return kept, sum(map(len, errors.values())) - count
            kept.setdefault(cut(field), []).append(text)
            count += 1
    return kept, 0

"""Answers on the wire: what a learner chose, wrote or pointed at, and what would have been right."""

from typing import Any

from marshmallow import fields

from shared_schema import bounded
from shared_schema.web.schema import STORABLE, Number, Schema, Text
from study_service.grading import LONGEST_TEXT, MOST_OPTIONS

_OPTION = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": STORABLE}
_TEXT = {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT, "pattern": STORABLE}
_POINT = {
    "type": "object",
    "properties": {"x": {"type": "number", "minimum": 0}, "y": {"type": "number", "minimum": 0}},
    "required": ["x", "y"],
}


def _several(item: dict[str, object], low: int = 1, high: int = MOST_OPTIONS) -> dict[str, object]:
    return {"type": "array", "items": item, "minItems": low, "maxItems": high}


# What an answer is, or was to be.
SELECTED = {
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}},
        {"type": "array", "items": _several({"type": "string"}, 2, 2)},
        _POINT,
    ]
}


# The same where there may be none.
CHOSEN = {"anyOf": [*SELECTED["anyOf"], {"type": "null"}]}


class PointIn(Schema):
    x = Number(0, 1_000_000, required=True)
    y = Number(0, 1_000_000, required=True)


class Selection(fields.Field[Any]):
    """An option's id, a text, or a number as text; ids of a set or in an order; pairs of an option's id and a target's;
    a point in the picture.
    """

    _text = Text(1, LONGEST_TEXT)
    _ids = bounded.List(Text(1, 64), 1, MOST_OPTIONS)
    _pairs = bounded.List(bounded.List(Text(1, 64), 2, 2), 1, MOST_OPTIONS)
    _point = PointIn()

    def __init__(self, **options: Any) -> None:
        point = _POINT | {"additionalProperties": False}
        forms = [_TEXT, _several(_OPTION), _several(_several(_OPTION, 2, 2)), point]
        description = " ".join(str(self.__doc__).split())
        forms += [{"type": "null"}] if options.get("allow_none") else []
        super().__init__(metadata={"anyOf": forms, "description": description}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if isinstance(value, dict):
            return self._point.load(value)
        if not isinstance(value, list):
            return self._text.deserialize(value, attr, data)
        has_pairs = bool(value) and isinstance(value[0], list)
        return (self._pairs if has_pairs else self._ids).deserialize(value, attr, data)

"""JSON from outside, read at a bounded cost and with one meaning: no deep nesting, no key twice, no endless list."""

import json
from collections.abc import Mapping
from typing import Any

import marshmallow
import orjson
from marshmallow import fields, validate

MAX_DEPTH = 32
MAX_FIELDS = 100  # in an object that a schema reads; no schema has as many
MAX_WRONG = 5  # items of one list

_BOM = b"\xef\xbb\xbf"


class NotJson(ValueError):
    """Why a text is not taken as JSON, in words for its author; `line` is where, if that is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class Schema(marshmallow.Schema):
    """A schema that refuses an object with very many fields at once, and not with a message for each unknown one."""

    def load(self, data: Any, **options: Any) -> Any:
        if isinstance(data, Mapping) and len(data) > MAX_FIELDS:
            raise marshmallow.ValidationError(f"More than {MAX_FIELDS} fields.")
        return super().load(data, **options)


class List(fields.List[Any]):
    """A list of `low` to `high` items, of which the first MAX_WRONG wrong ones are named.

    Marshmallow's own list looks at every item, and at the length last: a megabyte of wrong items costs it seconds.
    """

    def __init__(self, item: fields.Field[Any], low: int = 0, high: int = 100, **options: Any) -> None:
        self._length = validate.Length(low, high)
        super().__init__(item, validate=self._length, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        self._length(value)
        items, wrong = [], {}
        for place, item in enumerate(value):
            try:
                items.append(self.inner.deserialize(item, **options))
            except marshmallow.ValidationError as error:
                wrong[place] = error.messages
                if len(wrong) == MAX_WRONG:
                    break
        if wrong:
            raise marshmallow.ValidationError(wrong)
        return items


def loads(data: bytes, *, max_values: int | None = None) -> Any:
    """The document that a JSON text is. NotJson for what is none, is nested deeper than MAX_DEPTH, has a key twice in
    one object, or more than `max_values` values.
    """
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _not_json(data, error) from None
    keys = _count_keys(document, max_values)
    # Each key has a colon. With no more colons than keys, no key was lost to another of its name.
    if data.count(b":") > keys:
        _KEYS_ONCE.decode(data.decode())
    return document


def _not_json(data: bytes, error: orjson.JSONDecodeError) -> NotJson:
    if data.startswith(_BOM):
        return NotJson("Not JSON: it begins with a byte order mark.", 1)
    try:
        data.decode()
    except UnicodeDecodeError as wrong:
        return NotJson(f"Not JSON: byte 0x{data[wrong.start]:02x} at offset {wrong.start} is not UTF-8.", None)
    return NotJson(f"Not JSON: {error}", error.lineno)


def _count_keys(document: object, max_values: int | None) -> int:
    """How many keys all objects of a document have together. NotJson if it is too deep or has too many values."""
    keys = values = depth = 0
    level = [document]
    while level:
        values += len(level)
        if max_values is not None and values > max_values:
            raise NotJson(f"More than {max_values:,} values.")
        inner: list[object] = []
        containers = False
        for value in level:
            if type(value) is dict:
                keys += len(value)
                inner += value.values()
                containers = True
            elif type(value) is list:
                inner += value
                containers = True
        depth += containers
        if depth > MAX_DEPTH:
            raise NotJson(f"Nested deeper than {MAX_DEPTH} levels.")
        level = inner
    return keys


def _refuse_key_twice(pairs: list[tuple[str, object]]) -> None:
    """For one object of a text: NotJson where it has a key twice."""
    if len(dict(pairs)) == len(pairs):
        return
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise NotJson(f"The key {name[:100]!r} is there twice in one object.")
        seen.add(name)


def _nothing(_: str) -> None:
    """Stands for a number, which need not be made to look at keys: one of 10^5 digits would cost time."""


_KEYS_ONCE = json.JSONDecoder(object_pairs_hook=_refuse_key_twice, parse_int=_nothing, parse_float=_nothing)

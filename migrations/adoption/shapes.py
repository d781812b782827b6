"""JSON documents against the marshmallow shapes of the models: whether one is as the services would have written it,
what is wrong with it, and the same document brought to the shape.

marshmallow takes 40 microseconds for a question's options, so most documents are recognised by checks of our own.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import marshmallow
import orjson
from marshmallow import fields

Shape = fields.Field[Any]
Check = Callable[[Any], bool]

NOTHING = object()
_TRUE, _FALSE = ("1", "true", "t", "yes", "y"), ("0", "false", "f", "no", "n")


def parsed(text: str) -> Any:
    """The document, read as the services read it; NOTHING for what they cannot read."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return NOTHING


def wrong(shape: Shape, document: Any) -> str | None:
    """Why a document is not as the services write it, or None. Positions in lists are left out."""
    if fits(shape)(document):
        return None
    try:
        loaded = shape.deserialize(document)
    except marshmallow.ValidationError as error:
        return _sentence(error.normalized_messages())
    return None if _same(loaded, document) else "a value of another type than the services write"


def mended(shape: Shape, document: Any) -> Any:
    """The document brought to its shape, or NOTHING: numbers are read from texts, keys of no meaning are left out."""
    try:
        document = _brought(shape, document)
    except (TypeError, ValueError, AttributeError, OverflowError):
        return NOTHING
    return document if wrong(shape, document) is None else NOTHING


@cache
def fits(shape: Shape) -> Check:
    """A quick check that is true only for documents of the shape; what it does not know, it leaves to marshmallow."""
    if shape.validators or shape.allow_none:
        return lambda _: False
    if isinstance(shape, fields.List):
        one = fits(shape.inner)
        return lambda value: type(value) is list and all(map(one, value))
    if isinstance(shape, fields.Nested):
        return _fits_schema(shape.schema)
    if type(shape) is fields.Dict:
        inner = fits(shape.value_field) if shape.value_field else lambda _: True
        return lambda value: type(value) is dict and all(map(inner, value.values()))
    kinds = {fields.String: (str,), fields.Integer: (int,), fields.Float: (float, int), fields.Boolean: (bool,)}
    known = kinds.get(type(shape), ())
    return lambda value: type(value) in known


def _fits_schema(schema: marshmallow.Schema) -> Check:
    checks = {name: fits(field) for name, field in schema.fields.items()}
    required = {name for name, field in schema.fields.items() if field.required}

    def check(value: Any) -> bool:
        if type(value) is not dict or not required <= value.keys():
            return False
        return all(name in checks and checks[name](inner) for name, inner in value.items())

    return check


def _same(loaded: Any, document: Any) -> bool:
    """Equal, and a truth value where the other has one. 1 and 1.0 are the same number in JSON."""
    if isinstance(loaded, Mapping) and isinstance(document, Mapping):
        return loaded.keys() == document.keys() and all(_same(loaded[key], document[key]) for key in loaded)
    if isinstance(loaded, list) and isinstance(document, list):
        return len(loaded) == len(document) and all(map(_same, loaded, document))
    return isinstance(loaded, bool) is isinstance(document, bool) and bool(loaded == document)


def _brought(shape: Shape, value: Any) -> Any:
    if type(value) is not {fields.List: list, fields.Nested: dict, fields.Dict: dict}.get(type(shape), type(value)):
        return value
    if isinstance(shape, fields.List):
        return [_brought(shape.inner, inner) for inner in value]
    if isinstance(shape, fields.Nested):
        known = {name: shape.schema.fields[name] for name in shape.schema.fields if name in value}
        return {
            name: _brought(field, value[name])
            for name, field in known.items()
            if value[name] is not None or field.required or field.allow_none
        }
    if type(shape) is fields.Dict:
        inner = shape.value_field
        return {key: _brought(inner, one) for key, one in value.items()} if inner else value
    return value if value is None else _brought_value(shape, value)


def _brought_value(shape: Shape, value: Any) -> Any:
    """A number, a text or a truth value; of a text only what it plainly says."""
    if isinstance(shape, fields.String):
        return str(value) if type(value) in (int, float) else value
    if isinstance(shape, fields.Boolean):
        word = str(value).strip().lower()
        return True if word in _TRUE else False if word in _FALSE else value
    if isinstance(shape, fields.Integer):
        number = float(value) if type(value) in (str, float) else value
        return int(number) if number == int(number) else value
    if isinstance(shape, fields.Float):
        return float(value) if type(value) is str else value
    return value


def _sentence(messages: Any) -> str:
    """The first message, behind the names that lead to it."""
    path = []
    while isinstance(messages, Mapping):
        key, messages = next(iter(messages.items()))
        if isinstance(key, str) and key not in ("_schema", "key", "value") and not key.lstrip("-").isdigit():
            path.append(key)
    message = str(messages[0] if isinstance(messages, list) else messages)
    return f"{'.'.join(path)}: {message}" if path else message

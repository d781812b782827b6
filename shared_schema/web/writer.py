"""What marshmallow's `dump` gives, at a tenth of its cost: a schema is compiled once into a function.

A value of a type that its field would not change goes through as it is; others are given to the field. An object that
is no dict is left to marshmallow altogether. So both ways give the same, and a test compares them for the schemas of
all routes.
"""

from collections.abc import Callable
from functools import partial
from types import NoneType
from typing import Any, NamedTuple

import marshmallow
from marshmallow import fields, missing
from marshmallow.decorators import POST_DUMP, PRE_DUMP

Write = Callable[[Any], Any]
# What a field makes of a value, as its `_serialize`: of the value, the field's name and the object around them.
_Convert = Callable[[Any, str, Any], Any]
_Same = frozenset[type]

_TEXT, _WHOLE, _REAL, _TRUTH, _NULL = (frozenset({kind, NoneType}) for kind in (str, int, float, bool, NoneType))
_NOTHING: _Same = frozenset()


class _Step(NamedTuple):
    """How a field is written: values of the types `same` as they are, others converted. A value that is not there is
    left out, or else is marshmallow's matter: `absent` is its way from the object to what is written.
    """

    key: str
    attribute: str
    name: str
    same: _Same
    convert: _Convert
    absent: Callable[[str, Any], Any] | None


def compiled(schema: marshmallow.Schema) -> Write:
    """A function that makes of one object what the `dump` of this schema makes of it. The schema has no hooks."""
    by_marshmallow = partial(marshmallow.Schema._serialize, schema)
    if not all(_is_of_one_name(name, field) for name, field in schema.dump_fields.items()):
        return by_marshmallow
    steps = [_step(name, field) for name, field in schema.dump_fields.items()]
    known: dict[str, Any] = {"by_marshmallow": by_marshmallow, "missing": missing}
    for n, step in enumerate(steps):
        known |= {f"same{n}": step.same, f"convert{n}": step.convert, f"absent{n}": step.absent}
    exec(_source(steps), known)  # noqa: S102  # of names of fields alone; a loop over the steps takes twice the time
    write: Write = known["write"]
    return write


def _source(steps: list[_Step]) -> str:
    """The text of the function `write`."""
    return _HEAD + "".join(_part(n, step) for n, step in enumerate(steps)) + "    return written\n"


_HEAD = """
def write(obj):
    if type(obj) is not dict:
        return by_marshmallow(obj)
    get, written = obj.get, {}
"""


def _part(n: int, step: _Step) -> str:
    """What `write` does for one field."""
    key, attribute, name = step.key, step.attribute, step.name
    text = f"""
    value = get({attribute!r}, missing)
    if type(value) in same{n}:
        written[{key!r}] = value
    elif value is not missing:
        written[{key!r}] = convert{n}(value, {name!r}, obj)
"""
    if step.absent is None:
        return text
    return f"""{text}
    elif (value := absent{n}({name!r}, obj)) is not missing:
        written[{key!r}] = value
"""


def _is_of_one_name(name: str, field: fields.Field[Any]) -> bool:
    """Whether the value of a field is in the object, and not a constant, or in an object within it."""
    return field._CHECK_ATTRIBUTE and "." not in (field.attribute or name)


def _step(name: str, field: fields.Field[Any]) -> _Step:
    same, convert = _way(field)
    key = name if field.data_key is None else field.data_key
    attribute = field.attribute or name
    return _Step(key, attribute, name, same, convert, _absent(field, attribute))


def _absent(field: fields.Field[Any], attribute: str) -> Callable[[str, Any], Any] | None:
    default = field.dump_default
    if hasattr(dict, attribute) or callable(default):
        return field.serialize  # of a key that is not in a dict, marshmallow takes the attribute: `items` is a method
    return None if default is missing else lambda name, obj: field._serialize(default, name, obj)


def _way(field: fields.Field[Any]) -> tuple[_Same, _Convert]:
    """Which types of values a field leaves as they are, and how it converts others."""
    match field:
        case fields.String() if _writes_as(field, fields.String):
            return _TEXT, field._serialize
        case fields.Number() if _writes_as(field, fields.Number) and not field.as_string:
            return {int: _WHOLE, float: _REAL}.get(field.num_type, _NULL), field._serialize
        case fields.Boolean() if _writes_as(field, fields.Boolean):
            return _TRUTH, field._serialize
        case fields.List() if _writes_as(field, fields.List):
            return _NULL, _items(*_way(field.inner))
        case fields.Nested() if _writes_as(field, fields.Nested) and _is_one(field):
            return _NULL, _nested(compiled(field.schema))
    return _NOTHING, field._serialize


def _writes_as(field: fields.Field[Any], kind: type[fields.Field[Any]]) -> bool:
    """True if the class of the field inherits `_serialize` from `kind`, and so converts values as marshmallow does."""
    return type(field)._serialize is kind._serialize


def _is_one(field: fields.Nested) -> bool:
    """Whether a field holds one object, which nothing changes before or after its fields are written."""
    schema = field.schema
    return not (field.many or schema.many or schema._hooks[PRE_DUMP] or schema._hooks[POST_DUMP])


def _items(same: _Same, convert: _Convert) -> _Convert:
    def items(values: Any, name: str, obj: Any) -> list[Any]:
        return [value if type(value) in same else convert(value, name, obj) for value in values]

    return items


def _nested(write: Write) -> _Convert:
    return lambda value, _name, _obj: write(value)

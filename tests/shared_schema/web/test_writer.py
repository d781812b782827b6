"""What a compiled schema writes is what marshmallow alone writes: for each response schema, and whatever comes."""

import decimal
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import marshmallow
import pytest
from marshmallow import fields, post_dump

import growth_service.app  # noqa: F401  # the schemas of all routes
import study_service.app  # noqa: F401
from shared_schema.web.schema import Instant, Out, Usd
from shared_schema.web.unions import Union

DOCUMENTS = 40
VALUES = {
    fields.String: ["", "text", "Ünï\u2028"],
    fields.Integer: [0, 7, -1, 2**62],
    fields.Float: [0.0, 0.5, 1e300],
    fields.Boolean: [True, False, 0, 1],
    Instant: [0, 1_764_000_000],
    Usd: [0, 1, 335_000],
    fields.Raw: ["a", ["a", "c"], {"x": 1}, 1.5],
    fields.Date: [],
}
ODD = [None, "", "7", "x", 0, 1, 2.5, True, b"b", decimal.Decimal("1.5"), [], {}, ["a"], marshmallow.missing]


def schemas(base: type[Out] = Out) -> Iterator[type[Out]]:
    for schema in base.__subclasses__():
        if not schema.__module__.startswith("tests."):
            yield schema
        yield from schemas(schema)


def by_marshmallow(monkeypatch: pytest.MonkeyPatch, schema: type[Out], document: object) -> object:
    """What marshmallow's own loop over the fields gives, in nested schemas, too."""
    with monkeypatch.context() as patch:
        plain = marshmallow.Schema._serialize
        patch.setattr(Out, "_serialize", plain)
        patch.setattr(Out, "write", property(lambda self: lambda obj: plain(self, obj)))
        return outcome(schema, document)


def outcome(schema: type[Out], document: object) -> object:
    """The order of the keys counts: it is that of the bytes on the wire."""
    try:
        return repr(schema().dump(document))
    except Exception as error:  # whatever it is, it must be the same
        return type(error), str(error)


def document(dice: random.Random, schema: marshmallow.Schema, oddness: float) -> dict[str, object]:
    """A document for a schema. At each field something odd comes with the chance `oddness`."""
    made = {field.attribute or name: value(dice, field, oddness) for name, field in schema.dump_fields.items()}
    made = {name: value for name, value in made.items() if value is not marshmallow.missing}
    return made | {"unknown": 1} if dice.random() < oddness else made


def value(dice: random.Random, field: fields.Field[Any], oddness: float) -> Any:
    if dice.random() < oddness:
        return dice.choice(ODD)
    match field:
        case fields.Constant():
            return field.constant
        case fields.Nested():
            items = [document(dice, field.schema, oddness) for _ in range(2)]
            return items if field.many or field.schema.many else items[0]
        case Union():
            word = dice.choice(sorted(field.schemas))
            return document(dice, field.schemas[word], oddness) | {field.by: word}
        case fields.List():
            return [value(dice, field.inner, oddness) for _ in range(dice.randrange(4))]
        case fields.Dict():
            return {word: value(dice, field.value_field, oddness) for word in "ab"} if field.value_field else {"a": 1}
    values = next((values for kind, values in VALUES.items() if isinstance(field, kind)), None)
    assert values is not None, f"no values for {field!r}"
    return dice.choice(values or ODD)


@pytest.mark.parametrize("schema", sorted(schemas(), key=lambda schema: schema.__qualname__), ids=lambda s: s.__name__)
def test_a_schema_writes_what_marshmallow_writes(monkeypatch: pytest.MonkeyPatch, schema: type[Out]) -> None:
    dice = random.Random(schema.__qualname__)
    for oddness in [0.0] * DOCUMENTS + [0.1] * DOCUMENTS + [0.5] * DOCUMENTS:
        sent = document(dice, schema(), oddness)
        assert outcome(schema, sent) == by_marshmallow(monkeypatch, schema, sent), sent


def test_ordinary_documents_do_not_need_marshmallows_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the comparison would compare marshmallow with itself."""
    plain, dice, looped = marshmallow.Schema._serialize, random.Random(1), set()

    def noted(schema: marshmallow.Schema, obj: object, **options: bool) -> object:
        looped.add(type(schema))
        return plain(schema, obj, **options)

    monkeypatch.setattr(marshmallow.Schema, "_serialize", noted)
    for schema in schemas():
        schema().dump(document(dice, schema(), 0.0))
    assert {schema.__name__ for schema in looped} == {"Resemblance"}  # which has a constant


class Row(NamedTuple):
    id: int
    name: str


class Line(Out):
    id = fields.Integer()
    name = fields.String()
    comment = fields.String(dump_default="none")
    keys = fields.String()


@pytest.mark.parametrize(
    "row", [Row(1, "a"), None, {"id": 1}, {"id": "1", "name": 7}, {}, [], type("O", (), {"id": 3})()]
)
def test_objects_that_are_no_dict_and_missing_keys_are_left_to_marshmallow(
    monkeypatch: pytest.MonkeyPatch, row: object
) -> None:
    assert outcome(Line, row) == by_marshmallow(monkeypatch, Line, row)


def test_many_objects_are_written_one_by_one() -> None:
    rows = [{"id": 1, "name": "a", "keys": "k"}, {"id": 2, "name": "b", "keys": "l"}]
    assert Line(many=True).dump(rows) == Line().dump(rows, many=True) == [row | {"comment": "none"} for row in rows]
    assert Line.of(rows[0]) == rows[0] | {"comment": "none"}


def test_a_nested_schema_with_a_hook_keeps_it() -> None:
    class Hooked(marshmallow.Schema):
        id = fields.Integer()

        @post_dump
        def double(self, data: dict[str, int], **_: object) -> dict[str, int]:
            return {"id": data["id"] * 2}

    class Around(Out):
        one = fields.Nested(Hooked)
        many = fields.List(fields.Nested(Hooked))

    assert Around().dump({"one": {"id": 1}, "many": [{"id": 2}]}) == {"one": {"id": 2}, "many": [{"id": 4}]}


class Dotted(Out):
    name = fields.String(attribute="user.name")
    kind = fields.Constant("user")


@pytest.mark.parametrize("document", [{"user": {"name": "Ada"}}, {"user.name": "Ada"}, {}])
def test_constants_and_values_in_inner_objects_are_left_to_marshmallow(
    monkeypatch: pytest.MonkeyPatch, document: object
) -> None:
    assert outcome(Dotted, document) == by_marshmallow(monkeypatch, Dotted, document)

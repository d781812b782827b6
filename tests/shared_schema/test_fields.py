"""Base fields in the database: defaults for every writer, rules that hold for every writer, documents that are read."""

import decimal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import marshmallow
import peewee
import pytest

from shared_schema import fields
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.tables import Table


class Parent(Table):
    id = peewee.AutoField()

    class Meta:
        table_name = "parents"


class Thing(Table):
    id = peewee.AutoField()
    parent_id = fields.refers_to("parents", "CASCADE")
    friend_id = fields.refers_to("parents", "SET NULL", null=True)
    word = peewee.TextField(constraints=[fields.default("it"), fields.one_of("word", "it", "us")])
    share = peewee.FloatField(constraints=[fields.default(0.5), fields.between("share", 0, 1)])
    is_on = fields.flag("is_on", on=True)
    is_off = fields.flag("is_off")
    count = fields.counter()
    rank = fields.counter(7)
    made_at = fields.now()
    double = fields.generated("rank * 2.0")
    tags = fields.JSONField(marshmallow.fields.List(marshmallow.fields.String()), null=True)
    any = fields.JSONField(null=True)

    class Meta:
        table_name = "things"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[LibsqlDatabase]:
    database = LibsqlDatabase(f"file:{tmp_path}/fields.db")
    with database.bind_ctx([Parent, Thing]):
        database.create_tables([Parent, Thing])
        database.batch([Statement("INSERT INTO parents VALUES (1), (2)")])
        yield database
    database.close()


def add(own: LibsqlDatabase, **values: Any) -> None:
    """As a writer who is not ours: plain SQL."""
    names, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
    own.batch([Statement(f"INSERT INTO things ({names}) VALUES ({marks})", tuple(values.values()))])


def test_every_writer_gets_the_defaults(own: LibsqlDatabase) -> None:
    add(own, parent_id=1)
    (result,) = own.fetch([Statement("SELECT *, unixepoch() - made_at AS age FROM things")])
    row = result.first(dict)
    assert row is not None
    assert row.pop("age") in (0, 1)
    assert row.pop("made_at") > 1_700_000_000
    numbers = {"share": 0.5, "is_on": 1, "is_off": 0, "count": 0, "rank": 7, "double": 14.0}
    nothing = {"friend_id": None, "tags": None, "any": None}
    assert row == {"id": 1, "parent_id": 1, "word": "it"} | numbers | nothing


@pytest.mark.parametrize(
    "wrong",
    [{"word": "we"}, {"share": -0.1}, {"share": 1.1}, {"is_on": 2}, {"is_off": -1}, {"parent_id": 9}, {"friend_id": 9}],
)
def test_no_writer_gets_past_a_rule(own: LibsqlDatabase, wrong: dict[str, Any]) -> None:
    with pytest.raises(peewee.IntegrityError):
        add(own, **{"parent_id": 1} | wrong)
    add(own, parent_id=1, word="us", share=0, is_on=0, is_off=1)
    add(own, parent_id=1, share=1)
    assert own.fetch([Statement("SELECT share FROM things ORDER BY id")])[0].rows == [{"share": 0.0}, {"share": 1.0}]


def test_a_column_computed_from_ours_cannot_be_written(own: LibsqlDatabase) -> None:
    with pytest.raises(peewee.OperationalError, match="double"):
        add(own, parent_id=1, double=3.0)


def test_rows_follow_what_they_refer_to(own: LibsqlDatabase) -> None:
    add(own, parent_id=1, friend_id=2)
    add(own, parent_id=2, friend_id=1)
    with pytest.raises(peewee.IntegrityError):
        add(own, friend_id=1)  # a parent is needed
    own.batch([Statement("DELETE FROM parents WHERE id = 2")])
    left = own.fetch([Statement("SELECT parent_id, friend_id FROM things")])[0].rows
    assert left == [{"parent_id": 1, "friend_id": None}]


def test_a_document_is_checked_on_its_way_in_and_read_on_its_way_out(own: LibsqlDatabase) -> None:
    Thing.insert(parent_id=1, tags=["a", "b"], any={"k": [1, None]}).execute()
    thing = Thing.get()
    assert (thing.tags, thing.any) == (["a", "b"], {"k": [1, None]})
    for wrong in ("a", ["a", 1], {"a": 1}):
        with pytest.raises(marshmallow.ValidationError):
            Thing.insert(parent_id=1, tags=wrong).execute()
    Thing.update(tags=None).execute()
    assert Thing.get().tags is None
    assert own.fetch([Statement('SELECT "any" AS stored FROM things')])[0].value(str) == '{"k":[1,null]}'


@pytest.mark.parametrize("text", ["", "no JSON", "[1", "[1e400]", '"\\ud800"', "{'a': 1}"])
def test_a_text_that_is_no_json_spoils_no_other_row(own: LibsqlDatabase, text: str) -> None:
    add(own, parent_id=1, tags='["a"]')
    add(own, parent_id=1, tags=text)
    add(own, parent_id=1, tags="null")
    assert [thing.tags for thing in Thing.select().order_by(Thing.id)] == [["a"], fields.NO_JSON, None]
    assert str(fields.loads(text)) == "NO_JSON"
    assert fields.loads('{"a":[1]}') == {"a": [1]}


def test_the_keys_of_a_document_may_be_ids() -> None:
    assert fields.dumps({1: "a", "b": 2.5}) == '{"1":"a","b":2.5}'


def test_defaults_are_quoted_as_sql_wants_them() -> None:
    made = [fields.default(value).sql for value in ("it", 7, 0.5, True, False, peewee.SQL("unixepoch()"))]
    expected = ["DEFAULT 'it'", "DEFAULT 7", "DEFAULT 0.5", "DEFAULT 1", "DEFAULT 0", "DEFAULT (unixepoch())"]
    assert made == expected
    assert fields.refers_to_text("tweets").constraints[0].sql == 'REFERENCES "tweets" ("id")'


@pytest.mark.parametrize(
    ("dollars", "nanos"),
    [("1", 10**9), ("0.0000000005", 1), ("0.00000000049", 0), ("0.0000000015", 2), ("0.0000000025", 3), ("0", 0)],
)
def test_half_a_nano_dollar_goes_up(dollars: str, nanos: int) -> None:
    assert fields.nano(decimal.Decimal(dollars)) == nanos


def test_an_unknown_price_stays_unknown() -> None:
    assert fields.nano(None) is None

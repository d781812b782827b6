"""What Peewee's SQLite backend computes by Python functions inside the engine, and our SQL in their place."""

import datetime as dt
import json
import random

import peewee
import pytest
from peewee import fn
from playhouse.sqlite_ext import FTSModel, SearchField
from playhouse.sqlite_udf import bm25, rank

MOMENT = dt.datetime(2026, 11, 28, 9, 5, 7, 250000)


class Event(peewee.Model):
    at = peewee.DateTimeField(null=True)
    day = peewee.DateField(null=True)
    time = peewee.TimeField(null=True)
    stamp = peewee.TimestampField(null=True, utc=True)

    class Meta:
        table_name = "events_of_dates"


class Document(peewee.Model):
    data = peewee.JSONField(null=True)

    class Meta:
        table_name = "documents_of_json"


class Page(FTSModel):
    title = SearchField()
    body = SearchField()

    class Meta:
        table_name = "pages_of_ranks"


@pytest.fixture
def bound(database):
    with database.bind_ctx([Event, Document, Page]):
        database.create_tables([Event, Document, Page])
        yield database
        database.drop_tables([Event, Document, Page])


def test_parts_of_dates(bound):
    Event.create(at=MOMENT, day=MOMENT.date(), time=MOMENT.time(), stamp=dt.datetime(2026, 2, 3, 4, 5, 6))
    at, day, time, stamp = Event.at, Event.day, Event.time, Event.stamp
    parts = (at.year, at.month, at.day, at.hour, at.minute, at.second, day.month, time.minute, time.second)
    assert Event.select(*parts).tuples().get() == (2026, 11, 28, 9, 5, 7, 11, 5, 7)
    assert Event.select(stamp.year, stamp.month, stamp.hour).tuples().get() == (2026, 2, 4)
    assert Event.select().where(at.year == 2026, at.month.in_([11, 12]), fn.date_part("day", day) == 28).count() == 1


@pytest.mark.parametrize(
    ("part", "begins"),
    [
        ("year", dt.datetime(2026, 1, 1)),
        ("month", dt.datetime(2026, 11, 1)),
        ("day", dt.datetime(2026, 11, 28)),
        ("hour", dt.datetime(2026, 11, 28, 9)),
        ("minute", dt.datetime(2026, 11, 28, 9, 5)),
        ("second", dt.datetime(2026, 11, 28, 9, 5, 7)),
    ],
)
def test_dates_are_truncated(bound, part, begins):
    Event.create(at=MOMENT)
    assert Event.select(Event.at.truncate(part)).scalar() == begins


def test_a_time_of_another_zone_is_not_converted(bound):
    Event.insert(at="2026-11-28 23:30:00.5+05:30", time="23:30:00+05:30").execute()
    assert Event.select(Event.at.day, Event.at.hour, Event.time.hour).tuples().get() == (28, 23, 23)


def test_a_missing_date_has_no_parts(bound):
    Event.create()
    assert Event.select(Event.at.year, Event.at.truncate("day"), Event.day.month).tuples().get() == (None, None, None)


def test_an_unknown_part_is_refused(bound):
    with pytest.raises(ValueError, match="'century' is none of year, month"):
        Event.select(fn.date_part("century", Event.at)).execute()


def test_dates_become_timestamps(bound):
    Event.create(at=dt.datetime(2026, 1, 2, 3, 4, 5))
    assert Event.select(Event.at.to_timestamp()).scalar() == 1767323045


KEYS = ("a", "b", 'q"x', "größe", "a.b", "", "\\")
SCALARS = (None, True, False, 0, 1, 1.0, 2.5, "a", "1", "true", "null", "", 2**63 - 1, 2**70, 'ü"')


def some_json(chance, depth=0):
    kind = chance.random()
    if depth < 3 and kind < 0.3:
        return {chance.choice(KEYS): some_json(chance, depth + 1) for _ in range(chance.randint(0, 3))}
    if depth < 3 and kind < 0.6:
        return [some_json(chance, depth + 1) for _ in range(chance.randint(0, 3))]
    return chance.choice(SCALARS)


def some_part(chance, whole):
    if isinstance(whole, dict):
        return {key: some_part(chance, value) for key, value in whole.items() if chance.random() < 0.7}
    return [some_part(chance, item) for item in whole if chance.random() < 0.7] if isinstance(whole, list) else whole


def test_containment_is_that_of_peewee(bound):
    chance = random.Random(5)
    wholes = [some_json(chance) for _ in range(40)]
    Document.insert_many([(whole,) for whole in wholes], fields=[Document.data]).execute()
    saved = [row for (row,) in bound.execute_sql("SELECT data FROM documents_of_json ORDER BY id")]
    seen = set()
    for _ in range(40):
        asked = some_part(chance, chance.choice(wholes)) if chance.random() < 0.6 else some_json(chance)
        rows = Document.select(Document.data.contains(asked), Document.data.contained_by(asked)).order_by(Document.id)
        text = json.dumps(asked)
        contains = peewee._sqlite_json_contains
        expected = [(contains(row, text), contains(text, row)) for row in saved]
        assert list(rows.tuples()) == expected, asked
        seen.update(expected)
    assert len(seen) >= 3


def test_containment_is_null_where_there_is_no_json(bound):
    Document.insert(data=None).execute()
    bound.execute_sql("INSERT INTO documents_of_json (data) VALUES ('no json')")
    rows = Document.select(Document.data.contains({"a": 1}), Document.data.contained_by([1])).tuples()
    assert list(rows) == [(None, None), (None, None)]
    assert Document.select().where(~Document.data.contains({"a": 1})).count() == 0


def test_containment_at_a_path(bound):
    Document.create(data={"tags": ["python", "orm"], "meta": {"on": True}})
    Document.create(data={"tags": ["rust"], "meta": {"on": 1}})
    assert Document.select().where(Document.data["tags"].contains("orm")).count() == 1
    assert [row.id for row in Document.select().where(Document.data["meta"].contains({"on": True}))] == [1]


def test_containment_of_many_values(bound):
    Document.create(data=list(range(3000)))
    assert Document.select().where(Document.data.contains(list(range(0, 3000, 2)))).count() == 1
    assert Document.select().where(Document.data.contained_by(list(range(2999)))).count() == 0


def test_two_columns_cannot_be_compared(bound):
    with pytest.raises(peewee.NotSupportedError, match="not with another column"):
        Document.select(fn._pw_json_contains(Document.data, Document.data)).execute()


TEXTS = (
    ("ping", "ping uses icmp, and ping is short"),
    ("routes", "traceroute shows the route, ping does not"),
    ("icmp", "a protocol"),
    ("ports", "a port is a number"),
)


@pytest.mark.parametrize("weights", [(), (2.0, 0.5), (1.0,), (0, 3)])
def test_ranks_are_those_of_peewee(bound, weights):
    for title, body in TEXTS:
        Page.create(title=title, body=body)
    for ours, theirs, kind in ((Page.rank, rank, "pcx"), (Page.bm25, bm25, "pcnalx")):
        info = fn.matchinfo(Page._meta.entity, kind)
        rows = list(Page.select(ours(*weights), info).where(Page.match("ping OR icmp OR route*")).tuples())
        assert len(rows) == 3
        for found, blob in rows:
            assert found == pytest.approx(theirs(blob, *weights))


def test_search_gives_the_best_first(bound):
    for title, body in TEXTS:
        Page.create(title=title, body=body)
    assert [page.title for page in Page.search_bm25("ping", with_score=True)] == ["ping", "routes"]
    assert [page.title for page in Page.search("icmp", weights=[5.0, 1.0])] == ["icmp", "ping"]

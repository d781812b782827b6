"""Rows come as a named type, and a query that does not give its columns is an error at once."""

from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pytest

from shared_schema.database import Statement
from shared_schema.database.batch import Result

PLANETS = "SELECT * FROM (VALUES (1, 'Mercury'), (2, 'Venus'))"
NAMED = f"SELECT column1 AS id, column2 AS name FROM ({PLANETS})"


class Planet(TypedDict):
    id: int
    name: str


class Comet(TypedDict):
    id: int
    name: NotRequired[str]


@dataclass
class Point:
    id: int
    name: str


def fetched(db, sql):
    (result,) = db.fetch([Statement(sql)])
    return result


def test_all_rows_are_given_as_the_named_type(db):
    result = fetched(db, NAMED)
    assert result.all(Planet) == [{"id": 1, "name": "Mercury"}, {"id": 2, "name": "Venus"}]
    assert result.all(Point) == [Point(1, "Mercury"), Point(2, "Venus")]
    assert result.all(dict) == result.all(Planet)


def test_first_is_the_first_row_or_none(db):
    assert fetched(db, NAMED).first(Planet) == {"id": 1, "name": "Mercury"}
    assert fetched(db, NAMED).first(Point) == Point(1, "Mercury")
    nothing = fetched(db, f"{NAMED} WHERE id > 5")
    assert nothing.first(Planet) is None
    assert nothing.first(Point) is None
    assert nothing.all(Planet) == []


def test_one_is_the_first_row_and_must_be_there(db):
    assert fetched(db, NAMED).one(Planet) == {"id": 1, "name": "Mercury"}
    with pytest.raises(LookupError):
        fetched(db, f"{NAMED} WHERE id > 5").one(Planet)


def test_rows_that_lack_a_column_are_refused_and_more_columns_are_not(db):
    lacking = fetched(db, "SELECT 1 AS id")
    for kind in (Planet, Point):
        with pytest.raises(TypeError, match="name"):
            lacking.all(kind)
        with pytest.raises(TypeError, match="name"):
            lacking.first(kind)
    assert fetched(db, "SELECT 1 AS id, 'Earth' AS name, 1 AS moons").one(Planet)["name"] == "Earth"


def test_every_missing_column_is_named_in_order(db):
    with pytest.raises(TypeError, match="rows without id, name are no Planet"):
        fetched(db, "SELECT 1 AS moons").all(Planet)


def test_column_that_need_not_be_there_may_be_missing(db):
    assert fetched(db, "SELECT 1 AS id").all(Comet) == [{"id": 1}]


def test_row_is_not_made_of_more_than_the_first(db):
    """`first` and `one` make one row, so a later row costs nothing."""
    rows = Result([{"id": 1, "name": "Mercury"}, {"id": 2}], 2)
    assert rows.first(Point) == rows.one(Point) == Point(1, "Mercury")


def test_value_is_the_first_column_of_the_first_row(db):
    assert fetched(db, NAMED).value(int) == 1
    assert Result([("Mars",), ("Venus",)], 2).value(str) == "Mars"
    with pytest.raises(TypeError, match="a int where a str"):
        fetched(db, NAMED).value(str)


def test_value_must_be_there_unless_none_is_asked_for(db):
    for sql in (f"{NAMED} WHERE id > 5", "SELECT NULL"):
        with pytest.raises(LookupError):
            fetched(db, sql).value(int)
        assert fetched(db, sql).value_or_none(int) is None
    assert fetched(db, "SELECT 0").value(int) == 0
    assert fetched(db, "SELECT 0").value_or_none(int) == 0

"""A query that comes again is not read again, and yet each request has arguments of its own."""

from typing import Any

import marshmallow
import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from shared_schema.web import api
from shared_schema.web.schema import QueryIds, QueryWhole, Schema

APP = Flask(__name__)


class Wanted(Schema):
    ids = QueryIds(load_default=list)
    limit = QueryWhole(1, 100, load_default=20)


class Counting(Wanted):
    loads = 0

    def load(self, data: Any, **options: Any) -> Any:
        Counting.loads += 1
        return super().load(data, **options)


@pytest.fixture
def parser() -> api.Parser:
    Counting.loads = 0
    return api.Parser()


def read(parser: api.Parser, schema: marshmallow.Schema, query: str) -> Any:
    with APP.test_request_context(f"/?{query}"):
        return parser.parse(schema, location="query")


def test_a_query_is_read_once_and_a_view_may_change_what_it_gets(parser: api.Parser) -> None:
    schema = Counting()
    for _ in range(3):
        arguments = read(parser, schema, "ids=1,2&limit=5")
        assert arguments == {"ids": [1, 2], "limit": 5}
        arguments["ids"].append(3)
        arguments["limit"] = 7
    assert Counting.loads == 1
    assert read(parser, schema, "ids=1,2") == {"ids": [1, 2], "limit": 20}
    assert Counting.loads == 2


def test_defaults_are_of_each_request(parser: api.Parser) -> None:
    schema = Wanted()
    read(parser, schema, "")["ids"].append(1)
    assert read(parser, schema, "") == {"ids": [], "limit": 20}


def test_schemas_are_told_apart(parser: api.Parser) -> None:
    class Other(Schema):
        ids = QueryWhole(1)

    assert read(parser, Wanted(), "ids=1") == {"ids": [1], "limit": 20}
    assert read(parser, Other(), "ids=1") == {"ids": 1}


def test_a_wrong_query_is_refused_each_time(parser: api.Parser) -> None:
    schema = Counting()
    for _ in range(2):
        with pytest.raises(HTTPException) as caught:
            read(parser, schema, "limit=0")
        assert caught.value.code == 422
    assert Counting.loads == 2


def test_long_queries_and_objects_are_not_kept(parser: api.Parser) -> None:
    class Loaded(Counting):
        @marshmallow.post_load
        def pair(self, data: dict[str, Any], **_: object) -> tuple[Any, Any]:
            return data["ids"], data["limit"]

    long = f"ids={','.join(str(number) for number in range(1, 80))}"
    assert len(long) > 200
    for loaded, query in ((Loaded(), "limit=3"), (Counting(), long)):
        Counting.loads = 0
        assert read(parser, loaded, query) == read(parser, loaded, query)
        assert Counting.loads == 2


def test_no_more_than_so_many_are_kept(parser: api.Parser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_QUERIES", 3)
    schema = Counting()
    for number in (1, 2, 3, 4, 1):  # the fourth takes the others with it
        assert read(parser, schema, f"limit={number}")["limit"] == number
    assert (Counting.loads, len(parser._queries)) == (5, 2)

"""Requests that bring about an answer of one operation, and what such requests are made of."""

from collections.abc import Callable
from typing import Any

from tests.contract.calls import Call
from tests.contract.people import People
from tests.damage import TOO_LATE, spoil

Request = Callable[[People, Call], None]


def expect(response: Any, status: int) -> Any:
    assert response.status_code == status, response.json
    return response.json if response.data else None


def damaged(table: str, row: object, key: str = "id", column: str = "created_at") -> Request:
    """The answer, and 409 while the row cannot be used."""

    def request(crowd: People, call: Call) -> None:
        good = call.send(crowd.of(call))
        assert good.status_code in (200, 201), good.json
        (kept,) = crowd.database.execute_sql(f"SELECT {column} FROM {table} WHERE {key} = ?", (row,)).fetchone()
        spoil(crowd.database, table, column, TOO_LATE, row, key)
        expect(call.send(crowd.of(call)), 409)
        spoil(crowd.database, table, column, kept, row, key)

    return request


def missing(**changes: Any) -> Request:
    """404 for a request that names what is not there, in its body or in its query."""

    def request(crowd: People, call: Call) -> None:
        if call.kind == "application/json" and "format" not in call.query:
            expect(call.send(crowd.of(call), json=call.body | changes), 404)
        else:
            expect(call.send(crowd.of(call), query_string=call.query | changes), 404)

    return request


def in_turn(*requests: Request) -> Request:
    """One after the other."""

    def request(crowd: People, call: Call) -> None:
        for one in requests:
            one(crowd, call)

    return request

"""Nobody changes or deletes a call of the ledger, or a price that a later book has given it."""

import datetime as dt
from typing import Any

import peewee
import pytest
from flask.testing import FlaskClient

from growth_service import personal
from growth_service.ledger import repricing
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase
from shared_schema.tables.ledger import AIGeneration
from tests.growth_service.conftest import LEDGER, call, row_count, stored

TABLE = "ai_generation_log"
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
FREE = {"exam_id", "objective_id", "user_id", "ip_address", "user_agent"}  # may become NULL, and nothing else
FACTS = sorted({field.column_name for field in AIGeneration._meta.sorted_fields} - FREE - {"cost_cents", "is_counted"})


def refused(database: LibsqlDatabase, sql: str, *values: object) -> str:
    with pytest.raises(peewee.DatabaseError) as caught:
        database.execute_sql(sql, values)
    return str(caught.value)


@pytest.mark.parametrize("column", FACTS)
def test_no_fact_of_a_call_changes(bot: FlaskClient, database: LibsqlDatabase, column: str) -> None:
    bot.post(LEDGER, json=call())
    before = stored(database, TABLE, 1)
    for value in (9, None):
        if before[column] != value and (column, value) != ("id", None):
            assert "a call stays as it was written" in refused(database, f"UPDATE {TABLE} SET {column} = ?", value)
    assert stored(database, TABLE, 1) == before


@pytest.mark.parametrize("column", sorted(FREE))
def test_a_reference_is_emptied_and_never_led_elsewhere(
    bot: FlaskClient, database: LibsqlDatabase, column: str
) -> None:
    database.execute_sql("INSERT INTO exams (id, vendor_id, code, name) VALUES (1, 'v', 'c', 'n'), (2, 'v', 'd', 'n')")
    database.execute_sql("INSERT INTO objectives (id, exam_id, code, name) VALUES (1, 1, '1', 'o'), (2, 1, '2', 'p')")
    values = ", ".join(["'old', 'p', 'm'", *("1" for _ in FREE)])
    database.execute_sql(
        f"INSERT INTO {TABLE} (request_id, purpose, model, {', '.join(sorted(FREE))}) VALUES ({values})"
    )
    assert "stays as it was written" in refused(database, f"UPDATE {TABLE} SET {column} = '2'")
    database.execute_sql(f"UPDATE {TABLE} SET {column} = NULL")
    assert stored(database, TABLE, 1)[column] is None
    assert "stays as it was written" in refused(database, f"UPDATE {TABLE} SET {column} = '1'")


def test_no_call_is_deleted(bot: FlaskClient, database: LibsqlDatabase) -> None:
    bot.post(LEDGER, json=call())
    assert "calls are never deleted" in refused(database, f"DELETE FROM {TABLE}")
    assert row_count(database, TABLE) == 1


def test_a_call_outlives_its_exam_and_its_user(bot: FlaskClient, database: LibsqlDatabase) -> None:
    database.execute_sql("INSERT INTO exams (id, vendor_id, code, name) VALUES (7, 'v', 'c', 'n')")
    bot.post(LEDGER, json=call(examId=7, userId=1))
    before = stored(database, TABLE, 1)
    assert (before["exam_id"], before["user_id"]) == (7, 1)
    database.execute_sql("DELETE FROM exams")
    database.execute_sql("DELETE FROM users WHERE id = 1")
    assert stored(database, TABLE, 1) == before | {"exam_id": None, "user_id": None}


def test_a_person_is_erased_from_it(bot: FlaskClient, database: LibsqlDatabase) -> None:
    database.execute_sql(
        f"INSERT INTO {TABLE} (purpose, model, user_id, ip_address, user_agent) VALUES ('p', 'm', 1, '::1', 'curl')"
    )
    assert personal.erase(1, Actor("ada", role="admin")) == {TABLE: 1}
    assert [stored(database, TABLE, 1)[name] for name in ("user_id", "ip_address", "user_agent")] == [1, None, None]


def test_what_a_release_before_writes_is_taken_over_in_nano_dollars(bot: FlaskClient, database: LibsqlDatabase) -> None:
    insert = f"INSERT INTO {TABLE} (request_id, purpose, model, cost_microusd) VALUES (?, 'p', 'm', ?)"
    for number, micros in enumerate((210, None, 9_000_000_000_000_000_000)):
        database.execute_sql(insert, (f"old-{number}", micros))
    costs = [stored(database, TABLE, f"old-{number}", "request_id")["cost_nanousd"] for number in range(3)]
    assert costs == [210_000, None, None]
    assert "stays as it was" in refused(database, f"UPDATE {TABLE} SET cost_nanousd = 1 WHERE request_id = 'old-1'")


@pytest.mark.parametrize("change", ["UPDATE ai_repricings SET computed_nanousd = 1", "DELETE FROM ai_repricings"])
def test_no_later_price_changes(bot: FlaskClient, database: LibsqlDatabase, change: str) -> None:
    columns = "request_id, purpose, model, provider, prompt_tokens, completion_tokens, cost_basis, cost_microusd"
    database.execute_sql(f"INSERT INTO {TABLE} ({columns}) VALUES ('old', 'p', 'gpt-4o', 'openai', 1, 1, 'tokens', 1)")
    assert sum(map(len, repricing.run())) == 1
    before = stored(database, "ai_repricings", 1)
    assert "ai_repricings: price" in refused(database, change).replace("a price", "price")
    assert stored(database, "ai_repricings", 1) == before


def test_a_row_of_every_column_is_watched() -> None:
    """A column that is added to the table is either a fact or free to be emptied."""
    names: set[Any] = {field.column_name for field in AIGeneration._meta.sorted_fields}
    assert set(FACTS) | FREE | {"cost_cents", "is_counted"} == names

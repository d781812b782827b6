"""A server's refusals have the types that a file's have, with the table, columns and names in them."""

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors
from tests.faults.conftest import Connect, Sqld, bodies, note

TABLES = (
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, shop TEXT NOT NULL, number INTEGER,"
    " CONSTRAINT positive CHECK (number > 0), UNIQUE (shop, number))",
    "CREATE TABLE lines (id INTEGER PRIMARY KEY, item INTEGER REFERENCES orders)",
    "CREATE TABLE later (id INTEGER PRIMARY KEY, item INTEGER REFERENCES orders DEFERRABLE INITIALLY DEFERRED)",
)


@pytest.fixture
def database(server: Sqld, connect: Connect) -> LibsqlDatabase:
    own = connect(server)
    own.batch([Statement(sql) for sql in (*TABLES, "INSERT INTO orders VALUES (1, 'a', 1)")])
    return own


def refusal(database: LibsqlDatabase, sql: str) -> BaseException:
    with pytest.raises(peewee.PeeweeException) as raised:
        database.batch([note("not kept"), Statement(sql)])
    assert bodies(database) == []
    return errors.cause(raised.value)


def test_refusals_have_types_and_details(database: LibsqlDatabase) -> None:
    unique = refusal(database, "INSERT INTO orders VALUES (2, 'a', 1)")
    assert errors.is_unique(unique, "orders", "shop", "number")
    assert str(unique) == "UNIQUE constraint failed: orders.shop, orders.number"
    null = refusal(database, "INSERT INTO orders VALUES (2, NULL, 1)")
    assert isinstance(null, errors.NotNull)
    assert (null.table, null.column) == ("orders", "shop")
    check = refusal(database, "INSERT INTO orders VALUES (2, 'a', 0)")
    assert isinstance(check, errors.Check)
    assert check.name == "positive"
    assert isinstance(refusal(database, "INSERT INTO lines VALUES (1, 77)"), errors.ForeignKey)
    missing = refusal(database, "SELECT * FROM nowhere")
    assert errors.is_missing_table(missing)
    assert isinstance(missing, errors.NoSuchTable)
    assert missing.table == "nowhere"


def test_reference_that_is_checked_at_commit_is_an_integrity_error(database: LibsqlDatabase) -> None:
    assert isinstance(refusal(database, "INSERT INTO later VALUES (1, 77)"), errors.ForeignKey)
    with pytest.raises(peewee.IntegrityError), database.atomic():
        database.execute_sql("INSERT INTO later VALUES (1, 77)")
    assert database.execute_sql("SELECT * FROM later").fetchall() == []
    database.batch([note("on again")])
    assert bodies(database) == ["on again"]

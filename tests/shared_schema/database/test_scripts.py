"""executemany and executescript, by which tools of others write."""

import peewee
import pytest

from shared_schema.database import errors
from shared_schema.database.sql import statements

SCRIPT = """
CREATE TABLE scripts_a (n, t); -- one; two
CREATE TABLE scripts_b (n);;
CREATE TRIGGER scripts_t AFTER INSERT ON scripts_a BEGIN
    INSERT INTO scripts_b VALUES (new.n); INSERT INTO scripts_b VALUES (-new.n);
END;
INSERT INTO scripts_a VALUES (1, 'a;b'), (2, ';'); /* the end; */
"""


@pytest.fixture
def cursor(database):
    yield database.cursor()
    if database.is_closed() or not database.in_transaction():
        database.execute_sql("DROP TABLE IF EXISTS scripts_a")
        database.execute_sql("DROP TABLE IF EXISTS scripts_b")


def test_a_script_is_split_at_the_semicolons_between_its_statements():
    texts = statements(SCRIPT)
    assert [text.split()[:2] for text in texts] == [
        ["CREATE", "TABLE"],
        ["--", "one;"],
        ["CREATE", "TRIGGER"],
        ["INSERT", "INTO"],
    ]
    assert texts[2].endswith("END")
    assert statements("") == statements(" ;; -- nothing\n ;") == []
    assert statements("SELECT 1") == ["SELECT 1"]


def test_all_statements_of_a_script_run(cursor, database):
    cursor.executescript(SCRIPT)
    assert database.execute_sql("SELECT * FROM scripts_a").fetchall() == [(1, "a;b"), (2, ";")]
    assert database.execute_sql("SELECT n FROM scripts_b ORDER BY rowid").fetchall() == [(1,), (-1,), (2,), (-2,)]


def test_the_first_bad_statement_of_a_script_raises(cursor, database):
    with pytest.raises(errors.OperationalError, match="nonsense"):
        cursor.executescript("CREATE TABLE scripts_a (n); nonsense; CREATE TABLE scripts_b (n)")
    assert database.table_exists("scripts_a")
    assert not database.table_exists("scripts_b")


def test_a_script_in_a_transaction_is_undone_with_it(cursor, database):
    with pytest.raises(errors.OperationalError, match="nonsense"), database.atomic():
        database.connection().executescript("CREATE TABLE scripts_a (n); INSERT INTO scripts_a VALUES (1); nonsense")
    assert not database.table_exists("scripts_a")


def test_many_rows_by_one_statement(cursor, database):
    cursor.executescript("CREATE TABLE scripts_a (n INTEGER, t TEXT)")
    assert cursor.executemany("INSERT INTO scripts_a VALUES (?, ?)", iter([(1, "a"), (2**40, "b")])).rowcount == 2
    named = [{"n": 3, "t": "c"}]
    assert database.connection().executemany("INSERT INTO scripts_a VALUES (:n, :t)", named).rowcount == 1
    assert database.execute_sql("SELECT * FROM scripts_a").fetchall() == [(1, "a"), (2**40, "b"), (3, "c")]
    assert cursor.executemany("UPDATE scripts_a SET t = ? WHERE n < ?", [("x", 3), ("y", 4)]).rowcount == 3
    assert cursor.executemany("INSERT INTO scripts_a VALUES (?, ?)", []).rowcount == 0


def test_many_rows_are_written_not_read(cursor):
    with pytest.raises(errors.ProgrammingError, match="executemany takes an INSERT"):
        cursor.executemany("SELECT ?", [(1,)])


def test_columns_of_a_table_are_those_it_has_now(cursor, database):
    cursor.executescript("CREATE TABLE scripts_a (n, t); INSERT INTO scripts_a VALUES (1, 2)")
    for change, names in (
        ("ALTER TABLE scripts_a RENAME COLUMN t TO u", ["n", "u"]),
        ("ALTER TABLE scripts_a ADD COLUMN v DEFAULT 3", ["n", "u", "v"]),
        ("ALTER TABLE scripts_a DROP COLUMN u", ["n", "v"]),
    ):
        database.execute_sql("SELECT n FROM scripts_a").fetchall()
        database.execute_sql(change)
        assert [column[0] for column in database.execute_sql("SELECT * FROM scripts_a").description] == names
    assert database.execute_sql("SELECT * FROM scripts_a").fetchall() == [(1, 3)]


def test_a_transaction_survives_a_first_statement_that_cannot_be_parsed(cursor, database):
    with database.atomic():
        with pytest.raises(peewee.OperationalError, match="selec"):
            database.execute_sql("selec 1")
        database.execute_sql("CREATE TABLE scripts_a (n)")
        database.execute_sql("INSERT INTO scripts_a VALUES (1)")
    assert database.execute_sql("SELECT n FROM scripts_a").fetchall() == [(1,)]

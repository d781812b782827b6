"""What the driver does to statements, rows and connections, and what is left of it here.

Each test says first what the bare driver does: where that fails, the driver has changed and our guard may go.
"""

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, errors, local

COUNT = "SELECT count(*) FROM t"


@pytest.fixture(autouse=True)
def table(bare, ours):
    bare("CREATE TABLE t (n)")
    ours("CREATE TABLE t (n)")


def test_fetchone_past_the_end_does_not_insert_again(driver, bare, db, ours):
    insert = "INSERT INTO t VALUES (1) RETURNING n"
    cursor = driver.cursor()
    cursor.execute(insert)
    assert [cursor.fetchone() for _ in range(3)] == [(1,), None, (1,)]
    assert bare(COUNT) == [(2,)]

    cursor = db.execute_sql(insert)
    assert [cursor.fetchone() for _ in range(4)] == [(1,), None, None, None]
    assert ours(COUNT) == [(1,)]


def test_second_fetchall_does_not_insert_again(driver, bare, db, ours):
    insert = "INSERT INTO t VALUES (1) RETURNING n"
    cursor = driver.cursor()
    cursor.execute(insert)
    assert [cursor.fetchall() for _ in range(2)] == [[(1,)], [(1,)]]
    assert bare(COUNT) == [(2,)]

    cursor = db.execute_sql(insert)
    assert [cursor.fetchall() for _ in range(3)] == [[(1,)], [], []]
    assert ours(COUNT) == [(1,)]


def test_rows_can_be_taken_one_by_one_in_parts_and_by_iteration(db):
    cursor = db.execute_sql("VALUES (1), (2), (3), (4), (5)")
    assert cursor.fetchone() == (1,)
    assert cursor.fetchmany() == [(2,)]
    assert cursor.fetchmany(2) == [(3,), (4,)]
    assert list(cursor) == [(5,)]
    assert cursor.fetchmany(2) == []


def test_rows_end_when_the_cursor_is_closed(db):
    cursor = db.execute_sql("VALUES (1), (2)")
    cursor.close()
    assert cursor.fetchone() is None


def test_scripts_do_not_swallow_errors(driver, bare, db):
    driver.executescript("INSERT INTO t VALUES (1); nonsense; INSERT INTO t VALUES (2)")
    assert bare("SELECT n FROM t") == [(1,)]

    for offered in (db.connection(), db.connection().cursor()):
        with pytest.raises(errors.OperationalError, match="nonsense"):
            offered.executescript("SELECT 1; nonsense; SELECT 2")


def test_rowcount_is_that_of_the_statement(driver, db):
    cursor = driver.cursor()
    cursor.execute("INSERT INTO t VALUES (1), (2)")
    cursor = driver.cursor()
    cursor.execute("SELECT 1 WHERE false")
    assert cursor.rowcount == 2

    counts = [
        db.execute_sql(sql).rowcount
        for sql in (
            "INSERT INTO t VALUES (1), (2), (3)",
            "SELECT 1 WHERE false",
            "UPDATE t SET n = 9 WHERE n > 1",
            "UPDATE t SET n = 9 WHERE n = 77",
            "UPDATE t SET n = 8 WHERE n = 9 RETURNING n",
            "WITH few AS (SELECT 1) INSERT INTO t SELECT * FROM few",
            "REPLACE INTO t VALUES (5)",
            "DELETE FROM t",
            "CREATE TABLE other (n)",
            "PRAGMA foreign_keys = on",
        )
    ]
    assert counts == [3, 0, 2, 0, 2, 1, 1, 5, -1, -1]
    assert db.connection().cursor().rowcount == -1


def test_only_statements_that_return_rows_have_a_description(db):
    assert db.execute_sql("INSERT INTO t VALUES (1)").description is None
    empty = db.execute_sql("SELECT n AS a, n AS b FROM t WHERE false")
    assert [column[0] for column in empty.description] == ["a", "b"]


def test_list_of_parameters_is_as_good_as_a_tuple(driver, db):
    with pytest.raises(TypeError):
        driver.execute("SELECT ?", [1])

    assert db.execute_sql("SELECT ?, ?", [1, 2]).fetchall() == [(1, 2)]


def test_no_transaction_begins_by_itself(tmp_path, db, ours, other):
    driver = local.driver.connect(f"{tmp_path}/bare.db")
    driver.execute("INSERT INTO t VALUES (1)")
    assert driver.in_transaction

    ours("INSERT INTO t VALUES (1)")
    assert not db.connection().in_transaction
    assert other.execute_sql(COUNT).fetchall() == [(1,)]


def test_statements_wait_for_a_lock(tmp_path, bare, ours):
    with pytest.raises(TypeError):
        local.driver.connect(f"{tmp_path}/bare.db", timeout=5)
    assert bare("PRAGMA busy_timeout") == [(0,)]

    assert ours("PRAGMA busy_timeout") == [(20,)]


def test_text_that_is_not_utf8_is_an_error_and_the_connection_lives_on(bare, ours):
    with pytest.raises(BaseException) as raised:
        bare("SELECT CAST(x'ff' AS TEXT)")
    assert not isinstance(raised.value, Exception)

    with pytest.raises(peewee.DatabaseError, match="Utf8Error"):
        ours("SELECT CAST(x'ff' AS TEXT)")
    assert ours("SELECT 1") == [(1,)]


def test_closed_connection_says_so(driver, url):
    driver.close()
    with pytest.raises(BaseException) as raised:
        driver.execute("SELECT 1")
    assert not isinstance(raised.value, Exception)

    connection = LibsqlDatabase(url).connection()
    connection.close()
    connection.close()
    assert not connection.in_transaction
    with pytest.raises(errors.InterfaceError, match="closed"):
        connection.cursor().execute("SELECT 1")


def test_python_functions_of_peewee_do_not_stop_a_connection(driver, ours):
    assert not hasattr(driver, "create_function")

    assert ours("SELECT 1") == [(1,)]
    with pytest.raises(peewee.OperationalError, match="no such function: date_part"):
        ours("SELECT date_part('year', '2026-01-01')")


def test_the_version_that_peewee_sees_is_the_engines(db, ours):
    ((version,),) = ours("SELECT sqlite_version()")
    assert db.server_version == tuple(map(int, version.split(".")))

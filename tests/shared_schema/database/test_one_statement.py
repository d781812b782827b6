"""One string, one statement: the driver runs the first of several and says nothing."""

import peewee
import pytest

from shared_schema.database import Verbatim
from shared_schema.database import sql as sql_module
from shared_schema.database.sql import shape

ONE = [
    "SELECT 1",
    "SELECT 1;",
    "SELECT 1 ; ; -- done; really",
    "SELECT 1; /* done; */",
    "SELECT ';', 'it''s; fine'",
    'SELECT 1 AS "a;b"',
    "SELECT 1 AS `a;b`",
    "SELECT 1 AS [a;b]",
    "SELECT 1 -- first; second\n",
    "SELECT /* first; second */ 1",
    "-- first; second\nSELECT 1",
    "SELECT 1 /* never closed; SELECT 2",
    "SELECT '--', 1; -- '",
]
SEVERAL = [
    "SELECT 1; SELECT 2",
    "SELECT 1;SELECT 2;",
    "SELECT 1; -- comment\nSELECT 2",
    "SELECT ';'; SELECT 2",
    "SELECT '''' ; SELECT ''''",
    "SELECT 1; /* ; */ SELECT 2",
    "SELECT '--'; SELECT 1",
    "SELECT 1; )",
]


@pytest.mark.parametrize("sql", ONE)
def test_one_statement_runs(sql, ours):
    assert len(ours(sql)) == 1


@pytest.mark.parametrize("sql", SEVERAL)
def test_second_statement_is_refused_not_dropped(sql, bare, ours):
    assert len(bare(sql)) == 1

    with pytest.raises(peewee.ProgrammingError, match="several statements"):
        ours(sql)


TRIGGER = """
    CREATE TRIGGER {} AFTER INSERT ON t BEGIN
        INSERT INTO log SELECT CASE new.n WHEN 1 THEN 'one; end' ELSE 'more' END;
        UPDATE t SET n = 0 WHERE n = 2; -- END;
    END"""


@pytest.fixture
def tables(bare, ours):
    for rows in (bare, ours):
        rows("CREATE TABLE t (n)")
        rows("CREATE TABLE log (text)")


@pytest.mark.parametrize("kind", ["TRIGGER", "temp trigger"])
@pytest.mark.parametrize("end", ["", ";", " ; -- done"])
def test_body_of_a_trigger_is_one_statement(end, kind, tables, ours):
    ours(TRIGGER.format("logs").replace("TRIGGER", kind) + end)
    ours("INSERT INTO t VALUES (1), (2)")
    assert ours("SELECT text FROM log") == [("one; end",), ("more",)]
    assert ours("SELECT n FROM t") == [(1,), (0,)]


@pytest.mark.parametrize("kind", ["TRIGGER", "TEMP TRIGGER", "temporary trigger"])
def test_statement_after_a_trigger_is_refused_not_dropped(kind, tables, bare, ours):
    sql = TRIGGER.format("logs").replace("TRIGGER", kind) + "; DROP TABLE log"
    bare(sql)
    assert bare("SELECT * FROM log") == []

    with pytest.raises(peewee.ProgrammingError, match="several statements"):
        ours(sql)


def test_word_trigger_elsewhere_gives_no_licence(ours):
    with pytest.raises(peewee.ProgrammingError, match="several statements"):
        ours("DROP TRIGGER logs; DROP TABLE t")
    with pytest.raises(peewee.ProgrammingError, match="several statements"):
        ours('CREATE TABLE "trigger" (n); SELECT 1')
    with pytest.raises(peewee.ProgrammingError, match="several statements"):
        ours("CREATE TABLE t (a TEXT, trigger TEXT); SELECT 1")


@pytest.mark.parametrize("sql", ["", " ", ";", "-- nothing", "/* nothing */"])
def test_no_statement_is_an_error(sql, ours):
    with pytest.raises(peewee.OperationalError):
        ours(sql)


@pytest.mark.parametrize(
    ("sql", "writes"),
    [
        ("insert into t values (1)", True),
        ("-- why\nUPDATE t SET n = 1", True),
        ("WITH a AS (SELECT 1) DELETE FROM t", True),
        ("WITH a AS (SELECT 1) SELECT * FROM a", False),
        ("replace into t values (1)", True),
        (Verbatim("INSERT INTO t VALUES (1)"), True),
        ("SELECT 'INSERT'", False),
        ("CREATE TABLE updates (n)", False),
        ("CREATE TABLE t (n REFERENCES u ON DELETE CASCADE)", False),
        ("EXPLAIN QUERY PLAN DELETE FROM t", False),
    ],
)
def test_verb_is_seen(sql, writes):
    assert shape(sql).writes is writes


@pytest.mark.parametrize(
    ("sql", "reads"),
    [
        ("select 1", True),
        ("/* why */ VALUES (1)", True),
        ("EXPLAIN QUERY PLAN SELECT 1", True),
        ("PRAGMA user_version", True),
        ("WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", False),
        ("REPLACE INTO t VALUES ('SELECT')", False),
        ("CREATE TABLE t AS SELECT 1", False),
        ("COMMIT", False),
        ("", False),
        ("-- SELECT", False),
        (Verbatim("SELECT 1"), False),
    ],
)
def test_statement_that_may_be_run_twice_is_told_from_others(sql, reads):
    assert shape(sql).reads is reads


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT ?, ?2, :a, @b, $c, :d_1é", ["", "2", "a", "b", "c", "d_1é"]),
        ("SELECT x$y, a@b", ["b"]),
        ("SELECT 'it''s ?', \"?\"\"?\", `?``?`, [?], ?", [""]),
    ],
)
def test_placeholders_have_their_names(sql, names):
    assert [mark.name for mark in shape(sql).marks] == names


def test_verbatim_sql_runs_as_it_is_and_is_not_kept_in_memory(ours):
    ours("CREATE TABLE t (a TEXT)")
    rows = ", ".join(f"('what? {n}; --')" for n in range(20_000))
    ours(Verbatim(f"INSERT INTO t VALUES {rows}"))
    assert ours("SELECT count(*), min(a) FROM t") == [(20_000, "what? 0; --")]
    known = sql_module._kept.cache_info().currsize
    ours(Verbatim(f"DELETE FROM t -- {'x' * 1_000_000}"))
    assert sql_module._kept.cache_info().currsize == known


def test_long_statements_are_not_kept_in_memory(ours):
    ours("CREATE TABLE t (a TEXT)")
    known = sql_module._kept.cache_info().currsize
    ours(f"INSERT INTO t VALUES ('{'x' * 10_000}')")
    assert sql_module._kept.cache_info().currsize == known
    assert ours("SELECT length(a) FROM t") == [(10_000,)]


@pytest.mark.parametrize(
    "sql", ["DELETE FROM t\0 WHERE a = 1", "SELECT 1 \0", "SELECT '\ud800'", Verbatim("DELETE FROM t\0 WHERE a = 1")]
)
def test_text_that_the_engine_would_cut_is_refused(ours, sql):
    """The driver would run what stands before the NUL: a DELETE without its WHERE."""
    ours("CREATE TABLE t (a)")
    ours("INSERT INTO t VALUES (1), (2)")
    with pytest.raises(peewee.ProgrammingError, match="a statement with a"):
        ours(sql)
    assert ours("SELECT a FROM t") == [(1,), (2,)]


@pytest.mark.parametrize(
    ("sql", "depends"),
    [
        ("SELECT * FROM t", True),
        ("select t.* from t", True),
        ("SELECT a, * FROM t", True),
        ("DELETE FROM t RETURNING *", True),
        ("SELECT * FROM (SELECT a FROM t) UNION ALL SELECT * FROM (SELECT b FROM t) ORDER BY 1", False),
        ("SELECT * FROM (SELECT * FROM (SELECT * FROM t))", True),
        ("SELECT * FROM (SELECT a FROM t) JOIN u", True),
        ("SELECT * FROM (SELECT a FROM t), u", True),
        ("SELECT * FROM (SELECT a FROM t) UNION ALL SELECT * FROM u", True),
        ("SELECT count(*), 2 * (3 * a) FROM t WHERE EXISTS (SELECT * FROM u)", False),
        ("SELECT '*', a -- *\n FROM t", False),
    ],
)
def test_columns_that_depend_on_the_table_of_the_moment(sql, depends):
    assert shape(sql).every_column is depends


@pytest.mark.parametrize(
    ("sql", "verb", "ends"),
    [
        ("/* x */ BEGIN", "BEGIN", False),
        ("-- done\n COMMIT;", "COMMIT", True),
        ("End Transaction", "END", True),
        ("ROLLBACK", "ROLLBACK", True),
        ("ROLLBACK TO a", "ROLLBACK", False),
        ("rollback transaction /* */ to savepoint a", "ROLLBACK", False),
        ("RELEASE a", "RELEASE", False),
        ("WITH a AS (SELECT 1) SELECT * FROM a", "WITH", False),
        ("", "", False),
    ],
)
def test_verb_is_the_first_word(sql, verb, ends):
    assert (shape(sql).verb, shape(sql).ends) == (verb, ends)

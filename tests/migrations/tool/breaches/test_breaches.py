"""Rows that break a constraint are named: how many, the first by key, and their values."""

import pytest

from migrations.tool import breaches
from migrations.tool.schema import structure
from shared_schema.database import Statement

pytestmark = pytest.mark.only("file", "server")


@pytest.fixture
def exams(database):
    database.execute_sql("CREATE TABLE heap (id INTEGER PRIMARY KEY, code TEXT, score REAL, vendor TEXT) STRICT")
    database.execute_sql("CREATE TABLE part (id INTEGER PRIMARY KEY, heap_id INTEGER REFERENCES heap (id)) STRICT")
    database.execute_sql(
        "INSERT INTO heap VALUES (4, 'X-1', 0.5, 'a'), (9, 'X-1', 70, 'b'), (12, 'X-1', 80, NULL),"
        " (13, 'x-1', 0.1, 'a'), (14, 'Y', 0.2, 'c'), (15, 'Y', 0.3, 'c'), (16, NULL, 0.4, 'd'), (17, NULL, 0.4, 'd')"
    )
    return database


def sentences(db, sql, **options):
    def select(text):
        (result,) = db.fetch([Statement(text)], fresh=True)
        return result.all(dict)

    return breaches.of(select, sql, structure.read(select), **options)


GROUPS = "ids 4, 9, 12 ('X-1'); ids 14, 15 ('Y')"
OF_INDEXES = {
    "CREATE UNIQUE INDEX i ON heap (code)": [f'5 rows of "heap" share code in 2 groups: {GROUPS}'],
    'CREATE UNIQUE INDEX IF NOT EXISTS "i" ON "heap" ("code" DESC);': [
        f'5 rows of "heap" share code in 2 groups: {GROUPS}'
    ],
    "CREATE UNIQUE INDEX i ON heap (code) WHERE score > 1": [
        "2 rows of \"heap\" share code where score > 1: ids 9, 12 ('X-1')"
    ],
    "CREATE UNIQUE INDEX i ON heap (lower(code)) WHERE vendor = 'a'": [
        "2 rows of \"heap\" share lower(code) where vendor = 'a': ids 4, 13 ('x-1')"
    ],
    "CREATE UNIQUE INDEX i ON heap (code, vendor)": ["2 rows of \"heap\" share code, vendor: ids 14, 15 ('Y', 'c')"],
    "CREATE UNIQUE INDEX i ON heap (code COLLATE NOCASE) WHERE code <> 'Y'": [
        "4 rows of \"heap\" share code COLLATE NOCASE where code <> 'Y': ids 4, 9, 12, 13 ('X-1')"
    ],
    "CREATE INDEX i ON heap (code)": [],
    "CREATE UNIQUE INDEX i ON heap (id)": [],
}


@pytest.mark.parametrize("sql", OF_INDEXES)
def test_rows_that_share_the_key_of_a_new_index_are_named(sql, exams):
    assert sentences(exams, sql) == OF_INDEXES[sql]


def test_many_rows_are_counted_and_few_are_named(exams):
    exams.execute_sql("INSERT INTO heap SELECT id + 100, code, score, vendor FROM heap")
    exams.execute_sql("INSERT INTO heap SELECT id + 1000, code || id, score, vendor FROM heap")
    exams.execute_sql("INSERT INTO heap SELECT id + 10000, code, score, vendor FROM heap")
    (sentence,) = sentences(exams, "CREATE UNIQUE INDEX i ON heap (code)")
    assert sentence.startswith(
        "48 rows of \"heap\" share code in 15 groups: ids 4, 9, 12, 104, 109 and 7 more ('X-1'); "
    )
    assert sentence.endswith("; …")


REBUILT = """CREATE TABLE new_heap (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE,
    score REAL NOT NULL DEFAULT 0.5 CONSTRAINT fair CHECK (score BETWEEN 0 AND 1),
    n INTEGER CHECK (n IN (1, 2))) STRICT"""


def test_a_rebuild_names_what_the_new_table_would_refuse(exams):
    exams.execute_sql(REBUILT)
    said = sentences(exams, "INSERT INTO new_heap (id, code, score) SELECT id, code, score FROM heap")
    assert said == [
        '2 rows of "heap" have no "code": ids 16, 17',
        '2 rows of "heap" break CHECK (score BETWEEN 0 AND 1): ids 9, 12',
        f'5 rows of "heap" share code in 2 groups: {GROUPS}',
    ]
    typed = "INSERT INTO new_heap (id, code, n) SELECT id, code || id, vendor FROM heap WHERE id < 16"
    assert sentences(exams, typed) == [
        "5 rows of \"heap\" have in \"n\" what the type INTEGER does not take: ids 4, 9, 13, 14, 15 ('a', 'b', 'c')",
        '5 rows of "heap" break CHECK (n IN (1, 2)): ids 4, 9, 13, 14, 15',
    ]


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("'12'", True),
        ("'05'", True),
        ("'1e3'", True),
        ("5.0", True),
        ("'abc'", False),
        ("'12abc'", False),
        ("1.5", False),
    ],
)
def test_what_a_strict_column_takes_is_what_the_engine_takes(value, fits, exams):
    exams.execute_sql("CREATE TABLE whole (id INTEGER PRIMARY KEY, n INTEGER) STRICT")
    sql = f"INSERT INTO whole (id, n) SELECT id, {value} FROM heap WHERE id = 4"
    assert sentences(exams, sql) == (
        [] if fits else [f'1 row of "heap" has in "n" what the type INTEGER does not take: id 4 ({value})']
    )
    if fits:
        exams.execute_sql(sql)
    else:
        with pytest.raises(Exception, match="cannot store"):
            exams.execute_sql(sql)


@pytest.mark.parametrize("strict", ["STRICT", ""])
def test_values_are_judged_as_the_column_stores_them(strict, exams):
    """A text that reads as a number is one in a column of numbers, and a number is a text in a column of texts."""
    exams.execute_sql(
        "CREATE TABLE stored (id INTEGER PRIMARY KEY, n INTEGER UNIQUE CHECK (n BETWEEN 1 AND 9),"
        f" t TEXT CHECK (t = '7')) {strict}"
    )
    fits = "INSERT INTO stored (id, n, t) VALUES (1, '5', 7), (2, '6', '7')"
    assert sentences(exams, fits) == []
    assert sentences(exams, fits.replace("'6'", "'05'")) == ['2 rows of "stored" share n: ids 1, 2 (5)']
    exams.execute_sql(fits)
    assert sentences(exams, "UPDATE stored SET n = n || ''") == []


def test_rows_that_are_there_already_count_where_new_ones_come(exams):
    assert sentences(exams, "INSERT INTO heap (id, code) VALUES (4, 'new')") == [
        '2 rows of "heap" share id: ids 4, 4 (4)'
    ]
    assert sentences(exams, "INSERT INTO heap (id, code) VALUES (5, 'new')") == []
    assert sentences(exams, "INSERT OR IGNORE INTO heap (id, code) VALUES (4, 'new')") == []


def test_an_update_names_the_rows_it_would_break(exams):
    exams.execute_sql("CREATE UNIQUE INDEX heap_vendor ON heap (vendor) WHERE id < 13")
    assert sentences(exams, "UPDATE heap SET vendor = 'a' WHERE id IN (9, 12)") == [
        "3 rows of \"heap\" share vendor where id < 13: ids 4, 9, 12 ('a')"
    ]
    assert sentences(exams, "UPDATE heap SET vendor = 'z' WHERE id = 9") == []
    assert sentences(exams, "UPDATE heap SET score = 'high' WHERE vendor = 'c'") == [
        '2 rows of "heap" have in "score" what the type REAL does not take: ids 14, 15 (\'high\')'
    ]


def test_references_to_nothing_are_named(exams):
    exams.execute_sql("INSERT INTO part VALUES (1, 4), (2, 9)")
    assert sentences(exams, "UPDATE part SET heap_id = heap_id + 1", keys_on=True) == [
        '2 rows of "part" refer by "heap_id" to rows of "heap" that are not there: ids 1, 2 (5, 10)'
    ]
    assert sentences(exams, "UPDATE part SET heap_id = heap_id + 1") == []


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM heap",
        "UPDATE heap SET code = part.id FROM part",
        "DROP TABLE heap",
        "REPLACE INTO heap (id) VALUES (4)",
    ],
)
def test_what_is_not_understood_is_passed_over(sql, exams):
    assert sentences(exams, sql) == []

"""What a shape refuses, it refuses in Python and in SQL alike; what it takes, both take."""

import math
from typing import Any

import pytest

from shared_schema import rows
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.problems import Damaged
from shared_schema.rows import Page, Shape, Unusable
from tests.damage import LEFT_OUT, about, logged

pytestmark = pytest.mark.only("file", "server")

SHAPE = Shape("kept", moments=("at",), reals=("share",), days=("day",), words={"word": ("it", "us")})
GOOD = {"at": 0, "share": 0.5, "day": "2024-02-29", "word": "it"}
FIRST, LAST = -62_135_596_800, 253_402_300_799
NO_TIME = "is not a time between the years 1 and 9999"


@pytest.fixture
def kept(database: LibsqlDatabase) -> LibsqlDatabase:
    database.execute_sql(
        "CREATE TABLE kept (id INTEGER PRIMARY KEY, at INTEGER, share REAL, day TEXT, word TEXT) STRICT"
    )
    return database


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("at", FIRST, None), ("at", LAST, None), ("at", None, None),
        ("at", FIRST - 1, NO_TIME), ("at", LAST + 1, NO_TIME),
        ("share", -1.7e308, None), ("share", None, None),
        ("share", math.inf, "is not a finite number"), ("share", -math.inf, "is not a finite number"),
        ("day", None, None), ("day", "2026-12-31", None),
        *[("day", day, "is not a day of the calendar, like 2026-11-22")
          for day in ("2026-02-29", "2026-1-1", "20260101", "2026-01-01T00:00", "", "now", "2026-W01-1")],
        ("word", "us", None), ("word", None, None),
        ("word", "It", "is none of it, us"), ("word", "", "is none of it, us"),
    ],
)  # fmt: skip
def test_python_and_sql_agree(kept: LibsqlDatabase, column: str, value: Any, problem: str | None) -> None:
    row = GOOD | {"id": 1, column: value}
    stored = {name: None if isinstance(cell, float) and math.isinf(cell) else cell for name, cell in row.items()}
    kept.execute_sql("INSERT INTO kept VALUES (:id, :at, :share, :day, :word)", stored)
    if stored != row:
        kept.execute_sql(f"UPDATE kept SET share = {'-' if value < 0 else ''}9e999")
    batch = [rows.require_usable(SHAPE, 1), Statement("UPDATE kept SET word = 'us'")]
    if problem is None:
        assert rows.checked(row, SHAPE) is row
        kept.batch(batch)
        return
    with pytest.raises(Unusable) as refused:
        rows.checked(row, SHAPE)
    assert (refused.value.column, refused.value.problem) == (column, problem)
    with pytest.raises(Damaged, match="row 1 of kept cannot be used until its at or share or day or word is mended"):
        kept.batch(batch)
    assert kept.execute_sql("SELECT count(*) FROM kept WHERE word IS 'us'").fetchone() == (0,)


def test_other_rows_do_not_matter_to_the_step(kept: LibsqlDatabase) -> None:
    kept.execute_sql("INSERT INTO kept (id, at) VALUES (1, 0), (2, ?)", (LAST + 1,))
    kept.batch([rows.require_usable(SHAPE, 1)])
    kept.batch([rows.require_usable(SHAPE, 3)])
    with pytest.raises(Damaged):
        kept.batch([rows.require_usable(SHAPE, 2)])
    with pytest.raises(Damaged):
        kept.batch([rows.require_usable(SHAPE, LAST + 1, key="at")])


def test_a_page_ends_where_fewer_rows_were_read_than_asked_for() -> None:
    def read(row: dict[str, int]) -> int:
        if row["id"] in (2, 4):
            raise Unusable("n", "is even")
        return row["id"]

    stored = [{"id": number, "n": 0} for number in (1, 2, 3, 4)]
    with logged() as lines:
        assert rows.page("t", stored, read, 4) == Page([1, 3], 4)
        assert rows.page("t", stored, read, 5) == Page([1, 3], None)
        assert rows.page("t", [], read, 1) == Page([], None)
        assert rows.page("t", stored[1:2], read, 1, key="n") == Page([], 0)
    left_out = [about(LEFT_OUT, "t", number, "n", "is even") for number in (2, 4)]
    assert lines()[:4] == left_out * 2

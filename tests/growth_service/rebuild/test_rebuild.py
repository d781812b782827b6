"""Each part sees its own damage, counting anew mends it, and the command compares before it mends."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from growth_service import rebuild
from growth_service.rebuild import ledger as parts
from growth_service.rebuild.__main__ import main
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.tables.costs import DIMENSIONS, SUMS
from tests.conftest import caught_up
from tests.growth_service.conftest import LEDGER, call
from tests.growth_service.ledger.booked import book

AT = 1_794_700_800  # a midnight
PARTS = [part.name for part in parts.PARTS]
ALL = [part.name for part in rebuild.PARTS]
ROW = "dimension = '{}' AND seconds = {} AND start = (SELECT max(start) FROM ai_cost_slots WHERE seconds = {})"
SLOT = "INSERT INTO ai_cost_slots (dimension, seconds, start, purpose, model, exam_id, user_id, generations) VALUES"


def row(dimension: str, seconds: int) -> str:
    return ROW.format(dimension, seconds, seconds)


def damages(dimension: str, seconds: int) -> list[str]:
    """Each sum of a row, a row too few, one too many, and one in no slot there is."""
    return [
        *(f"UPDATE ai_cost_slots SET {name} = {name} + 1 WHERE {row(dimension, seconds)}" for name in SUMS),
        f"DELETE FROM ai_cost_slots WHERE {row(dimension, seconds)}",
        f"{SLOT} ('{dimension}', {seconds}, 0, '', '', 0, 0, 1)",
        f"{SLOT} ('{dimension}', {seconds}, 253402300799, '', '', 0, 0, 1)",
        f"{SLOT} ('{dimension}', {seconds}, {AT}, 'x', 'x', 5, 5, 1)",
        f"UPDATE ai_cost_slots SET start = start + 1 WHERE {row(dimension, seconds)}",
    ]


DAMAGE = {
    "counted": ["UPDATE ai_generation_log SET is_counted = 0 WHERE id = 2"],
    **{
        f"by_{name}": [sql for seconds in (900, 14_400, 86_400) for sql in damages(name, seconds)]
        for name in DIMENSIONS
    },
    "longer": [sql for seconds in (4 * 86_400, 16 * 86_400) for name in DIMENSIONS for sql in damages(name, seconds)],
    "questions": [
        "UPDATE ai_generation_questions SET place = place + 1 WHERE question_id = 3",
        "UPDATE ai_generation_questions SET shares = shares + 1 WHERE question_id = 3",
        "DELETE FROM ai_generation_questions WHERE question_id = 3",
        "INSERT INTO ai_generation_questions (question_id, generation_id, place, shares) VALUES (9, 1, 0, 1)",
    ],
}


@pytest.fixture
def ledger(bot: FlaskClient, database: LibsqlDatabase) -> None:
    """Calls of three days and of now, with everything that is summed up."""
    columns = {"billed_nanousd": 5 * 10**9 + 7, "computed_nanousd": 3 * 10**9 + 1, "question_ids": "[1, 3, 2]"}
    for number in range(3):
        book(database, AT + number * 86_000, 5 * 10**9 + 7, None, success=number % 2, **columns)
    bot.post(LEDGER, json=[call(1, questionIds=[3]), call(2, model="nobody-knows-it")])


def differing() -> list[str]:
    caught_up()
    return sorted({difference.part for difference in rebuild.check()})


def stored(database: LibsqlDatabase) -> list[Any]:
    return [
        database.fetch([Statement(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4, 5, 6, 7")], fresh=True)[0].rows
        for table in ("ai_cost_slots", "ai_generation_log")
    ] + database.fetch([Statement("SELECT * FROM ai_generation_questions ORDER BY 1, 2")], fresh=True)[0].rows


def test_every_part_has_damage() -> None:
    assert list(DAMAGE) == PARTS


@pytest.mark.only("file")
@pytest.mark.parametrize("part", DAMAGE)
def test_each_part_sees_its_damage_and_mends_it(ledger: None, database: LibsqlDatabase, part: str) -> None:
    assert differing() == []
    before = stored(database)
    for damage in DAMAGE[part]:
        database.batch([Statement(damage)])
        seen = differing()
        # The longer slots are summed up from the days.
        assert (damage, [name for name in seen if name != "longer" or part == "longer"]) == (damage, [part])
        changed = {mended.name for mended, count in rebuild.mend() if count}
        assert part in changed
        assert (damage, differing(), stored(database)) == (damage, [], before)


def test_pages_are_small_and_meet(ledger: None, database: LibsqlDatabase) -> None:
    """With one call in a page: every row is compared, and none twice."""
    small = [replace(part, size=1) for part in parts.PARTS]
    database.batch([Statement("UPDATE ai_cost_slots SET priced = priced + 1 WHERE seconds <= 86400")])
    ((count,),) = database.execute_sql("SELECT count(*) FROM ai_cost_slots WHERE seconds <= 86400").fetchall()
    caught_up()
    assert len(list(rebuild.check([part for part in small if part.name.startswith("by_")]))) == count
    list(rebuild.mend(small))
    assert differing() == []


def test_the_ledger_of_before_the_sums_is_counted_once(ledger: None, database: LibsqlDatabase) -> None:
    """As the backfill finds it: no call is counted, and no slot is there."""
    before = stored(database)
    steps = (
        "DELETE FROM ai_cost_slots",
        "DELETE FROM ai_generation_questions",
        "UPDATE ai_generation_log SET is_counted = 0",
    )
    database.batch([Statement(step) for step in steps])
    for _ in range(2):
        database.batch([Statement("UPDATE ai_generation_log SET is_counted = 1 WHERE is_counted = 0")])
        assert stored(database) == before
    database.batch([Statement(step) for step in steps])
    list(rebuild.mend())
    assert stored(database) == before


@pytest.mark.only("file")
def test_the_command_compares_then_mends(
    ledger: None, database: LibsqlDatabase, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, arguments)
        return result.exit_code, result.output

    monkeypatch.setenv("TURSO_DATABASE_URL", settings.url)
    assert command("--check") == (0, f"{', '.join(ALL)}: all agree\n")
    database.batch([Statement(f"UPDATE ai_cost_slots SET priced = 99 WHERE {row('total', 86_400)}")])
    code, told = command("--check", "--part", "by_total")
    assert (code, told.count("\n")) == (1, 2)
    assert "priced is 99, counted 1\n1 rows differ\n" in told
    assert command("--check", "--part", "questions") == (0, "questions: all agree\n")
    assert command("--part", "questions") == (0, "questions: 0 rows changed\n")
    assert "by_total: 1 rows changed\n" in command()[1]
    assert command("--check")[0] == 0
    assert command("--part", "nothing")[0] == 2


def test_a_check_changes_nothing(ledger: None, database: LibsqlDatabase, count_queries: Callable[[], Any]) -> None:
    database.batch([Statement("UPDATE ai_cost_slots SET priced = 99")])
    with count_queries() as statements:
        assert list(rebuild.check())
    assert {sql.split()[0] for sql in statements} == {"SELECT"}


@pytest.mark.only("file")
def test_a_page_costs_no_more_than_its_rows(bot: FlaskClient, database: LibsqlDatabase) -> None:
    """Of 10,000 quarters of an hour with a call, each was compared with all others, which took some seconds."""
    called = """
        WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10000)
        INSERT INTO ai_generation_log (purpose, model, created_at) SELECT 'draft', 'm', :at + n * 900 FROM n
    """
    wrong = "UPDATE ai_cost_slots SET generations = 9 WHERE dimension = 'total' AND seconds = 900 AND start = :at + 900"
    database.batch([Statement(called, {"at": AT}), Statement(wrong, {"at": AT})])
    started = time.process_time()
    (difference,) = rebuild.check([part for part in parts.PARTS if part.name == "by_total"])
    assert time.process_time() - started < 1
    assert (difference.key["start"], difference.stored["generations"]) == (AT + 900, 9)
    assert difference.counted["generations"] == 1

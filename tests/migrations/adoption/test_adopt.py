"""Whole databases of each kind, on a file and on a server: adopted and proven."""

import pytest

from migrations import adoption
from migrations.adoption import target
from migrations.tool.schema import definition
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.releases import streams
from shared_schema.tables import OWNERS
from tests.migrations import unchecked
from tests.migrations.adoption.conftest import KINDS, everything, kept, rows
from tests.migrations.adoption.legacy import NOON_S


@pytest.mark.parametrize("kind", KINDS)
def test_database_of_each_kind_is_adopted(make, kind, tmp_path):
    database = make(kind)
    counts = {table: rows(database, f"SELECT count(*) FROM {table}") for table in database.get_tables()}
    report = adoption.adopt(database)
    assert f"({KINDS[kind]} tables)" in report.made_by
    for table, count in counts.items():
        if not table.startswith(("sqlite_", "libsql_", "_litestream")):
            assert rows(database, f"SELECT count(*) FROM {table}") == count
    assert rows(database, "PRAGMA foreign_key_check") == []
    assert all(table.after == table.before and table.set_aside == 0 for table in report.tables)
    unchecked.up(database)
    declared = LibsqlDatabase(f"file:{tmp_path}/declared.db")
    for owner in streams.NEEDS:
        names = [model._meta.table_name for model in OWNERS[owner]]
        assert definition.read(database, names) == definition.of_models(declared, owner)
        assert streams.pending(database, [owner]) == {owner: []}
    declared.close()


def test_history_says_what_a_first_deploy_would_have_said(make, tmp_path):
    database = make("typescript")
    adoption.adopt(database)
    fresh = LibsqlDatabase(f"file:{tmp_path}/fresh.db")
    unchecked.up(fresh)
    for stream in streams.NEEDS:
        first, wanted = streams.history(database, stream)[0], streams.history(fresh, stream)[0]
        assert (first.name, first.phase, first.checksum) == (wanted.name, wanted.phase, wanted.checksum)
    fresh.close()


def test_answers_keep_their_meaning(make):
    database = make("typescript")
    adoption.adopt(database)
    answers = rows(
        database, "SELECT id, answered_at, is_correct, score, confidence_level, flagged FROM user_answers ORDER BY id"
    )
    assert answers == [
        (1, NOON_S, 1, 1.0, None, 0),
        (2, NOON_S + 60, 0, 0.0, 3, 0),
        (3, NOON_S + 120, 1, 1.0, 3, 0),
        (4, NOON_S + 180, 0, 0.0, 3, 0),
        (5, NOON_S + 240, 0, 0.0, 3, 0),
        (6, NOON_S + 300, 1, 1.0, 3, 0),
    ]
    assert kept(database, "user_answers", "answered_at") == [
        (4, "answered_at", "time-iso", "2025-01-31T13:03:00.25+01:00"),
        (6, "answered_at", "time-real", NOON_S + 300.5),
    ]


def test_what_follows_from_the_rows_is_computed(make):
    database = make("typescript")
    database.execute_sql("UPDATE questions SET is_active = 'false' WHERE id = 3")
    adoption.adopt(database)
    assert rows(database, "SELECT questions_available FROM exams") == [(2,)]
    assert rows(database, "SELECT question_ids FROM study_sessions") == [("[1,2]",)]
    # Two attempts were counted and three answers are there: the average goes on from what was counted.
    assert rows(database, "SELECT total_time_seconds FROM questions") == [(30,)] * 4
    # Six were counted and six are there, 75 seconds in one minute.
    assert rows(database, "SELECT total_study_seconds FROM user_progress") == [(75,)]


def test_sum_of_a_question_is_that_of_its_answers_where_all_are_there(make):
    database = make("typescript")
    database.execute_sql("UPDATE questions SET total_attempts = 3 WHERE id = 1")
    database.execute_sql("UPDATE user_progress SET total_study_minutes = 700")
    adoption.adopt(database)
    assert rows(database, "SELECT total_time_seconds FROM questions ORDER BY id") == [(36,), (30,), (30,), (30,)]
    assert rows(database, "SELECT total_study_seconds FROM user_progress") == [(42_000,)]


def test_money_is_whole_micro_dollars(make):
    database = make("typescript")
    adoption.adopt(database)
    assert rows(database, "SELECT ai_cost_microusd FROM growth_metrics ORDER BY id") == [(100_000,), (1_000_001,)]
    assert rows(database, "SELECT cost_microusd, cost_cents FROM ai_generation_log") == [(1_230, 0.123)]
    query = "SELECT ai_cost_microusd, updated_at, opportunity_type FROM engagement_opportunities ORDER BY id"
    assert rows(database, query) == [(12_346, NOON_S, "reply"), (None, NOON_S, "quote")]


def test_nothing_is_left_of_the_tool_but_what_it_keeps(make):
    database = make("typescript")
    adoption.adopt(database)
    names = {name for name in database.get_tables() if not name.startswith(("sqlite_", "libsql_", "_litestream"))}
    histories = {streams.history_table(stream) for stream in streams.NEEDS}
    assert names == target.read().keys() | histories | {"migration_adopted_values", "migration_adopted_rows"}


def test_examination_changes_nothing_and_agrees_with_the_adoption(make):
    database = make("typescript")
    before = everything(database)
    seen = adoption.examine(database)
    assert everything(database) == before
    done = adoption.adopt(database)
    for saw, did in zip(seen.tables, done.tables, strict=True):
        assert [rule for rule in did.rules if rule.rule != "renumber"] == saw.rules
    assert "idx_users_0" in done.tables[0].indexes_removed
    assert any("users: 2 -> 2 rows" in line for line in done.lines())
    assert done.json()["tables"][0]["name"] == "users"


def test_progress_is_told(make):
    database, told = make("typescript"), []
    adoption.adopt(database, progress=lambda *step: told.append(step))
    assert ("copying user_answers", 6, 6) in told
    assert {step.partition(" ")[0] for step, _, _ in told} == {"looking", "copying", "indexes", "proving"}
    assert database.fetch([Statement("SELECT count(*) AS n FROM users")])[0].one(dict)["n"] == 2

"""Nothing holds the write lock for long."""

import pytest

from migrations.tool.lint import errors, locks
from tests.migrations.tool.lint.conftest import EXAMS

UPDATE = "UPDATE exams SET name = code"
MANY = 1_000_000


@pytest.mark.parametrize(
    "sql",
    [
        UPDATE,
        f"-- why\n{UPDATE}",
        f"{UPDATE} WHERE name IS NULL",
        "DELETE FROM exams",
        "DELETE FROM exams WHERE score < 0.1",
    ],
)
def test_change_of_a_whole_table_belongs_outside_the_transaction(sql, story):
    story.study(sql, ALLOW={"data-loss": "why"})
    (finding,) = [finding for finding in story.findings() if finding.rule == "long-lock"]
    assert finding.severity == "warning"
    assert "all rows" in finding.message


def test_update_names_the_backfill_to_write(story):
    story.study(UPDATE)
    assert 'BACKFILLS = [{"table": "exams"' in story.messages("long-lock")[0]


def test_it_is_an_error_where_the_table_is_known_to_be_large(story):
    story.study(UPDATE)
    assert errors(story.findings()) == []
    (finding,) = errors(story.findings(sizes={"exams": MANY}))
    assert "all 1,000,000 rows" in finding.message
    assert story.findings(sizes={"exams": 12}) == []


@pytest.mark.parametrize(
    "sql", [f"{UPDATE} WHERE id = 7", f"{UPDATE} WHERE code = 'a'", "INSERT INTO exams (code) VALUES ('x')"]
)
def test_change_of_rows_found_by_a_key_is_short(sql, story):
    story.study(sql)
    assert story.findings() == []


def test_backfill_is_the_way(story):
    story.study(
        "ALTER TABLE exams ADD COLUMN title TEXT",
        BACKFILLS=[{"table": "exams", "set": "title = name", "where": "title IS NULL"}],
    )
    assert story.findings(sizes={"exams": MANY}, on_server=True) == []


def test_table_of_the_migrations_own_is_nobodys_concern(story):
    story.study("CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1)", "UPDATE t SET n = 2")
    assert story.findings(sizes={"exams": MANY}) == []


@pytest.mark.parametrize(("on_server", "bounds"), [(False, locks.IN_FILE), (True, locks.ON_SERVER)])
def test_index_and_rebuild_are_bounded_by_rows(on_server, bounds, story):
    story.study('CREATE INDEX "exams_name" ON "exams" ("name")')
    assert story.rules(sizes={"exams": bounds.index}, on_server=on_server) == []
    assert story.rules(sizes={"exams": bounds.index + 1}, on_server=on_server) == ["long-lock"]

    story.study(
        EXAMS[0].replace('"exams"', '"new_exams"', 1),
        'INSERT INTO "new_exams" SELECT * FROM "exams"',
        'DROP TABLE "exams"',
        'ALTER TABLE "new_exams" RENAME TO "exams"',
        EXAMS[1],
        'CREATE INDEX "exams_name" ON "exams" ("name")',
    )
    assert story.rules(sizes={"exams": bounds.rebuild}, on_server=on_server) == []
    assert story.rules(sizes={"exams": bounds.rebuild + 1}, on_server=on_server) == ["long-lock"]

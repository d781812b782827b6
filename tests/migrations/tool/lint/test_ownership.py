"""Streams keep to their own tables, and nothing is taken away that somebody's code still reads."""

import pytest

from migrations.tool.lint import reads

FINE = {"PHASE": "contract", "ALLOW": {"data-loss": "nobody looks at it"}}


@pytest.mark.parametrize(
    "sql",
    [
        'ALTER TABLE "exams" ADD COLUMN "vendor" TEXT',
        'CREATE INDEX "mine" ON "exams" ("name")',
        'DROP INDEX "exams_code"',
        "CREATE TRIGGER mine AFTER INSERT ON exams BEGIN SELECT 1; END",
        "UPDATE exams SET name = 'x' WHERE id = 1",
        "INSERT INTO exams (id, code) VALUES (7, 'x')",
        "WITH one AS (SELECT 1 AS n) DELETE FROM exams WHERE id IN (SELECT n FROM one)",
    ],
)
def test_change_of_another_streams_table_is_found(sql, story):
    story.growth(sql)
    (message,) = story.messages("other-owner")
    assert "belongs to the stream study" in message


def test_change_of_ones_own_table_is_fine(story):
    story.growth('ALTER TABLE "tweets" ADD COLUMN "lang" TEXT', 'CREATE INDEX "tweets_lang" ON "tweets" ("lang")')
    assert story.findings() == []


def test_reading_another_streams_table_is_fine(story):
    story.growth('CREATE TABLE "codes" ("code" TEXT)', 'INSERT INTO "codes" SELECT "code" FROM "exams"')
    assert story.findings() == []


def test_table_without_a_model_belongs_to_the_stream_that_made_it(story):
    story.study('CREATE TABLE "old_news" ("n" INTEGER)')
    story.growth('DROP TABLE "old_news"', **FINE)
    assert "other-owner" in story.rules()


@pytest.mark.parametrize(
    "sql",
    ["DELETE FROM migrations_study", "ALTER TABLE migrations_study ADD COLUMN n ANY", "DROP TABLE migrations_growth"],
)
def test_tables_of_the_tool_are_left_alone(sql, story):
    story.growth(sql, **FINE)
    assert any("the migration tool's own" in message for message in story.messages("other-owner"))


def test_reference_to_a_stream_that_may_not_be_there_is_found(story):
    story.study('CREATE TABLE "quotes" ("tweet_id" TEXT REFERENCES "tweets" ("id"))')
    (message,) = story.messages("other-owner")
    assert '"quotes"."tweet_id" refers to "tweets" of the stream growth' in message


def test_reference_to_a_stream_that_is_needed_is_fine(story):
    story.growth('CREATE TABLE "quotes" ("exam_id" INTEGER REFERENCES "exams" ("id"))')
    assert story.findings() == []


def test_column_that_the_other_service_reads_is_not_dropped(story):
    story.code("growth", 'SQL = "SELECT name FROM exams WHERE id = ?"')
    story.study('ALTER TABLE "exams" DROP COLUMN "name"', **FINE)
    (finding,) = [finding for finding in story.findings() if finding.allowed is None]
    assert (finding.rule, finding.severity) == ("still-read", "error")
    assert finding.message.startswith("the growth service, which deploys on another day, still reads")
    assert '"exams"."name" at growth_code/module.py:1' in finding.message
    assert finding.statement == 'ALTER TABLE "exams" DROP COLUMN "name"'


def test_column_that_the_own_service_reads_is_not_dropped_either(story):
    story.code("study", 'SQL = "SELECT name FROM exams WHERE id = ?"')
    story.study('ALTER TABLE "exams" DROP COLUMN "name"', **FINE)
    assert story.messages("still-read")[0].startswith("the study service itself still reads")


def test_column_that_nobody_reads_is_dropped(story):
    story.code("growth", 'SQL = "SELECT code FROM exams WHERE id = ?"')
    story.study('ALTER TABLE "exams" DROP COLUMN "name"', **FINE)
    assert {finding.rule for finding in story.findings() if finding.allowed is None} == set()


def test_code_is_only_read_where_a_migration_takes_something_away(story, monkeypatch):
    """Reading it takes longer than everything else that `up` looks at."""
    scanned = []
    scan = reads.scan
    monkeypatch.setattr(reads, "scan", lambda files: scanned.append(files) or scan(files))
    story.study('ALTER TABLE "exams" ADD COLUMN "level" INTEGER')
    assert story.findings() == []
    assert scanned == []
    story.study('ALTER TABLE "exams" DROP COLUMN "name"', **FINE)
    story.findings()
    assert len(scanned) == len(reads.PACKAGES)


def test_renaming_a_column_that_is_read_is_found(story):
    story.code("growth", 'SQL = "SELECT name FROM exams WHERE id = ?"')
    story.study('ALTER TABLE "exams" RENAME COLUMN "name" TO "title"', **FINE)
    assert "still-read" in story.rules()


def test_column_that_goes_in_a_rebuild_is_found(story):
    story.code("growth", 'SQL = "SELECT name FROM exams WHERE id = ?"')
    story.study(
        'CREATE TABLE "new_exams" ("id" INTEGER NOT NULL PRIMARY KEY, "code" TEXT NOT NULL) STRICT',
        'INSERT INTO "new_exams" SELECT "id", "code" FROM "exams"',
        'DROP TABLE "exams"',
        'ALTER TABLE "new_exams" RENAME TO "exams"',
        **FINE,
    )
    assert len(story.messages("still-read")) == 1


@pytest.mark.parametrize("sql", ['DROP TABLE "tweets"', 'ALTER TABLE "tweets" RENAME TO "posts"'])
def test_table_that_is_read_neither_goes_nor_changes_its_name(sql, story):
    story.code("study", 'SQL = "SELECT count(*) FROM tweets"')
    story.growth(sql, **FINE)
    assert '"tweets" at study_code/module.py:1' in story.messages("still-read")[0]


def test_column_that_comes_back_later_is_not_missed(story):
    story.code("growth", 'SQL = "SELECT name FROM exams WHERE id = ?"')
    story.study(
        'ALTER TABLE "exams" DROP COLUMN "name"', 'ALTER TABLE "exams" ADD COLUMN "name" TEXT DEFAULT \'-\'', **FINE
    )
    assert "still-read" not in story.rules()


def test_backfill_of_another_streams_table_is_found(story):
    story.growth(BACKFILLS=[{"table": "exams", "set": "name = code"}])
    assert story.rules() == ["other-owner"]
    assert '"exams" belongs to the stream study' in story.messages("other-owner")[0]
    story.study(BACKFILLS=[{"table": "exams", "set": "name = code"}])
    assert story.findings() == []

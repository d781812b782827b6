"""Rebuilds: children keep their parent, new columns get a value, indexes come back."""

import pytest

from tests.migrations.tool.lint.conftest import EXAMS

NEW_EXAMS = EXAMS[0].replace('"exams"', '"new_exams"', 1)
COPY = 'INSERT INTO "new_exams" ("id", "code", "name", "score") SELECT "id", "code", "name", "score" FROM "exams"'
SWAP = ('DROP TABLE "exams"', 'ALTER TABLE "new_exams" RENAME TO "exams"')


def test_rebuild_by_the_recipe_is_fine(story):
    story.study(NEW_EXAMS, COPY, *SWAP, EXAMS[1])
    assert story.findings() == []


def test_rebuild_that_copies_everything_at_once_is_fine(story):
    story.study(NEW_EXAMS, 'INSERT INTO "new_exams" SELECT * FROM "exams"', *SWAP, EXAMS[1])
    assert story.findings() == []


def test_migration_that_switches_foreign_keys_on_is_told_to_leave_it(story):
    story.study("PRAGMA foreign_keys = on", NEW_EXAMS, COPY, *SWAP, EXAMS[1])
    assert "deletes every child row" in story.messages("rebuild-cascade")[0]
    assert story.rules() == ["rebuild-cascade"]


def test_renaming_the_old_table_away_takes_the_children_along(story):
    story.study(
        'ALTER TABLE "exams" RENAME TO "old_exams"',
        EXAMS[0],
        'INSERT INTO "exams" SELECT * FROM "old_exams"',
        'DROP TABLE "old_exams"',
        EXAMS[1],
    )
    messages = story.messages("rebuild-cascade")
    assert messages[0].startswith('"questions"."exam_id" would follow the old table to "old_exams"')
    assert 'ALTER TABLE "new_exams" RENAME TO "exams"' in messages[0]
    assert messages[1].startswith('"tweets"."exam_id"')


def test_renaming_a_parent_is_no_cascade(story):
    story.study('ALTER TABLE "exams" RENAME TO "tests"', PHASE="contract")
    assert "rebuild-cascade" not in story.rules()


def test_dropping_a_parent_without_its_children_is_found(story):
    story.study('DROP TABLE "exams"', PHASE="contract", ALLOW={"data-loss": "nobody knows them"})
    assert any('"exams", which is dropped and not put back' in text for text in story.messages("rebuild-cascade"))


def test_index_that_is_lost_in_a_rebuild_is_named(story):
    story.study(NEW_EXAMS, COPY, *SWAP)
    (finding,) = story.findings()
    assert (finding.rule, finding.severity) == ("rebuild-loses", "warning")
    assert '"exams_code"' in finding.message


def test_index_of_a_column_that_goes_is_not_missed(story):
    story.study('CREATE INDEX "exams_name" ON "exams" ("name")')
    story.study(
        NEW_EXAMS.replace('"name" TEXT,', ""),
        COPY.replace('"name", ', ""),
        *SWAP,
        EXAMS[1],
        PHASE="contract",
        ALLOW={"data-loss": "nobody reads it"},
    )
    assert "rebuild-loses" not in story.rules()


def test_trigger_that_is_lost_in_a_rebuild_is_an_error(story):
    story.study("CREATE TRIGGER no_more BEFORE DELETE ON exams BEGIN SELECT raise(ABORT, 'no'); END")
    story.study(NEW_EXAMS, COPY, *SWAP, EXAMS[1])
    assert [(finding.rule, finding.severity) for finding in story.findings()] == [("rebuild-loses", "error")]


def test_index_that_is_dropped_by_name_is_not_missed(story):
    story.study('DROP INDEX "exams_code"', NEW_EXAMS, COPY, *SWAP)
    assert story.findings() == []


def test_not_null_without_default_is_refused_with_the_recipe(story):
    story.study('ALTER TABLE "exams" ADD COLUMN "vendor" TEXT NOT NULL')
    assert "not-null" in story.rules()
    assert "refused" not in story.rules()
    assert 'ALTER TABLE "exams" ADD COLUMN "vendor" TEXT NOT NULL DEFAULT' in story.messages("not-null")[0]


@pytest.mark.parametrize("column", ["\"vendor\" TEXT NOT NULL DEFAULT 'none'", '"vendor" TEXT'])
def test_not_null_with_a_default_and_a_nullable_column_are_fine(column, story):
    backfills = [{"table": "exams", "set": "vendor = 'none'", "where": "vendor IS NULL"}]
    story.study(f'ALTER TABLE "exams" ADD COLUMN {column}', BACKFILLS=backfills)
    assert story.findings() == []


VENDOR = NEW_EXAMS.replace('"name" TEXT', '"name" TEXT, "vendor" TEXT NOT NULL')


def test_new_not_null_column_that_the_copy_leaves_out_is_found(story):
    story.study(VENDOR, COPY, *SWAP, EXAMS[1], PHASE="contract")
    (message,) = story.messages("not-null")
    assert '"vendor" no value' in message


def test_new_not_null_column_with_an_expression_is_fine(story):
    copy = COPY.replace('"score")', '"score", "vendor")').replace("FROM", ", 'none' AS vendor FROM")
    story.study(VENDOR, copy, *SWAP, EXAMS[1], PHASE="contract")
    assert story.findings() == []


NOT_NULL = NEW_EXAMS.replace('"name" TEXT', '"name" TEXT NOT NULL')


@pytest.mark.parametrize("copy", [COPY, 'INSERT INTO "new_exams" SELECT * FROM "exams"'])
def test_nullable_column_copied_into_not_null_is_found(copy, story):
    story.study(NOT_NULL, copy, *SWAP, EXAMS[1], PHASE="contract")
    (message,) = story.messages("not-null")
    assert 'copy coalesce("name", …)' in message


def test_nullable_column_that_is_filled_while_it_is_copied_is_fine(story):
    copy = COPY.replace('SELECT "id", "code", "name"', 'SELECT "id", "code", coalesce("name", "code")')
    story.study(NOT_NULL, copy, *SWAP, EXAMS[1], PHASE="contract")
    assert story.findings() == []


def test_engines_own_alter_column_does_not_look_at_the_rows(story):
    """libSQL has ALTER COLUMN … TO, and lets NULLs stay in a column that is NOT NULL from now on."""
    story.study('ALTER TABLE "exams" ALTER COLUMN "name" TO "name" TEXT NOT NULL', PHASE="contract")
    assert "does not look at, and so keeps," in story.messages("not-null")[0]
    assert 'CREATE TABLE "new_exams"' in story.messages("alter-column")[0]


@pytest.mark.parametrize("definition", ["INTEGER", "TEXT CHECK (name <> '')", 'TEXT REFERENCES "exams" ("id")'])
def test_no_column_is_altered_in_place(definition, story):
    story.study(f"ALTER TABLE exams ALTER COLUMN name TO name {definition}", PHASE="contract")
    assert "alter-column" in story.rules()

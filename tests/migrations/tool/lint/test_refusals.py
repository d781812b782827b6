"""What the engine refuses on tables with rows is refused in rehearsal, with what to say instead."""

import pytest

from migrations.tool import rehearsal

REFUSED = {
    'ALTER TABLE "exams" ADD COLUMN "seen" INTEGER DEFAULT (unixepoch())': 'Add "seen" without a default',
    "/* when */ ALTER TABLE exams /* it */ ADD COLUMN seen ANY DEFAULT (unixepoch())": 'Add "seen" without a default',
    'ALTER TABLE "exams" ADD COLUMN "seen" TEXT DEFAULT CURRENT_TIMESTAMP': 'Add "seen" without a default',
    'ALTER TABLE "exams" ADD COLUMN "slug" TEXT UNIQUE': 'CREATE UNIQUE INDEX "exams_slug" ON "exams" ("slug")',
    'ALTER TABLE "exams" ADD COLUMN "key" INTEGER PRIMARY KEY': 'CREATE TABLE "new_exams"',
    'ALTER TABLE "exams" ADD COLUMN "half" REAL AS (score / 2) STORED': "Say VIRTUAL",
    'ALTER TABLE "exams" ADD COLUMN "flag" INTEGER DEFAULT 7 CHECK (flag < 2)': "breaks the column's own CHECK",
    'ALTER TABLE "exams" DROP COLUMN "id"': 'DROP TABLE "exams", RENAME TO "exams"',
    'ALTER TABLE "exams" DROP COLUMN "code"': "Drop the named one first",
    'ALTER TABLE "exams" MODIFY COLUMN "code" INTEGER': 'CREATE TABLE "new_exams"',
    'ALTER TABLE "exams" ADD CONSTRAINT "c" CHECK (score > 0)': 'CREATE TABLE "new_exams"',
    "CREATE TABLE t (at INTEGER DEFAULT unixepoch())": "DEFAULT (unixepoch())",
    "CREATE TABLE t (code VARCHAR(20)) STRICT": "INTEGER, REAL, TEXT, BLOB and ANY",
    "CREATE INDEX i ON exams (code) WHERE id IN (SELECT exam_id FROM questions)": "may look at its own row alone",
    "CREATE INDEX i ON exams (random())": "into a column",
    "CREATE INDEX i ON exams (code) WHERE score < CURRENT_TIMESTAMP": "into a column",
    "CREATE INDEX exams_code ON exams (code)": "choose another name",
    "CREATE INDEX i ON exams (vendor)": "order of the migrations",
    "SELECT 1; DROP TABLE exams": "One statement for each migrator.sql",
}


@pytest.mark.parametrize("sql", REFUSED)
def test_refused_statement_is_found_with_its_recipe(sql, story):
    story.study(sql)
    assert len(story.messages("refused")) == 1
    (finding,) = [finding for finding in story.findings() if finding.rule == "refused"]
    assert finding.statement == sql
    assert REFUSED[sql] in finding.message


@pytest.mark.parametrize(
    "recipe",
    [
        ['ALTER TABLE "exams" ADD COLUMN "seen" INTEGER'],
        ['ALTER TABLE "exams" ADD COLUMN "slug" TEXT', 'CREATE UNIQUE INDEX "exams_slug" ON "exams" ("slug")'],
        ['ALTER TABLE "exams" ADD COLUMN "half" REAL AS (score / 2) VIRTUAL'],
        ['ALTER TABLE "exams" ADD COLUMN "flag" INTEGER DEFAULT 1 CHECK (flag < 2)'],
        ["CREATE TABLE t (at INTEGER DEFAULT (unixepoch()))"],
        ["CREATE INDEX i ON exams (code) WHERE score > 0.5"],
    ],
)
def test_recipes_are_not_refused(recipe, story):
    story.study(*recipe)
    assert story.findings() == []


def test_made_up_rows_refuse_nothing_that_real_ones_allow(story):
    """A CHECK that no sample row passes, and a column after it: only rows of our own making would stand in the way."""
    story.study("CREATE TABLE odd (word TEXT NOT NULL CHECK (word GLOB 'a*z' AND length(word) > 4))")
    story.study("ALTER TABLE odd ADD COLUMN n INTEGER NOT NULL DEFAULT 1 CHECK (n > 0)")
    assert story.findings() == []


def test_check_that_the_sample_row_breaks_in_a_rebuild_is_not_held_against_it(story):
    story.study(
        "CREATE TABLE new_questions AS SELECT * FROM questions WHERE 0",
        "CREATE TABLE long (text TEXT CHECK (length(text) > 20))",
        "INSERT INTO long SELECT text FROM questions",
    )
    assert story.findings() == []


def test_default_that_is_a_reference_is_found(story):
    story.growth('ALTER TABLE "tweets" ADD COLUMN "main_exam_id" INTEGER DEFAULT 1 REFERENCES "exams" ("id")')
    assert 'every row of "tweets" would refer to the "exams" 1' in story.messages("refused")[0]
    story.growth('ALTER TABLE "tweets" ADD COLUMN "other_exam_id" INTEGER REFERENCES "exams" ("id")')
    assert story.findings() == []


def test_migration_that_fails_in_python_is_found(story):
    story.study(code="\n    1 / 0")
    assert story.messages("refused") == ["it fails: ZeroDivisionError: division by zero"]


def test_rehearsal_stops_after_the_migration_that_fails(story):
    story.study("CREATE INDEX i ON nowhere (n)")
    story.study("CREATE TABLE later (n INTEGER)")
    rehearsed = rehearsal.rehearse(None, rehearsal.everything())
    assert [str(result.migration) for result in rehearsed] == ["study/001_chapter", "study/002_chapter"]
    assert rehearsed[-1].after == rehearsed[-1].before

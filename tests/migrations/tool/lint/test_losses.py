"""What cannot be undone needs a reason; a rollback leads back to the schema from before."""

import pytest

from tests.migrations.tool.lint.conftest import EXAMS

NEW_EXAMS = EXAMS[0].replace('"exams"', '"new_exams"', 1)
SWAP = ('DROP TABLE "exams"', 'ALTER TABLE "new_exams" RENAME TO "exams"', EXAMS[1])

LOSSES = {
    "table": (['DROP TABLE "questions"'], 'the rows of "questions" are gone with it'),
    "column": (['ALTER TABLE "exams" DROP COLUMN "name"'], 'the values of "exams"."name" are gone'),
    "some rows": (["DELETE FROM questions WHERE id = 1"], 'rows of "questions" are deleted'),
    "rows in the way": (["INSERT OR REPLACE INTO exams (id, code) VALUES (1, 'x')"], 'rows of "exams" are deleted'),
    "dropped and made anew": (['DROP TABLE "exams"', *EXAMS], 'the rows of "exams" are gone with it'),
    "not copied": (
        [NEW_EXAMS, 'INSERT INTO "new_exams" ("id", "code") SELECT "id", "code" FROM "exams"', *SWAP],
        'the values of "exams"."name" are gone with the column or not copied',
    ),
    "left out": (
        [
            NEW_EXAMS.replace('"name" TEXT,', ""),
            'INSERT INTO "new_exams" SELECT "id", "code", "score" FROM "exams"',
            *SWAP,
        ],
        'the values of "exams"."name" are gone with the column',
    ),
    "bent": (
        [NEW_EXAMS.replace('"name" TEXT', '"name" INTEGER'), 'INSERT INTO "new_exams" SELECT * FROM "exams"', *SWAP],
        '"exams"."name" turns from TEXT to INTEGER',
    ),
    "part of the rows": (
        [NEW_EXAMS, 'INSERT INTO "new_exams" SELECT * FROM "exams" WHERE "score" > 0.5', *SWAP],
        'may leave rows of "exams" out',
    ),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_loss_is_found(loss, story):
    statements, message = LOSSES[loss]
    story.study(*statements, PHASE="contract")
    assert any(message in text for text in story.messages("data-loss"))


@pytest.mark.parametrize("loss", LOSSES)
def test_loss_that_is_allowed_is_found_with_its_reason(loss, story):
    story.study(*LOSSES[loss][0], PHASE="contract", ALLOW={"data-loss": "asked for by legal"})
    findings = [finding for finding in story.findings() if finding.rule == "data-loss"]
    assert findings
    assert {finding.allowed for finding in findings} == {"asked for by legal"}


def test_renamed_column_in_a_rebuild_is_no_loss(story):
    story.study(
        NEW_EXAMS.replace('"name"', '"title"'),
        'INSERT INTO "new_exams" ("id", "code", "title", "score") SELECT id, e."code", e."name", score FROM "exams" e',
        *SWAP,
        PHASE="contract",
    )
    assert story.findings() == []


def test_rows_of_a_table_of_ones_own_come_and_go(story):
    story.study("CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1)", "DELETE FROM t", "DROP TABLE t")
    assert story.findings() == []


def test_reason_for_a_rule_that_does_not_exist_is_pointed_out(story):
    story.study(ALLOW={"data-lost": "why"})
    (finding,) = story.findings()
    assert (finding.rule, finding.allowed) == ("data-lost", None)
    assert "data-loss" in finding.message


def test_no_rollback_and_no_reason_is_found(story):
    story.study("CREATE TABLE t (n INTEGER)", NO_WAY_BACK=None)
    assert story.messages("no-way-back") == ['write rollback(…), or say why there is none: NO_WAY_BACK = "why".']


def test_a_rollback_beside_a_reason_for_none_is_found(story):
    story.study("CREATE TABLE t (n INTEGER)", back=["DROP TABLE t"], NO_WAY_BACK="why")
    assert "leave one of them out" in story.messages("no-way-back")[0]


@pytest.mark.parametrize(
    ("up", "back"),
    [
        (["CREATE TABLE t (n INTEGER)"], ["DROP TABLE t"]),
        (['ALTER TABLE "exams" ADD COLUMN "vendor" TEXT'], ['ALTER TABLE "exams" DROP COLUMN "vendor"']),
        (["ALTER TABLE exams ADD COLUMN vendor TEXT"], ["ALTER TABLE exams DROP COLUMN vendor"]),
        (["CREATE INDEX i ON exams (name)"], ["DROP INDEX i"]),
    ],
)
def test_rollback_that_leads_back_is_fine(up, back, story):
    story.study(*up, back=back)
    assert story.findings() == []


def test_quotes_that_a_rename_leaves_behind_are_no_difference(story):
    story.study("CREATE TABLE t (n INTEGER)", back=["DROP TABLE t"])
    story.study("ALTER TABLE t RENAME TO u", back=["ALTER TABLE u RENAME TO t"], PHASE="contract")
    assert story.findings() == []


def test_rollback_that_forgets_something_is_found(story):
    story.study("CREATE TABLE t (n INTEGER)", "CREATE INDEX i ON exams (name)", back=["DROP TABLE t"])
    assert story.messages("no-way-back")[0].startswith('its rollback does not lead back: "i" would differ')


def test_rollback_that_fails_is_found(story):
    story.study("CREATE TABLE t (n INTEGER)", back=["DROP TABLE u"])
    assert story.messages("no-way-back") == ["its rollback fails: no such table: u"]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM exams WHERE id = 1",
        "WITH old AS (SELECT id FROM exams) DELETE FROM exams WHERE id IN (SELECT id FROM old)",
        "REPLACE INTO exams (id, code) VALUES (1, 'N10')",
        "INSERT OR REPLACE INTO exams (id, code) VALUES (1, 'N10')",
        "WITH new AS (SELECT 1 AS id) INSERT OR REPLACE INTO exams (id, code) SELECT id, 'N10' FROM new",
        "WITH new AS (SELECT 1 AS id) REPLACE INTO exams (id, code) SELECT id, 'N10' FROM new",
        "UPDATE OR REPLACE exams SET code = 'N10' WHERE id = 1",
    ],
)
def test_statement_that_deletes_rows_is_a_loss_however_it_is_written(sql, story):
    story.study(sql)
    assert story.messages("data-loss") == [
        'rows of "exams" are deleted. If it shall go, say so: ALLOW = {"data-loss": "why nobody misses it"}.'
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE exams SET name = replace(name, 'a', 'b') WHERE id = 1",
        "WITH old AS (SELECT id FROM exams) UPDATE exams SET name = 'DELETE' WHERE id IN (SELECT id FROM old)",
        "INSERT OR IGNORE INTO exams (id, code) VALUES (1, 'N10')",
    ],
)
def test_statement_that_deletes_no_row_is_no_loss(sql, story):
    story.study(sql)
    assert story.messages("data-loss") == []

"""Expand in this release, contract in the next: what older code cannot live with has to say that it is a contract."""

import pytest

from tests.migrations.tool.lint.conftest import EXAMS

ALLOW = {"data-loss": "nobody looks at it", "not-null": "filled before"}


def rebuilt(was, becomes):
    new = EXAMS[0].replace('"exams"', '"new_exams"', 1).replace(was, becomes)
    assert becomes in new
    columns = '"id", "code", "name", "score"'
    return (
        new,
        f'INSERT INTO "new_exams" ({columns}) SELECT {columns} FROM "exams"',
        'DROP TABLE "exams"',
        'ALTER TABLE "new_exams" RENAME TO "exams"',
        EXAMS[1],
    )


NARROWER = {
    "table dropped": (('DROP TABLE "questions"',), 'uses "questions": stop using it in this release'),
    "table renamed": (('ALTER TABLE "questions" RENAME TO "items"',), 'CREATE TABLE "items", write both'),
    "column dropped": (('ALTER TABLE "exams" DROP COLUMN "name"',), 'reads or writes "exams"."name"'),
    "column renamed": (('ALTER TABLE "exams" RENAME COLUMN "name" TO "title"',), 'ADD COLUMN "title", write both'),
    "turned not null": (rebuilt('"name" TEXT', '"name" TEXT NOT NULL'), 'may write NULL into "exams"."name"'),
    "default gone": (rebuilt("DEFAULT 0.5", ""), 'relies on the default of "exams"."score"'),
    "new check": (rebuilt('"name" TEXT', "\"name\" TEXT CHECK (name <> '')"), "that break CHECK (name <> '')"),
    "narrower check": (rebuilt("0 AND 1", "0.1 AND 0.9"), "CHECK (score BETWEEN 0.1 AND 0.9)"),
    "unique index": (('CREATE UNIQUE INDEX "u" ON "exams" ("name")',), 'may write equal rows of "name"'),
    "unique column": (rebuilt('"name" TEXT', '"name" TEXT UNIQUE'), 'may write equal rows of "name"'),
    "other type": (rebuilt('"name" TEXT', '"name" INTEGER'), 'writes TEXT into "exams"."name", which becomes INTEGER'),
    "reference": (
        rebuilt('"name" TEXT', '"name" TEXT REFERENCES "questions" ("id")'),
        'may write a "exams"."name" that "questions" does not have',
    ),
    "column it does not know": (
        rebuilt('"name" TEXT', '"name" TEXT, "vendor" TEXT NOT NULL'),
        'inserts into "exams" without "vendor"',
    ),
}


@pytest.mark.parametrize("change", NARROWER)
def test_what_older_code_cannot_live_with_is_a_contract(change, story):
    statements, message = NARROWER[change]
    story.study(*statements, ALLOW=ALLOW)
    (finding,) = [text for text in story.messages("contract") if message in text]
    assert 'PHASE = "contract" in the release after' in finding


@pytest.mark.parametrize("change", NARROWER)
def test_a_contract_may_do_so(change, story):
    story.study(*NARROWER[change][0], ALLOW=ALLOW, PHASE="contract")
    assert "contract" not in story.rules()


WIDER = {
    "nullable column": ('ALTER TABLE "exams" ADD COLUMN "vendor" TEXT',),
    "column with default": (
        "ALTER TABLE \"exams\" ADD COLUMN \"vendor\" TEXT NOT NULL DEFAULT 'x' CHECK (vendor <> '')",
    ),
    "table": ('CREATE TABLE "vendors" ("id" INTEGER PRIMARY KEY, "name" TEXT NOT NULL UNIQUE CHECK (name <> \'\'))',),
    "index": ('CREATE INDEX "exams_name" ON "exams" ("name")',),
    "unique key of a new nullable column": (
        'ALTER TABLE "exams" ADD COLUMN "slug" TEXT',
        'CREATE UNIQUE INDEX "exams_slug" ON "exams" ("slug")',
    ),
    "nullable again": rebuilt('"code" TEXT NOT NULL', '"code" TEXT'),
    "check gone": rebuilt("CHECK (score BETWEEN 0 AND 1)", ""),
    "unique key gone": ('DROP INDEX "exams_code"',),
}


@pytest.mark.parametrize("change", WIDER)
def test_what_older_code_does_not_notice_is_an_expansion(change, story):
    story.study(*WIDER[change])
    assert story.findings() == []

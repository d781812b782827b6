"""Virtual tables: rows that go with them, indexes that do not know their rows, tables that are the engine's own."""

import pytest

from migrations.tool.lint import errors, locks
from tests.migrations.tool.lint.conftest import EXAMS

SEARCH = """CREATE VIRTUAL TABLE "exam_search" USING fts5 (name, content='exams', content_rowid='id')"""
FILL = 'INSERT INTO "exam_search" ("exam_search") VALUES (\'rebuild\')'
NOTES = 'CREATE VIRTUAL TABLE "notes" USING fts5 (text, author)'
REBUILD = (
    EXAMS[0].replace('"exams"', '"new_exams"', 1),
    'INSERT INTO "new_exams" SELECT * FROM "exams"',
    'DROP TABLE "exams"',
    'ALTER TABLE "new_exams" RENAME TO "exams"',
    EXAMS[1],
)
GONE = (
    'the rows of "notes" are gone with it. If they shall go, say so: ALLOW = {"data-loss": "why nobody misses them"}.'
)
SHADOW = '"{}" is, by its name, a table that the engine keeps for "{}"; no check and no backup knows it. '


def again(create, select="rowid, text, author"):
    """A virtual table made again with the rows that it had."""
    return (
        'ALTER TABLE "notes" RENAME TO "old_notes"',
        create,
        f'INSERT INTO "notes" ({select}) SELECT {select} FROM "old_notes"',
        'DROP TABLE "old_notes"',
    )


@pytest.mark.parametrize(
    "statements",
    [
        ['DROP TABLE "notes"'],
        ['DROP TABLE "notes"', NOTES],
        ['ALTER TABLE "notes" RENAME TO "old_notes"', NOTES, 'DROP TABLE "old_notes"'],
        [*again(NOTES)[:2], 'INSERT INTO "notes" SELECT * FROM "old_notes" WHERE text > \'m\'', again(NOTES)[3]],
    ],
)
def test_rows_that_go_with_a_virtual_table_are_a_loss(statements, story):
    story.study(NOTES)
    story.study(*statements, PHASE="contract")
    assert story.messages("data-loss") == [GONE]


def test_index_without_content_cannot_be_made_again(story):
    story.study("CREATE VIRTUAL TABLE notes USING fts5 (text, content='')")
    story.study('DROP TABLE "notes"', PHASE="contract")
    assert story.messages("data-loss") == [GONE]


@pytest.mark.parametrize("create", [SEARCH, "CREATE VIRTUAL TABLE exam_search USING dbstat"])
def test_virtual_table_without_rows_of_its_own_is_no_loss(create, story):
    story.study(create, FILL) if create == SEARCH else story.study(create)
    story.study('DROP TABLE "exam_search"', PHASE="contract")
    assert story.findings() == []


@pytest.mark.parametrize("create", [NOTES, NOTES.replace("author", "author, source")])
def test_copied_rows_are_no_loss(create, story):
    story.study(NOTES)
    story.study(*again(create))
    assert story.findings() == []


def test_column_that_is_not_copied_is_a_loss(story):
    story.study(NOTES)
    story.study(*again(NOTES.replace(", author", ""), "rowid, text"))
    assert story.messages("data-loss") == [
        'the values of "notes"."author" are gone or not copied. If they shall go, say so: '
        'ALLOW = {"data-loss": "why nobody misses them"}.'
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM notes WHERE text = 'x'",
        "INSERT OR REPLACE INTO notes (rowid, text) VALUES (1, 'x')",
        "INSERT INTO notes (notes) VALUES ('delete-all')",
    ],
)
def test_deleted_rows_of_a_virtual_table_are_a_loss(sql, story):
    story.study(NOTES.replace(", author)", ", content='')" if "delete-all" in sql else ", author)"))
    story.study(sql.replace("REPLACE INTO notes", "REPLACE INTO notes"))
    assert [message.partition(" are ")[0] for message in story.messages("data-loss")] == ['rows of "notes"']


@pytest.mark.parametrize(
    "sql", ["INSERT INTO notes (text) VALUES ('x')", "UPDATE notes SET text = 'y' WHERE rowid = 1"]
)
def test_written_rows_are_no_loss(sql, story):
    story.study(NOTES)
    story.study(sql)
    assert story.findings() == []


UNFILLED = f'"exam_search" does not know the rows that "exams" has now. Fill it at the end: {FILL}.'


def test_index_is_filled_when_it_is_made_for_a_table_with_rows(story):
    story.study(SEARCH)
    (finding,) = errors(story.findings())
    assert (finding.rule, finding.message, finding.statement) == ("rebuild-loses", UNFILLED, SEARCH)
    story.study(SEARCH.replace("exam_search", "other"), FILL.replace("exam_search", "other"))
    assert story.findings() == []


def test_index_is_filled_again_when_its_table_is_rebuilt(story):
    story.study(SEARCH, FILL)
    story.study(*REBUILD)
    assert story.messages("rebuild-loses") == [UNFILLED]
    story.study(FILL, *REBUILD)
    assert story.messages("rebuild-loses") == [UNFILLED]
    story.study(*REBUILD, FILL)
    assert story.findings() == []


def test_index_of_a_table_from_the_same_migration_needs_no_filling(story):
    story.study("CREATE TABLE poems (id INTEGER PRIMARY KEY, name TEXT)", SEARCH.replace("'exams'", "'poems'"))
    assert story.findings() == []


@pytest.mark.parametrize(("on_server", "bounds"), [(False, locks.IN_FILE), (True, locks.ON_SERVER)])
def test_filling_of_a_large_index_is_a_long_lock(on_server, bounds, story):
    story.study(SEARCH, FILL)
    assert story.rules(sizes={"exams": bounds.rebuild}, on_server=on_server) == []
    (message,) = story.messages("long-lock", sizes={"exams": bounds.rebuild + 1}, on_server=on_server)
    assert message.startswith(f'the full-text index of "exams" with {bounds.rebuild + 1:,} rows holds the write lock')


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("DELETE FROM notes_data", "notes_data"),
        ("INSERT INTO notes_content (id) VALUES (7)", "notes_content"),
        ("DROP TABLE notes_idx", "notes_idx"),
        ("ALTER TABLE notes_config ADD COLUMN n ANY", "notes_config"),
    ],
)
def test_shadow_tables_are_left_to_the_engine(sql, table, story):
    story.study(NOTES)
    story.study(sql, ALLOW={"data-loss": "why"})
    assert story.messages("other-owner") == [SHADOW.format(table, "notes") + "Leave it to the engine."]


def test_shadow_table_of_a_vector_index_is_left_to_the_engine(story):
    story.study("CREATE TABLE v (e F32_BLOB(3))", "CREATE INDEX near ON v (libsql_vector_idx(e))")
    story.study("DELETE FROM near_shadow")
    assert SHADOW.format("near_shadow", "near") + "Leave it to the engine." in story.messages("other-owner")


def test_table_with_the_name_of_a_shadow_table_is_a_table_like_any_other(story):
    """The engine goes by the name alone; a backup and the checks do not."""
    story.study("CREATE TABLE notes_content (id INTEGER PRIMARY KEY, text TEXT)")
    story.study("CREATE VIRTUAL TABLE notes USING fts5 (text, content='notes_content')", PHASE="contract")
    assert story.messages("other-owner") == []
    story.study("DROP TABLE notes_content")
    assert "data-loss" in story.rules()


def test_module_that_does_not_exist_is_refused(story):
    story.study("CREATE VIRTUAL TABLE notes USING fts6 (text)")
    assert story.messages("refused") == [
        "the engine refuses it: no such module: fts6. The engines have fts3, fts4, fts5, rtree, rtree_i32 and geopoly."
    ]


def test_virtual_table_that_older_code_uses_goes_in_a_contract_and_when_nobody_reads_it(story):
    story.code("growth", 'SQL = "SELECT text FROM notes"')
    story.study(NOTES)
    story.study('DROP TABLE "notes"', ALLOW={"data-loss": "why"})
    assert story.messages("contract") == [
        'older code, still running, uses "notes": stop using it in this release, and drop it in a migration with '
        'PHASE = "contract" in the release after.'
    ]
    assert '"notes" at growth_code/module.py:1' in story.messages("still-read")[0]

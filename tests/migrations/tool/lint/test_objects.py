"""Views and triggers: what they name is there, they come back after a rebuild, and they keep to their own stream."""

import pytest

from tests.migrations.tool.lint.conftest import EXAMS
from tests.migrations.tool.lint.test_virtual_tables import FILL, REBUILD, SEARCH

NAMES = 'CREATE VIEW "exam_names" AS SELECT name FROM exams'
ADDED = "CREATE TRIGGER exam_added AFTER INSERT ON exams BEGIN SELECT new.name; SELECT 1; END"
VIA = "CREATE TRIGGER via INSTEAD OF INSERT ON exam_names BEGIN UPDATE exams SET name = new.name; END"
CONTRACT = {"PHASE": "contract", "ALLOW": {"data-loss": "nobody looks at it"}}
WITHOUT_NAME = (
    REBUILD[0].replace('"name" TEXT, ', "").replace('"name" TEXT,', ""),
    'INSERT INTO "new_exams" ("id", "code", "score") SELECT "id", "code", "score" FROM "exams"',
    *REBUILD[2:],
)


def test_view_in_the_way_of_a_rebuild_is_refused_with_what_to_do(story):
    story.study(NAMES)
    story.study(*REBUILD)
    assert story.messages("refused") == [
        "the engine refuses it: error in view exam_names: no such table: main.exams. "
        "Drop the named one first, and make it again, if need be, after this statement."
    ]


@pytest.mark.parametrize(("create", "kind", "name"), [(NAMES, "view", "exam_names"), (ADDED, "trigger", "exam_added")])
def test_object_that_names_a_column_which_is_gone_is_found(create, kind, name, story):
    story.study(create)
    story.study(f"DROP {kind} {name}", *WITHOUT_NAME, create, **CONTRACT)
    (message,) = story.messages("refused")
    assert message.startswith(f'the {kind} "{name}" would not work any more: ')
    assert "no such column" in message


def test_index_whose_column_is_gone_is_found(story):
    story.study(SEARCH, FILL)
    story.study("ALTER TABLE exams DROP COLUMN name", **CONTRACT)
    assert story.messages("refused") == [
        'the virtual table "exam_search" would not work any more: no such column: T.name. DROP it, make it again with '
        "the columns that its table has, and fill it."
    ]


def test_every_broken_object_is_named_and_those_that_work_are_not(story):
    story.study(NAMES, ADDED, "CREATE VIEW codes AS SELECT code FROM exams", "CREATE VIEW twice AS SELECT * FROM codes")
    story.study("DROP VIEW exam_names", "DROP TRIGGER exam_added", *WITHOUT_NAME, **CONTRACT)
    assert "error in view" in story.messages("refused")[0]
    story.study(
        *("DROP VIEW exam_names", "DROP TRIGGER exam_added", "DROP VIEW codes", "DROP VIEW twice"),
        *(*WITHOUT_NAME, NAMES, ADDED, "CREATE VIEW codes AS SELECT code FROM exams"),
        **CONTRACT,
    )
    story.written.pop(-2)
    assert [message.split(" would")[0] for message in story.messages("refused")] == [
        'the view "exam_names"',
        'the trigger "exam_added"',
    ]


def test_what_was_broken_before_is_not_held_against_a_migration(story):
    story.study(NAMES.replace("name FROM", "vendor FROM"))
    assert story.messages("refused")[0].startswith('the view "exam_names" would not work any more: no such column')
    story.study("CREATE TABLE t (n INTEGER)")
    assert story.findings() == []


def test_trigger_of_a_view_that_is_made_again_is_not_lost(story):
    story.study(NAMES, VIA)
    story.study("DROP VIEW exam_names", *REBUILD, NAMES)
    assert story.messages("rebuild-loses") == [
        '"exam_names" is made again without its trigger "via": say its CREATE again, or DROP it by name.'
    ]
    story.study("DROP TRIGGER via", "DROP VIEW exam_names", *REBUILD, NAMES)
    story.written.pop(-2)
    assert story.findings() == []


def test_view_that_made_way_for_a_rebuild_is_not_forgotten(story):
    story.study(NAMES)
    story.study("DROP VIEW exam_names", *REBUILD, PHASE="contract")
    (finding,) = story.findings()
    assert (finding.rule, finding.severity, finding.message) == (
        "rebuild-loses",
        "warning",
        '"exam_names" made way for a rebuild and is not made again. If it shall stay, say its CREATE again.',
    )


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("CREATE VIEW mine AS SELECT t.id FROM tweets t JOIN exams e ON e.id = t.exam_id", "mine"),
        ("CREATE TRIGGER mine AFTER INSERT ON tweets BEGIN UPDATE exams SET score = 1; END", "mine"),
        ("CREATE VIRTUAL TABLE mine USING fts5 (name, content='exams', content_rowid='id')", "mine"),
    ],
)
def test_object_that_names_a_table_of_another_stream_is_found(sql, name, story):
    story.growth(sql)
    assert story.messages("other-owner") == [
        f'"{name}" names "exams" of the stream study: when study rebuilds that table, or drops a column, the engine '
        f'stops at "{name}", of which study knows nothing. Read "exams" in a query of the growth service instead.'
    ]


def test_objects_on_ones_own_tables_are_fine(story):
    story.growth(
        "CREATE VIEW mine AS SELECT text FROM tweets",
        "CREATE TRIGGER added AFTER INSERT ON tweets BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE notes USING fts5 (text)",
    )
    assert story.findings() == []


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO notes (text) VALUES ('x')",
        "DROP TABLE notes",
        "ALTER TABLE notes RENAME TO memos",
        "DROP VIEW exam_names",
        "CREATE TRIGGER t INSTEAD OF INSERT ON exam_names BEGIN SELECT 1; END",
        "DROP TRIGGER via",
        "DROP TRIGGER exam_added",
    ],
)
def test_objects_of_another_stream_are_left_alone(sql, story):
    story.study("CREATE VIRTUAL TABLE notes USING fts5 (text)", NAMES, VIA, ADDED)
    story.growth(sql, **CONTRACT)
    (message,) = story.messages("other-owner")
    assert "belongs to the stream study, which deploys on another day" in message


def test_view_that_older_code_reads_goes_in_a_contract(story):
    story.code("study", 'SQL = "SELECT name FROM exam_names"')
    story.study(NAMES)
    story.study("DROP VIEW exam_names")
    assert story.rules() == ["contract", "still-read"]
    story.study("DROP VIEW exam_names", NAMES)
    story.written.pop(-2)
    assert story.findings() == []


def test_rebuild_as_it_should_be_has_no_finding(story):
    story.study(SEARCH, FILL, NAMES, ADDED)
    story.study("DROP TRIGGER exam_added", "DROP VIEW exam_names", *REBUILD, NAMES, ADDED, FILL)
    assert story.findings() == []
    assert EXAMS[1] in REBUILD

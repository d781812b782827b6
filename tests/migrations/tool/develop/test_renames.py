"""`new` asks whether what is gone and what is new are one and the same, and drafts a rename with its way back."""

import peewee
import pytest

from migrations.tool import exits, lint, rehearsal, router
from migrations.tool.develop import ask, draft
from shared_schema.fields import counter, one_of
from shared_schema.releases import streams
from tests.migrations import unchecked


def text(**options):
    return peewee.TextField(null=True, **options)


def table(name, /, **fields):
    meta = type("Meta", (), {"table_name": name, "strict_tables": True, "legacy_table_names": False})
    return type(name.title(), (peewee.Model,), {"id": peewee.AutoField(), **fields, "Meta": meta})


def exams(**fields):
    return table("exams", **(fields or {"title": text(index=True), "pages": counter()}))


def renamed_to(name):
    return exams(**{name: text(index=True), "pages": counter()})


@pytest.fixture
def exam(make, db):
    make(exams())
    db.execute_sql("INSERT INTO exams (title, pages) VALUES ('Network+', 12)")
    return db


def drafted(*renames, **options):
    return draft.of("story", ask.Answers(renames, **options))


def written(*renames):
    return draft.write("story", "chapter", "Chapter.", drafted(*renames))


def test_rename_keeps_values_and_index_and_goes_back(exam, models, whole):
    models(renamed_to("name"))
    assert drafted("exams.title:name").up == [
        'ALTER TABLE "exams" RENAME COLUMN "title" TO name',
        'DROP INDEX "exams_title"',
        'CREATE INDEX "exams_name" ON "exams" ("name")',
    ]
    path = written("exams.title:name")
    assert 'from typing import Any\n\nPHASE = "contract"\n\n\ndef migrate(' in path.read_text()
    unchecked.up(exam)
    whole()
    assert exam.execute_sql("SELECT name, pages FROM exams").fetchall() == [("Network+", 12)]
    assert draft.changes("story") == ([], [])

    router.StreamRouter(exam, "story").rollback()
    models(exams())
    whole()
    assert exam.execute_sql("SELECT title, pages FROM exams").fetchall() == [("Network+", 12)]


def test_linter_has_nothing_against_a_drafted_rename(exam, models):
    models(renamed_to("name"))
    written("exams.title:name")
    rehearsed = rehearsal.rehearse(None, [streams.read("story", name) for name in streams.names("story")])
    assert lint.errors(lint.findings(rehearsed)) == []


def test_without_an_answer_nothing_is_written(exam, models):
    models(renamed_to("name"))
    with pytest.raises(ask.Unanswered) as stopped:
        draft.write("story", "chapter", "Chapter.")
    assert str(stopped.value) == (
        'the column "title" is gone from "exams" and "name" is new: say --rename exams.title:name if it is the same '
        "one under another name, or --no-rename if it is not"
    )
    assert stopped.value.exit_code == exits.USAGE
    assert streams.names("story") == ["001_chapter"]


def test_no_rename_drops_and_adds(exam, models):
    models(renamed_to("name"))
    assert drafted(no_rename=True).up[0] == 'CREATE TABLE "new_exams" ("id" INTEGER NOT NULL PRIMARY KEY, ' + (
        '"name" TEXT, "pages" INTEGER NOT NULL DEFAULT 0) STRICT'
    )
    assert not drafted(no_rename=True).renamed


def test_name_in_a_check_and_a_keyword_follow_to_the_text_of_the_models(make, models, whole, db):
    make(exams(state=text(constraints=[one_of("state", "draft")]), last=text()))
    db.execute_sql("INSERT INTO exams (state, last) VALUES ('draft', 'x')")
    models(exams(status=text(constraints=[one_of("status", "draft")]), order=text()))
    answers = ("exams.state:status", "exams.last:order")
    assert drafted(*answers).up == [
        'ALTER TABLE "exams" RENAME COLUMN "state" TO status',
        'ALTER TABLE "exams" RENAME COLUMN "last" TO "order"',
    ]
    written(*answers)
    unchecked.up(db)
    whole()


def test_rename_beside_other_changes(exam, models, whole):
    models(exams(name=text(index=True), pages=text(), level=counter()))
    written("exams.title:name")
    unchecked.up(exam)
    whole()
    assert exam.execute_sql("SELECT name, pages, level FROM exams").fetchall() == [("Network+", "12", 0)]
    router.StreamRouter(exam, "story").rollback()
    models(exams())
    whole()
    assert exam.execute_sql("SELECT title FROM exams").fetchall() == [("Network+",)]


def test_renamed_table_takes_references_and_indexes_along(exam, make, models, whole):
    def question(parent):
        return table("questions", exam=peewee.ForeignKeyField(parent, column_name="exam_id"))

    old, new = exams(), table("papers", title=text(index=True), pages=counter(), level=counter())
    make(old, question(old))
    exam.execute_sql("INSERT INTO questions (exam_id) VALUES (1)")
    models(new, question(new))
    with pytest.raises(
        ask.Unanswered, match='the table "exams" is gone and "papers" is new: say --rename exams:papers'
    ):
        drafted()
    assert drafted("exams:papers").up == [
        'ALTER TABLE "exams" RENAME TO "papers"',
        'DROP INDEX "exams_title"',
        'ALTER TABLE "papers" ADD COLUMN "level" INTEGER NOT NULL DEFAULT 0',
        'CREATE INDEX "papers_title" ON "papers" ("title")',
    ]
    written("exams:papers")
    unchecked.up(exam)
    whole()
    assert exam.execute_sql("SELECT title FROM papers JOIN questions ON exam_id = papers.id").fetchall()
    router.StreamRouter(exam, "story").rollback()
    models(old, question(old))
    whole()


def test_table_and_column_are_renamed_at_once(exam, models, whole):
    models(table("papers", name=text(index=True), pages=counter()))
    with pytest.raises(ask.Unanswered, match=r"say --rename papers\.title:name"):
        drafted("exams:papers")
    written("exams:papers", "papers.title:name")
    unchecked.up(exam)
    whole()
    assert exam.execute_sql("SELECT name FROM papers").fetchall() == [("Network+",)]
    router.StreamRouter(exam, "story").rollback()
    models(exams())
    whole()


def test_tables_that_are_not_alike_raise_no_question(exam, models):
    models(table("papers", colour=text(), pages=counter()))
    assert 'DROP TABLE "exams"' in drafted().up


def test_columns_of_one_definition_are_asked_about_first(make, models):
    make(exams(a=text(), b=counter()))
    models(exams(c=counter(), d=text()))
    with pytest.raises(ask.Unanswered) as stopped:
        drafted()
    assert [line.split(": say --rename ")[1].split()[0] for line in str(stopped.value).splitlines()] == [
        "exams.a:d",
        "exams.b:c",
    ]


def test_person_is_asked_until_everything_is_answered(make, models):
    make(exams(a=text(), b=text()))
    models(exams(c=text(), d=text()))
    asked = []

    def confirm(question):
        asked.append(question)
        return question == 'Is the new column "exams"."d" the old "a" under another name?'

    assert [str(rename) for rename in drafted(confirm=confirm).renamed.columns] == ["exams.a:d"]
    assert asked == [
        f'Is the new column "exams"."{new}" the old "{old}" under another name?'
        for old, new in (("a", "c"), ("a", "d"), ("b", "c"))
    ]


@pytest.mark.parametrize(
    ("rename", "message"),
    [
        ("exams.title", "--rename exams.title: say --rename old:new for a table, --rename table.old:new for a column"),
        ("exams.:name", "--rename exams.:name: say --rename old:new for a table, --rename table.old:new for a column"),
        ("exams.pages:name", '--rename exams.pages:name: no column "pages" is gone from "exams"'),
        ("exams.title:pages", '--rename exams.title:pages: no column "pages" is new in "exams"'),
        ("tests.title:name", '--rename tests.title:name: no table "tests" is there before and after'),
        (
            "tests:exams",
            '--rename tests:exams: no table "tests" is gone\n--rename tests:exams: no table "exams" is new',
        ),
    ],
)
def test_rename_of_what_is_not_there_is_refused(rename, message, exam, models):
    models(renamed_to("name"))
    with pytest.raises(ask.Unanswered) as stopped:
        drafted(rename)
    assert str(stopped.value) == message

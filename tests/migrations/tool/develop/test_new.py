"""`new` writes what leads from the migrations so far to the models, and back."""

import peewee
import pytest

from migrations.tool import router
from migrations.tool.develop import draft
from shared_schema.fields import between, counter, default, flag, generated, now, refers_to
from tests.migrations import unchecked


def table(name, /, *indexes, **fields):
    """A model made on the spot; an index is the list of its columns, with `where` as its condition."""
    meta = type("Meta", (), {"table_name": name, "strict_tables": True, "legacy_table_names": False})
    model = type(name.title(), (peewee.Model,), {**fields, "Meta": meta})
    for columns, where in indexes:
        index = model.index(*(peewee.SQL(column) for column in columns), name=f"{name}_{len(columns)}")
        model.add_index(index.where(peewee.SQL(where)) if where else index)
    return model


def author(*indexes, **more):
    """`more` are columns after the first three: makers of fields, since the order of making is that of the columns."""
    first = {"id": peewee.AutoField(), "name": peewee.TextField(), "books": counter()}
    return table("author", *indexes, **first, **{name: make() for name, make in more.items()})


def text():
    return peewee.TextField(null=True)


def book(on_delete="CASCADE"):
    return table("book", id=peewee.AutoField(), author_id=refers_to("author", on_delete))


def in_the_middle():
    return table("author", id=peewee.AutoField(), name=peewee.TextField(), born=text(), books=counter())


def with_books(*constraints):
    return table(
        "author", id=peewee.AutoField(), name=peewee.TextField(), books=peewee.IntegerField(constraints=constraints)
    )


ADD, DROP = 'ALTER TABLE "author" ADD COLUMN', 'ALTER TABLE "author" DROP COLUMN'
REBUILD = 'CREATE TABLE "new_author"'
CHANGES = {
    "a last column": (lambda: author(born=text), ADD),
    "a last column with a default and a check": (lambda: author(living=lambda: flag("living", on=True)), ADD),
    "a last column that refers": (lambda: author(editor=lambda: refers_to("author", "SET NULL", null=True)), ADD),
    "two last columns": (lambda: author(born=text, died=text), ADD),
    "a last column computed from others": (lambda: author(half=lambda: generated("books / 2.0")), ADD),
    "a last column that defaults to now": (lambda: author(created_at=now), REBUILD),
    "a column in the middle": (in_the_middle, REBUILD),
    "a last column less": (lambda: table("author", id=peewee.AutoField(), name=peewee.TextField()), DROP),
    "another default": (lambda: with_books(default(7)), REBUILD),
    "another check": (lambda: with_books(default(0), between("books", 0, 99)), REBUILD),
    "a new index": (lambda: author((["name"], None)), 'CREATE INDEX "author_1"'),
    "a unique column": (
        lambda: table("author", id=peewee.AutoField(), name=peewee.TextField(unique=True), books=counter()),
        'CREATE UNIQUE INDEX "author_name"',
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_change_is_written_runs_and_leads_back(change, make, whole, db, models):
    """With rows in the tables and children on the changed one, because that is where it goes wrong."""
    changed, beginning = CHANGES[change]
    make(author(), book())
    db.execute_sql("INSERT INTO author (id, name, books) VALUES (1, 'Alice', 2), (2, 'Bob', 3)")
    db.execute_sql("INSERT INTO book (author_id) VALUES (1), (1), (2)")
    people = db.execute_sql("SELECT id, name FROM author").fetchall()

    models(changed(), book())
    assert draft.changes("story")[0][0].startswith(beginning)
    path = make(changed(), book())
    assert path.name == "002_chapter.py"
    assert path.read_text().startswith('"""Chapter."""\n')
    whole()
    assert db.execute_sql("SELECT id, name FROM author").fetchall() == people
    assert draft.changes("story") == ([], [])

    router.StreamRouter(db, "story").rollback()
    models(author(), book())
    whole()
    assert db.execute_sql("SELECT id, name FROM author").fetchall() == people
    assert db.execute_sql("SELECT count(*) FROM book").fetchone() == (3,)
    assert unchecked.up(db) == ["story/002_chapter"]


def test_values_of_a_rebuilt_table_are_kept_and_new_ones_take_their_default(make, db):
    make(author())
    db.execute_sql("INSERT INTO author (name, books) VALUES ('Alice', 2)")
    make(author(created_at=now, role=lambda: peewee.TextField(constraints=[default("guest")])))
    row = db.execute_sql("SELECT name, books, created_at > unixepoch() - 60, role FROM author").fetchone()
    assert row == ("Alice", 2, 1, "guest")


def test_new_obligatory_column_fails_where_there_are_rows_and_nothing_is_lost(make, db):
    make(author())
    make(author(email=peewee.TextField))
    router.StreamRouter(db, "story").rollback()
    db.execute_sql("INSERT INTO author (name) VALUES ('Alice')")
    with pytest.raises(peewee.IntegrityError, match="NOT NULL"):
        unchecked.up(db)
    assert db.execute_sql("SELECT name FROM author").fetchall() == [("Alice",)]


def test_changed_index_is_dropped_and_made_again(make, whole, models):
    make(author((["name"], None)))
    models(author((["name DESC"], None)))
    assert draft.changes("story")[0] == ['DROP INDEX "author_1"', 'CREATE INDEX "author_1" ON "author" (name DESC)']
    make(author((["name DESC"], None)))
    whole()


def test_column_in_the_middle_goes_in_place_and_comes_back_by_a_rebuild(make, models, whole, db):
    make(in_the_middle())
    db.execute_sql("INSERT INTO author (name, born, books) VALUES ('Alice', '1832', 2)")
    models(author())
    up, down = draft.changes("story")
    assert up == ['ALTER TABLE "author" DROP COLUMN "born"']
    assert down[0].startswith(REBUILD)
    make(author())
    whole()
    router.StreamRouter(db, "story").rollback()
    assert db.execute_sql("SELECT name, born, books FROM author").fetchall() == [("Alice", None, 2)]


def test_added_column_has_drop_column_as_its_way_back(make, models):
    make(author())
    models(author((["died"], None), born=text, died=text))
    assert draft.changes("story") == (
        [
            'ALTER TABLE "author" ADD COLUMN "born" TEXT',
            'ALTER TABLE "author" ADD COLUMN "died" TEXT',
            'CREATE INDEX "author_1" ON "author" (died)',
        ],
        [
            'DROP INDEX "author_1"',
            'ALTER TABLE "author" DROP COLUMN "born"',
            'ALTER TABLE "author" DROP COLUMN "died"',
        ],
    )


def test_last_column_that_changes_is_rebuilt_and_keeps_its_values(make, db):
    """Dropped and added again in place, it would lead to the same text and lose every value."""
    make(author())
    db.execute_sql("INSERT INTO author (name, books) VALUES ('Alice', 2)")
    make(with_books(default(7)))
    assert db.execute_sql("SELECT books FROM author").fetchall() == [(2,)]

"""`new` on whole tables: all that a table may have, tables that come and go, and where the file goes."""

import peewee
import pytest
from click.testing import CliRunner

from migrations.__main__ import main
from migrations.tool import router
from migrations.tool.develop import draft
from migrations.tool.schema import definition, sqltext
from shared_schema.fields import between, default, generated, now, one_of, refers_to
from shared_schema.releases import streams

BASE = """
def migrate(migrator, database, *, fake=False):
    migrator.sql("CREATE TABLE land (id INTEGER PRIMARY KEY)")
"""


class Table(peewee.Model):
    class Meta:
        strict_tables = True
        legacy_table_names = False


class Author(Table):
    id = peewee.AutoField()
    name = peewee.TextField()


class Poem(Table):
    id = peewee.TextField(primary_key=True, constraints=[default(peewee.SQL("lower(hex(randomblob(4)))"))])
    author_id = refers_to("author", "CASCADE")
    title = peewee.TextField(unique=True, constraints=[default("two  blanks, (a comma) and it''s")])
    slug = peewee.TextField(null=True, constraints=[peewee.Check(r"slug NOT LIKE '%\_%' ESCAPE '\'")])
    state = peewee.TextField(constraints=[default("draft"), one_of("state", "draft", "public")])
    score = peewee.FloatField(constraints=[default(0.5), between("score", 0, 1)])
    percent = generated("score * 100")
    created_at = now()


Poem.add_index(Poem.index(Poem.score.desc(), Poem.id, where=Poem.state.in_(["draft", "public"]), name="poem_queue"))


class LongPoem(Poem):
    """One more column, and not the last: `created_at` comes after it. The index is inherited."""

    lines = peewee.IntegerField(constraints=[default(14), peewee.Check("lines > length(state)")])
    created_at = now()

    class Meta:
        table_name = "poem"


class Word(Table):
    text = peewee.TextField()
    language = peewee.TextField()

    class Meta:
        primary_key = peewee.CompositeKey("text", "language")
        without_rowid = True


def indexes(db):
    rows = db.execute_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    return {name: sqltext.normal(sql).split(" ON ")[1] for name, sql in rows if not name.startswith("migrations")}


def test_everything_a_table_may_have_survives(make, whole, db):
    make(Author, Poem, Word)
    whole()
    assert indexes(db) == {
        "poem_title": '"poem" ("title")',
        "poem_queue": '"poem" ("score" DESC, "id") WHERE ("state" IN (\'draft\', \'public\'))',
    }
    db.execute_sql("INSERT INTO author (name) VALUES ('Alice')")
    db.execute_sql("INSERT INTO poem (author_id) VALUES (1)")
    row = db.execute_sql("SELECT length(id), title, state, percent, created_at > 0 FROM poem").fetchone()
    assert row == (8, "two  blanks, (a comma) and it's", "draft", 50.0, 1)
    for wrong in ("state = 'lost'", "score = 2", "author_id = 7", r"slug = 'a_b'", "title = NULL", "percent = 'x'"):
        with pytest.raises(peewee.DatabaseError):
            db.execute_sql(f"UPDATE poem SET {wrong}")


def test_rebuilt_table_keeps_its_indexes_and_what_is_computed(make, models, whole, db):
    make(Author, Poem, Word)
    db.execute_sql("INSERT INTO author (name) VALUES ('Alice')")
    db.execute_sql("INSERT INTO poem (author_id, title) VALUES (1, 'Ode')")
    models(Author, LongPoem, Word)
    assert draft.changes("story")[0][0].startswith('CREATE TABLE "new_poem"')
    make(Author, LongPoem, Word)
    whole()
    assert sorted(indexes(db)) == ["poem_queue", "poem_title"]
    assert db.execute_sql("SELECT title, percent, lines FROM poem").fetchall() == [("Ode", 50.0, 14)]


def test_rollback_of_the_first_tables_leaves_nothing(make, db):
    make(Author, Poem, Word)
    router.StreamRouter(db, "story").rollback()
    assert db.get_tables() == ["migrations_story"]


def test_dropped_table_is_dropped_and_comes_back_with_its_indexes(make, models, whole, db):
    make(Author, Poem, Word)
    before = indexes(db)
    models(Author, Word)
    assert draft.changes("story")[0] == ['DROP TABLE "poem"']
    make(Author, Word)
    whole()
    assert indexes(db) == {}

    router.StreamRouter(db, "story").rollback()
    models(Author, Poem, Word)
    whole()
    assert indexes(db) == before


def test_last_table_is_dropped_too(make, db):
    make(Author)
    make()
    assert db.get_tables() == ["migrations_story"]


def test_tables_of_a_needed_stream_are_left_alone(make, models, monkeypatch, tmp_path, db):
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "001_first.py").write_text(BASE)
    monkeypatch.setattr(streams, "NEEDS", {"base": (), "story": ("base",)})
    make(Author)
    assert sorted(db.get_tables()) == ["author", "land", "migrations_base", "migrations_story"]
    models()
    assert draft.changes("story")[0] == ['DROP TABLE "author"']


def test_unchanged_models_write_nothing(make):
    assert make(Author, Poem, Word).name == "001_chapter.py"
    assert make(Author, Poem, Word) is None
    assert streams.names("story") == ["001_chapter"]


def test_stream_without_models_writes_nothing(make):
    assert make() is None


def test_number_follows_the_last_one(make, story):
    first = story("pass")
    first.rename(first.with_name("008_chapter.py"))
    assert make(Author).name == "009_chapter.py"


@pytest.fixture
def growth(tmp_path, monkeypatch):
    """The directory of a stream whose name the command line knows, with a model of ours and no migration."""
    monkeypatch.setattr(streams, "directory", lambda stream: tmp_path / stream)
    monkeypatch.setattr(streams, "NEEDS", {"growth": ()})
    monkeypatch.setitem(definition.OWNERS, "growth", [Author])
    monkeypatch.delitem(definition.OBJECTS, "growth")
    (tmp_path / "growth").mkdir()
    return tmp_path / "growth"


def test_command_writes_the_file_and_says_where(growth):
    path = growth / "001_people_who_write.py"
    for output in (f"{path}\n", "the models have nothing new\n"):
        result = CliRunner().invoke(main, ["new", "growth", "people_who_write"])
        assert (result.exit_code, result.output) == (0, output)
    assert path.read_text().startswith('"""People who write."""\n')


@pytest.mark.parametrize("name", ["Up", "two words", "../escape", "1st", "", "a\n"])
def test_name_of_a_migration_is_a_word(name, growth):
    assert CliRunner().invoke(main, ["new", "growth", name]).exit_code == 2
    assert list(growth.iterdir()) == []

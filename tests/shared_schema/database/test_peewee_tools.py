"""Peewee's tools on our class: db_url, the Introspector, and pwiz, whose code runs."""

import contextlib
import io
import subprocess
import sys

import peewee
import pwiz
import pytest
from playhouse import db_url
from playhouse.reflection import Introspector

import shared_schema.database
from shared_schema.database import LibsqlDatabase
from tests.servers import ROOT

SCRIPT = """
CREATE TABLE tools_user (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE tools_note (
    id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES tools_user (id) ON DELETE CASCADE, text VARCHAR(20));
CREATE INDEX tools_note_by_text ON tools_note (text, user_id);
CREATE VIEW tools_names AS SELECT name FROM tools_user;
"""
TABLES = ["tools_note", "tools_user"]


@pytest.fixture
def made(database):
    database.cursor().executescript(SCRIPT)
    yield database
    database.cursor().executescript("DROP VIEW tools_names; DROP TABLE tools_note; DROP TABLE tools_user")


def test_what_the_database_tells_of_its_schema(made):
    assert set(TABLES) <= set(made.get_tables())
    assert [view.name for view in made.get_views() if view.name.startswith("tools_")] == ["tools_names"]
    columns = made.get_columns("tools_note")
    assert [(column.name, column.data_type, column.null, column.primary_key) for column in columns] == [
        ("id", "INTEGER", True, True),
        ("user_id", "INTEGER", False, False),
        ("text", "VARCHAR(20)", True, False),
    ]
    assert [(index.name, index.columns, index.unique) for index in made.get_indexes("tools_note")] == [
        ("tools_note_by_text", ["text", "user_id"], False)
    ]
    key, *others = made.get_foreign_keys("tools_note")
    assert (key.column, key.dest_table, key.dest_column, key.on_delete, others) == (
        "user_id",
        "tools_user",
        "id",
        "CASCADE",
        [],
    )


def test_models_of_the_tables_that_are_there(made):
    models = Introspector.from_database(made).generate_models(table_names=TABLES)
    note, user = models["tools_note"], models["tools_user"]
    assert isinstance(note.user, peewee.ForeignKeyField)
    ann = user.create(name="Ann")
    note.create(user=ann, text="hello")
    assert list(note.select(note.text, user.name).join(user).tuples()) == [("hello", "Ann")]


def test_the_code_that_pwiz_prints_runs(made):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        introspector = Introspector.from_database(made)
        pwiz.print_header("-e libsql", introspector)
        pwiz.print_models(introspector, TABLES)
    code = printed.getvalue()
    assert f"from shared_schema.database import LibsqlDatabase\n\ndatabase = LibsqlDatabase('{made.url}')" in code
    names: dict[str, object] = {}
    exec(code, names)
    assert type(names["database"]) is LibsqlDatabase
    assert names["ToolsNote"].user.rel_model is names["ToolsUser"]
    assert made.settings.token is None or made.settings.token not in code


def test_pwiz_as_a_command(url, db):
    db.cursor().executescript(SCRIPT)
    command = [sys.executable, "-m", "shared_schema.database.pwiz", "-i", "-t", "tools_user", url]
    code = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names: dict[str, object] = {}
    exec(code, names)
    names["ToolsUser"].insert(name="Bob").execute()
    assert db.execute_sql("SELECT name FROM tools_user").fetchall() == [("Bob",)]
    names["database"].close()


def test_pwiz_makes_no_file(tmp_path):
    command = [sys.executable, "-m", "shared_schema.database.pwiz", f"file:{tmp_path}/none.db"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "is not there" in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "opened"),
    [
        ("libsql:///app.db", "file:app.db"),
        ("libsql:////var/lib/app.db", "file:/var/lib/app.db"),
        ("libsql:///:memory:", "file::memory:"),
        ("libsql://db.example.org/main", "libsql://db.example.org?tls=1"),
        ("libsql://127.0.0.1:8080/main?tls=0", "libsql://127.0.0.1:8080?tls=0"),
    ],
)
def test_urls_of_peewee(url, opened):
    database = db_url.connect(url)
    assert (type(database), database.url) == (LibsqlDatabase, opened)


def test_options_in_urls_of_peewee(tmp_path):
    database = db_url.connect(f"libsql:///{tmp_path}/app.db?timeout=2.5", pragmas={"cache_size": -3000})
    assert (database.timeout, database.cache_size) == (2.5, -3000)
    database.close()
    assert db_url.connect("libsql://db.example.org/main", token="a-token").settings.token == "a-token"


def test_urls_of_peewee_hold_no_secret():
    with pytest.raises(ValueError, match="holds no secret"):
        db_url.connect("libsql://ann:secret@db.example.org/main")


def test_peewees_names_do_not_replace_ours():
    names: dict[str, object] = {}
    exec("from shared_schema.database import *\nfrom peewee import *", names)
    assert names["LibsqlDatabase"] is LibsqlDatabase
    assert not set(shared_schema.database.__all__) & set(peewee.__all__)

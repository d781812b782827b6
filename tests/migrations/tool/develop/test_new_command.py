"""The command `new`: what it asks, what it answers without a person, an empty draft."""

import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path

import peewee
import pytest
from click.testing import CliRunner

from migrations.__main__ import main
from migrations.tool.schema import definition
from shared_schema.releases import streams
from tests.migrations.tool.develop.test_new_tables import BASE, Author

ROOT = Path(__file__).parents[4]
# `new` in a process of its own whose models have the column under another name; arguments: the directory of the stream.
PROGRAM = """
import pathlib, sys
from migrations.__main__ import main
from migrations.tool.schema import definition
from shared_schema.releases import streams
from tests.migrations.tool.develop.test_new_command import Writer

streams.directory = lambda stream: pathlib.Path(sys.argv[1]) / stream
streams.NEEDS = {"growth": ()}
definition.OWNERS["growth"] = [Writer]
del definition.OBJECTS["growth"]
main(["new", "growth", "renamed"])
"""


@pytest.fixture
def growth(tmp_path, monkeypatch):
    """The directory of a stream whose name the command line knows, with a model of ours and no migration."""
    monkeypatch.setattr(streams, "directory", lambda stream: tmp_path / stream)
    monkeypatch.setattr(streams, "NEEDS", {"growth": ()})
    monkeypatch.setitem(definition.OWNERS, "growth", [Author])
    monkeypatch.delitem(definition.OBJECTS, "growth")
    (tmp_path / "growth").mkdir()
    return tmp_path / "growth"


def test_empty_draft_is_written_whatever_the_models_say(growth):
    for number in ("001", "002"):
        result = CliRunner().invoke(main, ["new", "growth", "by_hand", "--empty"])
        path = growth / f"{number}_by_hand.py"
        assert (result.exit_code, result.output) == (0, f"{path}\n")
        assert path.read_text() == (
            '"""By hand."""\n\nfrom typing import Any\n\n\n'
            "def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:\n    pass\n\n\n"
            "def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:\n    pass\n"
        )


class Writer(peewee.Model):
    id = peewee.AutoField()
    pen_name = peewee.TextField()

    class Meta:
        table_name = "author"
        strict_tables = True


SENTENCE = (
    'the column "name" is gone from "author" and "pen_name" is new: say --rename author.name:pen_name if it is the '
    "same one under another name, or --no-rename if it is not\n"
)


@pytest.mark.parametrize(
    ("words", "code", "output"),
    [
        ([], 2, SENTENCE),
        (["--rename", "author.name:pen_name"], 0, "002_renamed.py"),
        (["--no-rename"], 0, "002_renamed.py"),
    ],
)
def test_command_asks_about_a_rename_and_stops_where_nobody_answers(words, code, output, growth, monkeypatch):
    CliRunner().invoke(main, ["new", "growth", "first"])
    monkeypatch.setitem(definition.OWNERS, "growth", [Writer])
    result = CliRunner().invoke(main, ["new", "growth", "renamed", *words])
    assert (result.exit_code, result.output.replace(f"{growth}/", "").strip()) == (code, output.strip())


def test_command_names_what_nobody_declares(growth, monkeypatch):
    (growth / "001_view.py").write_text(BASE.replace("TABLE land (id INTEGER PRIMARY KEY)", "VIEW now AS SELECT 1"))
    monkeypatch.setitem(definition.OWNERS, "growth", [])
    result = CliRunner().invoke(main, ["new", "growth", "nothing"])
    assert result.output == (
        "the models have nothing new\nnow is in no OBJECTS and stays: declare it there, or say --drop now\n"
    )
    assert (
        CliRunner().invoke(main, ["new", "growth", "dropped", "--drop", "now"]).output == f"{growth}/002_dropped.py\n"
    )


@pytest.mark.parametrize(("answer", "statement"), [("y", "RENAME COLUMN"), ("n", 'CREATE TABLE "new_author"')])
def test_person_at_a_terminal_is_asked(answer, statement, growth, tmp_path):
    CliRunner().invoke(main, ["new", "growth", "first"])
    terminal, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "RUST_LOG": "off"},
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        os.close(theirs)
        os.write(terminal, f"{answer}\n".encode())
        out, _ = running.communicate(timeout=60)
    assert (running.returncode, out) == (0, f"{growth}/002_renamed.py\n")
    assert 'Is the new column "author"."pen_name" the old "name" under another name? [y/N]' in _read(terminal)
    assert statement in (growth / "002_renamed.py").read_text()
    os.close(terminal)


def _read(terminal):
    """All that was written to a terminal which nobody has open any more."""
    text = b""
    with contextlib.suppress(OSError):  # the end
        while piece := os.read(terminal, 65536):
            text += piece
    return text.decode()

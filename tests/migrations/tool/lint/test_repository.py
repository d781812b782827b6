"""The migrations that there are break no rule, and neither does the rebuild that the tool writes, for any table."""

import shutil

import pytest

from migrations.tool import lint, rehearsal
from migrations.tool.schema import beside, change, definition
from migrations.tool.schema.definition import Inventory
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from shared_schema.tables import OWNERS

FILE = '''"""A rebuild."""


def migrate(migrator, database, *, fake=False):
    for sql in {statements!r}:
        migrator.sql(sql)


def rollback(migrator, database, *, fake=False):
    migrate(migrator, database)
'''


def test_our_own_migrations_have_no_finding():
    rehearsed = rehearsal.rehearse(None, rehearsal.everything())
    assert [result.error for result in rehearsed] == [None] * len(rehearsed)
    assert lint.errors(lint.findings(rehearsed)) == []
    first = [finding for finding in lint.findings(rehearsed) if finding.migration.endswith("/001_first_tables")]
    assert first == []


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """Our streams in a directory of the test's own."""
    for stream in streams.NEEDS:
        shutil.copytree(streams.directory(stream), tmp_path / stream)
    monkeypatch.setattr(streams, "directory", lambda stream: tmp_path / stream)
    return tmp_path


@pytest.mark.parametrize("owner", list(OWNERS))
def test_any_table_can_be_rebuilt_as_the_tool_writes_it(owner, copy):
    db = LibsqlDatabase("file::memory:")
    tables = definition.of_models(db, owner)
    ours = Inventory(tables, definition.objects(db))
    for name, table in tables.items():
        steps = change._rebuild(name, table, table)
        moves = beside.moves(ours, ours, tables, steps)
        statements = [*moves.before, *steps, *moves.after]
        (copy / owner / f"900_{name}.py").write_text(FILE.format(statements=statements))
    db.close()
    rehearsed = rehearsal.rehearse(None, rehearsal.everything())
    assert len(rehearsed) == len(rehearsal.everything())
    assert [finding for finding in lint.findings(rehearsed) if "/900_" in finding.migration] == []

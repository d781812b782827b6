"""A database with everything that a backup could lose, on a file and on a server."""

from functools import partial

import pytest
from click.testing import CliRunner

from migrations.__main__ import main
from migrations.tool.backup import dump, manifest
from migrations.tool.commands import target

AWKWARD = """
CREATE TABLE awkward (id INTEGER PRIMARY KEY AUTOINCREMENT, a ANY, b ANY, g INTEGER AS (id * 2) STORED) STRICT;
INSERT INTO awkward (a, b) VALUES
    (9223372036854775807, -9223372036854775808), (9007199254740993, 4294967296), (0.1, 1e300), (5e-324, 0.0), (1.0, 1),
    (9e999, -9e999), (x'00ff00', x''), ('', NULL), ('it''s', '"quoted"'), ('two
lines;
-- next 3', '/* no comment'), ('\\n', '😀‮é'), (CAST(x'610062' AS TEXT), CAST(x'00' AS TEXT)), ('1e5', '0012');
DELETE FROM awkward WHERE id = 13;
CREATE TABLE keyed (a TEXT, b INTEGER, c BLOB, PRIMARY KEY (b, a)) STRICT, WITHOUT ROWID;
INSERT INTO keyed VALUES ('z', 1, x'01'), ('a', 2, NULL), ('b', 1, NULL);
CREATE TABLE "odd ""name" ("rowid" TEXT, "select" TEXT DEFAULT ';', "order" INTEGER CHECK ("order" <> 3));
INSERT INTO "odd ""name" VALUES ('second', 'x', 1), ('first', 'y', 2);
CREATE TABLE child (id INTEGER PRIMARY KEY, of INTEGER REFERENCES awkward (id) ON DELETE CASCADE);
INSERT INTO child VALUES (1, 1), (2, 1), (3, NULL);
CREATE INDEX awkward_b ON awkward (b DESC, a) WHERE b IS NOT NULL;
CREATE INDEX awkward_half ON awkward (id % 2);
CREATE VIEW seen AS SELECT a, count(*) AS n FROM awkward GROUP BY a;
CREATE TRIGGER touched AFTER INSERT ON keyed BEGIN UPDATE keyed SET c = x'99' WHERE a = new.a; DELETE FROM child; END
"""


def statements(text):
    """Split at semicolons that end a line; the trigger is the last."""
    parts = text.strip().split(";\n")
    joined = [parts[0]]
    for part in parts[1:]:
        if part.lstrip().startswith(("CREATE", "INSERT", "DELETE")) and joined[-1].count("'") % 2 == 0:
            joined.append(part)
        else:
            joined[-1] += ";\n" + part
    return joined


@pytest.fixture
def awkward(database):
    """The migrated database with awkward tables besides."""
    for sql in statements(AWKWARD):
        database.execute_sql(sql)
    return database


@pytest.fixture
def whole():
    """`whole(db)`: everything there is, for comparing; the clock of the replicas goes on by itself."""

    def read(db):
        schema = [(entry.kind, entry.name, entry.sql) for entry in manifest.objects(db)]
        tables = [name for kind, name, _ in schema if kind == "table" and name != "consistency_clock"]
        return schema, {name: dump.of(db, name) for name in tables}

    return read


@pytest.fixture
def path(tmp_path):
    return tmp_path / "backups" / "one.sql.gz"


@pytest.fixture
def tool(settings, tool_on):
    """`tool("restore", …)`: runs the command on the test's database, as `tool_on` does."""
    return partial(tool_on, settings)


@pytest.fixture
def tool_on(monkeypatch, tmp_path):
    """`tool_on(settings, "restore", …)`: runs the command on that database; exit code, stdout, stderr without the first
    line, which names the database.
    """
    monkeypatch.setenv("PINGTOPASS_VAR", str(tmp_path / "var"))

    def run(settings, *arguments):
        monkeypatch.setenv("TURSO_DATABASE_URL", settings.url)
        monkeypatch.setenv("TURSO_AUTH_TOKEN", settings.token or "")
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert isinstance(result.exception, SystemExit | None), result.exception
        return result.exit_code, result.stdout, result.stderr.partition("\n")[2]

    return run


@pytest.fixture
def source(settings):
    """The name that the tool gives to the test's database."""
    return target.Target(settings, settings.path or settings.base_url.partition("//")[2]).source

"""A team with three streams of its own, on a file and on a server: its models, its files, the command line."""

import json
import re

import peewee
import pytest
from click.testing import CliRunner

from migrations.__main__ import main
from migrations.tool import exits
from migrations.tool.lint import reads
from migrations.tool.schema import definition
from shared_schema.database import LibsqlDatabase, Verbatim
from shared_schema.releases import streams
from tests import servers

NEEDS = {"shared": (), "study": ("shared",), "growth": ("shared", "study")}


class Team:
    """What the people of the team do: declare, draft, write, and run the tool."""

    def __init__(self, root, url):
        self.root, self.url = root, url
        self.db = LibsqlDatabase(url)

    def run(self, *words):
        """Exit code and output of a command."""
        result = CliRunner().invoke(main, words)
        assert not (result.exception and not isinstance(result.exception, SystemExit)), result.output
        return result.exit_code, re.sub(r"(?m)^database: .*\n", "", result.output)

    def declare(self, stream, *tables):
        definition.OWNERS[stream] = list(tables)

    def beside(self, stream, *statements):
        definition.OBJECTS[stream] = statements

    def new(self, stream, name, *options):
        """Draft the next migration: its path."""
        code, out = self.run("new", stream, name, *options, "--json")
        assert code == 0, out
        return streams.directory(stream) / f"{json.loads(out.splitlines()[-1])['file'].rpartition('/')[2]}"

    def write(self, stream, name, up, down=(), **stated):
        """Write the next migration by hand: its path."""
        last = max((int(name[:3]) for name in streams.names(stream)), default=0)
        path = streams.directory(stream) / f"{last + 1:03}_{name}.py"
        literals = "\n".join(f"{name} = {value!r}" for name, value in stated.items())
        path.write_text(
            f'"""{name}."""\n\n{literals}\n\n\n'
            f"def migrate(migrator, database, *, fake=False):\n{_calls(up)}\n\n\n"
            + (f"def rollback(migrator, database, *, fake=False):\n{_calls(down)}\n" if down else "")
        )
        return path

    def bring(self, stream):
        """Lint, plan, up and check, which must all be content; the lines of `up`."""
        assert self.run("lint")[0] == 0, self.run("lint")[1]
        assert self.run("plan", stream)[0] == 0
        code, out = self.run("up", stream, "--yes")
        assert code == 0, out
        self.is_whole()
        return out.splitlines()

    def there_and_back(self, stream):
        """Bring a stream up, down by one, and up again. Afterwards nothing differs from the models each time."""
        lines = self.bring(stream)
        for words in (("down", stream), ("up", stream)):
            code, out = self.run(*words, "--yes")
            assert code == 0, out
        self.is_whole()
        return lines

    def refuses(self, *words, says, code=exits.NOTHING_DONE):
        """A command ends with this code, and with this among its words."""
        if words[0] in ("up", "down"):
            words = (*words, "--yes")
        ended, out = self.run(*words)
        assert ended == code, out
        assert says in " ".join(out.split()), out

    def state(self, path, **stated):
        """Write literals into a migration, below its docstring."""
        docstring, _, rest = path.read_text().partition("\n")
        literals = "\n".join(f"{name} = {value!r}" for name, value in stated.items())
        path.write_text(f"{docstring}\n\n{literals}\n{rest}")

    def change(self, path, old, new):
        """Replace a piece of a migration's text, which must be there."""
        assert old in path.read_text(), path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))

    def fails(self, statement):
        """The engine's words for a statement that it refuses."""
        with pytest.raises(peewee.DatabaseError) as refused:
            self.sql(statement)
        return str(refused.value)

    def is_whole(self):
        code, out = self.run("check")
        assert code == 0, out
        assert self.run("verify")[:2] == (0, "whole\n")

    def ask(self, first, last):
        """Add questions, of which the numbers say the port and the exam."""
        self.sql(
            "WITH RECURSIVE n (n) AS (SELECT ? UNION ALL SELECT n + 1 FROM n WHERE n < ?) INSERT INTO questions"
            " (id, exam_id, text) SELECT n, 1 + n % 3, printf('question %d on port %d', n, n % 1000) FROM n",
            first,
            last,
        )

    def sql(self, statement, *parameters):
        return self.db.execute_sql(Verbatim(statement) if not parameters else statement, parameters).fetchall()


def _calls(statements):
    texts = [statements] if isinstance(statements, str) else statements
    return "\n".join(f"    migrator.sql({sql!r})" for sql in texts) or "    pass"


@pytest.fixture
def place(mode, tmp_path):
    """The address of an empty database."""
    if mode == "file":
        yield f"file:{tmp_path}/year.db"
        return
    servers.needed()
    with servers.Sqld(tmp_path / "server", auth=False) as running:
        yield running.url


@pytest.fixture
def team(place, tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "directory", lambda stream: tmp_path / "migrations" / stream)
    monkeypatch.setattr(streams, "NEEDS", NEEDS)
    monkeypatch.setattr(reads, "PACKAGES", {"study": ("study_code",), "growth": ("growth_code",)})
    for stream in NEEDS:
        (tmp_path / "migrations" / stream).mkdir(parents=True)
        monkeypatch.setitem(definition.OWNERS, stream, [])
        monkeypatch.setitem(definition.OBJECTS, stream, ())
    for suffix in ("_DEV", "_PROD"):
        monkeypatch.delenv(f"TURSO_DATABASE_URL{suffix}", raising=False)
    monkeypatch.setenv("TURSO_DATABASE_URL", place)
    monkeypatch.setenv("PINGTOPASS_VAR", str(tmp_path / "var"))
    own = Team(tmp_path, place)
    yield own
    own.db.close()

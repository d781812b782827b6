"""A new migration, written from the difference between the models and what the migrations so far build."""

import tempfile
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from migrations.tool.develop import ask
from migrations.tool.router import StreamRouter
from migrations.tool.schema import change, definition, renames, sqltext
from migrations.tool.schema.definition import Inventory
from migrations.tool.schema.renames import Renames
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams

_FILE = '''"""{title}"""

from typing import Any
{phase}

def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
{up}


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
{down}
'''
_PHASE = '\nPHASE = "contract"\n'
_PAD = " " * 8


@dataclass(frozen=True, slots=True)
class Draft:
    """The statements there and back. `undeclared` are the objects that migrations have made and nobody declares."""

    up: list[str]
    down: list[str]
    renamed: Renames
    undeclared: list[str]


def of(stream: str, answers: ask.Answers = ask.NOTHING_SAID, drop: Sequence[str] = ()) -> Draft:
    """What brings the stream to its models, and what leads back.

    `drop` names objects that nobody declares and that shall go; the others stay. Raises ask.Unanswered.
    """
    built, declared = _built(stream), definition.declared([stream])
    renamed = ask.renames(built.tables, declared.tables, answers)
    there, _ = renames.apply(built, renamed)
    undeclared = [name for name in built.objects if name not in declared.objects]
    ask.check_drops(drop, undeclared)
    left = {name: entry for name, entry in there.objects.items() if name not in drop}
    new = definition.with_undeclared(declared, Inventory(there.tables, left))
    up, down = change.statements(built, new, renamed), change.statements(new, built, renamed.back)
    return Draft(up, down, renamed, [name for name in undeclared if name in new.objects])


def changes(stream: str) -> tuple[list[str], list[str]]:
    """The statements that bring the stream to its models, and those that lead back. Raises ask.Unanswered."""
    draft = of(stream)
    return draft.up, draft.down


def write(stream: str, name: str, title: str, draft: Draft | None = None) -> Path | None:
    """Write the next migration of the stream and return its path; None where the models have nothing new."""
    draft = draft or of(stream)
    if not draft.up:
        return None
    return _write(stream, name, title, _calls(draft.up), _calls(draft.down), _PHASE if draft.renamed else "")


def write_empty(stream: str, name: str, title: str) -> Path:
    """Write a migration that does nothing yet."""
    return _write(stream, name, title, "    pass", "    pass", "")


def _write(stream: str, name: str, title: str, up: str, down: str, phase: str) -> Path:
    last = max((int(name[:3]) for name in streams.names(stream)), default=0)
    path = streams.directory(stream) / f"{last + 1:03}_{name}.py"
    path.write_text(_FILE.format(title=title, phase=phase, up=up, down=down or "    pass"))
    return path


def _built(stream: str) -> Inventory:
    """What the stream's migrations make, beside what the streams that it needs have made."""
    with tempfile.TemporaryDirectory() as scratch:
        db = LibsqlDatabase(f"file:{scratch}/built.db")
        try:
            for need in streams.NEEDS[stream]:
                StreamRouter(db, need).run()
            tables, objects = set(definition.tables(db)), definition.objects(db)
            StreamRouter(db, stream).run()
            own = {name: entry for name, entry in definition.objects(db).items() if name not in objects}
            return Inventory(definition.read(db, set(definition.tables(db)) - tables), own)
        finally:
            db.close()


def _calls(statements: list[str]) -> str:
    texts = [_laid_out(sql).replace("\\", "\\\\").replace('"""', '\\"\\"\\"') for sql in statements]
    return "\n".join(f'    migrator.sql(\n        """\n{text}\n        """\n    )' for text in texts)


def _laid_out(sql: str) -> str:
    """One column a line, as a person would write it; a view or trigger in the lines in which it was declared."""
    if sql.startswith("CREATE TABLE"):
        head, tail = sql[: sql.index("(") + 1], sql[sql.rindex(")") :]
        body = f",\n{_PAD}    ".join(sqltext.clauses(sql))
        return f"{_PAD}{head}\n{_PAD}    {body}\n{_PAD}{tail}"
    first, _, rest = sql.partition("\n")
    text = textwrap.indent(f"{first.strip()}\n{textwrap.dedent(rest)}".rstrip(), _PAD)
    return text if sqltext.normal(text) == sqltext.normal(sql) else _PAD + sql

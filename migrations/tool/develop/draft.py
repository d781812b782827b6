"""A new migration, written from the difference between the models and what the migrations so far build."""

import tempfile
from pathlib import Path

from migrations.tool.router import StreamRouter
from migrations.tool.schema import change, definition, sqltext
from shared_schema.database import Database
from shared_schema.releases import streams

_FILE = '''"""{title}"""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
{up}


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
{down}
'''


def changes(stream: str) -> tuple[list[str], list[str]]:
    """The statements that bring the stream to its models, and those that lead back."""
    with tempfile.TemporaryDirectory() as scratch:
        built, declared = Database(f"file:{scratch}/built.db"), Database(f"file:{scratch}/declared.db")
        try:
            for need in streams.NEEDS[stream]:
                StreamRouter(built, need).run()
            before = {*built.get_tables(), streams.history_table(stream)}
            StreamRouter(built, stream).run()
            old = definition.read(built, set(built.get_tables()) - before)
            new = definition.of_models(declared, stream)
        finally:
            built.close()
            declared.close()
    return change.statements(old, new), change.statements(new, old)


def write(stream: str, name: str, title: str) -> Path | None:
    """Write the next migration of the stream and return its path; None where the models have nothing new."""
    up, down = changes(stream)
    if not up:
        return None
    last = max((int(name[:3]) for name in streams.names(stream)), default=0)
    path = streams.directory(stream) / f"{last + 1:03}_{name}.py"
    path.write_text(_FILE.format(title=title, up=_calls(up), down=_calls(down)))
    return path


def _calls(statements: list[str]) -> str:
    texts = [_laid_out(sql).replace("\\", "\\\\") for sql in statements]
    return "\n".join(f'    migrator.sql(\n        """\n{text}\n        """\n    )' for text in texts)


def _laid_out(sql: str) -> str:
    """One column a line, as a person would write it."""
    pad = " " * 8
    if not sql.startswith("CREATE TABLE"):
        return pad + sql
    head, tail = sql[: sql.index("(") + 1], sql[sql.rindex(")") :]
    body = f",\n{pad}    ".join(sqltext.clauses(sql))
    return f"{pad}{head}\n{pad}    {body}\n{pad}{tail}"

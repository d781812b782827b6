"""Rules of what a migration may depend on: nothing but its own text and the rows it finds when it runs."""

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from migrations.tool.lint.case import Broken, Case
from shared_schema.releases import streams

# What these give is another thing at each run, on each machine.
_CHANGING = frozenset(
    {
        "datetime",
        "http",
        "os",
        "random",
        "requests",
        "secrets",
        "socket",
        "subprocess",
        "time",
        "urllib",
        "urllib3",
        "uuid",
    }
)


def query_in_migrate(case: Case) -> Iterator[Broken]:
    """A query that `migrate` itself runs, before any of its statements."""
    for sql in dict.fromkeys(case.rehearsed.queries):
        yield Broken(
            sql,
            "migrate() asks the database while it is read, before its own statements run, and again without an answer "
            "whenever a later migration replays it. Put the query into a function and give that to "
            "migrator.run(function, …): it runs in its place among the statements.",
        )


def not_repeatable(case: Case) -> Iterator[Broken]:
    """A file that imports what gives another result at each run."""
    migration = case.migration
    imported = _imported(streams.directory(migration.stream) / f"{migration.name}.py")
    if changing := sorted(imported & _CHANGING):
        yield Broken(
            "",
            f"it imports {', '.join(changing)}, so it may do something else than at its rehearsal; a schema that comes "
            "out different is rolled back, other rows are not seen. Write the values into the migration, or let the "
            "engine make them: unixepoch(), randomblob(16).",
            "warning",
        )


def _imported(path: Path) -> frozenset[str]:
    return _modules(path, path.stat().st_mtime_ns) if path.exists() else frozenset()


@lru_cache(maxsize=512)
def _modules(path: Path, _: int) -> frozenset[str]:
    """The first parts of the names of the modules that a file imports."""
    nodes = list(ast.walk(ast.parse(path.read_text(), str(path))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return frozenset(name.partition(".")[0] for name in plain | parts)

"""Which stream a table or view belongs to: the stream of its model; without a model, of the migration that made it."""

import ast
import re
from functools import lru_cache
from pathlib import Path

from shared_schema.releases import streams
from shared_schema.tables import OBJECTS, OWNERS

_MADE = re.compile(
    r"\bCREATE\s+(?:VIRTUAL\s+TABLE|TABLE|VIEW)\s+(?:IF\s+NOT\s+EXISTS\s+)?[\"`\[]?(\w+)"
    r"|\bRENAME\s+TO\s+[\"`\[]?(\w+)",
    re.IGNORECASE,
)


def by_table() -> dict[str, str]:
    """The stream of every table, virtual table and view that is declared or that a migration makes."""
    made = {
        table: stream
        for stream in streams.NEEDS
        for name in streams.names(stream)
        for table in _names(streams.directory(stream) / f"{name}.py")
    }
    declared = {model._meta.table_name: owner for owner, models in OWNERS.items() for model in models}
    beside = {name: owner for owner, created in OBJECTS.items() for sql in created for name in _of_text(sql)}
    return made | declared | beside


def made_by(stream: str, name: str) -> frozenset[str]:
    """The tables that one migration makes."""
    return _names(streams.directory(stream) / f"{name}.py")


def _names(path: Path) -> frozenset[str]:
    """The tables that a migration file makes or renames to, found in its texts."""
    return _made(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=512)
def _made(path: Path, _: int) -> frozenset[str]:
    texts = (
        node.value
        for node in ast.walk(ast.parse(path.read_text(), str(path)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return frozenset(name for text in texts for name in _of_text(text))


def _of_text(sql: str) -> list[str]:
    return [one or other for one, other in _MADE.findall(sql)]

"""The last line of a backup: the schema, the rows and the hash of each table, the last migration of each stream."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TypedDict

from migrations.tool import lease
from migrations.tool.backup import dump
from migrations.tool.backup.dump import Content
from migrations.tool.progress import Progress, silent
from migrations.tool.schema import structure
from migrations.tool.schema.structure import Object
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.releases import streams

_KINDS = ("table", "virtual", "index", "view", "trigger")
FORMAT = 2
_READABLE = (1, FORMAT)


class _SequenceRow(TypedDict):
    name: str
    seq: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """`orphans` is the number of references to rows that are not there: a backup keeps them as they are. `shadows` has
    the shadow tables of virtual tables and of indexes of vectors, `bytes` is the size of the database.

    In format 1 there are no virtual tables, the size is that of the text, and row ids that are no column are not kept.
    """

    made_at: str
    source: str
    engine: str
    streams: dict[str, str | None]
    schema: list[str]
    tables: dict[str, Content]
    sequences: dict[str, int]
    orphans: int
    shadows: dict[str, Content] = field(default_factory=dict)
    bytes: int = 0
    format: int = FORMAT

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=True)

    @property
    def rows(self) -> int:
        """The rows of all tables, without shadow tables."""
        return sum(content.rows for content in self.tables.values())


def from_json(text: str, text_bytes: int) -> Manifest:
    """The manifest of a backup whose text is so long. Raises ValueError, KeyError or TypeError for a text that is no
    manifest of a format that we know.
    """
    values = json.loads(text)
    if values["format"] not in _READABLE:
        raise ValueError("a format this version does not know")
    tables, shadows = (
        {name: Content(**content) for name, content in values.pop(part, {}).items()} for part in ("tables", "shadows")
    )
    return Manifest(**{"bytes": text_bytes} | values | {"tables": tables, "shadows": shadows})


def objects(db: LibsqlDatabase) -> list[Object]:
    """Everything a backup holds, tables first, each kind in the order in which it was made."""
    # The lease is not kept: in another database it would be wrong.
    kept = [entry for entry in structure.objects(db) if entry.name != lease.TABLE]
    return sorted(kept, key=lambda entry: _KINDS.index(entry.kind))


def of_kind(entries: Sequence[Object], kind: structure.Kind) -> list[Object]:
    """The objects of one kind, the last made first: the order in which to drop them."""
    return [entry for entry in reversed(entries) if entry.kind == kind]


def heads(db: LibsqlDatabase) -> dict[str, str | None]:
    """The last migration of each stream."""
    return {stream: max(streams.applied(db, stream), default=None) for stream in streams.NEEDS}


def sequences(db: LibsqlDatabase) -> dict[str, int]:
    """The highest ids ever given by AUTOINCREMENT."""
    (exists,) = db.fetch([Statement("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")])
    if not exists.rows:
        return {}
    (sequences,) = db.fetch([Statement("SELECT name, seq FROM sqlite_sequence ORDER BY name")])
    return {row["name"]: row["seq"] for row in sequences.all(_SequenceRow)}


def orphans(db: LibsqlDatabase) -> int:
    """How many references lead to rows that are not there."""
    return len(db.execute_sql("PRAGMA foreign_key_check").fetchall())


def differences(db: LibsqlDatabase, manifest: Manifest, progress: Progress = silent) -> list[str]:
    """Sentences on how a database differs from its manifest; none where both agree."""
    wrong = []
    if sorted(entry.sql for entry in objects(db)) != sorted(manifest.schema):
        wrong.append("the schema is another")
    if sequences(db) != manifest.sequences:
        wrong.append("the sequences are others")
    done = 0
    for name, wanted in {**manifest.tables, **manifest.shadows}.items():
        progress("comparing", min(done, manifest.rows), manifest.rows)
        done += wanted.rows
        if (actual := _content(db, name, manifest.format)) != wanted:
            wrong.append(f"{name} has {actual.rows} rows instead of {wanted.rows}, or other ones")
    if orphans(db) != manifest.orphans:
        wrong.append("references are broken")
    return wrong


def _content(db: LibsqlDatabase, table: str, format_: int) -> Content:
    layout = dump.layout_of(db, table)
    return dump.of(db, table, layout.stored if format_ == 1 else layout.whole)

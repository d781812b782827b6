"""What a backup says of itself: the schema, each table's rows and hash, and how far the streams were."""

import json
from dataclasses import asdict, dataclass

from migrations.tool import exits, lease
from migrations.tool.backup import dump
from migrations.tool.backup.dump import Content
from migrations.tool.progress import Progress, silent
from migrations.tool.schema import structure
from migrations.tool.schema.structure import Object
from shared_schema.database import Database, Statement
from shared_schema.releases import streams

_KINDS = ("table", "index", "view", "trigger")
FORMAT = 1


class Unsupported(exits.Stopped):
    """The database holds something that cannot be written as plain SQL."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`orphans` is how many references lead nowhere: a backup repeats what it found, it does not judge it."""

    made_at: str
    source: str
    engine: str
    streams: dict[str, str | None]
    schema: list[str]
    tables: dict[str, Content]
    sequences: dict[str, int]
    orphans: int

    def to_json(self) -> str:
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=True)

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.tables.values())


def from_json(text: str) -> Manifest:
    """Raises ValueError, KeyError or TypeError for what is no manifest of a format we know."""
    said = json.loads(text)
    if said.pop("format") != FORMAT:
        raise ValueError("a format this version does not know")
    tables = {name: Content(**each) for name, each in said.pop("tables").items()}
    return Manifest(tables=tables, **said)


def objects(db: Database) -> list[Object]:
    """Everything a backup holds, tables first, each kind in the order in which it was made."""
    kept = [each for each in structure.objects(db) if each.name != lease.TABLE]  # a lease is wrong in another database
    virtual = [each.name for each in kept if each.sql.upper().startswith("CREATE VIRTUAL")]
    if virtual:
        raise Unsupported(f"virtual tables cannot be backed up: {', '.join(virtual)}")
    return sorted(kept, key=lambda each: _KINDS.index(each.kind))


def heads(db: Database) -> dict[str, str | None]:
    """The last migration of each stream."""
    return {stream: max(streams.applied(db, stream), default=None) for stream in streams.NEEDS}


def sequences(db: Database) -> dict[str, int]:
    """The highest ids ever given by AUTOINCREMENT."""
    (there,) = db.fetch([Statement("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")])
    if not there.rows:
        return {}
    (found,) = db.fetch([Statement("SELECT name, seq FROM sqlite_sequence ORDER BY name")])
    return {row["name"]: row["seq"] for row in found.rows}


def orphans(db: Database) -> int:
    """References that lead nowhere."""
    return len(db.execute_sql("PRAGMA foreign_key_check").fetchall())


def differences(db: Database, manifest: Manifest, progress: Progress = silent) -> list[str]:
    """How a database differs from what a manifest says of it, in words; nothing where it does not."""
    found = []
    if sorted(each.sql for each in objects(db)) != sorted(manifest.schema):
        found.append("the schema is another")
    if sequences(db) != manifest.sequences:
        found.append("the sequences are others")
    done = 0
    for name, wanted in manifest.tables.items():
        progress("comparing", done, manifest.rows)
        done += wanted.rows
        if (is_ := dump.of(db, name)) != wanted:
            found.append(f"{name} has {is_.rows} rows instead of {wanted.rows}, or other ones")
    if orphans(db) != manifest.orphans:
        found.append("references are broken")
    return found

"""What a migration may not change by accident: the schema, the histories, and how many rows there are."""

from collections.abc import Mapping
from dataclasses import dataclass

from migrations import streams, structure
from shared_schema.database import Database


class RowsLost(Exception):
    """A migration would leave fewer rows, and does not say why. It was rolled back."""


class AnotherResult(Exception):
    """A migration led elsewhere than at its rehearsal. It was rolled back."""


@dataclass(frozen=True, slots=True)
class State:
    """Text of every object, rows of every table, names in every history."""

    objects: dict[str, str]
    rows: dict[str, int]
    histories: dict[str, list[str]]


def read(db: Database) -> State:
    found = structure.objects(db)
    tables = [each.name for each in found if each.kind == "table"]
    histories = {stream: [each.name for each in of] for stream, of in streams.histories(db, streams.NEEDS).items()}
    return State(structure.texts(found), structure.sizes(db, tables), histories)


def changes(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, tuple[int | None, int | None]]:
    """Tables whose number of rows is another one, or that came or went."""
    names = [name for name in {**before, **after} if not structure.of_tool(name)]
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def lost(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """In words, the tables that have fewer rows."""
    pairs = changes(before, after).items()
    return [f"{name} {was} → {is_ or 0}" for name, (was, is_) in pairs if was and (is_ or 0) < was]


def broken(db: Database) -> list[str]:
    """What is wrong with the database itself, in words: its pages, its references."""
    orphans = [
        f"{table} row {row or '?'} refers to a row of {parent} that is not there"
        for table, row, parent, _ in db.execute_sql("PRAGMA foreign_key_check").fetchall()
    ]
    return (
        damage(db) + orphans + [f"{child} refers to {parent}, a table that is gone" for child, parent in dangling(db)]
    )


def damage(db: Database) -> list[str]:
    """What the engine finds wrong with its pages and indexes, and with values that break a CHECK or NOT NULL."""
    return [str(row[0]) for row in db.execute_sql("PRAGMA integrity_check").fetchall() if row[0] != "ok"]


def dangling(db: Database) -> list[tuple[str, str]]:
    """References to tables that are gone, which foreign_key_check passes over as long as there are no rows."""
    return [(child, parent) for child, parent in db.execute_sql(_DANGLING).fetchall()]


_DANGLING = """
    SELECT DISTINCT child.name, reference."table"
    FROM sqlite_master AS child JOIN pragma_foreign_key_list(child.name) AS reference
    WHERE child.type = 'table'
    AND lower(reference."table") NOT IN (SELECT lower(name) FROM sqlite_master WHERE type = 'table')
"""

"""What a migration may not change by accident: the schema, the histories, and how many rows there are."""

from collections.abc import Mapping
from dataclasses import dataclass

from migrations.tool import exits
from migrations.tool.schema import structure, virtual
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams


class RowsLost(exits.Stopped):
    """A migration would leave fewer rows, and does not say why. It was rolled back."""


class AnotherResult(exits.Stopped):
    """A migration led to another schema than at its rehearsal. It was rolled back."""


@dataclass(frozen=True, slots=True)
class State:
    """The SQL text of every object, the number of rows of every table, the names in every history."""

    objects: dict[str, str]
    rows: dict[str, int]
    histories: dict[str, list[str]]


def read(db: LibsqlDatabase) -> State:
    objects = structure.objects(db)
    # An index that is made from a table has as many rows as that; dbstat and its like have none of their own.
    tables = [entry.name for entry in objects if entry.kind == "table" or virtual.keeps_rows(entry)]
    histories = streams.histories(db, streams.NEEDS)
    names = {stream: [migration.name for migration in history] for stream, history in histories.items()}
    return State(structure.texts(objects), structure.sizes(db, tables), names)


def changes(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, tuple[int | None, int | None]]:
    """The tables whose number of rows has changed, before and after; None where there is no such table."""
    names = [name for name in {**before, **after} if not structure.of_tool(name)]
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def lost(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """The tables that have fewer rows, for people: `child 3 → 0`. A table that is gone while a new one has exactly its
    number of rows was renamed.
    """
    pairs = changes(before, after)
    new = [now for was, now in pairs.values() if was is None]
    sentences = []
    for name, (was, now) in pairs.items():
        if now is None and was in new:
            new.remove(was)
        elif was and (now or 0) < was:
            sentences.append(f"{name} {was} → {now or 0}")
    return sentences

"""What a migration may not change by accident: the schema, the histories, and how many rows there are."""

from collections.abc import Mapping
from dataclasses import dataclass

from migrations.tool import exits
from migrations.tool.schema import structure
from shared_schema.database import Database
from shared_schema.releases import streams


class RowsLost(exits.Stopped):
    """A migration would leave fewer rows, and does not say why. It was rolled back."""


class AnotherResult(exits.Stopped):
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

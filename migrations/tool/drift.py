"""Drift: between the models and the migrations, between a database and its history, between a history and the files."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from migrations.tool import history, rehearsal
from migrations.tool.lint import owners
from migrations.tool.rehearsal import built, scratch
from migrations.tool.rehearsal.scratch import Image
from migrations.tool.schema import definition, sqltext, structure
from migrations.tool.schema.structure import Object
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from shared_schema.releases.files import Migration
from shared_schema.releases.streams import Applied
from shared_schema.tables import OWNERS

Kind = Literal["models", "database", "history", "note"]
_CONSTRAINT = re.compile(r"(CONSTRAINT|PRIMARY KEY|UNIQUE|CHECK|FOREIGN KEY)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference: of the `models` from the migrations, of the `database` from its history, of the `history` from
    the files. `where` is a stream or a table. A `note` is worth knowing and no error.
    """

    kind: Kind
    where: str
    message: str


def errors(differences: Sequence[Drift]) -> list[Drift]:
    """All but the notes."""
    return [difference for difference in differences if difference.kind != "note"]


def models() -> list[Drift]:
    """What the models declare and the migrations do not build, or the other way round. Needs no database."""
    made, failure = _built(rehearsal.everything())
    if failure:
        return [Drift("models", *failure)]
    return [Drift("models", where, message) for where, message in _differences(_declared(), made)]


def database(db: LibsqlDatabase) -> list[Drift]:
    """What the database has more or less than its history says, and what is wrong with the history itself.

    The database is read in two round trips and not changed.
    """
    image = scratch.image(db)
    histories = {stream: _history(image, stream) for stream in streams.NEEDS}
    wrong = [fault for stream, had in histories.items() for fault in history.of(stream, had)]
    of_histories = [Drift("note" if fault.is_note else "history", fault.stream, fault.message) for fault in wrong]
    return [*of_histories, *_of_database(image, histories)]


def _built(migrations: Sequence[Migration]) -> tuple[tuple[Object, ...], tuple[str, str] | None]:
    """The objects that these migrations make in an empty database, and the stream and text of the first failure."""
    objects, failed = built.objects(migrations)
    if failed is None:
        return _without_tools(objects), None
    migration, reason = failed
    return _without_tools(objects), (migration.stream, f"{migration} fails on an empty database: {reason}")


def _declared() -> tuple[Object, ...]:
    """The objects that the models of all owners declare, and those declared beside them."""
    db = LibsqlDatabase("file::memory:")
    try:
        for owner in OWNERS:
            definition.of_models(db, owner)
        return structure.objects(db)
    finally:
        db.close()


def _without_tools(objects: Sequence[Object]) -> tuple[Object, ...]:
    return tuple(entry for entry in objects if not structure.of_tool(entry.of))


def _history(image: Image, stream: str) -> list[Applied]:
    """What `streams.history` gives, from what has been read already."""
    rows = (image.histories or {}).get(streams.history_table(stream), ())
    return [
        Applied(row["name"], row.get("phase", "expand"), row.get("checksum", ""), row["migrated_at"]) for row in rows
    ]


def _of_database(image: Image, histories: Mapping[str, Sequence[Applied]]) -> Iterator[Drift]:
    """How the database differs from a scratch database that has had the same migrations."""
    made, failure = _built(_in_order(histories))
    if failure:
        yield Drift("database", *failure)
        return
    ours = owners.by_table().keys() | {entry.of for entry in made}
    for where, message in _differences(made, _without_tools(image.objects)):
        yield Drift("database" if where in ours else "note", where, message)


def _in_order(histories: Mapping[str, Sequence[Applied]]) -> list[Migration]:
    """The migrations of all histories whose files are here, by the time of each, but in the order of each history."""
    migrations: list[tuple[int, Migration]] = []
    for stream, had in histories.items():
        latest = 0
        for applied in had:
            latest = max(latest, applied.migrated_at)
            if applied.name in streams.names(stream):
                migrations.append((latest, streams.read(stream, applied.name)))
    return [migration for _, migration in sorted(migrations, key=lambda pair: pair[0])]


def _differences(wanted: Sequence[Object], actual: Sequence[Object]) -> Iterator[tuple[str, str]]:
    """Pairs of a table and a sentence on how it differs."""
    one, other = {entry.name: entry for entry in wanted}, {entry.name: entry for entry in actual}
    both = one.keys() & other.keys()
    for name in sorted(one.keys() ^ other.keys()):
        entry = one.get(name) or other[name]
        if (
            entry.kind in ("table", "virtual", "view") or entry.of in both
        ):  # the index of a missing table is not named as well
            state = "is missing" if name in one else "should not be there"
            yield entry.of, f'{_kind(entry)} "{name}" {state}'
    for name in sorted(both):
        yield from ((one[name].of, message) for message in _of_object(one[name], other[name]))


def _kind(entry: Object) -> str:
    return "virtual table" if entry.kind == "virtual" else entry.kind


def _of_object(wanted: Object, actual: Object) -> Iterator[str]:
    if wanted.kind == actual.kind == "table":
        yield from _of_table(wanted.name, wanted.sql, actual.sql)
    elif (should := sqltext.plain(wanted.sql)) != (is_ := sqltext.plain(actual.sql)):
        yield f'{_kind(actual)} "{actual.name}" is {is_}, should be {should}'


def _of_table(table: str, wanted: str, actual: str) -> Iterator[str]:
    """Column by column and constraint by constraint, then the order of the columns and the options behind them."""
    if sqltext.normal(wanted) == sqltext.normal(actual):
        return
    should, is_ = _parts(wanted), _parts(actual)
    for name in [*should, *(name for name in is_ if name not in should)]:
        one, other = should.get(name), is_.get(name)
        if one is None or other is None:
            yield f'table "{table}": {name} {"is missing" if other is None else "should not be there"}'
        elif one != other:
            yield f'table "{table}": {name} is {other or "nothing"}, should be {one or "nothing"}'
    if list(should) != list(is_) and should.keys() == is_.keys():
        yield f'table "{table}": the columns stand in another order: {", ".join(is_)}'


def _parts(sql: str) -> dict[str, str]:
    """The definition of each column by its name, of each constraint by its text, and the options behind them."""
    text, clauses = sqltext.plain(sql), sqltext.clauses(sql)
    if not clauses:
        return {"the definition": text}
    parts: dict[str, str] = {}
    for clause in clauses:
        name, _, rest = clause.partition(" ")
        parts |= {f"constraint {clause}": clause} if _CONSTRAINT.match(clause) else {f"column {_quoted(name)}": rest}
    return parts | {"the end": text[text.rindex(")") + 1 :].strip()}


def _quoted(name: str) -> str:
    """The name in double quotes, whichever quotes it had."""
    return '"' + name.strip('"`[]') + '"'

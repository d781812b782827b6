"""Drift: between the models and the migrations, between a database and its history, between a history and the files."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from migrations.tool import rehearsal
from migrations.tool.lint import owners
from migrations.tool.rehearsal import scratch
from migrations.tool.rehearsal.scratch import Image
from migrations.tool.schema import definition, sqltext, structure
from migrations.tool.schema.structure import Object
from shared_schema.database import Database
from shared_schema.releases import streams
from shared_schema.releases.files import Written
from shared_schema.releases.streams import Applied
from shared_schema.tables import OWNERS

Kind = Literal["models", "database", "history", "note"]


@dataclass(frozen=True, slots=True)
class Drift:
    """What differs: `models` from the migrations, the `database` from its history, the `history` from the files.

    `where` is a stream or a table. A `note` is worth knowing and no error.
    """

    kind: Kind
    where: str
    message: str


def errors(found: Sequence[Drift]) -> list[Drift]:
    """All but the notes."""
    return [each for each in found if each.kind != "note"]


def models() -> list[Drift]:
    """What the models declare and the migrations do not build, or the other way round. Needs no database."""
    built, failed = _built(rehearsal.everything())
    if failed:
        return [Drift("models", *failed)]
    return [Drift("models", where, message) for where, message in _differences(_declared(), built)]


def database(db: Database) -> list[Drift]:
    """What the database has beside, or lacks of, what its history says; and what is odd about the history.

    The database is read in two round trips and not changed.
    """
    live = scratch.image(db)
    histories = {stream: _history(live, stream) for stream in streams.NEEDS}
    return [*(each for stream in histories for each in _odd(stream, histories[stream])), *_against(live, histories)]


def _built(wanted: Sequence[Written]) -> tuple[tuple[Object, ...], tuple[str, str] | None]:
    """What these migrations make of an empty database, or which one failed and why."""
    rehearsed = rehearsal.rehearse(None, wanted)
    if not rehearsed:
        return (), None
    last = rehearsed[-1]
    failed = (last.written.stream, f"{last.written} fails on an empty database: {last.error}") if last.error else None
    return _ours(last.after.objects), failed


def _declared() -> tuple[Object, ...]:
    db = Database("file::memory:")
    try:
        for owner in OWNERS:
            definition.of_models(db, owner)
        return structure.objects(db)
    finally:
        db.close()


def _ours(objects: Sequence[Object]) -> tuple[Object, ...]:
    return tuple(each for each in objects if not structure.of_tool(each.of))


def _history(live: Image, stream: str) -> list[Applied]:
    """As `streams.history` gives it, from what has been read already."""
    rows = (live.histories or {}).get(streams.history_table(stream), ())
    return [
        Applied(row["name"], row.get("phase", "expand"), row.get("checksum", ""), row["migrated_at"]) for row in rows
    ]


def _odd(stream: str, history: Sequence[Applied]) -> Iterator[Drift]:
    """Edited after it was applied, gone, out of order."""
    files, highest = streams.written(stream), ""
    for each in history:
        if each.name not in files:
            yield Drift("history", stream, f"{each.name} was applied and its file is gone")
        elif each.checksum and each.checksum != streams.read(stream, each.name).checksum:
            yield Drift(
                "history", stream, f"{each.name} was edited after it was applied: write a new migration instead"
            )
        if each.name < highest:
            yield Drift("history", stream, f"{each.name} was applied after {highest}")
        highest = max(highest, each.name)
    applied = {each.name for each in history}
    for name in files:
        if name not in applied and name < highest:
            yield Drift("history", stream, f"{name} is pending, and {highest} has been applied: give it a later number")


def _against(live: Image, histories: Mapping[str, Sequence[Applied]]) -> Iterator[Drift]:
    """The database beside a scratch one that has had the same migrations."""
    built, failed = _built(_in_order(histories))
    if failed:
        yield Drift("database", *failed)
        return
    ours = owners.by_table().keys() | {each.of for each in built}
    for where, message in _differences(built, _ours(live.objects)):
        yield Drift("database" if where in ours else "note", where, message)


def _in_order(histories: Mapping[str, Sequence[Applied]]) -> list[Written]:
    """What the histories name, as far as its files are there: by time, but never against a history's own order."""
    found: list[tuple[int, Written]] = []
    for stream, history in histories.items():
        latest = 0
        for each in history:
            latest = max(latest, each.migrated_at)
            if each.name in streams.written(stream):
                found.append((latest, streams.read(stream, each.name)))
    return [written for _, written in sorted(found, key=lambda pair: pair[0])]


def _differences(wanted: Sequence[Object], found: Sequence[Object]) -> Iterator[tuple[str, str]]:
    """The table, and what about it differs."""
    one, other = {each.name: each for each in wanted}, {each.name: each for each in found}
    both = one.keys() & other.keys()
    for name in sorted(one.keys() ^ other.keys()):
        each = one.get(name) or other[name]
        if each.kind in ("table", "view") or each.of in both:  # what goes with its table is not told of again
            yield each.of, f'{each.kind} "{name}" {"is missing" if name in one else "should not be there"}'
    for name in sorted(both):
        yield from ((one[name].of, message) for message in _of_object(one[name], other[name]))


def _of_object(wanted: Object, found: Object) -> Iterator[str]:
    if wanted.kind == found.kind == "table":
        yield from _of_table(wanted.name, wanted.sql, found.sql)
    elif (should := sqltext.normal(wanted.sql)) != (is_ := sqltext.normal(found.sql)):
        yield f'{found.kind} "{found.name}" is {is_}, should be {should}'


def _of_table(table: str, wanted: str, found: str) -> Iterator[str]:
    """Column by column, then the order and what stands behind the columns."""
    if sqltext.normal(wanted) == sqltext.normal(found):
        return
    should, is_ = _parts(wanted), _parts(found)
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
        constraint = re.match(r"(CONSTRAINT|PRIMARY KEY|UNIQUE|CHECK|FOREIGN KEY)\b", clause, re.IGNORECASE)
        parts |= {f"constraint {clause}": clause} if constraint else {f"column {_bare(name)}": rest}
    return parts | {"the end": text[text.rindex(")") + 1 :].strip()}


def _bare(name: str) -> str:
    return '"' + name.strip('"`[]') + '"'

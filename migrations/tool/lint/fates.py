"""What becomes of each table and column in a migration: kept, renamed, rebuilt or gone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from migrations.tool.lint import copies
from migrations.tool.lint.copies import Copy
from migrations.tool.rehearsal import Rehearsed
from migrations.tool.rehearsal.record import Step
from migrations.tool.schema.structure import Table

_FROM = re.compile(r"\bFROM\s+[\"`\[]?(\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fate:
    """`table` is the name before the migration, `now` the name after it, None where the table is gone. `columns` has
    the new name of each old column, None where the column is gone. `copy` filled a rebuilt table; `step` is the
    statement that dropped, renamed or rebuilt it.
    """

    table: str
    now: str | None
    columns: dict[str, str | None]
    copy: Copy | None = None
    step: Step | None = None

    @property
    def rebuilt(self) -> bool:
        return self.copy is not None


@dataclass
class _Tracks:
    """The fates so far, in the middle of a migration: of the tables that are `held`, by their present name, and of
    those that are `gone`.
    """

    held: dict[str, Fate] = field(default_factory=dict)
    gone: list[Fate] = field(default_factory=list)


def of(rehearsed: Rehearsed) -> dict[str, Fate]:
    """The fate of each table by its name before."""
    tracks = _Tracks({name: _untouched(table) for name, table in rehearsed.before.tables.items()})
    for step in rehearsed.steps:
        if step.error is None:
            _follow(tracks, step)
    fates = {fate.table: fate for fate in tracks.gone}
    for name, fate in tracks.held.items():
        if fate.table not in fates or fates[fate.table].now != fate.table:
            fates[fate.table] = replace(fate, now=name, step=fate.step or _step(fates.get(fate.table)))
    return fates


def _step(fate: Fate | None) -> Step | None:
    return fate.step if fate else None


def _untouched(table: Table) -> Fate:
    return Fate(table.name, table.name, {name: name for name in table.columns})


def _follow(tracks: _Tracks, step: Step) -> None:
    """Bring the fates up to date with one more statement."""
    was, now = step.before.tables, step.after.tables
    gone, new = was.keys() - now.keys(), now.keys() - was.keys()
    if gone and new:  # one statement does both only by RENAME TO
        (old,), (name,) = gone, new
        if old in tracks.held:
            tracks.held[name] = replace(tracks.held.pop(old), step=step)
    elif gone:
        dropped = [tracks.held.pop(name) for name in gone if name in tracks.held]
        tracks.gone += [replace(fate, now=None, step=step) for fate in dropped]
    elif step.writes:
        for name in step.writes - tracks.held.keys():
            _fill(tracks, step, name)
    else:
        for name in now.keys() & tracks.held.keys():
            tracks.held[name] = _altered(tracks.held[name], was[name], now[name])


def _fill(tracks: _Tracks, step: Step, name: str) -> None:
    """Note that a statement has filled a new table with the rows of an old one."""
    source = _source(step, tracks.held.keys())
    if source is None or name not in step.after.tables:
        return
    copy = copies.read(step, step.after.tables[name], step.after.tables[source])
    fate = tracks.held[source]
    columns = {old: _copied(copy, now, step.after.tables[name]) for old, now in fate.columns.items()}
    tracks.held[name] = replace(fate, columns=columns, copy=copy, step=step)


def _source(step: Step, known: Iterable[str]) -> str | None:
    """The known table that a statement copies from: the first after FROM."""
    candidates = step.reads & set(known)
    named = [name for name in _FROM.findall(step.text) if name in candidates]
    return named[0] if named else min(candidates, default=None)


def _copied(copy: Copy, column: str | None, into: Table) -> str | None:
    """The new name of an old column: the column that is filled from it, or the one of its name."""
    if column is None or (column in into.columns and (copy.columns is None or column in copy.columns)):
        return column
    filled = [new for new in copy.columns or () if copy.source(new) == column]
    return filled[0] if filled else column if column in into.columns else None


def _altered(fate: Fate, was: Table, now: Table) -> Fate:
    """After ALTER TABLE: a column renamed, dropped or added."""
    lost = [name for name in was.columns if name not in now.columns]
    if not lost:
        return fate
    new = [name for name in now.columns if name not in was.columns]
    become = dict(zip(lost, new, strict=False))
    columns = {old: become.get(at) if at in lost else at for old, at in fate.columns.items() if at is not None}
    return replace(fate, columns=fate.columns | columns)

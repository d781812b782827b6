"""The steps of an adoption, in their order."""

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from migrations.adoption import derived, digests, found, keys, legacy, proof, rebuild, report, rules, scan, target
from migrations.adoption.case import Context
from migrations.adoption.examined import Examined
from migrations.adoption.legacy import Legacy
from migrations.adoption.rebuild import Progress
from migrations.adoption.report import Report, RowsBlock
from migrations.tool import router
from migrations.tool.backup import dump
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams


def examine(db: LibsqlDatabase, mend: Collection[str] = ()) -> Report:
    """What adoption would do. Only reads. Raises Refused for a database that cannot be adopted."""
    wanted, context = target.read(), _context(mend)
    with dump.snapshot(db):
        old = legacy.read(db, wanted)
        tables = []
        for name in old.tables:
            tables.append(scan.table(db, old, wanted[name], context, frozenset()))
            found.examine(db, tables[-1], context.mend, note=False)
            scan.repeats(db, tables[-1], context)
    return _report(old, wanted, tables)


def adopt(db: LibsqlDatabase, mend: Collection[str] = (), progress: Progress | None = None) -> Report:
    """Bring the database to the first tables of every stream and note them as applied, all or nothing.

    `mend` names rules (MENDS) for rows that would block. Raises Refused, RowsBlock (with the report) or NotProven; the
    database is then as it was.
    """
    wanted, context, tell, clock = target.read(), _context(mend), progress or _silent, _Clock()
    with _settings(db), db.atomic():
        old = legacy.read(db, wanted)
        rebuild.begin(db)
        tables = _scan(db, old, wanted, context, tell)
        done = _report(old, wanted, tables)
        if done.blocked:
            raise RowsBlock(done)
        clock.note(done, "scan")
        known = {}
        for table in tables:
            rebuild.copy(db, table, tell)
            clock.note(done, "copy")
            known[table.wanted.name] = proof.before(db, table)
            clock.note(done, "proof")
        aside = {table.wanted.name: rebuild.aside(db, table) for table in tables}
        _finish(db, old, wanted, tables, done, tell)
        clock.note(done, "rebuild")
        for n, table in enumerate(tables):
            name = table.wanted.name
            done.sampled += proof.check(db, table, known[name], aside[name])
            _count(done, name, known[name].rows.rows, aside[name])
            tell("proving", n + 1, len(tables))
        rebuild.end(db)
        proof.check_whole(db, wanted.values())
        _note_streams(db)
        clock.note(done, "proof")
    clock.note(done, "commit")
    return done


def _scan(
    db: LibsqlDatabase, old: Legacy, wanted: Mapping[str, target.Table], context: Context, tell: Progress
) -> list[Examined]:
    """Examine the tables, parents first: where a row is set aside, the rows that must refer to it are set aside too."""
    tables: list[Examined] = []
    aside: set[str] = set()
    for n, name in enumerate(old.tables):
        table = scan.table(db, old, wanted[name], context, frozenset(aside))
        rebuild.set_aside(db, table, context.mend)
        found.examine(db, table, context.mend, note=True)
        scan.repeats(db, table, context)
        rebuild.set_repeats_aside(db, table)
        if table.stays != "1":
            aside.add(name)
        tables.append(table)
        tell("looking", n + 1, len(old.tables))
    return tables


def _finish(
    db: LibsqlDatabase,
    old: Legacy,
    wanted: Mapping[str, target.Table],
    tables: list[Examined],
    done: Report,
    tell: Progress,
) -> None:
    """Mend repeated keys, put the new tables in the place of the old ones, and compute columns from the rows."""
    for table in tables:
        rebuild.mend_repeats(db, table)
    changed = rebuild.renumber_attempts(db)
    if changed:
        answers = next(table for table in done.tables if table.name == "user_answers")
        answers.rules.append(report.Applied("attempt_number", "renumber", changed, changed))
    rebuild.replace(db, old, wanted.values(), tell)
    rebuild.make_again(db, old)
    missing = {(table.wanted.name, column) for table in tables for column in _missing(table)}
    filled = derived.fill(db, missing)
    done.notes += [f"computed from the rows: {', '.join(filled)}"] if filled else []
    if ("questions", "content_digest") in missing:
        alike = digests.fill(db)
        done.notes += (
            [f"{alike} questions are like another of their exam: no import will recognise them"] if alike else []
        )


def _note_streams(db: LibsqlDatabase) -> None:
    for stream in streams.NEEDS:
        file = streams.read(stream, target.BASELINE)
        router.StreamRouter(db, stream).model.create(name=file.name, phase=file.phase, checksum=file.checksum)


def _context(mend: Collection[str]) -> Context:
    unknown = sorted(set(mend) - rules.MENDS.keys())
    if unknown:
        raise ValueError(f"no such rule: {', '.join(unknown)}; there are {', '.join(rules.MENDS)}")
    return Context(frozenset(mend), int(time.time()))


def _report(old: Legacy, wanted: Mapping[str, target.Table], tables: list[Examined]) -> Report:
    return Report(
        old.made_by,
        [_table(table) for table in tables],
        [name for name in wanted if name not in old.tables],
        [*old.untouched, *old.again],
    )


def _table(examined: Examined) -> report.Table:
    applied = [
        report.Applied(hits.column.source, case.rule, count, kept)
        for hits in examined.hits
        for case, count, kept in hits.cases
        if case.rule
    ]
    between = [
        report.Applied(keys.changed_column(key), key.mend, count, 0 if key.mend == "duplicate-aside" else count)
        for key, count in examined.repeats.items()
        if not any(key.mend in blocked.mend for blocked in examined.blocked)
    ]
    return report.Table(
        examined.wanted.name,
        examined.rows,
        rules=applied + between,
        indexes_removed=list(examined.source.indexes),
        triggers_removed=list(examined.source.triggers),
        columns_added=_missing(examined),
        columns_unknown=[examined.source.columns[name] for name in examined.unknown],
        blocked=examined.blocked,
    )


def _missing(examined: Examined) -> list[str]:
    return [column.name for column in examined.wanted.columns if column.name not in examined.source.columns]


def _count(done: Report, name: str, after: int, set_aside: int) -> None:
    table = next(table for table in done.tables if table.name == name)
    table.after, table.set_aside = after, set_aside


class _Clock:
    """Adds up the seconds of each step."""

    def __init__(self) -> None:
        self.since = time.monotonic()

    def note(self, done: Report, step: str) -> None:
        now = time.monotonic()
        done.seconds[step] = round(done.seconds.get(step, 0) + now - self.since, 3)
        self.since = now


def _silent(_: str, __: int, ___: int) -> None:
    pass


@contextmanager
def _settings(db: LibsqlDatabase) -> Iterator[None]:
    """Foreign keys off, or a DROP TABLE deletes every child row; sorting on disk, or it takes much memory."""
    db.execute_sql("PRAGMA foreign_keys = off")
    if not db.on_server:
        db.execute_sql("PRAGMA temp_store = file")
    try:
        yield
    finally:
        db.execute_sql("PRAGMA foreign_keys = on")
        if not db.on_server:
            db.execute_sql("PRAGMA temp_store = default")

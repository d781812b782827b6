"""Examine a table before it is copied: the rules it needs, for how many rows, and the rows that block. Only reads."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from migrations.adoption import between_tables, keys, neighbours, ranges, report, rules, target
from migrations.adoption.case import Context
from migrations.adoption.examined import Examined, Hits, normalised, quoted, within
from migrations.adoption.legacy import Legacy, Source
from shared_schema.database import LibsqlDatabase, Statement

ROWS_AT_ONCE = 100_000


def table(
    db: LibsqlDatabase, legacy: Legacy, wanted: target.Table, context: Context, aside: frozenset[str]
) -> Examined:
    """Examine every value of a table. `aside` names the tables of which rows have been set aside already."""
    source = legacy.tables[wanted.name]
    rows, ranges = _ranges(db, source)
    examined = Examined(wanted, source, rows, ranges)
    columns = [column for column in wanted.columns if column.source in source.columns]
    contexts = {column.name: neighbours.context_of(legacy, wanted, column, context, aside) for column in columns}
    examined.hits = [hits for hits in _hits(db, examined, columns, contexts) if hits.cases]
    examined.values = neighbours.values(examined, columns, context)
    for hits in examined.hits:
        examined.blocked += _blocked(db, examined, hits)
    _compare(db, examined, context, partial(neighbours.known, legacy, aside))
    return examined


def _compare(db: LibsqlDatabase, examined: Examined, context: Context, known: between_tables.Known) -> None:
    """Compare the columns of a row with one another and with the rows that it refers to."""
    checks = between_tables.checks(examined, context, known)
    if not checks:
        return
    sums = ", ".join(f"sum({check.wrong}) AS c{n}" for n, check in enumerate(checks))
    counts = _added_up(db, examined, f"SELECT {sums} FROM {quoted(examined.source)} WHERE {{range}}")
    for n, check in enumerate(checks):
        if counts[f"c{n}"]:
            x = examined.source.sql(check.column.source)
            hits = _counted(db, examined, Hits(check.column, x, check.wrong, tuple((one, 0, 0) for one in check.cases)))
            examined.blocked += _blocked(db, examined, hits)
            examined.change(hits)
            examined.add(hits)


def repeats(db: LibsqlDatabase, examined: Examined, context: Context) -> None:
    """Note the rows that share a key with another row. Call it when it is known which rows stay."""
    for key in keys.of(examined.wanted.name):
        rows = f"({normalised(examined, key)})"
        (counted,) = db.fetch([Statement(f"SELECT count(*) AS n FROM ({keys.ranked(key, rows)})")])
        if not counted.one(dict)["n"]:
            continue
        examined.repeats[key] = counted.one(dict)["n"]
        if key.mend not in context.mend:
            examined.blocked.append(_repeated(db, examined, key, counted.one(dict)["n"]))


def _ranges(db: LibsqlDatabase, source: Source) -> tuple[int, list[tuple[int, int]]]:
    """The number of rows, and ranges of row ids, `(above, up to)`, so small that no statement takes long."""
    name, after, ends = quoted(source), -(2**63), []
    while True:
        page = f"SELECT rowid AS n FROM {name} WHERE rowid > ? ORDER BY rowid LIMIT {ROWS_AT_ONCE}"
        (end,) = db.fetch([Statement(f"SELECT max(n) AS last, count(*) AS rows FROM ({page})", (after,))])
        if not end.one(dict)["rows"]:
            break
        ends.append((after, end.one(dict)["last"], end.one(dict)["rows"]))
        after = end.one(dict)["last"]
    return sum(rows for _, _, rows in ends), [(low, high) for low, high, _ in ends]


def _hits(
    db: LibsqlDatabase, examined: Examined, columns: list[target.Column], contexts: Mapping[str, Context]
) -> Iterator[Hits]:
    dirty = {
        column.name: rules.dirty(column, examined.source.sql(column.source), contexts[column.name])
        for column in columns
    }
    sums = ", ".join(f"sum({sql}) AS c{n}" for n, sql in enumerate(dirty.values()))
    counts = _added_up(db, examined, f"SELECT {sums} FROM {quoted(examined.source)} WHERE {{range}}")
    for n, column in enumerate(columns):
        if counts[f"c{n}"]:
            x = examined.source.sql(column.source)
            yield _counted(db, examined, Hits(
                column, x, dirty[column.name],
                tuple((case, 0, 0) for case in rules.cases(column, x, contexts[column.name])),
            ))  # fmt: skip


def _counted(db: LibsqlDatabase, examined: Examined, every: Hits) -> Hits:
    """The cases that hold, and for how many rows. The LIMIT makes the engine compute a case once, not for each sum."""
    labelled = (
        f"SELECT {every.label()} AS k, {every.keep()} AS kept FROM {quoted(examined.source)}"
        f" WHERE {{range}} AND {every.dirty} LIMIT -1"
    )
    sums = ", ".join(f"sum(k = {n}) AS n{n}, sum(k = {n} AND kept) AS k{n}" for n in range(len(every.cases)))
    counts = _added_up(db, examined, f"SELECT {sums} FROM ({labelled})")
    held = tuple((case, counts[f"n{n}"], counts[f"k{n}"]) for n, (case, _, _) in enumerate(every.cases))
    return replace(every, cases=tuple(case for case in held if case[1]))


def _added_up(db: LibsqlDatabase, examined: Examined, sql: str) -> dict[str, int]:
    total: dict[str, int] = {}
    for low, high in examined.ranges:
        (result,) = db.fetch([Statement(sql.replace("{range}", within(examined.source)), (low, high))])
        for name, count in (result.first(dict) or {}).items():
            total[name] = total.get(name, 0) + (count or 0)
    return total or _Nothing()


class _Nothing(dict[str, int]):
    """The sums over an empty table."""

    def __missing__(self, _: str) -> int:
        return 0


def _blocked(db: LibsqlDatabase, examined: Examined, hits: Hits) -> Iterator[report.Blocked]:
    for n, (case, count, _) in enumerate(hits.cases):
        if case.why:
            where = f"{hits.dirty} AND {hits.label()} = {n}"
            yield report.Blocked(
                examined.wanted.name,
                hits.column.source,
                case.why + _fractions(db, examined, hits),
                count,
                _first(db, examined, hits.x, where),
                case.mend,
            )


def _fractions(db: LibsqlDatabase, examined: Examined, hits: Hits) -> str:
    """Of a column in which some values are shares of one and some of a hundred: how many seem to be shares of one."""
    if hits.column.name not in ranges.SHARES:
        return ""
    fractions = f"SELECT sum({hits.x} > 0 AND {hits.x} < 1) AS n FROM {quoted(examined.source)} WHERE {{range}}"
    count = _added_up(db, examined, fractions)["n"]
    return f"; {count} others are fractions" if count else ""


def _repeated(db: LibsqlDatabase, examined: Examined, key: keys.Key, count: int) -> report.Blocked:
    same = f"{examined.source.row} IN ({keys.ranked(key, f'({normalised(examined, key)})', 'row_id')})"
    column = keys.changed_column(key)
    rows = _first(db, examined, examined.source.sql(column), same)
    return report.Blocked(examined.wanted.name, column, key.same, count, rows, (key.mend,))


def _first(db: LibsqlDatabase, examined: Examined, x: str, where: str) -> tuple[report.Row, ...]:
    key = examined.source.sql("id")
    (result,) = db.fetch(
        [Statement(f"SELECT {key} AS id, {x} AS x FROM {quoted(examined.source)} WHERE {where} LIMIT {report.SHOWN}")]
    )
    return tuple(report.Row(str(row["id"]), report.shown(row["x"])) for row in result.rows)

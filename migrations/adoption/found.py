"""Rows are read into Python, some thousand at a time, for what SQL cannot say of them. What a rule makes of them is
noted in a table, and from then on it is a part of the SQL that copies the row.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from migrations.adoption import documents, report
from migrations.adoption.case import Case
from migrations.adoption.examined import Examined, Hits, quoted
from migrations.adoption.finding import Finding, Look, Row
from shared_schema.database import LibsqlDatabase, Statement

FOUND = "migration_adopt_found"
MADE = (
    f"CREATE TABLE {FOUND} (table_name TEXT NOT NULL, column_name TEXT NOT NULL, row_id INTEGER NOT NULL,"
    " rule TEXT NOT NULL, value TEXT, PRIMARY KEY (table_name, column_name, row_id)) STRICT, WITHOUT ROWID"
)
_AT_ONCE = 2_000
_NOTE = f"""
    INSERT OR IGNORE INTO {FOUND} SELECT ?, value->>0, value->>1, value->>2, value->>3 FROM json_each(?)
"""


@dataclass(slots=True)
class _Tally:
    """The number of changes by column and rule, and what blocks by column, reason and rules."""

    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    blocked: dict[tuple[str, str, tuple[str, ...]], tuple[int, tuple[report.Row, ...]]] = field(default_factory=dict)

    def add(self, row: Row, finding: Finding) -> None:
        self.changed.update((column, finding.rule) for column in finding.changes if finding.rule)
        if finding.rule is None:
            kind = (finding.column, finding.why, finding.mend)
            count, rows = self.blocked.get(kind, (0, ()))
            shown = report.Row(str(row["id"]), report.shown(row[finding.column]))
            self.blocked[kind] = count + 1, rows if count >= report.SHOWN else (*rows, shown)


def examine(db: LibsqlDatabase, examined: Examined, mend: Collection[str], *, note: bool) -> None:
    """Look at the rows that stay. Without `note` the findings are only counted, and nothing is written."""
    tally = _Tally()
    for look in documents.looks(examined.wanted, examined.values):
        for page in _pages(db, examined, look):
            found = [(row, one) for row in page for one in look.check(row, mend)]
            for row, one in found:
                tally.add(row, one)
            if note and found:
                _note(db, examined.wanted.name, found)
    for (column, why, rules), (count, rows) in tally.blocked.items():
        examined.blocked.append(report.Blocked(examined.wanted.name, column, why, count, rows, rules))
    for hits in _changes(examined, tally):
        if note:
            examined.change(hits)
        if hits.column.source in examined.source.columns:
            examined.add(hits)


def _pages(db: LibsqlDatabase, examined: Examined, look: Look) -> Iterator[list[Row]]:
    source, after = examined.source, -(2**63)
    columns = "".join(f', {examined.values[column.name]} AS "{column.name}"' for column in look.columns)
    sql = (
        f"SELECT {source.row} AS row_id, {source.sql('id')} AS id{columns} FROM {quoted(source)}"
        f" WHERE {source.row} > ? AND {examined.stays} AND ({look.where}) ORDER BY {source.row} LIMIT {_AT_ONCE}"
    )
    while rows := db.fetch([Statement(sql, (after,))])[0].rows:
        yield rows
        after = rows[-1]["row_id"]


def _note(db: LibsqlDatabase, table: str, found: Sequence[tuple[Row, Finding]]) -> None:
    changes = [(column, row["row_id"], one.rule, value) for row, one in found for column, value in one.changes.items()]
    db.execute_sql(_NOTE, (table, orjson.dumps(changes).decode()))


def _changes(examined: Examined, tally: _Tally) -> Iterator[Hits]:
    """The columns that rules change, as cases like those of SQL rules."""
    columns = {column.name: column for column in examined.wanted.columns}
    for name in dict.fromkeys(column for column, _ in tally.changed):
        rules = {rule: count for (column, rule), count in tally.changed.items() if column == name}
        mine = f"f.table_name = '{examined.wanted.name}' AND f.column_name = '{name}'"
        noted = f"FROM {FOUND} f WHERE {mine} AND f.row_id = {examined.source.row}"
        cases = [
            (Case(rule, f"EXISTS (SELECT 1 {noted} AND f.rule = '{rule}')", f"(SELECT f.value {noted})", "1"), count)
            for rule, count in rules.items()
        ]
        every = tuple((case, count, count) for case, count in cases)
        yield Hits(columns[name], _original(examined, name), f"EXISTS (SELECT 1 {noted})", every)


def _original(examined: Examined, column: str) -> str:
    """The old value; NULL for a column that the old table does not have."""
    return examined.source.sql(column) if column in examined.source.columns else "NULL"

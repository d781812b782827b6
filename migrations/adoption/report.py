"""What an adoption has examined and done, for people and for programs."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from migrations.tool import exits

SHOWN = 20
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Row:
    """A row that blocks: its key, and the value of the column."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """Rows of one table that break one rule of one column; the first of them, and the rules that would mend them."""

    table: str
    column: str
    reason: str
    count: int
    rows: tuple[Row, ...]
    mend: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """A rule as it was applied to a column: to how many rows, and how many originals are kept for it."""

    column: str
    rule: str
    count: int
    kept: int = 0


@dataclass(slots=True)
class Table:
    """The number of rows `before` and `after`, which is None until the adoption is done, and what was changed."""

    name: str
    before: int
    after: int | None = None
    set_aside: int = 0
    rules: list[Applied] = field(default_factory=list)
    indexes_removed: list[str] = field(default_factory=list)
    triggers_removed: list[str] = field(default_factory=list)
    columns_added: list[str] = field(default_factory=list)
    columns_unknown: list[str] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """`made_by` is which older software made the database; `untouched` are the tables that are not PingToPass's."""

    made_by: str
    tables: list[Table] = field(default_factory=list)
    tables_added: list[str] = field(default_factory=list)
    untouched: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sampled: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def blocked(self) -> list[Blocked]:
        return [blocked for table in self.tables for blocked in table.blocked]

    def json(self) -> dict[str, Any]:
        return asdict(self) | {"blocked": len(self.blocked)}

    def lines(self) -> list[str]:
        """For a terminal. The rows that block come last, where they are read."""
        return list(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"made by {self.made_by}"
        for table in self.tables:
            yield from _table(table)
        for label, names in (("added", self.tables_added), ("not PingToPass's, untouched", self.untouched)):
            if names:
                yield f"{label}: {', '.join(names)}"
        yield from self.notes
        for blocked in self.blocked:
            yield from _blocked(blocked)


class Refused(exits.Stopped):
    """This database cannot be adopted, and no rule helps."""


class RowsBlock(Exception):
    """Rows block the adoption; nothing was changed. `report` has the rows, and the rules that would mend them."""

    def __init__(self, report: Report) -> None:
        self.report = report
        rows = sum(blocked.count for blocked in report.blocked)
        rules = sorted({rule for blocked in report.blocked for rule in blocked.mend})
        super().__init__(f"{rows} values block, nothing was changed; rules that mend: {', '.join(rules) or 'none'}")


class NotProven(exits.Stopped):
    """What was written does not equal what was there. Everything was rolled back."""


def shown(value: Any) -> str:
    """A value for a person: as Python writes it, cut if it is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _table(table: Table) -> Iterator[str]:
    after = "" if table.after is None else f" -> {table.after}"
    yield f"{table.name}: {table.before}{after} rows" + (f", {table.set_aside} set aside" if table.set_aside else "")
    for rule in table.rules:
        yield f"    {rule.column}: {rule.rule} ({rule.count}" + (f", {rule.kept} kept)" if rule.kept else ")")
    for label, names in (
        ("columns added", table.columns_added),
        ("unknown columns, kept", table.columns_unknown),
        ("indexes removed", table.indexes_removed),
        ("triggers removed, kept", table.triggers_removed),
    ):
        if names:
            yield f"    {label}: {', '.join(names)}"


def _blocked(blocked: Blocked) -> Iterator[str]:
    mend = f"; mend with {' or '.join(blocked.mend)}" if blocked.mend else ""
    yield f"BLOCKED {blocked.table}.{blocked.column}: {blocked.reason} ({blocked.count} rows{mend})"
    for row in blocked.rows:
        yield f"    {row.key}: {row.value}"
    if blocked.count > len(blocked.rows):
        yield f"    and {blocked.count - len(blocked.rows)} more"

"""What an adoption found and did, for people and for programs."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from migrations.tool import exits

SHOWN = 20
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Row:
    """A row that blocks: its key, and what stands in the column."""

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
    """`after` is None as long as nothing was done."""

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
    """`made_by` says which of the known ways the database was made; `untouched` names what is not PingToPass's."""

    made_by: str
    tables: list[Table] = field(default_factory=list)
    tables_added: list[str] = field(default_factory=list)
    untouched: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sampled: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def blocked(self) -> list[Blocked]:
        return [each for table in self.tables for each in table.blocked]

    def json(self) -> dict[str, Any]:
        return asdict(self) | {"blocked": len(self.blocked)}

    def lines(self) -> list[str]:
        """For a terminal, the worst last, where it is read."""
        return list(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"made by {self.made_by}"
        for table in self.tables:
            yield from _table(table)
        for label, names in (("added", self.tables_added), ("not PingToPass's, untouched", self.untouched)):
            if names:
                yield f"{label}: {', '.join(names)}"
        yield from self.notes
        for each in self.blocked:
            yield from _blocked(each)


class Refused(exits.Stopped):
    """This database cannot be adopted, whatever is mended."""


class RowsBlock(Exception):
    """Rows stand in the way, nothing was changed; `report` lists them and the rules that would mend them."""

    def __init__(self, report: Report) -> None:
        self.report = report
        rows = sum(each.count for each in report.blocked)
        rules = sorted({rule for each in report.blocked for rule in each.mend})
        super().__init__(f"{rows} values block, nothing was changed; rules that mend: {', '.join(rules) or 'none'}")


class NotProven(exits.Stopped):
    """What was written does not equal what was there. Everything was rolled back."""


def shown(value: Any) -> str:
    """A value for a person: as Python writes it, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _table(table: Table) -> Iterator[str]:
    after = "" if table.after is None else f" -> {table.after}"
    yield f"{table.name}: {table.before}{after} rows" + (f", {table.set_aside} set aside" if table.set_aside else "")
    for each in table.rules:
        yield f"    {each.column}: {each.rule} ({each.count}" + (f", {each.kept} kept)" if each.kept else ")")
    for label, names in (
        ("columns added", table.columns_added),
        ("unknown columns, kept", table.columns_unknown),
        ("indexes removed", table.indexes_removed),
        ("triggers removed, kept", table.triggers_removed),
    ):
        if names:
            yield f"    {label}: {', '.join(names)}"


def _blocked(each: Blocked) -> Iterator[str]:
    mend = f"; mend with {' or '.join(each.mend)}" if each.mend else ""
    yield f"BLOCKED {each.table}.{each.column}: {each.reason} ({each.count} rows{mend})"
    for row in each.rows:
        yield f"    {row.key}: {row.value}"
    if each.count > len(each.rows):
        yield f"    and {each.count - len(each.rows)} more"

"""A table of old with what was found in it: the rules its columns need, and each new column as SQL over the old."""

from dataclasses import dataclass, field

from migrations.adoption import keys, report, target
from migrations.adoption.case import Case
from migrations.adoption.legacy import Source


@dataclass(frozen=True, slots=True)
class Hits:
    """The cases of a column that hold for some row: `(case, rows, originals to keep)`, in the order they are tried."""

    column: target.Column
    x: str
    dirty: str
    cases: tuple[tuple[Case, int, int], ...]

    def label(self) -> str:
        """SQL: the place of the case that holds for a row."""
        return _case([(case.when, str(n)) for n, (case, _, _) in enumerate(self.cases)])

    def rule(self) -> str:
        """SQL: the name of the rule that holds for a row."""
        return _case([(case.when, f"'{case.rule}'") for case, _, _ in self.cases])

    def keep(self) -> str:
        """SQL: the original of a row is to be kept."""
        return _case([(case.when, case.keep) for case, _, _ in self.cases])

    def value(self) -> str:
        """SQL: the new value of a row."""
        return _case([(case.when, case.value) for case, _, _ in self.cases], self.x) if self.cases else self.x


@dataclass(slots=True)
class Found:
    """A table with what was found. `values` are the new columns as SQL over the old table."""

    wanted: target.Table
    source: Source
    rows: int
    ranges: list[tuple[int, int]]
    hits: list[Hits] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    repeats: dict[keys.Key, int] = field(default_factory=dict)
    blocked: list[report.Blocked] = field(default_factory=list)
    stays: str = "1"

    @property
    def unknown(self) -> list[str]:
        """Columns, in small letters, that have no place among ours."""
        return [name for name in self.source.columns if name not in {column.source for column in self.wanted.columns}]


def within(source: Source) -> str:
    return f"{source.row} > ? AND {source.row} <= ?"


def normalised(found: Found, key: keys.Key) -> str:
    """SQL: the rows that stay, with the columns that the key looks at as they will be."""
    names = [column.name for column in found.wanted.columns]
    asked = {*key.columns, *(name for name in names if name in key.best or name in key.where)}
    # What is not copied has one value for all rows, and decides nothing.
    given = {name: found.values.get(name, "NULL") for name in sorted(asked | {"id"})}
    columns = ", ".join(f"{sql} AS {name}" for name, sql in given.items())
    return f"SELECT {columns}, {found.source.row} AS row_id FROM {quoted(found.source)} WHERE {found.stays}"


def quoted(source: Source) -> str:
    return f'"{source.name}"'


def _case(pairs: list[tuple[str, str]], otherwise: str = "NULL") -> str:
    return "CASE " + " ".join(f"WHEN {when} THEN {then}" for when, then in pairs) + f" ELSE {otherwise} END"

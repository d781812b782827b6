"""An old table after its examination: the rules that its columns need, and each new column as SQL over the old ones."""

from dataclasses import dataclass, field, replace

from migrations.adoption import keys, report, target
from migrations.adoption.case import Case
from migrations.adoption.legacy import Source


@dataclass(frozen=True, slots=True)
class Hits:
    """The cases of a column that hold for some row, in the order in which they are tried: the case, its number of rows,
    and of how many of them the original is kept. `x` is the old value as SQL, `dirty` is true for rows with a case.
    """

    column: target.Column
    x: str
    dirty: str
    cases: tuple[tuple[Case, int, int], ...]

    def label(self) -> str:
        """SQL: the index of the case that holds for a row."""
        return _case([(case.when, str(n)) for n, (case, _, _) in enumerate(self.cases)])

    def rule(self) -> str:
        """SQL: the name of the rule that holds for a row."""
        return _case([(case.when, f"'{case.rule}'") for case, _, _ in self.cases])

    def keep(self) -> str:
        """SQL: whether the original of a row is to be kept."""
        return _case([(case.when, case.keep) for case, _, _ in self.cases])

    def value(self) -> str:
        """SQL: the new value of a row."""
        return _case([(case.when, case.value) for case, _, _ in self.cases], self.x) if self.cases else self.x


@dataclass(slots=True)
class Examined:
    """A table that was looked at, row by row. `values` are the new columns as SQL over the old table."""

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
        """The columns, in small letters, that our table does not have."""
        return [name for name in self.source.columns if name not in {column.source for column in self.wanted.columns}]

    def add(self, found: Hits) -> None:
        """Let these cases come before all others of their column."""
        earlier, rest = self._split(found.column)
        for hits in earlier:
            found = replace(found, dirty=f"({found.dirty} OR {hits.dirty})", cases=found.cases + hits.cases)
        self.hits = [*rest, found]

    def change(self, found: Hits) -> None:
        """Write the values of these cases."""
        name, cases = found.column.name, [(case.when, case.value) for case, _, _ in found.cases]
        self.values[name] = _case(cases, self.values.get(name, found.column.default or "NULL"))

    def _split(self, column: target.Column) -> tuple[list[Hits], list[Hits]]:
        """The hits of a column, and all others."""
        mine = [hits for hits in self.hits if hits.column.name == column.name]
        return mine, [hits for hits in self.hits if hits.column.name != column.name]


def within(source: Source) -> str:
    return f"{source.row} > ? AND {source.row} <= ?"


def normalised(examined: Examined, key: keys.Key) -> str:
    """SQL: the rows that stay, with the columns of the key as they will be."""
    names = [column.name for column in examined.wanted.columns]
    asked = {*key.columns, *(name for name in names if name in key.best or name in key.where)}
    # A column that is not copied has one value for all rows, and makes no difference.
    given = {name: examined.values.get(name, "NULL") for name in sorted(asked | {"id"})}
    columns = ", ".join(f"{sql} AS {name}" for name, sql in given.items())
    return f"SELECT {columns}, {examined.source.row} AS row_id FROM {quoted(examined.source)} WHERE {examined.stays}"


def quoted(source: Source) -> str:
    return f'"{source.name}"'


def _case(pairs: list[tuple[str, str]], otherwise: str = "NULL") -> str:
    return "CASE " + " ".join(f"WHEN {when} THEN {then}" for when, then in pairs) + f" ELSE {otherwise} END"

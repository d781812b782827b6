"""Writes the tables of tests/benchmarks/README.md from a result. `python -m tests.benchmarks.hot.page RESULT.json`."""

import argparse
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.hot import figures
from tests.benchmarks.hot.figures import Row
from tests.benchmarks.hot.operations import BY_NAME, OPERATIONS
from tests.benchmarks.hot.stage import MODES
from tests.benchmarks.hot.table import line
from tests.servers import ROOT

PAGE = ROOT / "tests" / "benchmarks" / "README.md"
BEGIN, END = "<!-- tables -->", "<!-- end of tables -->"
_SIZES = ("S", "L")
_Rows = dict[tuple[str, str, str], Row]
_Column = tuple[str, Callable[[_Rows, str], str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path)
    file = parser.parse_args().result
    day = datetime.fromtimestamp(figures.measured_at(file), UTC).date()
    PAGE.write_text(with_tables(PAGE.read_text(), figures.read(file), f"Measured on {day.isoformat()}."))


def with_tables(page: str, rows: Sequence[Row], measured: str) -> str:
    """The page with the tables of these rows in the place of those that it has."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "".join((before, BEGIN, "\n", "\n\n".join([measured, *tables(rows)]), "\n", END, after))


def tables(rows: Sequence[Row]) -> list[str]:
    """Three tables with a row for each operation: its CPU divided by that of the bare view; its statements, the rows
    that they read and the time that they take; and how long a client waits.
    """
    at = {row.place: row for row in rows}
    places = [(size, mode) for mode in MODES for size in _SIZES]
    cpu: list[_Column] = [("at most", lambda _, name: f"{BY_NAME[name].target.most or ''}")]
    cpu += [(f"{mode} {size}", _shown(size, mode, lambda row: f"{row.cpu_ratio:.1f}")) for size, mode in places]
    asked: list[_Column] = [("statements", _shown("L", "file", lambda row: f"{row.statements:g}"))]
    asked += [("round trips", _shown("L", "server", lambda row: f"{row.round_trips:g}"))]
    asked += [(f"rows read {size}", _shown(size, "server", lambda row: f"{row.rows_read:g}")) for size in _SIZES]
    asked += [(f"ms {size}", _shown(size, "file", lambda row: f"{row.db_ms:.2f}")) for size in _SIZES]
    asked += [(f"÷ sqlite3 {size}", _shown(size, "file", lambda row: f"{row.db_ratio or 0:.1f}")) for size in _SIZES]
    times: list[_Column] = [
        (f"{mode} {size}", _shown(size, mode, lambda row: f"{row.p50_ms:.1f} / {row.p95_ms:.1f}"))
        for size, mode in places
    ]
    named = (("CPU ÷ bare view", cpu), ("database", asked), ("p50 / p95 ms", times))
    return [_table(title, columns, at) for title, columns in named]


def _shown(size: str, mode: str, figure: Callable[[Row], str]) -> Callable[[_Rows, str], str]:
    def shown(rows: _Rows, name: str) -> str:
        row = rows.get((size, mode, name))
        return figure(row) if row else ""

    return shown


def _table(title: str, columns: Sequence[_Column], rows: _Rows) -> str:
    head = [line([title, *(name for name, _ in columns)]), line(["---", *["---:"] * len(columns)])]
    body = [line([one.name, *(show(rows, one.name) for _, show in columns)]) for one in OPERATIONS]
    return "\n".join([*head, *body])


if __name__ == "__main__":
    main()

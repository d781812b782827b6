"""The figures as lines of text, in Markdown."""

from collections.abc import Sequence

from tests.benchmarks.hot.figures import Row
from tests.benchmarks.hot.operations import OPERATIONS

HEAD = (
    *("size", "mode", "operation", "CPU µs", "bare view µs", "CPU ÷ bare", "at most", "libSQL server µs"),
    *("p50 ms", "p95 ms", "requests/s", "statements", "rows read", "round trips", "in the database ms", "÷ sqlite3"),
)
RULE = ("---", "---", "---", *["---:"] * (len(HEAD) - 3))
NOTE = (
    "CPU is what the kernel counts for the workers, so it holds on a busy machine; p50, p95, requests/s and the times"
    " in the database do not. Rows read in mode file are rows returned."
)
_MOST = {one.name: one.target.most for one in OPERATIONS}


def line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def cells(row: Row) -> tuple[str, ...]:
    """What HEAD names, of one row."""
    return (
        row.size,
        row.mode,
        row.operation,
        f"{row.cpu_us:.0f}",
        f"{row.bare_us:.0f}",
        f"{row.cpu_ratio:.1f}",
        f"{_MOST.get(row.operation) or ''}",
        f"{row.server_us:.0f}" if row.server_us is not None else "",
        f"{row.p50_ms:.2f}",
        f"{row.p95_ms:.2f}",
        f"{row.per_second:.0f}",
        f"{row.statements:g}",
        f"{row.rows_read:g}",
        f"{row.round_trips:g}",
        f"{row.db_ms:.2f}",
        f"{row.db_ratio:.1f}" if row.db_ratio else "",
    )


def growth(rows: Sequence[Row]) -> list[str]:
    """The lines of a table: how many times an operation costs at L what it costs at S. There are two figures for each
    mode: CPU in times the bare view's, and the time in the database.
    """
    small, large = ({row.place[1:]: row for row in rows if row.size == size} for size in "SL")
    both = small.keys() & large.keys()
    modes = [mode for mode in dict.fromkeys(row.mode for row in rows) if any(mode == at for at, _ in both)]
    if not modes:
        return []
    head = ["L ÷ S", *(f"{mode}: {figure}" for mode in modes for figure in ("CPU", "database"))]
    lines = [line(head), line(["---", *["---:"] * (len(head) - 1)])]
    for name in dict.fromkeys(row.operation for row in rows):
        quotients: list[str] = []
        for mode in modes:
            quotients += _grown(small[mode, name], large[mode, name]) if (mode, name) in both else ("", "")
        lines.append(line([name, *quotients]))
    return lines


def _grown(small: Row, large: Row) -> tuple[str, str]:
    return f"{large.cpu_ratio / small.cpu_ratio:.2f}", f"{large.db_ms / small.db_ms:.2f}"

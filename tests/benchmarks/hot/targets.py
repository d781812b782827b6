"""What the figures should be, as ratios of one run, and which of them are not."""

from collections.abc import Iterator, Sequence

from tests.benchmarks.hot.figures import Row
from tests.benchmarks.hot.operations import BY_NAME, Operation

GROWTH = 1.3  # of a cost from size S to size L
DATABASE = 3.0  # times the same statements in sqlite3, at L
ROWS, TIMES_RETURNED = 50, 3


def missed(rows: Sequence[Row]) -> list[str]:
    """A sentence for each target that these rows miss."""
    by_place = {row.place: row for row in rows}
    return [sentence for row in rows for sentence in _missed(row, BY_NAME[row.operation], by_place)]


def _missed(row: Row, operation: Operation, by_place: dict[tuple[str, str, str], Row]) -> Iterator[str]:
    where = f"{row.operation}, {row.size}, {row.mode}"
    most, trips = operation.target.most, operation.target.trips
    if most and row.cpu_ratio > most:
        yield f"{where}: {row.cpu_ratio:.1f} times the CPU of a bare view, at most {most}"
    if row.size == "L" and row.db_ratio and row.db_ratio > DATABASE:
        yield f"{where}: {row.db_ratio:.1f} times the time of the same statements in sqlite3, at most {DATABASE}"
    if trips is not None and row.mode != "file" and row.round_trips > trips:
        yield f"{where}: {row.round_trips:.1f} round trips, at most {trips}"
    if operation.target.reads and row.mode == "replica" and row.round_trips:
        yield f"{where}: {row.round_trips:.1f} round trips, where the replica should answer"
    returned = by_place.get((row.size, "file", row.operation))
    if returned and row.mode == "server" and operation.target.reads:
        most = max(ROWS, TIMES_RETURNED * returned.rows_read)
        if row.rows_read > most:
            yield f"{where}: {row.rows_read:.0f} rows read, at most {most:.0f}"
    small = by_place.get(("S", row.mode, row.operation))
    if small and row.size == "L":
        yield from _grown(row, small, where)


def _grown(row: Row, small: Row, where: str) -> Iterator[str]:
    for name, unit in (("cpu_ratio", "CPU"), ("server_us", "CPU of the server"), ("db_ms", "time in the database")):
        now, then = getattr(row, name), getattr(small, name)
        if then and (growth := now / then) > GROWTH:
            yield f"{where}: {growth:.2f} times the {unit} at S, at most {GROWTH}"

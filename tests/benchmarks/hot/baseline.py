"""What has got worse since an earlier result: counts, and ratios to a floor of the same run, which hold on any machine.

Milliseconds and microseconds are not compared: they are those of a machine and of what else it did.
"""

from collections.abc import Iterator, Sequence

from tests.benchmarks.hot.figures import Row

WORSE = 1.25
_COMPARED = ("statements", "rows_read", "round_trips", "cpu_ratio", "db_ratio")


def worse(rows: Sequence[Row], before: Sequence[Row]) -> list[str]:
    """A sentence for each figure that is more than a quarter above what it was. New operations are not compared."""
    earlier = {row.place: row for row in before}
    return [sentence for row in rows if row.place in earlier for sentence in _worse(row, earlier[row.place])]


def _worse(row: Row, before: Row) -> Iterator[str]:
    for name in _COMPARED:
        now, then = getattr(row, name), getattr(before, name)
        if now is not None and then is not None and now > WORSE * then:
            yield f"{row.operation}, {row.size}, {row.mode}: {name} {then:.4g} -> {now:.4g}"

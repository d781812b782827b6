"""The days of a time zone, and the slots of the sums of costs that they are made of."""

import datetime as dt
import functools
from dataclasses import dataclass

from shared_schema.tables.costs import DAY, HOURS, QUARTER, SLOTS

# The length of slots in seconds, the start of the first, and the end of the last: all multiples of the length.
Piece = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a time zone, from its first second to the first of the next: 23 or 25 hours where clocks change."""

    date: dt.date
    start: int
    end: int


def latest(days: int, zone: dt.tzinfo, now: dt.datetime) -> list[Day]:
    """The last `days` days of the zone, today included, newest first.

    Every zone has been at whole quarters of an hour from UTC since 1972, and so are these days.
    """
    return list(_ending(now.astimezone(zone).date(), days, zone))


@functools.lru_cache(maxsize=64)  # the same for all who ask on one day
def _ending(today: dt.date, days: int, zone: dt.tzinfo) -> tuple[Day, ...]:
    starts = [_start(today - dt.timedelta(days=ago - 1), zone) for ago in range(days + 1)]
    return tuple(
        Day(today - dt.timedelta(days=ago), start, end)
        for ago, (start, end) in enumerate(zip(starts[1:], starts, strict=False))
    )


def _start(day: dt.date, zone: dt.tzinfo) -> int:
    """The first second of a day. Where clocks skip midnight, it is the moment in which they do."""
    return int(dt.datetime.combine(day, dt.time(), zone).timestamp()) // QUARTER * QUARTER


def pieces(start: int, end: int, lengths: tuple[int, ...] = SLOTS) -> list[Piece]:
    """The longest slots, of these lengths from short to long, that the seconds from `start` to `end` are made of."""
    if start >= end or not lengths:
        return []
    *shorter, length = lengths
    first, last = -(-start // length) * length, end // length * length
    if first >= last:
        return pieces(start, end, tuple(shorter))
    before, behind = pieces(start, first, tuple(shorter)), pieces(last, end, tuple(shorter))
    return [*before, (length, first, last), *behind]


def within_day(day: Day) -> list[Piece]:
    """The same for a day."""
    return pieces(day.start, day.end, (QUARTER, HOURS, DAY))

"""Windows of whole days up to today, in the asker's time zone."""

import datetime as dt
import zoneinfo
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """The days from `first` to `last`, and the same in epoch seconds: from `begins` until before `ends`."""

    first: dt.date
    last: dt.date
    begins: int
    ends: int
    zone: zoneinfo.ZoneInfo


def latest(days: int, timezone: str, now: dt.datetime) -> Window:
    """The last `days` days in this time zone, today included."""
    zone = zoneinfo.ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    return _window(today - dt.timedelta(days=days - 1), today, zone)


def before(window: Window) -> Window:
    """The window that ends where this one begins, with as many days."""
    last = window.first - dt.timedelta(days=1)
    return _window(last - (window.last - window.first), last, window.zone)


def dates(window: Window) -> list[str]:
    """Each day of the window as YYYY-MM-DD, the first one first."""
    count = (window.last - window.first).days + 1
    return [(window.first + dt.timedelta(days=day)).isoformat() for day in range(count)]


def _window(first: dt.date, last: dt.date, zone: zoneinfo.ZoneInfo) -> Window:
    return Window(first, last, _midnight(first, zone), _midnight(last + dt.timedelta(days=1), zone), zone)


def _midnight(day: dt.date, zone: zoneinfo.ZoneInfo) -> int:
    """When a day begins. Where the clock is put forward at midnight, that is the moment at which it is."""
    return int(dt.datetime.combine(day, dt.time(), zone).timestamp())

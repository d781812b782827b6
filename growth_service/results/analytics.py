"""What a window of days has brought, and what it cost: sums of days, of decisions and of sign-ups."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TypedDict

from growth_service.ledger import costs
from growth_service.results import opportunity_quarters, replies, signups, windows
from growth_service.results.metrics import COUNTABLE
from growth_service.results.opportunity_quarters import Counts
from growth_service.results.replies import Best
from growth_service.results.windows import Window
from shared_schema.database import Result, Statement
from shared_schema.tables import db

# The rows of a span of days, and the costs of its days in the ledger.
_ROWS = """
    SELECT date, followers_count, new_followers, lost_followers, tweets_sent, engagements_made, impressions,
        profile_visits, ai_cost_nanousd
    FROM growth_metrics WHERE date BETWEEN :first AND :last
"""


class _Day(TypedDict):
    """A row of a day; of a day without one, figures that are all None."""

    date: str
    followers_count: int | None
    new_followers: int | None
    lost_followers: int | None
    tweets_sent: int | None
    engagements_made: int | None
    impressions: int | None
    profile_visits: int | None
    ai_cost_nanousd: int | None


class _OfDays(TypedDict):
    """Sums over the days that have a figure, None where none has."""

    followers_count: int | None
    net_new_followers: int | None
    new_followers: int | None
    lost_followers: int | None
    tweets_sent: int | None
    engagements_made: int | None
    impressions: int | None
    profile_visits: int | None
    engagement_rate: float | None
    ai_cost_nanousd: int | None


class Totals(_OfDays, Counts):
    """What a window has. A rate or a cost is None where there is nothing to divide by."""

    approval_rate: float | None
    execution_rate: float | None
    sign_ups: int
    cost_per_follower_nanousd: int | None
    cost_per_reply_nanousd: int | None
    cost_per_sign_up_nanousd: int | None


class Report(Best):
    """A window, and the totals of the one before it."""

    days: int
    timezone: str
    first: str
    last: str
    totals: Totals
    previous: Totals
    missing_days: list[str]


def report(days: int, timezone: str, now: dt.datetime) -> Report:
    """The last `days` days in this time zone, today included; `now` is aware.

    Decisions, replies and sign-ups are cut at the midnights of that zone; the days of growth and their costs are days
    of UTC, by their dates. The cost of this is bounded by `days`, not by how much is stored.
    """
    this = windows.latest(days, timezone, now)
    before = windows.before(this)
    stored, spent, measured, *counted = db.fetch(
        [*_reads_of_days(before, this), replies.sent(this), *_reads_of(this), *_reads_of(before)],
    )
    rows = {row["date"]: row for row in stored.all(_Day)}
    every_day = _every_day(_day_before(before), this.last, rows, costs.by_date(spent))
    return {
        "days": days,
        "timezone": timezone,
        "first": this.first.isoformat(),
        "last": this.last.isoformat(),
        "totals": _totals(every_day[days:], counted[:2]),
        "previous": _totals(every_day[: days + 1], counted[2:]),
        "missing_days": [day["date"] for day in every_day[days + 1 :] if day["date"] not in rows],
        **replies.best(measured, this),
    }


def _day_before(window: Window) -> dt.date:
    return window.first - dt.timedelta(days=1)


def _reads_of_days(before: Window, this: Window) -> list[Statement]:
    """The rows of the days of both windows, and of the one before them for its followers; what these days cost."""
    first, last = _day_before(before).isoformat(), this.last.isoformat()
    return [Statement(_ROWS, {"first": first, "last": last}), costs.of_days(first, last)]


def _every_day(first: dt.date, last: dt.date, rows: Mapping[str, _Day], spent: Mapping[str, int]) -> list[_Day]:
    """All days from `first` to `last` with their figures. What AI cost on a day is what the ledger says, or else what
    the day's row in growth_metrics says.
    """
    dates = [(first + dt.timedelta(days=day)).isoformat() for day in range((last - first).days + 1)]
    days = [rows.get(date) or _nothing(date) for date in dates]
    return [{**day, "ai_cost_nanousd": spent.get(day["date"], day["ai_cost_nanousd"])} for day in days]


def _nothing(date: str) -> _Day:
    figures = dict.fromkeys(name for name in _Day.__annotations__ if name != "date")
    return {"date": date, **figures}  # type: ignore[typeddict-item]  # mypy does not know the names


def _reads_of(window: Window) -> list[Statement]:
    return [opportunity_quarters.between(window.begins, window.ends), signups.count(window)]


def _totals(with_day_before: Sequence[_Day], counted: Sequence[Result]) -> Totals:
    counts, sign_ups = counted[0].one(Counts), counted[1].one(signups.Count)["sign_ups"]
    of_days = _of_days(with_day_before)
    cost, followers = of_days["ai_cost_nanousd"], of_days["net_new_followers"]
    return {
        **of_days,
        **counts,
        "approval_rate": _ratio(counts["approved"], counts["approved"] + counts["rejected"]),
        "execution_rate": _ratio(counts["executed"], counts["approved"]),
        "sign_ups": sign_ups,
        "cost_per_follower_nanousd": _each(cost, followers),
        "cost_per_reply_nanousd": _each(cost, counts["sent"]),
        "cost_per_sign_up_nanousd": _each(cost, sign_ups),
    }


def _of_days(with_day_before: Sequence[_Day]) -> _OfDays:
    days = with_day_before[1:]
    counts = _known([day["followers_count"] for day in days])
    spent = [day["ai_cost_nanousd"] for day in days if day["ai_cost_nanousd"] is not None]
    return {
        "followers_count": counts[-1] if counts else None,
        "net_new_followers": _net_followers(with_day_before),
        "new_followers": _sum([day["new_followers"] for day in days]),
        "lost_followers": _sum([day["lost_followers"] for day in days]),
        "tweets_sent": _sum([day["tweets_sent"] for day in days]),
        "engagements_made": _sum([day["engagements_made"] for day in days]),
        "impressions": _sum([day["impressions"] for day in days]),
        "profile_visits": _sum([day["profile_visits"] for day in days]),
        "engagement_rate": _engagement_rate(days),
        "ai_cost_nanousd": sum(spent) if spent else None,
    }


def _net_followers(with_day_before: Sequence[_Day]) -> int | None:
    """How many followers were gained: the difference of the last and the first known count, where there are two.

    Otherwise the sum of new ones less lost ones, over the days that tell both. The list begins with the day before the
    window.
    """
    counts = _known([day["followers_count"] for day in with_day_before])
    if len(counts) > 1:
        return counts[-1] - counts[0]
    told = [_known([day["new_followers"], day["lost_followers"]]) for day in with_day_before[1:]]
    changes = [both[0] - both[1] for both in told if len(both) == 2]
    return sum(changes) if changes else None


def _engagement_rate(days: Sequence[_Day]) -> float | None:
    """Engagements by impressions, over the days that have both."""
    told = [_known([day["engagements_made"], day["impressions"]]) for day in days]
    both = [figures for figures in told if len(figures) == 2]
    return _ratio(sum(made for made, _ in both), sum(seen for _, seen in both))


def _known(figures: Sequence[int | None]) -> list[int]:
    """The figures that can be computed with."""
    return [figure for figure in figures if figure is not None and 0 <= figure <= COUNTABLE]


def _sum(figures: Sequence[int | None]) -> int | None:
    known = _known(figures)
    return sum(known) if known else None


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None


def _each(cost_nanousd: int | None, count: int | None) -> int | None:
    """The cost of each, to the nearest nano-dollar, half of one up; None where the cost is unknown or there is none."""
    if cost_nanousd is None or count is None or count <= 0:
        return None
    return (2 * cost_nanousd + count) // (2 * count)

"""A window of days: its sums and rates, what each follower, reply and sign-up cost, and the window before it."""

import datetime as dt
import zoneinfo
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service.ledger import generations
from growth_service.results import analytics
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.idempotency import Once
from tests.conftest import caught_up
from tests.growth_service.conftest import QUEUE, approved, claim, draft
from tests.growth_service.results.test_signups import came

URL, METRICS = "/api/growth/analytics", "/api/growth/metrics"
NOTHING = {
    "followersCount": None, "netNewFollowers": None, "newFollowers": None, "lostFollowers": None, "tweetsSent": None,
    "engagementsMade": None, "impressions": None, "profileVisits": None, "engagementRate": None, "aiCostsUsd": None,
    "drafted": 0, "approved": 0, "rejected": 0, "executed": 0, "sent": 0, "approvalRate": None, "executionRate": None,
    "signUps": 0, "costPerFollowerUsd": None, "costPerReplyUsd": None, "costPerSignUpUsd": None,
}  # fmt: skip


def day(age: int) -> str:
    """The UTC date so many days ago."""
    return (dt.datetime.now(dt.UTC).date() - dt.timedelta(days=age)).isoformat()


def put(bot: FlaskClient, age: int, **figures: float) -> None:
    assert bot.put(f"{METRICS}/{day(age)}", json=figures).status_code == 201


def spent(number: int, when: str, nanousd: int | None) -> None:
    """An AI call that was billed so much at this time."""
    item: Any = {"request_id": f"c-{number}", "purpose": "p", "model": "m", "success": True, "billed_nanousd": nanousd}
    caught_up()
    generations.record([item], dt.datetime.fromisoformat(when), Once("service:bot"))


def report(caller: FlaskClient, days: int = 7, timezone: str = "UTC") -> Any:
    response = caller.get(URL, query_string={"days": days, "timezone": timezone})
    assert response.status_code == 200, response.json
    return response.json


def figures(totals: dict[str, Any], *names: str) -> list[Any]:
    return [totals[name] for name in names]


def test_an_empty_window_has_nothing_and_says_so(bot: FlaskClient, approver: FlaskClient) -> None:
    expected = {
        "days": 30, "timezone": "UTC", "first": day(29), "last": day(0), "totals": NOTHING, "previous": NOTHING,
        "missingDays": [day(age) for age in range(29, -1, -1)], "repliesMeasured": 0, "bestHours": [], "bestTopics": [],
    }  # fmt: skip
    assert bot.get(URL).json == approver.get(URL).json == expected


@pytest.mark.parametrize(("days", "status"), [(0, 422), (1, 200), (90, 200), (366, 200), (367, 422)])
def test_windows_have_1_to_366_days(bot: FlaskClient, days: int, status: int) -> None:
    response = bot.get(f"{URL}?days={days}")
    assert response.status_code == status
    if status == 200:
        assert (response.json["first"], len(response.json["missingDays"])) == (day(days - 1), days)


def test_sums_are_of_the_days_that_have_a_figure_and_gaps_are_named(bot: FlaskClient) -> None:
    put(bot, 7, tweetsSent=1000, engagementsMade=1000, impressions=1000, profileVisits=1000, newFollowers=1000)
    put(bot, 6, tweetsSent=1, engagementsMade=10, impressions=100, profileVisits=7, newFollowers=5, lostFollowers=9)
    put(bot, 3, tweetsSent=2, engagementsMade=1000, newFollowers=3, lostFollowers=1)  # engagements without impressions
    put(bot, 1, impressions=900)  # impressions without engagements
    put(bot, 0, engagementsMade=20, impressions=20)
    shown = report(bot)
    assert shown["totals"] == NOTHING | {
        "netNewFollowers": -2, "newFollowers": 8, "lostFollowers": 10, "tweetsSent": 3, "engagementsMade": 1030,
        "impressions": 1020, "profileVisits": 7, "engagementRate": 30 / 120,
    }  # fmt: skip
    assert shown["missingDays"] == [day(5), day(4), day(2)]
    assert figures(shown["previous"], "tweetsSent", "newFollowers", "lostFollowers", "engagementRate") == [
        1000, 1000, None, 1,
    ]  # fmt: skip
    assert figures(report(bot, days=8)["totals"], "tweetsSent", "engagementRate") == [1003, 1030 / 1120]


def test_an_engagement_rate_needs_an_impression(bot: FlaskClient) -> None:
    put(bot, 0, engagementsMade=3, impressions=0)
    assert report(bot)["totals"]["engagementRate"] is None


def test_followers_are_the_last_count_less_the_first_across_gaps(bot: FlaskClient) -> None:
    for age, count in ((15, 10), (13, 40), (7, 100), (5, 150), (2, 130)):
        put(bot, age, followersCount=count, newFollowers=500, lostFollowers=0)
    shown = report(bot)
    assert figures(shown["totals"], "followersCount", "netNewFollowers") == [130, 30]  # from the day before the window
    assert figures(shown["previous"], "followersCount", "netNewFollowers") == [100, 60]  # a gap there: from its first
    assert figures(report(bot, days=3)["totals"], "followersCount", "netNewFollowers") == [130, 500]  # one count alone


def test_costs_are_the_ledgers_days_whether_or_not_they_have_a_row(bot: FlaskClient, database: LibsqlDatabase) -> None:
    for number, (when, amount) in enumerate(
        [
            (f"{day(7)}T23:59:59Z", 10**12),
            (f"{day(6)}T00:00:00Z", 1),
            (f"{day(4)}T12:00:00Z", 20),
            (f"{day(4)}T12:00:00Z", None),
            (f"{day(0)}T00:00:00Z", 300),
        ]
    ):
        spent(number, when, amount)
    for age in (6, 3):
        put(bot, age, tweetsSent=1)
    adopted = "UPDATE growth_metrics SET ai_cost_nanousd = 4000 WHERE date IN (?, ?)"
    database.execute_sql(adopted, (day(3), day(6)))  # of the second, the ledger knows better
    shown = report(bot)
    assert shown["totals"]["aiCostsUsd"] == 0.000004321
    assert shown["previous"]["aiCostsUsd"] == 1000
    listed = bot.get(f"{METRICS}?days=7").json["metrics"]
    assert sum(metric["aiCostsUsd"] for metric in listed) == pytest.approx(0.000004001)


def test_money_is_compared_with_what_came_of_it(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    spent(1, f"{day(0)}T00:00:00Z", 1_000_000_001)
    put(bot, 1, followersCount=100)
    put(bot, 0, followersCount=106)
    for number, kind in enumerate(("reply", "quote", "follow")):
        send(bot, approver, tweets[number], opportunityType=kind)
    came(database, "autumn", f"{day(0)}T00:00:00", 4)
    costs = ("costPerFollowerUsd", "costPerReplyUsd", "costPerSignUpUsd", "signUps", "sent", "executed")
    assert figures(report(bot)["totals"], *costs) == [0.166666667, 0.500000001, 0.25, 4, 2, 3]
    database.execute_sql("UPDATE growth_metrics SET followers_count = 100")
    assert figures(report(bot)["totals"], "netNewFollowers", "costPerFollowerUsd") == [0, None]
    database.execute_sql("UPDATE growth_metrics SET followers_count = 99 WHERE date = ?", (day(0),))
    assert figures(report(bot)["totals"], "netNewFollowers", "costPerFollowerUsd") == [-1, None]


def send(bot: FlaskClient, approver: FlaskClient, tweet: str, result: str = "77", **more: Any) -> str:
    opportunity = approved(bot, approver, tweet, **more)
    (leased,) = claim(bot)
    body = {"leaseToken": leased["leaseToken"], "resultTweetId": result}
    assert bot.post(f"{QUEUE}/{opportunity}/executed", json=body).status_code == 200
    return opportunity


def test_rates_are_of_the_drafts_of_the_window_as_they_are_now(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    send(bot, approver, tweets[0])
    approved(bot, approver, tweets[1])
    claim(bot)
    for tweet in tweets[2:5]:
        refused = draft(bot, tweet).json["id"]
        approver.post(f"{QUEUE}/{refused}/reject", json={"reason": "no"})
    draft(bot, tweets[5])
    names = ("drafted", "approved", "rejected", "executed", "sent", "approvalRate", "executionRate")
    assert figures(report(bot)["totals"], *names) == [6, 2, 3, 1, 1, 0.4, 0.5]
    # Drafted before the window, and sent in it.
    database.execute_sql("UPDATE engagement_opportunities SET created_at = created_at - 7 * 86400")
    assert figures(report(bot)["totals"], *names) == [0, 0, 0, 0, 1, None, None]
    assert figures(report(bot)["previous"], *names) == [6, 2, 3, 1, 0, 0.4, 0.5]


@pytest.mark.parametrize("timezone", ["UTC", "Asia/Kolkata", "Pacific/Apia", "America/St_Johns"])
def test_decisions_and_sign_ups_are_cut_at_the_askers_midnight(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase, timezone: str
) -> None:
    zone = zoneinfo.ZoneInfo(timezone)
    today = dt.datetime.now(zone).date()
    first, end = (dt.datetime.combine(today + dt.timedelta(days=days), dt.time(), zone) for days in (-2, 1))
    moments = [int(first.timestamp()) - 1, int(first.timestamp()), int(end.timestamp()) - 1, int(end.timestamp())]
    for number, moment in enumerate(moments):
        opportunity = draft(bot, tweets[number]).json["id"]
        database.execute_sql(
            "UPDATE engagement_opportunities SET created_at = ?, executed_at = ?, status = 'executed' WHERE id = ?",
            (str(moment), str(moment), opportunity),
        )
        came(database, f"t{number}", moment)
    shown = report(bot, days=3, timezone=timezone)
    assert (shown["timezone"], shown["first"], shown["last"]) == (
        timezone,
        (today - dt.timedelta(days=2)).isoformat(),
        today.isoformat(),
    )
    assert figures(shown["totals"], "drafted", "sent", "signUps") == [2, 2, 2]
    assert figures(shown["previous"], "drafted", "sent", "signUps") == [1, 1, 1]


def test_days_are_whole_ones_where_clocks_change(database: LibsqlDatabase) -> None:
    """On 29 March 2026 Berlin had 23 hours, on 25 October 25; in Santiago, 6 September had no midnight."""
    for name, date, hours in (
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/Santiago", "2026-09-06", 23),
    ):
        zone = zoneinfo.ZoneInfo(name)
        end = dt.datetime.combine(dt.date.fromisoformat(date) + dt.timedelta(days=1), dt.time(), zone)
        begin = int(end.timestamp()) - hours * 3600
        for ref, moment in (("before", begin - 1), ("first", begin), ("last", begin + hours * 3600 - 1)):
            came(database, ref, moment)
        noon = dt.datetime.fromisoformat(f"{date}T12:00:00").replace(tzinfo=zone)
        shown = analytics.report(1, name, noon)
        assert (shown["first"], shown["totals"]["sign_ups"], shown["previous"]["sign_ups"]) == (date, 2, 1)
        database.execute_sql("DELETE FROM users WHERE sign_up_ref IS NOT NULL")


def test_no_figure_of_a_row_breaks_the_report(bot: FlaskClient, tweets: list[str], database: LibsqlDatabase) -> None:
    for age in (2, 1, 0):
        put(bot, age, impressions=2**63 - 1, newFollowers=2**63 - 1, lostFollowers=1, followersCount=2**63 - 1)
    draft(bot, tweets[0])
    spoilt = "UPDATE {} SET {} = 9223372036854775807"
    for table, column in (
        ("growth_metrics", "ai_cost_nanousd"),
        *((table, column) for table in ("opportunity_quarters", "opportunity_days") for column in ("drafted", "sent")),
    ):
        database.batch([Statement(spoilt.format(table, column))])
    database.batch([Statement("INSERT INTO opportunity_days (at, drafted) VALUES (unixepoch() - 86400, 9)")])
    shown = report(bot)["totals"]
    names = ("impressions", "newFollowers", "followersCount", "netNewFollowers", "drafted", "sent")
    assert figures(shown, *names) == [None, None, None, None, 9, 0]
    assert shown["lostFollowers"] == 3

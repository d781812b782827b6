"""A learner's answers are counted in days of her own, from midnight to midnight where she is."""

import datetime as dt
import zoneinfo

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.problems import PlanLimitReached
from study_service import plans
from tests.study_service.conftest import DAILY, answer, epoch, plan_of, rows, submit


def test_a_day_begins_at_midnight_where_the_learner_is(routing: list[int], database: LibsqlDatabase) -> None:
    """In Berlin 2026-10-25 has 25 hours: from 22:00 UTC of the day before to 23:00 UTC."""
    submit("2026-10-24T21:59:59Z", routing[0], daily=DAILY)
    submit("2026-10-24T22:00:00Z", routing[1], daily=DAILY)
    submit("2026-10-25T22:59:59Z", routing[2], daily=DAILY)
    for moment, left_s in (("2026-10-24T22:00:00Z", 90_000), ("2026-10-25T22:59:59.500Z", 1)):
        with pytest.raises(PlanLimitReached) as refused:
            submit(moment, routing[3], daily=DAILY)
        assert refused.value.extra == {"limit": 2, "used": 2, "resetsAt": "2026-10-25T23:00:00Z"}
        assert refused.value.retry_after_s == left_s
    submit("2026-10-25T23:00:00Z", routing[3], daily=DAILY)
    assert rows(database, "SELECT * FROM learner_days ORDER BY day") == [
        {"user_id": 1, "day": "2026-10-24", "answered": 1},
        {"user_id": 1, "day": "2026-10-25", "answered": 2},
        {"user_id": 1, "day": "2026-10-26", "answered": 1},
    ]


@pytest.mark.parametrize(
    ("zone", "moment", "midnight"),
    [
        ("Europe/Berlin", "2026-03-28T23:30:00Z", "2026-03-29T22:00:00Z"),  # a day of 23 hours
        ("Africa/Cairo", "2026-04-23T20:00:00Z", "2026-04-23T22:00:00Z"),  # 24 April begins at 01:00
        ("America/Havana", "2026-10-31T12:00:00Z", "2026-11-01T04:00:00Z"),  # 1 November has 00:00 twice
        ("Pacific/Kiritimati", "2026-11-26T09:59:59Z", "2026-11-26T10:00:00Z"),
        ("Etc/GMT+12", "2026-11-26T11:59:59Z", "2026-11-26T12:00:00Z"),
    ],
)
def test_the_next_day_begins_at_its_first_moment(zone: str, moment: str, midnight: str) -> None:
    local = dt.datetime.fromisoformat(moment).astimezone(zoneinfo.ZoneInfo(zone))
    begins = plans.next_midnight(local)
    assert begins.astimezone(dt.UTC) == dt.datetime.fromisoformat(midnight)
    just_before = (begins.astimezone(dt.UTC) - dt.timedelta(seconds=1)).astimezone(local.tzinfo)
    assert just_before.date() == local.date() < begins.astimezone(dt.UTC).astimezone(local.tzinfo).date()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_furthest_time_zones_are_told_their_own_day(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase, zone: str
) -> None:
    database.batch([Statement("UPDATE users SET timezone = ? WHERE id = 1", (zone,))])
    answer(alice, routing[0], "a")
    assert plan_of(alice)["usedToday"] == 1


def test_the_counts_are_those_of_the_answers(alice: FlaskClient, routing: list[int], database: LibsqlDatabase) -> None:
    for n, number in enumerate(routing[:6]):
        submit(f"2026-11-2{n % 3}T12:00:00Z", number, daily=DAILY)
    answer(alice, routing[7], "a", key="k")
    answer(alice, routing[7], "a", key="k")
    zone_of_alice = "CASE WHEN answered_at < ? THEN 7200 ELSE 3600 END"
    winter = epoch("2026-10-25T01:00:00Z")
    rebuilt = rows(
        database,
        f"SELECT user_id, date(answered_at + {zone_of_alice}, 'unixepoch') AS day, count(*) AS answered"
        " FROM user_answers GROUP BY 1, 2 ORDER BY 2",
        winter,
    )
    assert rows(database, "SELECT * FROM learner_days ORDER BY day") == rebuilt
    assert [row["answered"] for row in rebuilt] == [2, 2, 2, 1]


def test_a_user_who_is_deleted_leaves_no_days(alice: FlaskClient, routing: list[int], database: LibsqlDatabase) -> None:
    answer(alice, routing[0], "a")
    database.batch([Statement("DELETE FROM users WHERE id = 1")])
    assert rows(database, "SELECT * FROM learner_days") == []

"""Who came by a tagged link: growth counts the tags that study keeps, and shows nobody."""

import datetime as dt
import zoneinfo

import peewee
import pytest
from flask.testing import FlaskClient

from shared_schema import personal
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase, Statement
from tests.growth_service.conftest import approved, claim

SIGNUPS = "/api/growth/signups"


def came(database: LibsqlDatabase, ref: str | None, at: str | int, number: int = 1) -> None:
    """So many people signed up at this time by links with this tag."""
    sql = """
        INSERT INTO users (email, name, sign_up_ref, created_at)
        SELECT hex(randomblob(8)), 'N', ?, unixepoch(?) FROM json_each(?)
    """
    moment = f"{at}" if isinstance(at, str) else dt.datetime.fromtimestamp(at, dt.UTC).isoformat()
    database.batch([Statement(sql, (ref, moment, str(list(range(number)))))])


def test_people_are_counted_by_tag_and_by_the_reply_that_brought_them(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    reply = approved(bot, approver, tweets[0])
    (leased,) = claim(bot)
    sent = {"leaseToken": leased["leaseToken"], "resultTweetId": "77"}
    assert bot.post(f"/api/twitter/opportunities/{reply}/executed", json=sent).status_code == 200
    now = dt.datetime.now(dt.UTC).isoformat()
    for ref, number in ((f"o-{reply}", 2), ("o-nothing", 1), (f"x-{reply}", 1), ("autumn", 3), (None, 5)):
        came(database, ref, now, number)
    unknown = {"opportunityId": None, "tweetId": None, "resultTweetId": None}
    expected = {
        "signups": [
            {"ref": "autumn", "signUps": 3} | unknown,
            {"ref": f"o-{reply}", "signUps": 2, "opportunityId": reply, "tweetId": tweets[0], "resultTweetId": "77"},
            {"ref": "o-nothing", "signUps": 1} | unknown,
            {"ref": f"x-{reply}", "signUps": 1} | unknown,
        ],
        "signUps": 7,
        "tags": 4,
        "next": None,
    }
    for caller in (bot, approver):
        assert caller.get(SIGNUPS).json == expected
    shown = approver.get(f"{SIGNUPS}?limit=1").json
    assert shown == expected | {"signups": expected["signups"][:1]}  # type: ignore[index]


@pytest.mark.parametrize("timezone", ["UTC", "Asia/Kolkata", "Pacific/Apia", "America/New_York"])
def test_a_window_goes_from_midnight_to_midnight_in_the_askers_zone(
    bot: FlaskClient, database: LibsqlDatabase, timezone: str
) -> None:
    zone = zoneinfo.ZoneInfo(timezone)
    today = dt.datetime.now(zone).date()
    first, end = (dt.datetime.combine(today + dt.timedelta(days=days), dt.time(), zone) for days in (-6, 1))
    for ref, moment, away in (("before", first, -1), ("first", first, 0), ("last", end, -1), ("after", end, 0)):
        came(database, ref, int(moment.timestamp()) + away)
    shown = bot.get(SIGNUPS, query_string={"days": 7, "timezone": timezone}).json
    assert [tag["ref"] for tag in shown["signups"]] == ["first", "last"]
    assert (shown["signUps"], shown["tags"]) == (2, 2)


@pytest.mark.parametrize("timezone", ["Europe/Nowhere", "", "right/UTC", "localtime", "../UTC"])
def test_a_zone_that_there_is_not_is_refused(bot: FlaskClient, timezone: str) -> None:
    for url in (SIGNUPS, f"{SIGNUPS}.csv", "/api/growth/analytics"):
        response = bot.get(url, query_string={"timezone": timezone})
        assert (response.status_code, list(response.json["errors"])) == (422, ["timezone"])


def test_a_file_of_tags_has_no_formula(bot: FlaskClient, database: LibsqlDatabase) -> None:
    now = dt.datetime.now(dt.UTC).isoformat()
    for ref, number in (("-1-1", 3), ("x-a.b", 2), ("o-1", 1)):
        came(database, ref, now, number)
    response = bot.get(f"{SIGNUPS}.csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert response.headers["Content-Disposition"] == "attachment; filename=sign-ups.csv"
    assert response.get_data() == (
        b"ref,signUps,opportunityId,tweetId,resultTweetId\r\n'-1-1,3,,,\r\nx-a.b,2,,,\r\no-1,1,,,\r\n"
    )


def test_a_tag_is_told_to_the_person_and_goes_with_them(database: LibsqlDatabase) -> None:
    """An export has it; once the person is erased it counts no more."""
    came(database, "alice.smith", "2026-01-01")
    ((user,),) = database.execute_sql("SELECT id FROM users WHERE sign_up_ref IS NOT NULL").fetchall()
    (mine,) = [entry["row"] for entry in personal.export(personal.PARTS, user) if entry["table"] == "users"]
    assert isinstance(mine, dict)
    assert mine["sign_up_ref"] == "alice.smith"
    personal.erase(user, Actor("olga", role="operator"))
    assert database.execute_sql("SELECT sign_up_ref FROM users WHERE id = ?", (user,)).fetchone() == (None,)


def test_a_tag_in_the_table_is_always_one(database: LibsqlDatabase) -> None:
    for ref in ("", "a b", "x" * 65):
        with pytest.raises(peewee.IntegrityError, match="CHECK"):
            came(database, ref, "2026-01-01")

"""One row that the code cannot use leaves every list whole but for itself, is logged, and is a clear problem alone."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.damage import ASKED_FOR, ENDLESS, LEFT_OUT, TOO_EARLY, TOO_LATE, about, logged, spoil
from tests.growth_service.conftest import QUEUE, TWEETS, draft, tweet_id

pytestmark = pytest.mark.only("file", "server")

ACCOUNTS, METRICS = "/api/twitter/accounts", "/api/growth/metrics"
NO_TIME, NO_NUMBER = "is not a time between the years 1 and 9999", "is not a finite number"
NO_COUNTS, NO_LISTS = "is not an object of whole numbers", "is not an object of lists of texts"
NO_DAY = "is not a day of the calendar, like 2026-11-22"
TYPES = "is none of reply, quote, follow"
LISTS = {"accounts": ACCOUNTS, "tweets": TWEETS, "opportunities": QUEUE, "metrics": f"{METRICS}?days=366"}

# The list that loses the row, its column, the value, what is wrong with it.
BAD = [
    ("accounts", "created_at", TOO_LATE, NO_TIME),
    ("accounts", "updated_at", TOO_EARLY, NO_TIME),
    ("accounts", "last_analyzed_at", 2**63 - 1, NO_TIME),
    ("tweets", "created_at", TOO_LATE, NO_TIME),
    ("tweets", "analyzed_at", -(2**63), NO_TIME),
    ("tweets", "metrics", "[1]", NO_COUNTS),
    ("tweets", "metrics", '{"likes":"many"}', NO_COUNTS),
    ("tweets", "metrics", '{"likes":true}', NO_COUNTS),
    ("tweets", "metrics", "no JSON", NO_COUNTS),
    ("tweets", "entities", '["x","y"]', NO_LISTS),
    ("tweets", "entities", '{"urls":"x"}', NO_LISTS),
    ("tweets", "entities", '{"urls":[1]}', NO_LISTS),
    ("tweets", "ai_analysis", "[1]", "is not an object of values"),
    ("tweets", "ai_analysis", "{", "is not an object of values"),
    ("opportunities", "created_at", TOO_LATE, NO_TIME),
    ("opportunities", "updated_at", TOO_EARLY, NO_TIME),
    ("opportunities", "executed_at", TOO_LATE, NO_TIME),
    ("opportunities", "lease_expires_at", TOO_LATE, NO_TIME),
    ("opportunities", "relevance_score", ENDLESS, NO_NUMBER),
    ("opportunities", "opportunity_type", "wave", TYPES),
    ("metrics", "created_at", TOO_LATE, NO_TIME),
    ("metrics", "updated_at", TOO_EARLY, NO_TIME),
    ("metrics", "engagement_rate", ENDLESS, NO_NUMBER),
    ("metrics", "date", "{today}T00:00", NO_DAY),
    ("metrics", "date", "{today}.", NO_DAY),
]
TABLES = {
    "accounts": "twitter_accounts",
    "tweets": "tweets",
    "opportunities": "engagement_opportunities",
    "metrics": "growth_metrics",
}


@pytest.fixture
def ids(bot: FlaskClient, tweets: list[str], today: str, database: LibsqlDatabase) -> dict[str, Any]:
    """The row of each table that will be bad. There are others beside it."""
    for number in range(5):
        opportunity = draft(bot, tweet_id(number), 0.5 + number / 10).json["id"]
    for day in (today, "2026-01-01", "2025-12-31"):
        bot.put(f"{METRICS}/{day}", json={"tweetsSent": 1})
    (metric,) = database.execute_sql("SELECT id FROM growth_metrics WHERE date = ?", (today,)).fetchone()
    account = bot.get(ACCOUNTS).json["accounts"][0]["id"]
    return {"accounts": account, "tweets": tweet_id(3), "opportunities": opportunity, "metrics": metric}


def listed(bot: FlaskClient) -> dict[str, list[dict[str, Any]]]:
    shown = {}
    for noun, path in LISTS.items():
        response = bot.get(path if "?" in path else f"{path}?limit=100")
        assert response.status_code == 200, response.json
        shown[noun] = response.json[noun]
    return shown


@pytest.mark.parametrize(("noun", "column", "value", "problem"), BAD)
def test_a_bad_row_is_left_out_of_its_list_and_logged(
    bot: FlaskClient,
    ids: dict[str, Any],
    today: str,
    database: LibsqlDatabase,
    noun: str,
    column: str,
    value: Any,
    problem: str,
) -> None:
    before = listed(bot)
    value = value.replace("{today}", today) if isinstance(value, str) else value
    spoil(database, TABLES[noun], column, value, ids[noun])
    with logged() as lines:
        after = listed(bot)
    assert lines() == [about(LEFT_OUT, TABLES[noun], ids[noun], column, problem)]
    gone = today if noun == "metrics" else ids[noun]
    kept = [row for row in before[noun] if row.get("id", row.get("date")) != gone]
    assert after == before | {noun: kept}
    assert len(kept) == len(before[noun]) - 1 >= 1


@pytest.mark.parametrize(
    ("noun", "column", "value", "problem"), [case for case in BAD if case[0] in ("tweets", "opportunities")]
)
def test_a_bad_row_alone_is_a_conflict_that_names_it(
    bot: FlaskClient, ids: dict[str, Any], database: LibsqlDatabase, noun: str, column: str, value: Any, problem: str
) -> None:
    spoil(database, TABLES[noun], column, value, ids[noun])
    with logged() as lines:
        response = bot.get(f"{LISTS[noun]}/{ids[noun]}")
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert response.json["detail"] == f"row {ids[noun]} of {TABLES[noun]} cannot be used until its {column} is mended"
    assert lines() == [about(ASKED_FOR, TABLES[noun], ids[noun], column, problem)]


@pytest.mark.parametrize("noun", ["accounts", "tweets", "opportunities"])
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_page_goes_on_past_bad_rows(
    bot: FlaskClient, ids: dict[str, Any], database: LibsqlDatabase, noun: str, limit: int
) -> None:
    whole = [row["id"] for row in listed(bot)[noun]]
    bad = whole[1:3]
    for row_id in bad:
        spoil(database, TABLES[noun], "created_at", TOO_LATE, row_id)
    asked = [row["id"] for row in _walked(bot, LISTS[noun], noun, limit)]
    assert asked == [row_id for row_id in whole if row_id not in bad]


def _walked(bot: FlaskClient, path: str, noun: str, limit: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        page = bot.get(path, query_string=query).json
        rows += page[noun]
        if page["next"] is None:
            return rows
        query["after"] = page["next"]

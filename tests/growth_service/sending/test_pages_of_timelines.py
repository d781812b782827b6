"""Pages of our timeline come in any order, and become spans without a gap."""

import time

import pytest
from flask.testing import FlaskClient

from growth_service.x import ids
from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import (
    SAM,
    TWEETS,
    status,
    x_response,
    x_tweet,
)
from tests.growth_service.sending.conftest import OTHER, OWN, TIMELINE, at, ingest, missing, post


def spans(database: LibsqlDatabase) -> list[tuple[int, int]]:
    """The spans of our timeline in whole seconds from now."""
    rows = database.execute_sql("SELECT from_id, to_id FROM timeline_spans ORDER BY from_id").fetchall()
    return [(_age(low), _age(high)) for low, high in rows]


def _age(number: int) -> int:
    return round(ids.seconds(number) - time.time())


@pytest.mark.parametrize("order", ["first second third", "third second first", "second third first first"])
def test_pages_in_any_order_become_one_span(bot: FlaskClient, tried: str, database: LibsqlDatabase, order: str) -> None:
    ages = {"first": (-800, -950), "second": (-1000, -1100), "third": (-1150, -1400)}
    made = {name: [post(age, OTHER) for age in sorted(pair, reverse=True)] for name, pair in ages.items()}
    before = {
        "first": "",
        "second": f"&untilId={made['first'][-1]['id']}",
        "third": f"&untilId={made['second'][-1]['id']}",
    }
    names = order.split()
    for place, name in enumerate(names):
        assert status(bot, tried) == "unknown", (place, name)
        ingest(bot, *made[name], query=TIMELINE + before[name], next_token="more")
        if len(set(names[: place + 1])) == 3:
            break
    assert status(bot, tried) == "pending"
    assert spans(database) == [pytest.approx((-1400, -800), abs=5)]


def test_a_gap_between_pages_stays_a_gap(bot: FlaskClient, tried: str, database: LibsqlDatabase) -> None:
    missing(bot, -1400, -1300, next_token="more")
    missing(bot, -800, -950, next_token="more")
    assert status(bot, tried) == "unknown"
    assert spans(database) == [pytest.approx((-1400, -1300), abs=5), pytest.approx((-950, -800), abs=5)]


def test_since_id_closes_the_gap_when_x_has_no_more(bot: FlaskClient, tried: str, database: LibsqlDatabase) -> None:
    older = post(-1300, OTHER)
    ingest(bot, post(-1400, OTHER), older, query=TIMELINE, next_token="more")
    since = f"{TIMELINE}&sinceId={older['id']}"
    missing(bot, -800, query=since, next_token="more")
    assert status(bot, tried) == "unknown"
    missing(bot, -800, query=since)
    assert status(bot, tried) == "pending"
    assert spans(database) == [pytest.approx((-1400, -800), abs=5)]


def test_a_timeline_that_is_all_there_is_begins_with_the_account(bot: FlaskClient, tried: str) -> None:
    missing(bot, -800, query=f"{TIMELINE}&untilId={at(-700)}")
    assert status(bot, tried) == "unknown"  # the last of several pages: X ends after 3,200 posts
    missing(bot, -790, next_token="more")
    assert status(bot, tried) == "unknown"
    missing(bot, -780)
    assert status(bot, tried) == "pending"


def test_spans_of_an_account_are_its_own_and_old_ones_go(
    bot: FlaskClient, tried: str, database: LibsqlDatabase
) -> None:
    values = [("77", ids.at(0), ids.at(time.time())), (OWN, 0, ids.at(time.time() - 31 * 86400))]
    for row in values:
        database.execute_sql("INSERT INTO timeline_spans (account_id, from_id, to_id) VALUES (?, ?, ?)", row)
    missing(bot, -900, -800, next_token="more")
    assert spans(database)[1:] == [pytest.approx((-900, -800), abs=5)]
    assert status(bot, tried) == "unknown"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?timeline=true", "accountId"),
        (f"?accountId={OWN}&sinceId=5", "sinceId"),
        (f"?accountId={OWN}&untilId=5", "untilId"),
        (f"{TIMELINE}&sinceId=x", "sinceId"),
        (f"?accountId={SAM}&timeline=true", "timeline"),
    ],
)
def test_a_timeline_is_asked_for_rightly(bot: FlaskClient, own: str, query: str, field: str) -> None:
    body = x_response(post(-800, OTHER))
    refused = bot.post(f"{TWEETS}{query}", json=body)
    assert (refused.status_code, list(refused.json["errors"])) == (422, [field])


def test_odd_references_of_x_are_passed_over(bot: FlaskClient, own: str) -> None:
    for odd in ({"referenced_tweets": None}, {"referenced_tweets": [{"type": "replied_to"}, {"id": "1"}, {}]}):
        ingest(bot, x_tweet(1) | odd)

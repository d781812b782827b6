"""Pages of every list: their order, their size, and where the next one begins."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import QUEUE, ROSA, SAM, TWEETS, draft, tweet_id, x_response, x_tweet

ACCOUNTS = "/api/twitter/accounts"


def pages(client: FlaskClient, url: str, noun: str) -> list[list[Any]]:
    """The ids on each page of a list, by following `next` to the end."""
    ids: list[list[Any]] = []
    after = ""
    while True:
        page = client.get(url + after).json
        assert set(page) == {noun, "next"}
        ids.append([row["id"] for row in page[noun]])
        if page["next"] is None:
            return ids
        assert page["next"] == ids[-1][-1]
        after = f"&after={page['next']}"


def queue(bot: FlaskClient, database: LibsqlDatabase, tweets: list[str]) -> list[str]:
    """Seven pending drafts, best first: two scores, then two times, then the ids decide."""
    ids = [draft(bot, tweet).json["id"] for tweet in tweets[:7]]
    keys = {one: (0.9 if place < 3 else 0.4, 2000 - place % 2, one) for place, one in enumerate(ids)}
    for one, (score, created, _) in keys.items():
        change = "UPDATE engagement_opportunities SET relevance_score = ?, created_at = ? WHERE id = ?"
        database.execute_sql(change, (score, created, one))
    return sorted(ids, key=lambda one: keys[one], reverse=True)


@pytest.mark.parametrize("size", [2, 3, 6])
def test_the_queue_is_read_once_by_pages(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase, size: int
) -> None:
    """Nothing moves meanwhile: the row that a page ended with is still there and is not shown again."""
    ids = queue(bot, database, tweets)
    expected = [ids[first : first + size] for first in range(0, 7, size)]
    assert pages(bot, f"{QUEUE}?limit={size}", "opportunities") == expected


def test_a_full_last_page_is_followed_by_an_empty_one(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    ids = queue(bot, database, tweets)
    assert pages(bot, f"{QUEUE}?limit=7", "opportunities") == [ids, []]


def test_a_page_of_one_state_may_begin_after_a_row_of_another(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    ids = queue(bot, database, tweets)
    for one in (ids[1], ids[2], ids[5]):
        approver.post(f"{QUEUE}/{one}/approve")
    for state, after, expected in (
        ("pending", 2, [3, 4, 6]),
        ("approved", 1, [2, 5]),
        ("approved", 4, [5]),
        ("rejected", 0, []),
    ):
        page = bot.get(f"{QUEUE}?status={state}&after={ids[after]}&limit=100").json
        assert [row["id"] for row in page["opportunities"]] == [ids[place] for place in expected]
        assert {row["status"] for row in page["opportunities"]} <= {state}


def test_each_list_has_a_size_of_its_own_and_a_largest_one(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    for tweet in tweets[:11]:
        draft(bot, tweet)
    bot.post(TWEETS, json=x_response(x_tweet(1), users=[user(number) for number in range(21)]))
    assert len(bot.get(QUEUE).json["opportunities"]) == 10
    assert len(bot.get(TWEETS).json["tweets"]) == 20
    assert len(bot.get(ACCOUNTS).json["accounts"]) == 20
    for url in (QUEUE, TWEETS, ACCOUNTS):
        assert bot.get(f"{url}?limit=100").status_code == 200
        for wrong in ("0", "101", "-1", "x", "1.0", ""):
            refused = bot.get(f"{url}?limit={wrong}")
            assert (refused.status_code, list(refused.json["errors"])) == (422, ["limit"])
        for wrong in ("", "x" * 65):
            refused = bot.get(f"{url}?after={wrong}")
            assert (refused.status_code, list(refused.json["errors"])) == (422, ["after"])


def user(number: int) -> dict[str, Any]:
    return {"id": str(500 + number), "username": f"user{number}"}


@pytest.mark.parametrize("size", [1, 2, 5])
def test_tweets_are_read_once_by_pages(bot: FlaskClient, size: int) -> None:
    bot.post(TWEETS, json=x_response(*[x_tweet(number, (SAM, ROSA)[number % 2]) for number in range(10)]))
    for query, numbers in (("", range(9, -1, -1)), (f"&accountId={ROSA}", (9, 7, 5, 3, 1))):
        ids = [tweet_id(number) for number in numbers]
        shown = pages(bot, f"{TWEETS}?limit={size}{query}", "tweets")
        assert [one for page in shown for one in page] == ids
        assert [len(page) for page in shown[:-1]] == [size] * (len(shown) - 1)


@pytest.mark.parametrize("size", [1, 3])
def test_accounts_of_each_kind_are_read_once_by_pages(bot: FlaskClient, size: int) -> None:
    kinds = ("own", "competitor", "target", None)
    for number in range(10, 26):
        bot.put(f"{ACCOUNTS}/{number}", json={"username": f"u{number}", "kind": kinds[number % 4]})
    every = [str(number) for number in range(10, 26)]
    for query, ids in (
        ("", every),
        ("&kind=own", every[2::4]),
        ("&kind=competitor", every[3::4]),
        ("&kind=target", every[0::4]),
    ):
        shown = pages(bot, f"{ACCOUNTS}?limit={size}{query}", "accounts")
        assert [one for page in shown for one in page] == ids
        assert [len(page) for page in shown[:-1]] == [size] * (len(shown) - 1)

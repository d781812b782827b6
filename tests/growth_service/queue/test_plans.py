"""The queue and its decisions walk no table that grows: the engine's plans of their statements."""

import pytest
from flask.testing import FlaskClient

from tests.growth_service.conftest import (
    QUEUE,
    claim,
    draft,
)
from tests.growth_service.plans import Plans, uses, walks


def test_the_queue_reads_its_index_in_order(bot: FlaskClient, tweets: list[str], plans: Plans) -> None:
    ids = [draft(bot, tweet).json["id"] for tweet in tweets]
    for url in (QUEUE, f"{QUEUE}?after={ids[5]}"):
        planned = plans(lambda url=url: bot.get(url))  # type: ignore[misc]
        assert walks(planned) == []
        assert uses(planned, "engagement_opportunities_queue (status=?")
        assert not uses(planned, "TEMP B-TREE")


def test_decisions_and_reports_read_one_row(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], plans: Plans
) -> None:
    first = draft(bot, tweets[0]).json["id"]
    assert walks(plans(lambda: approver.post(f"{QUEUE}/{first}/approve"))) == []
    report = {"leaseToken": claim(bot)[0]["leaseToken"], "resultTweetId": "1"}
    assert walks(plans(lambda: bot.post(f"{QUEUE}/{first}/executed", json=report))) == []
    body = {"tweetId": tweets[1], "opportunityType": "reply", "relevanceScore": 1}
    assert walks(plans(lambda: bot.post(QUEUE, json=body))) == []


def test_counts_are_read_where_they_are_kept(bot: FlaskClient, tweets: list[str], plans: Plans) -> None:
    draft(bot, tweets[0])
    planned = plans(lambda: bot.get(f"{QUEUE}/counts"))
    assert [walk.split(":")[0] for walk in walks(planned)] == ["SCAN opportunity_counts"]  # a row for each state
    assert uses(planned, "engagement_opportunities_waiting (pending_until<?)")
    assert uses(planned, "engagement_opportunities_leases (lease_expires_at<?)")


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_many_decisions_read_their_rows(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], plans: Plans, decision: str
) -> None:
    wanted = {"ids": [draft(bot, tweet).json["id"] for tweet in tweets[:3]], "decision": decision}
    planned = plans(lambda: approver.post(f"{QUEUE}/decide", json=wanted))
    assert walks(planned) == []
    assert not uses(planned, "engagement_opportunities_queue")

"""The connection ends after a write of the growth service was carried out, before its answer came."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import peewee
import pytest

from growth_service.ledger import generations
from growth_service.ledger.generations import Call
from growth_service.posts import accounts, tweets
from growth_service.posts.tweets import Fetched
from growth_service.queue import decisions, drafts
from growth_service.queue.drafts import Draft
from growth_service.results import metrics
from growth_service.sending import leases
from growth_service.sending.leases import Claim
from growth_service.x import responses
from growth_service.x.bodies import XResponse
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.idempotency import Once
from shared_schema.tables import db
from shared_schema.tables.engagement import PENDING_S
from tests.faults.conftest import Connect, Sqld
from tests.servers import Proxy

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
ACTOR, NO_KEY, KEY = Actor("bot", role="service"), Once("service:bot"), Once("service:bot", "key", "digest")
CALL: Call = {"request_id": "call-1", "purpose": "p", "model": "m", "success": True, "billed_nanousd": 210}
DRAFT: Draft = {"tweet_id": "1", "opportunity_type": "reply", "relevance_score": 0.5, "suggested_response": "32"}
CLAIM = Claim(1, 300, 1000, "secret")
APPROVE_ALL = "UPDATE engagement_opportunities SET status = 'approved'"

Rows = Callable[[str], list[dict[str, Any]]]


def tweet(tweet_id: str, text: str) -> Fetched:
    """What X says of a tweet of account 12."""
    body = {"data": {"id": tweet_id, "text": text, "author_id": "12"}}
    return responses.tweets(XResponse().load(body), None, int(time.time()))


@pytest.fixture
def rows(connect: Connect, server: Sqld) -> Rows:
    """What a query finds on the server, read past the proxy."""
    direct = connect(server)
    return lambda sql: direct.fetch([Statement(sql)])[0].rows


@pytest.fixture
def database(connect: Connect, proxy: Proxy) -> LibsqlDatabase:
    """Through the proxy: a tweet and a day."""
    through = connect(proxy)
    db.initialize(through)  # type: ignore[attr-defined]
    tweets.ingest(tweet("1", "t"), ACTOR, NO_KEY, PENDING_S)
    metrics.put("2026-11-22", {}, ACTOR, NOW.date())
    proxy.reset()
    return through


@pytest.fixture
def cut_batch(database: LibsqlDatabase, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer to the first batch is lost; reads before it pass."""
    sent = database.batch
    left = [proxy.cut_after_request]

    def batch(*arguments: Any, **options: Any) -> Any:
        if left:
            left.pop()()
        return sent(*arguments, **options)

    monkeypatch.setattr(database, "batch", batch)


@pytest.mark.usefixtures("cut_batch")
def test_a_call_without_a_key_is_counted_once_by_its_own_id(rows: Rows) -> None:
    receipt = generations.record([CALL], NOW, NO_KEY)
    assert (receipt.replayed, receipt.document[0]["cost_nanousd"]) == (True, 210)
    assert rows("SELECT request_id, cost_nanousd FROM ai_generation_log") == [
        {"request_id": "call-1", "cost_nanousd": 210}
    ]
    assert metrics.get("2026-11-22")["ai_cost_nanousd"] == 210


@pytest.mark.usefixtures("cut_batch")
def test_a_call_with_a_key_is_counted_once() -> None:
    assert generations.record([CALL], NOW, KEY).replayed
    assert metrics.get("2026-11-22")["ai_cost_nanousd"] == 210


@pytest.mark.usefixtures("cut_batch")
def test_an_ingest_is_sent_again(rows: Rows, proxy: Proxy) -> None:
    receipt = tweets.ingest(tweet("2", "new"), ACTOR, NO_KEY, PENDING_S)
    assert receipt.document["tweets"] == {"created": 0, "updated": 1}  # the first time it was created
    assert proxy.requests == 2
    assert rows("SELECT id, text FROM tweets ORDER BY id") == [{"id": "1", "text": "t"}, {"id": "2", "text": "new"}]


@pytest.mark.usefixtures("cut_batch")
def test_a_day_and_an_account_are_sent_again(rows: Rows, proxy: Proxy) -> None:
    day, _ = metrics.put("2026-11-22", {"tweets_sent": 5}, ACTOR, NOW.date())
    assert (day["tweets_sent"], proxy.requests) == (5, 2)
    assert rows("SELECT tweets_sent FROM growth_metrics") == [{"tweets_sent": 5}]
    proxy.reset()
    proxy.cut_after_request()
    account, _ = accounts.put("12", {"username": "jack"}, ACTOR)
    assert (account["username"], proxy.requests) == ("jack", 2)
    assert rows("SELECT username FROM twitter_accounts") == [{"username": "jack"}]


@pytest.mark.usefixtures("cut_batch")
def test_a_draft_with_a_key_is_written_once(rows: Rows) -> None:
    receipt = drafts.add("7", DRAFT, ACTOR, KEY)
    assert receipt.replayed
    assert rows("SELECT id, status FROM engagement_opportunities") == [
        {"id": receipt.document["id"], "status": "pending"}
    ]
    assert rows("SELECT count(*) AS n FROM audit_log WHERE action = 'opportunity.create'") == [{"n": 1}]


@pytest.mark.usefixtures("cut_batch")
def test_a_draft_without_a_key_is_sent_once(rows: Rows, proxy: Proxy) -> None:
    is_unknown(lambda: drafts.add("7", DRAFT, ACTOR, NO_KEY), proxy)
    assert rows("SELECT status FROM engagement_opportunities") == [{"status": "pending"}]


def test_a_decision_is_sent_once(
    database: LibsqlDatabase, rows: Rows, proxy: Proxy, request: pytest.FixtureRequest
) -> None:
    draft = drafts.add("7", DRAFT, ACTOR, NO_KEY).document["id"]
    proxy.reset()
    request.getfixturevalue("cut_batch")
    is_unknown(lambda: decisions.approve(draft, None, ACTOR, NO_KEY), proxy, reads=1)
    assert rows("SELECT status FROM engagement_opportunities") == [{"status": "approved"}]


@pytest.mark.parametrize("once", [NO_KEY, KEY], ids=["without a key", "with a key"])
def test_a_claim_takes_no_more_than_was_asked_for(
    database: LibsqlDatabase, rows: Rows, proxy: Proxy, once: Once
) -> None:
    for kind in ("reply", "quote"):
        drafts.add(kind, {**DRAFT, "opportunity_type": kind}, ACTOR, NO_KEY)
    database.execute_sql(APPROVE_ALL)
    proxy.reset()
    proxy.cut_after_request()
    if once.key is None:
        is_unknown(lambda: leases.claim(CLAIM, ACTOR, once), proxy)
    else:
        (leased,) = leases.claim(CLAIM, ACTOR, once).document
        kept = rows("SELECT id, lease_token FROM engagement_opportunities WHERE status = 'claimed'")
        assert kept == [{"id": leased["id"], "lease_token": leased["lease_token"]}]
    states = rows("SELECT status, count(*) AS n FROM engagement_opportunities GROUP BY status ORDER BY status")
    assert states == [{"status": "approved", "n": 1}, {"status": "claimed", "n": 1}]


def is_unknown(write: Callable[[], object], proxy: Proxy, *, reads: int = 0) -> None:
    """The write is sent once, after so many reads, and the caller is told that its outcome is not known."""
    with pytest.raises(peewee.OperationalError) as caught:
        write()
    assert isinstance(caught.value.orig, errors.OutcomeUnknown)
    assert proxy.requests == reads + 1

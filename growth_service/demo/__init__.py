"""Demo content: an invented week that ends today. Loading it twice changes nothing."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import orjson

from growth_service.ledger import generations
from growth_service.ledger.calls import Call
from growth_service.posts import accounts, tweets
from growth_service.posts.accounts import Changes
from growth_service.posts.tweets import NewTweet
from growth_service.queue import drafts
from growth_service.queue.drafts import Draft
from growth_service.results import metrics
from growth_service.results.metrics import Figures
from growth_service.x import responses
from growth_service.x.bodies import XResponse
from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.idempotency import Once
from shared_schema.tables import db
from shared_schema.tables.engagement import PENDING_S

WEEK = Path(__file__).parent / "week.json"

_ACTOR = Actor("demo", role="service")
_SUBJECT = "service:demo"
_LOADED = "SELECT 1 FROM ai_generation_log WHERE request_id = ?"
_DAY_S = 86_400


class Week(TypedDict):
    """The file: accounts by their ids on X, a response of X, days from 6 days ago ("-6") to today ("0"), AI calls."""

    accounts: dict[str, Changes]
    tweets: dict[str, object]
    opportunities: list[Draft]
    metrics: dict[str, Figures]
    generations: list[Call]


def load(now: dt.datetime | None = None) -> bool:
    """Load the week so that it ends today. False where it is there already.

    The ledger goes last, so a load that broke off is taken up again; every step before it can be repeated.
    """
    week: Week = orjson.loads(WEEK.read_bytes())
    now = now or dt.datetime.now(dt.UTC)
    (loaded,) = db.fetch([Statement(_LOADED, (week["generations"][-1]["request_id"],))])
    if loaded.rows:
        return False
    for account_id, changes in week["accounts"].items():
        accounts.put(account_id, changes, _ACTOR)
    response = XResponse().load(week["tweets"])
    fetched = responses.tweets(response, None, int(now.timestamp()))
    tweets.ingest(dataclasses.replace(fetched, tweets=_ending(fetched.tweets, now)), _ACTOR, Once(_SUBJECT), PENDING_S)
    for place, draft in enumerate(week["opportunities"]):
        drafts.add(f"{place:032x}", draft, _ACTOR, Once(_SUBJECT, f"demo-{place}"))
    for day, figures in week["metrics"].items():
        metrics.put((now.date() + dt.timedelta(days=int(day))).isoformat(), figures, _ACTOR, now.date())
    _record(week["generations"], now)
    return True


def _ending(week: Sequence[NewTweet], now: dt.datetime) -> list[NewTweet]:
    """The tweets with their times moved by whole days, the last one to today; none is in the future."""
    last = max(tweet["created_at"] or 0 for tweet in week)
    shift = (int(now.timestamp()) // _DAY_S - last // _DAY_S) * _DAY_S
    return [{**tweet, "created_at": min((tweet["created_at"] or 0) + shift, int(now.timestamp()))} for tweet in week]


def _record(calls: list[Call], now: dt.datetime) -> None:
    """Write the calls into the ledger, in equal parts for each of the seven days."""
    for place, call in enumerate(calls):
        age = dt.timedelta(days=6 - 7 * place // len(calls))
        generations.record([call], now - age, Once(_SUBJECT))

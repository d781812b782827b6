"""Demo content: an invented week that ends today. Loading it twice changes nothing."""

import datetime as dt
from pathlib import Path
from typing import Any

import orjson

from growth_service import accounts, generations, metrics, opportunities, tweets
from growth_service.routes.accounts import AccountIn
from growth_service.routes.generations import GenerationIn
from growth_service.routes.metrics import MetricIn
from growth_service.routes.opportunities import OpportunityIn
from growth_service.routes.x import XResponse
from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.idempotency import Once
from shared_schema.tables import db

WEEK = Path(__file__).parent / "week.json"

_ACTOR = Actor("demo")
_SUBJECT = "service:demo"
_LOADED = "SELECT 1 FROM ai_generation_log WHERE request_id = ?"


def load(now: dt.datetime | None = None) -> bool:
    """Load the week so that it ends today. False where it is there already.

    The ledger goes last, so a load that broke off is taken up again; every step before it can be repeated.
    """
    week = orjson.loads(WEEK.read_bytes())
    now = now or dt.datetime.now(dt.UTC)
    (found,) = db.fetch([Statement(_LOADED, (week["generations"][-1]["requestId"],))])
    if found.rows:
        return False
    for account in week["accounts"]:
        accounts.put(account.pop("id"), AccountIn().load(account))
    tweets.ingest(_shifted(week["tweets"], now), None, _ACTOR, Once(_SUBJECT))
    for place, draft in enumerate(week["opportunities"]):
        opportunities.add(OpportunityIn().load(draft), _ACTOR, Once(_SUBJECT, f"demo-{place}"))
    for day in week["metrics"]:
        date = now.date() + dt.timedelta(days=day.pop("day"))
        metrics.put(date.isoformat(), MetricIn().load(day))
    calls = GenerationIn(many=True).load(week["generations"])
    for place, call in enumerate(calls):
        age = dt.timedelta(days=6 - 7 * place // len(calls))
        generations.record([call], now - age, Once(_SUBJECT))
    return True


def _shifted(response: dict[str, Any], now: dt.datetime) -> Any:
    """The response of X with its times moved by whole days, the last one to today; none is in the future."""
    loaded = XResponse().load(response)
    days = [dt.datetime.fromtimestamp(tweet["created_at"], dt.UTC).date() for tweet in loaded["data"]]
    shift = (now.date() - max(days)).days * 86_400
    for tweet in loaded["data"]:
        tweet["created_at"] = min(tweet["created_at"] + shift, int(now.timestamp()))
    return loaded

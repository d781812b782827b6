"""The callers of a service in these tests, and what is there before the first request, as the examples have it."""

from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

import growth_service.app
import study_service.app
from growth_service.examples import WORDS
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from shared_schema.tables import db
from shared_schema.web.auth import ANYONE
from shared_schema.web.config import Config
from shared_schema.web.limits import Rate
from tests.conftest import KEYS, client, tested
from tests.contract.calls import Call
from tests.growth_service.conftest import QUEUE, TWEETS
from tests.growth_service.wording.speaking import added
from tests.servers.issuer import Issuer
from tests.study_service.conftest import BANK, post_bank

# Who may call most of a service, and who may call the rest.
CREATE = {"study": study_service.app.create_app, "growth": growth_service.app.create_app}
CALLERS = {"study": (("4", "admin"), ("1", "user")), "growth": (("growth-bot", "service"), ("4", "admin"))}


@dataclass(frozen=True, slots=True)
class People:
    """Callers of one service by role, its database, and who vouches for people."""

    app: Flask
    database: LibsqlDatabase
    issuer: Issuer

    @property
    def service(self) -> str:
        return self.app.name.removesuffix("_service")

    def of(self, call: Call, *, scope: str = "read write") -> FlaskClient:
        """Somebody who may make a call, with a token of this scope."""
        return self.role(self.role_of(call), scope=scope)

    def role_of(self, call: Call) -> str:
        """The first role of CALLERS that may make a call, or `anyone`."""
        if call.doc["description"] == "Anyone may call this.":
            return ANYONE
        roles = call.doc["description"].rstrip(".").split("For ")[-1].split(", ")
        return next(role for _, role in CALLERS[self.service] if role in roles)

    def role(self, role: str, *, scope: str = "read write") -> FlaskClient:
        """Somebody of this role with a token of their own; `anyone` has none."""
        if role == ANYONE:
            return self.app.test_client()
        subject = next(subject for subject, other in CALLERS[self.service] if other == role)
        return client(self.app, subject, role, scope=scope)


def refused(people: People, state: Path) -> People:
    """The same callers at an app of the same service that lets no request of theirs through."""
    rates = {name: Rate(name, quota, 60) for name, quota in (("address", 1), ("user", 0), ("sign-in", 0))}
    config = Config(people.service, 0, "127.0.0.1", Settings("file::memory:"), KEYS, state=state, rates=rates)
    app = tested(CREATE[people.service](config))
    db.initialize(people.database)  # type: ignore[attr-defined]  # an app brings a database of its own
    return People(app, people.database, people.issuer)


def prepare(people: People) -> None:
    """A bank of two objectives, or an account with a tweet and a voice profile: what the examples refer to."""
    if people.service == "study":
        assert post_bank(people.role("admin"), BANK).status_code == 200
        return
    response = people.role("service").post(TWEETS, json=WORDS["XResponse"])
    assert response.status_code == 200, response.json
    added(people.role("admin"))
    response = people.role("admin").put("/api/ai/budgets/monthly", json={"period": "month", "limitUsd": 20})
    assert response.status_code == 201, response.json
    hold = f"('{WORDS['holdId']}', 'monthly', 'held', 1, unixepoch(), unixepoch() + 3600)"
    people.database.execute_sql(f"INSERT INTO ai_holds VALUES {hold}")


def not_ours(people: People) -> None:
    """Let the tweet of the examples be of somebody else, whatever an earlier request has made of its author."""
    people.database.execute_sql("UPDATE twitter_accounts SET is_own_account = 0")


def opportunity(people: People, kind: str) -> str:
    """A new opportunity of this kind for the tweet of the examples, pending."""
    not_ours(people)
    text = None if kind == "follow" else "32 less two"
    body = {"tweetId": WORDS["tweetId"], "opportunityType": kind, "relevanceScore": 0.5, "suggestedResponse": text}
    response = people.role("service").post(QUEUE, json=body)
    assert response.status_code == 201, response.json
    name: str = response.json["id"]
    return name


def leased(people: People, kind: str) -> dict[str, str]:
    """A new opportunity under a lease: its id and the token of the lease."""
    name = opportunity(people, kind)
    assert people.role("admin").post(f"{QUEUE}/{name}/approve").status_code == 200
    (lease,) = people.role("service").post(f"{QUEUE}/claim", json={"limit": 1}).json["opportunities"]
    assert lease["id"] == name
    return {"id": name, "token": lease["leaseToken"]}

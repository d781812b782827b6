"""Who may do what: the bot works, a person decides, learners have no business here."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.conftest import client
from tests.growth_service.conftest import LEDGER, QUEUE, TWEETS
from tests.growth_service.wording.speaking import VOICES

BOT, APPROVER = {"service"}, {"admin"}
ROUTES = [
    ("put", "/api/twitter/accounts/12", BOT),
    ("get", "/api/twitter/accounts", BOT | APPROVER),
    ("get", "/api/twitter/accounts/12", BOT | APPROVER),
    ("post", "/api/twitter/accounts", BOT),
    ("post", TWEETS, BOT),
    ("get", TWEETS, BOT | APPROVER),
    ("get", f"{TWEETS}/top", BOT | APPROVER),
    ("get", f"{TWEETS}/1", BOT | APPROVER),
    ("put", f"{TWEETS}/1/analysis", BOT),
    ("post", QUEUE, BOT),
    ("get", QUEUE, BOT | APPROVER),
    ("get", f"{QUEUE}/1", BOT | APPROVER),
    ("get", f"{QUEUE}/counts", BOT | APPROVER),
    ("post", f"{QUEUE}/decide", APPROVER),
    ("post", f"{QUEUE}/1/undo", APPROVER),
    ("patch", f"{QUEUE}/1", APPROVER),
    ("post", f"{QUEUE}/1/approve", APPROVER),
    ("post", f"{QUEUE}/1/reject", APPROVER),
    ("post", f"{QUEUE}/claim", BOT),
    ("post", f"{QUEUE}/1/executed", BOT),
    ("post", f"{QUEUE}/1/failed", BOT),
    ("post", f"{QUEUE}/1/renew", BOT),
    ("post", f"{QUEUE}/1/release", BOT),
    ("post", f"{QUEUE}/1/reconcile", APPROVER),
    ("post", VOICES, APPROVER),
    ("get", VOICES, BOT | APPROVER),
    ("get", f"{VOICES}/active", BOT | APPROVER),
    ("get", f"{VOICES}/1", BOT | APPROVER),
    ("put", f"{VOICES}/1", APPROVER),
    ("patch", f"{VOICES}/1", APPROVER),
    ("delete", f"{VOICES}/1", APPROVER),
    ("get", f"{VOICES}/1/versions", BOT | APPROVER),
    ("post", f"{VOICES}/1/activate", APPROVER),
    ("post", f"{VOICES}/1/score", BOT | APPROVER),
    ("put", "/api/growth/metrics/2026-11-22", BOT),
    ("get", "/api/growth/metrics", BOT | APPROVER),
    ("get", "/api/growth/metrics/2026-11-22", BOT | APPROVER),
    ("delete", "/api/growth/metrics/2026-11-22", APPROVER),
    ("get", "/api/growth/metrics.csv", BOT | APPROVER),
    ("get", "/api/growth/analytics", BOT | APPROVER),
    ("get", "/api/growth/signups", BOT | APPROVER),
    ("get", "/api/growth/signups.csv", BOT | APPROVER),
    ("get", "/api/ai/budgets", BOT | APPROVER),
    ("get", "/api/ai/budgets/monthly", BOT | APPROVER),
    ("put", "/api/ai/budgets/monthly", APPROVER),
    ("get", "/api/ai/budgets/monthly/holds", BOT | APPROVER),
    ("post", "/api/ai/budgets/monthly/holds", BOT),
    ("get", "/api/ai/holds/1", BOT | APPROVER),
    ("post", "/api/ai/holds/1/settle", BOT),
    ("delete", "/api/ai/holds/1", BOT),
    ("post", LEDGER, BOT),
    ("get", LEDGER, BOT | APPROVER),
    ("get", f"{LEDGER}/call-1", BOT | APPROVER),
    ("get", "/api/ai/costs", BOT | APPROVER),
    ("get", "/api/ai/costs/questions", BOT | APPROVER),
    ("get", "/api/audit", APPROVER),
    ("get", "/api/requests/k", {"user", "moderator", "admin", "service"}),
]


@pytest.mark.parametrize("role", ["user", "moderator", "admin", "service"])
@pytest.mark.parametrize(("method", "url", "roles"), ROUTES)
def test_a_route_is_open_to_its_roles_only(
    growth_app: Flask, database: LibsqlDatabase, method: str, url: str, roles: set[str], role: str
) -> None:
    response = getattr(client(growth_app, "growth-bot" if role == "service" else "4", role), method)(url)
    assert (response.status_code == 403) is (role not in roles)


@pytest.mark.parametrize(("method", "url", "roles"), ROUTES)
def test_nothing_is_open_without_a_token(
    growth_app: Flask, database: LibsqlDatabase, method: str, url: str, roles: set[str]
) -> None:
    assert getattr(growth_app.test_client(), method)(url).status_code == 401


def test_a_token_of_the_other_service_does_not_count(
    study_app: Flask, growth_app: Flask, database: LibsqlDatabase
) -> None:
    token = client(study_app, "4", "admin").environ_base["HTTP_AUTHORIZATION"]
    response: Any = growth_app.test_client().get(QUEUE, headers={"Authorization": token})
    assert (response.status_code, response.json["code"]) == (401, "TOKEN_INVALID")


def test_a_token_that_may_only_read_does_not_write(growth_app: Flask, database: LibsqlDatabase) -> None:
    reader: FlaskClient = client(growth_app, "growth-bot", "service", scope="read")
    assert reader.get(QUEUE).status_code == 200
    assert reader.post(f"{QUEUE}/claim", json={}).status_code == 403


def test_every_route_is_listed_here(growth_app: Flask) -> None:
    """A new route needs a line above."""
    routes = growth_app.url_map.bind("localhost")
    listed = [routes.match(url, method=method)[0] for method, url, _ in ROUTES]
    rules = [rule for rule in growth_app.url_map.iter_rules() if rule.rule.startswith("/api/")]
    assert sorted(listed) == sorted(rule.endpoint for rule in rules)

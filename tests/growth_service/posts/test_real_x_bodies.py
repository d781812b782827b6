"""Bodies that the X API really sent."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.conftest import SHARED
from tests.growth_service.conftest import TWEETS, row_count

FILE = SHARED / "x-api-v2.json"
if not FILE.exists():
    pytest.skip(f"{FILE.name} is not here", allow_module_level=True)

RECORDED: dict[str, list[dict[str, Any]]] = json.loads(FILE.read_text())
BODIES = [pytest.param(one["request"], one["response"], id=name) for name, all_ in RECORDED.items() for one in all_]


@pytest.mark.parametrize(("request_url", "body"), BODIES)
def test_a_recorded_body_is_stored_once(
    bot: FlaskClient, database: LibsqlDatabase, request_url: str, body: dict[str, Any]
) -> None:
    author = request_url.split("/users/")[1].split("/")[0] if "/users/" in request_url else "12"
    refused = bot.post(TWEETS, json=body)  # none of them names its authors
    assert refused.status_code == 422
    assert "data.0.author_id" in refused.json["errors"]
    for created, updated in ((len(body["data"]), 0), (0, len(body["data"]))):
        response = bot.post(f"{TWEETS}?accountId={author}", json=body)
        assert response.status_code == 200
        assert response.json["tweets"] == {"created": created, "updated": updated}
    stored = {tweet["id"]: tweet for tweet in bot.get(f"{TWEETS}?limit=100").json["tweets"]}
    assert {key: tweet["text"] for key, tweet in stored.items()} == {t["id"]: t["text"] for t in body["data"]}
    assert {tweet["accountId"] for tweet in stored.values()} == {author}
    assert row_count(database, "twitter_accounts") == 1

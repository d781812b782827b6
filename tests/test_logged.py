"""A token in the log of any test is found, whoever made it and whatever it was used for."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
import structlog
from flask.testing import FlaskClient

import shared_schema.logs
from shared_schema.database import LibsqlDatabase
from shared_schema.web import tokens
from tests.conftest import KEYS
from tests.growth_service.conftest import TWEETS, approved, claim, tweet_id, x_response, x_tweet
from tests.logged import Logged
from tests.servers.issuer import Issuer

pytestmark = pytest.mark.only("file")


@pytest.fixture(autouse=True)
def elsewhere() -> Iterator[io.StringIO]:
    """Another stream for the log: it is searched whatever its lines are written to."""
    stream = io.StringIO()
    shared_schema.logs.configure(stream)
    yield stream
    shared_schema.logs.configure()


def used(bot: FlaskClient, approver: FlaskClient) -> dict[str, str]:
    """A token of each kind that the tests use."""
    bot.post(TWEETS, json=x_response(x_tweet(1)))
    approved(bot, approver, tweet_id(1))
    (leased,) = claim(bot)
    return {
        "one of ours": tokens.mint(KEYS, "study", "1", "user", ttl_s=60),
        "in a header": bot.environ_base["HTTP_AUTHORIZATION"],
        "without its claims": tokens.mint(KEYS, "study", "1", "user", ttl_s=60).rpartition(".")[2],
        "a refresh token": tokens.refresh_token(KEYS, "test", "salt"),
        "an issuer's": Issuer().token(),
        "of a lease": leased["leaseToken"],
        "a key": KEYS["test"],
        "one that nobody here has made": f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{'x' * 43}",
    }


def test_a_token_of_any_kind_is_found_in_a_line(
    logged: Logged, bot: FlaskClient, approver: FlaskClient, elsewhere: io.StringIO
) -> None:
    assert logged.taken() == []
    for kind, token in used(bot, approver).items():
        structlog.get_logger().info("by accident", token=token)
        (line,) = logged.taken()
        assert token in line, kind
        logging.getLogger("urllib3").warning("by %s", token)
        assert len(logged.taken()) == 1, kind
        try:
            raise ValueError(token)
        except ValueError:
            structlog.get_logger().exception("unhandled")
        assert len(logged.taken()) == 1, kind
    assert "by accident" in elsewhere.getvalue()


def test_a_line_without_a_token_is_none(logged: Logged, alice: FlaskClient, database: LibsqlDatabase) -> None:
    structlog.get_logger().info("digest", value="0123456789abcdef" * 4, header=jwt.utils.base64url_encode(b"x" * 40))
    assert alice.get("/api/auth/me").status_code == 200
    assert logged.taken() == []


def test_the_files_of_other_processes_are_searched(logged: Logged, tmp_path: Path) -> None:
    token = tokens.mint(KEYS, "study", "1", "user", ttl_s=60)
    below = tmp_path / "place"
    below.mkdir()
    (below / "service.log").write_text(f"first\nAuthorization: Bearer {token}\nlast\n")
    (below / "demo.env").write_text(token)
    assert list(logged.search(tmp_path)) == [f"service.log: Authorization: Bearer {token}\n"]
    (below / "service.log").unlink()

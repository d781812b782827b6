"""Bearer tokens: what a token must say to count, whose key signs it, and how an operator gets one."""

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from click.testing import CliRunner

from shared_schema.problems import TokenExpired, TokenInvalid
from shared_schema.web import tokens
from shared_schema.web.tokens import Caller

OLD, NEW = "o" * 40, "n" * 40
KEYS = {"new": NEW, "old": OLD}


def signed(secret: str = NEW, kid: str | None = "new", *, without: str = "", **claims: Any) -> str:
    """A token of a good caller, save for what is given."""
    all_claims = {"sub": "1", "role": "user", "scope": "read", "aud": "study", "jti": "x", "exp": time.time() + 60}
    chosen = {name: value for name, value in (all_claims | claims).items() if name != without}
    return jwt.encode(chosen, secret, "HS256", headers={} if kid is None else {"kid": kid})


def test_a_minted_token_is_its_callers_until_it_expires() -> None:
    before = int(time.time())
    token = tokens.mint(KEYS, "study", "7", "moderator", ttl_s=100, scope="read")
    assert tokens.verify(KEYS, "study", token) == Caller("7", "moderator", frozenset({"read"}))
    assert jwt.get_unverified_header(token)["kid"] == "new"
    claims = jwt.decode(token, NEW, ["HS256"], audience="study")
    assert claims["iat"] - before in (0, 1)
    assert claims["exp"] - claims["iat"] == 100
    other = jwt.decode(tokens.mint(KEYS, "study", "7", "user", ttl_s=1), NEW, ["HS256"], audience="study")
    assert other["scope"] == "read write"
    assert other["jti"] != claims["jti"]


def test_a_key_that_no_longer_signs_still_counts_until_it_is_taken_away() -> None:
    token = tokens.mint({"old": OLD}, "study", "7", "user", ttl_s=100)
    assert tokens.verify(KEYS, "study", token).subject == "7"
    with pytest.raises(TokenInvalid):
        tokens.verify({"new": NEW}, "study", token)


@pytest.mark.parametrize("claim", ["sub", "role", "scope", "aud", "exp", "jti"])
def test_a_token_without_one_of_its_claims_does_not_count(claim: str) -> None:
    assert tokens.verify(KEYS, "study", signed()) == Caller("1", "user", frozenset({"read"}))
    with pytest.raises(TokenInvalid):
        tokens.verify(KEYS, "study", signed(without=claim))


NOT_OURS = "the token is not one of ours for this service"
NO_ROLE = "the token names no known role"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: signed(aud="growth"), NOT_OURS),
        (lambda: signed(role="root"), NO_ROLE),
        (lambda: signed(role=["admin"]), NO_ROLE),
        (lambda: signed(scope=["read"]), NO_ROLE),
        (lambda: signed(scope=None), NOT_OURS),
        (lambda: signed(sub=7), NOT_OURS),
        (lambda: signed(OLD, "new"), NOT_OURS),
        (lambda: signed(kid="gone"), NOT_OURS),
        (lambda: signed(kid=None), NOT_OURS),
        (lambda: signed()[:-2], NOT_OURS),
        (lambda: "a.b.c", NOT_OURS),
        (lambda: "", NOT_OURS),
    ],
    ids=lambda make: "",
)
def test_a_token_that_is_wrong_in_one_thing_does_not_count(make: Callable[[], str], reason: str) -> None:
    with pytest.raises(TokenInvalid) as refused:
        tokens.verify(KEYS, "study", make())
    assert refused.value.detail == reason


def test_a_token_past_its_time_is_said_to_be_so() -> None:
    with pytest.raises(TokenExpired, match="get a new token"):
        tokens.verify(KEYS, "study", signed(exp=time.time() - 1))


def test_an_operator_mints_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_KEYS", f"new:{NEW},old:{OLD}")
    chosen = ["--audience", "growth", "--subject", "growth-bot", "--role", "service"]
    printed = CliRunner().invoke(tokens.main, chosen)
    assert printed.exit_code == 0
    token = printed.output.strip()
    assert tokens.verify(KEYS, "growth", token) == Caller("growth-bot", "service", frozenset({"read", "write"}))
    claims = jwt.decode(token, NEW, ["HS256"], audience="growth")
    assert claims["exp"] - claims["iat"] == 86_400
    month = CliRunner().invoke(tokens.main, [*chosen, "--days", "30", "--scope", "read"]).output.strip()
    claims = jwt.decode(month, NEW, ["HS256"], audience="growth")
    assert (claims["exp"] - claims["iat"], claims["scope"]) == (30 * 86_400, "read")
    for wrong in (["--scope", "read all"], ["--days", "0"], ["--days", "367"], ["--role", "root"]):
        refused = CliRunner().invoke(tokens.main, [*chosen, *wrong])
        assert (refused.exit_code, wrong[0] in refused.output) == (2, True)

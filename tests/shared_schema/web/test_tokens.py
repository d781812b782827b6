"""Bearer tokens: what a token must say to count, whose key signs it, and how an operator gets one."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jwt
import pytest
from click.testing import CliRunner

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from shared_schema.problems import TokenExpired, TokenInvalid
from shared_schema.web import tokens
from shared_schema.web.tokens import Caller
from tests import stages

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


@pytest.mark.parametrize("kid", [5, None, ["new"], {"new": 1}, "", "../new"], ids=repr)
def test_a_key_id_that_is_none_does_not_count(kid: object) -> None:
    header = jwt.utils.base64url_encode(json.dumps({"alg": "HS256", "kid": kid}).encode()).decode()
    with pytest.raises(TokenInvalid):
        tokens.verify(KEYS, "study", header + "." + signed().split(".", 1)[1])
    deep = jwt.utils.base64url_encode(b"[" * 5000).decode()
    with pytest.raises(TokenInvalid):
        tokens.verify(KEYS, "study", f"{deep}.e30.x")


def test_a_token_may_be_for_both_services(monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.mint(KEYS, ["study", "growth"], "7", "admin", ttl_s=60)
    assert tokens.verify(KEYS, "study", token) == tokens.verify(KEYS, "growth", token)
    monkeypatch.setenv("TOKEN_KEYS", f"new:{NEW}")
    named = ["--audience", "growth", "--audience", "study", "--subject", "bot", "--role", "service"]
    for command in ([], ["mint"]):
        both = CliRunner().invoke(tokens.main, [*command, *named]).output.strip()
        assert jwt.decode(both, options={"verify_signature": False})["aud"] == ["study", "growth"]


def test_another_host_may_be_a_second_ahead() -> None:
    assert tokens.verify(KEYS, "study", signed(iat=time.time() + 5)).subject == "1"


@pytest.mark.parametrize(
    ("role", "subject"), [("service", "1"), ("service", "a b"), ("service", ""), ("user", "bot"), ("admin", "01")]
)
def test_no_token_is_minted_for_a_subject_that_would_not_count(
    monkeypatch: pytest.MonkeyPatch, role: str, subject: str
) -> None:
    with pytest.raises(ValueError, match="cannot be the subject"):
        tokens.mint(KEYS, "study", subject, role, ttl_s=60)
    monkeypatch.setenv("TOKEN_KEYS", f"new:{NEW}")
    refused = CliRunner().invoke(tokens.main, ["--audience", "study", "--subject", subject, "--role", role])
    assert (refused.exit_code, "--subject" in refused.output) == (2, True)


def test_equal_claims_give_the_same_token_and_a_salt_the_same_refresh_token() -> None:
    claims = {"sub": "1", "exp": 5}
    assert tokens.signed(KEYS, "old", claims) == tokens.signed(KEYS, "old", dict(claims))
    assert jwt.get_unverified_header(tokens.signed(KEYS, "old", claims))["kid"] == "old"
    assert jwt.get_unverified_header(tokens.signed(KEYS, "gone", claims))["kid"] == "new"
    salted = tokens.refresh_token(KEYS, "old", "s")
    assert (salted, len(salted)) == (tokens.refresh_token({"old": OLD}, "old", "s"), 64)
    assert len({salted, tokens.refresh_token(KEYS, "new", "s"), tokens.refresh_token(KEYS, "old", "t")}) == 3


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens that were verified by cryptography."""
    seen: list[str] = []
    decode = jwt.decode

    def note(text: str, *arguments: Any, **options: Any) -> Any:
        seen.append(text)
        return decode(text, *arguments, **options)

    monkeypatch.setattr(tokens.jwt, "decode", note)
    return seen


def test_a_known_token_costs_no_second_cryptography(decoded: list[str]) -> None:
    verifier, token, other = tokens.Verifier(KEYS, "study"), signed(), signed(jti="y")
    first = verifier.read(token)
    assert verifier.read(token) is first
    assert verifier.read(other) == replace(first, id="y", expires_at=verifier.read(other).expires_at)
    assert decoded == [token, other]


def test_a_known_token_outlives_neither_its_expiry_nor_its_key(
    decoded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = dict(KEYS)
    verifier, token = tokens.Verifier(keys, "study"), signed(exp=int(time.time()) + 60)
    verifier.read(token)
    now = time.time()
    monkeypatch.setattr(tokens.time, "time", lambda: now + 58)
    verifier.read(token)
    assert len(decoded) == 1
    del keys["new"]
    with pytest.raises(TokenInvalid):
        verifier.read(token)


def test_a_known_token_is_refused_when_its_time_is_over(decoded: list[str]) -> None:
    expires_at = int(time.time()) + 2
    verifier, token = tokens.Verifier(KEYS, "study"), signed(exp=expires_at)
    verifier.read(token)
    time.sleep(max(0.0, expires_at - time.time()) + 0.01)
    with pytest.raises(TokenExpired):
        verifier.read(token)
    assert not verifier._known


def test_what_does_not_count_is_not_remembered_and_memory_is_bounded(decoded: list[str]) -> None:
    verifier = tokens.Verifier(KEYS, "study", size=2)
    for _ in range(2):
        with pytest.raises(TokenInvalid):
            verifier.read(signed(role="root"))
    several = [signed(jti=f"{n}") for n in range(3)]
    for token in (several[0], several[1], several[0], several[2]):
        verifier.read(token)
    decoded.clear()
    for token in (several[0], several[2], several[1]):
        verifier.read(token)
    assert decoded == [several[1]]


@pytest.fixture
def operator(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a command."""
    for name, value in stages.environment_of(settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TOKEN_KEYS", f"new:{NEW},old:{OLD}")


@pytest.mark.usefixtures("operator")
def test_an_operator_revokes_a_token_by_itself_or_by_its_id(database: LibsqlDatabase) -> None:
    token = tokens.mint(KEYS, "growth", "growth-bot", "service", ttl_s=3600)
    jti = tokens.read(KEYS, "growth", token).id
    revoked = CliRunner().invoke(tokens.main, ["revoke"], input=f"{token}\n")
    assert (revoked.exit_code, revoked.output) == (0, f"revoked {jti}\n")
    assert CliRunner().invoke(tokens.main, ["revoke", "--jti", "other"]).exit_code == 0
    kept = "SELECT kind, key, expires_at - unixepoch() > 365 * 86400 AS long FROM revocations ORDER BY id"
    log = "SELECT action, entity_id AS id, metadata->>'subject' AS subject FROM audit_log ORDER BY audit_log.id"
    rows, entries = (result.rows for result in database.fetch([Statement(kept), Statement(log)], fresh=True))
    assert rows == [{"kind": "token", "key": key, "long": 1} for key in (jti, "other")]
    assert entries == [{"action": "token.revoke", "id": key, "subject": "operator"} for key in (jti, "other")]


@pytest.mark.usefixtures("operator")
def test_what_is_no_token_of_ours_is_not_revoked(database: LibsqlDatabase) -> None:
    forged = tokens.mint({"new": "x" * 40}, "growth", "growth-bot", "service", ttl_s=3600)
    for text in (forged, "", "nonsense"):
        refused = CliRunner().invoke(tokens.main, ["revoke"], input=text)
        assert (refused.exit_code, "no token that TOKEN_KEYS has signed" in refused.output) == (1, True)
    old = CliRunner().invoke(tokens.main, ["revoke"], input=signed(exp=time.time() - 5))
    assert (old.exit_code, "has expired" in old.output) == (1, True)
    assert database.fetch([Statement("SELECT * FROM revocations")], fresh=True)[0].rows == []


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

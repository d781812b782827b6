"""The issuer's keys: fetched once, kept while they are good, and never more than the issuer should be asked for."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from shared_schema.problems import IssuerAway, TokenInvalid
from study_service import issuer_keys
from study_service.issuer_keys import AGAIN_S, GOOD_S, UNKNOWN_S, IssuerKeys
from tests.servers.issuer import Issuer, answer, jwk, rsa_key


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        yield running


@pytest.fixture
def keys(issuer: Issuer) -> IssuerKeys:
    return IssuerKeys(issuer.keys_url)


def test_nothing_is_fetched_before_a_key_is_wanted_and_then_once(issuer: Issuer, keys: IssuerKeys) -> None:
    assert issuer.fetches == 0
    assert keys.find("k1", now=1000.0).key_id == "k1"
    assert keys.find("k1", now=1299.0).key_id == "k1"
    assert issuer.fetches == 1
    keys.find("k1", now=1301.0)  # max-age is 300 seconds
    assert issuer.fetches == 2


@pytest.mark.parametrize(
    ("stated", "counts"), [(None, 300), (0, 60), (5, 60), (61, 61), (10**8, 86_400)], ids=lambda value: str(value)
)
def test_keys_are_fresh_as_long_as_the_issuer_says_within_bounds(
    issuer: Issuer, keys: IssuerKeys, stated: int | None, counts: int
) -> None:
    issuer.max_age = stated
    keys.find("k1", now=0.0)
    keys.find("k1", now=counts - 0.5)
    assert issuer.fetches == 1
    keys.find("k1", now=counts + 0.5)
    assert issuer.fetches == 2


def test_a_new_key_is_fetched_when_it_is_first_used_and_an_old_one_goes(issuer: Issuer, keys: IssuerKeys) -> None:
    keys.find("k1", now=0.0)
    issuer.keys = {"k2": rsa_key()}
    assert keys.find("k2", now=UNKNOWN_S + 1).key_id == "k2"
    with pytest.raises(TokenInvalid, match="no key of the issuer"):
        keys.find("k1", now=UNKNOWN_S + 2)
    assert issuer.fetches == 2


def test_made_up_key_ids_cause_one_fetch_in_half_a_minute(issuer: Issuer, keys: IssuerKeys) -> None:
    for number in range(100):
        with pytest.raises(TokenInvalid):
            keys.find(f"../../{number}", now=number / 10)
    assert issuer.fetches == 1
    for number in range(100):
        with pytest.raises(TokenInvalid):
            keys.find(f"{number}", now=UNKNOWN_S + number / 10)
    assert issuer.fetches == 2


def test_while_the_issuer_is_down_the_last_good_keys_count_for_a_day(issuer: Issuer, keys: IssuerKeys) -> None:
    keys.find("k1", now=0.0)
    issuer.stop()
    for now in (301.0, 3600.0, GOOD_S - 1):
        assert keys.find("k1", now=now).key_id == "k1"
    with pytest.raises(IssuerAway):
        keys.find("new", now=GOOD_S - 1)  # perhaps a key that the issuer has by now
    with pytest.raises(IssuerAway):
        keys.find("k1", now=GOOD_S + 1)
    issuer.start()
    assert keys.find("k1", now=GOOD_S + AGAIN_S + 1).key_id == "k1"


def test_an_issuer_that_was_never_there_is_asked_again_after_a_pause(issuer: Issuer, keys: IssuerKeys) -> None:
    def fail(handler: BaseHTTPRequestHandler) -> None:
        answer(handler, b"{}", 500)

    issuer.misbehave = fail
    for now in (0.0, 1.0, AGAIN_S - 0.1):
        with pytest.raises(IssuerAway):
            keys.find("k1", now=now)
    assert issuer.fetches == 1
    issuer.misbehave = None
    assert keys.find("k1", now=AGAIN_S).key_id == "k1"


PUBLISHED = {"keys": [jwk("k1", rsa_key())]}
BAD = {
    "a redirect": (json.dumps(PUBLISHED).encode(), 302, {"Location": "/elsewhere"}),
    "an error": (json.dumps(PUBLISHED).encode(), 404, {}),
    "too much": (json.dumps(PUBLISHED | {"pad": "x" * 300_000}).encode(), 200, {}),
    "no JSON": (b"<html>", 200, {}),
    "a list": (b"[]", 200, {}),
    "keys that are none": (b'{"keys": {"k1": 1}}', 200, {}),
    "no key": (b'{"keys": []}', 200, {}),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_an_answer_that_is_no_set_of_keys_leaves_the_last_good_ones(
    issuer: Issuer, keys: IssuerKeys, bad: tuple[bytes, int, dict[str, str]]
) -> None:
    first = keys.find("k1", now=0.0)
    body, status, headers = bad
    issuer.misbehave = lambda handler: answer(handler, body, status, headers)
    assert keys.find("k1", now=301.0) is first
    assert issuer.fetches == 2
    with pytest.raises(IssuerAway):
        IssuerKeys(issuer.keys_url).find("k1")
    assert issuer.fetches == 3  # no redirect is followed


def test_slow_answers_are_given_up_and_who_has_a_key_does_not_wait(
    issuer: Issuer, keys: IssuerKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer_keys, "_WHOLE_S", 30)
    keys.find("k1", now=0.0)
    asked, go_on = threading.Event(), threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        asked.set()
        handler.send_response(200)
        handler.end_headers()
        while not go_on.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    issuer.misbehave = drip
    patient = threading.Thread(target=keys.find, args=("k1", 301.0))
    patient.start()
    asked.wait(10)
    assert keys.find("k1", now=301.0).key_id == "k1"
    assert patient.is_alive(), "the issuer was to answer all the time"
    go_on.set()
    patient.join(10)
    assert not patient.is_alive()
    go_on.set()
    assert issuer.fetches == 2


def test_many_at_once_cause_one_fetch(issuer: Issuer, keys: IssuerKeys) -> None:
    seen: list[str | None] = []
    threads = [threading.Thread(target=lambda: seen.append(keys.find("k1").key_id)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (seen, issuer.fetches) == (["k1"] * 16, 1)


def test_keys_that_cannot_sign_id_tokens_are_left_out(issuer: Issuer, keys: IssuerKeys) -> None:
    good, curve = rsa_key(), ec.generate_private_key(ec.SECP256R1())
    published = [
        jwk("rsa", good),
        jwk("ec", curve),
        {name: value for name, value in jwk("bare", good).items() if name not in ("alg", "use")},
        jwk("encryption", good, use="enc"),
        jwk("other algorithm", good, alg="RS512"),
        jwk("symmetric name", good, alg="HS256"),
        jwk("short", rsa_key(1024)),
        jwk("big curve", ec.generate_private_key(ec.SECP384R1()), alg="ES384"),
        {"kid": "secret", "kty": "oct", "k": "c2VjcmV0", "alg": "HS256"},
        {"kid": "a list as curve", "kty": "EC", "crv": ["P-256"]},
        {"kid": "broken", "kty": "RSA", "n": "!", "e": "AQAB"},
        {"kid": 5, **{name: value for name, value in jwk("x", good).items() if name != "kid"}},
        "nonsense",
    ]
    issuer.misbehave = lambda handler: answer(handler, json.dumps({"keys": published}).encode())
    usable = {kid: keys.find(kid, now=0.0).algorithm_name for kid in ("rsa", "ec", "bare")}
    assert usable == {"rsa": "RS256", "ec": "ES256", "bare": "RS256"}
    for kid in (
        "encryption",
        "other algorithm",
        "symmetric name",
        "short",
        "big curve",
        "secret",
        "broken",
        "a list as curve",
        "5",
    ):
        with pytest.raises(TokenInvalid):
            keys.find(kid, now=1.0)

"""What an ID token must say, and who must have signed it, before we believe who somebody is."""

import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared_schema.problems import Forbidden, TokenExpired, TokenInvalid
from study_service import id_tokens
from study_service.id_tokens import Person
from study_service.issuer_keys import IssuerKeys
from tests.servers.issuer import CLIENT, Issuer, rsa_key

OTHER = "other.apps.example"
GOOGLE = ("https://accounts.google.com", "accounts.google.com")


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        running.keys["e1"] = ec.generate_private_key(ec.SECP256R1())
        yield running


@pytest.fixture(scope="module")
def known(issuer: Issuer) -> id_tokens.Issuer:
    return id_tokens.Issuer((issuer.url,), (CLIENT, "phone.apps.example"), IssuerKeys(issuer.keys_url))


def test_a_good_token_tells_who_somebody_is(issuer: Issuer, known: id_tokens.Issuer) -> None:
    more = {"name": " Ada L. ", "picture": "https://x.example/a.png", "email": "Ada@X.example"}
    expected = Person("109", "Ada@X.example", "Ada L.", "https://x.example/a.png")
    assert id_tokens.person(known, issuer.token("109", **more), None) == expected
    assert id_tokens.person(known, issuer.token("109", kid="e1", **more), None) == expected


@pytest.mark.parametrize(
    ("claims", "name", "picture"),
    [
        ({"name": None}, "new", None),
        ({"name": " "}, "new", None),
        ({"name": 5, "picture": 5}, "new", None),
        ({"name": "a\0b"}, "new", None),
        ({"name": "\ud800"}, "new", None),
        ({"name": "x" * 300}, "x" * 200, None),
        ({"picture": "javascript:alert(1)"}, "Newcomer", None),
        ({"picture": "http://x.example/a.png"}, "Newcomer", None),
    ],
)
def test_a_name_or_picture_that_is_none_is_done_without(
    issuer: Issuer, known: id_tokens.Issuer, claims: dict[str, Any], name: str, picture: None
) -> None:
    person = id_tokens.person(known, issuer.token(**claims), None)
    assert (person.name, person.picture) == (name, picture)


def test_google_writes_its_name_in_two_ways(issuer: Issuer, known: id_tokens.Issuer) -> None:
    google = id_tokens.Issuer(GOOGLE, known.client_ids, known.keys)
    for name in GOOGLE:
        assert id_tokens.person(google, issuer.token("7", iss=name), None).subject == "7"
    for name in ("http://accounts.google.com", "https://accounts.google.com/", "https://accounts.google.com.x.example"):
        with pytest.raises(TokenInvalid):
            id_tokens.person(google, issuer.token("7", iss=name), None)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": CLIENT, "azp": CLIENT},
        {"aud": CLIENT, "without": "azp"},
        {"aud": [CLIENT], "without": "azp"},
        {"aud": [CLIENT, OTHER], "azp": CLIENT},
        {"aud": CLIENT, "azp": "phone.apps.example"},
    ],
    ids=str,
)
def test_a_token_for_us_counts(issuer: Issuer, known: id_tokens.Issuer, claims: dict[str, Any]) -> None:
    assert id_tokens.person(known, issuer.token("7", **claims), None).subject == "7"


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "another client": {"aud": OTHER, "azp": OTHER},
    "several audiences, no party": {"aud": [CLIENT, OTHER], "without": "azp"},
    "several audiences, another party": {"aud": [CLIENT, OTHER], "azp": OTHER},
    "another party": {"azp": OTHER},
    "a party that is a list": {"azp": [CLIENT]},
    "no audience": {"aud": []},
    "issued in a while": {"iat": time.time() + 36_000},
    "not before a while": {"nbf": time.time() + 36_000},
    "no subject": {"sub": ""},
    "a number as subject": {"sub": 5},
    "a subject with a blank": {"sub": "1 2"},
    "a subject that is too long": {"sub": "1" * 256},
    "a subject that is not ASCII": {"sub": "٢"},
    "no e-mail": {"email": "new"},
    "an e-mail with a line break": {"email": "a@x.example\nb"},
    "an e-mail that is a list": {"email": ["a@x.example"]},
    "an endless expiry": {"exp": float("inf")},
    "without iss": {"without": "iss"},
    "without sub": {"without": "sub"},
    "without aud": {"without": "aud"},
    "without exp": {"without": "exp"},
    "without iat": {"without": "iat"},
    "without email": {"without": "email"},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG)
def test_a_token_that_says_one_wrong_thing_does_not_count(
    issuer: Issuer, known: id_tokens.Issuer, claims: dict[str, Any]
) -> None:
    with pytest.raises(TokenInvalid):
        id_tokens.person(known, issuer.token(**claims), None)


def test_clocks_may_differ_by_a_minute(issuer: Issuer, known: id_tokens.Issuer) -> None:
    now = time.time()
    assert id_tokens.person(known, issuer.token("7", exp=now - 20, iat=now + 20, nbf=now + 20), None).subject == "7"
    assert id_tokens.person(known, issuer.token("7", exp=now - 50), None).subject == "7"
    with pytest.raises(TokenExpired):
        id_tokens.person(known, issuer.token("7", exp=now - 70), None)


@pytest.mark.parametrize("verified", [False, "true", "false", 1, 0, None, [], {"a": 1}], ids=repr)
def test_an_email_is_verified_only_if_the_issuer_says_true(
    issuer: Issuer, known: id_tokens.Issuer, verified: object
) -> None:
    with pytest.raises(Forbidden, match="has not verified"):
        id_tokens.person(known, issuer.token(email_verified=verified), None)
    with pytest.raises(Forbidden):
        id_tokens.person(known, issuer.token(without="email_verified"), None)


def test_the_nonce_is_that_of_the_sign_in(issuer: Issuer, known: id_tokens.Issuer) -> None:
    assert id_tokens.person(known, issuer.token("7", nonce="n-1"), "n-1").subject == "7"
    for claims, sent in (({"nonce": "n-1"}, "n-2"), ({"nonce": "n-1"}, None), ({}, "n-1"), ({"nonce": 5}, "5")):
        with pytest.raises(TokenInvalid, match="nonce"):
            id_tokens.person(known, issuer.token("7", **claims), sent)


def forgeries(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Tokens with good claims that the issuer has not signed as it should, by what is wrong."""
    good = issuer.keys["k1"]
    pem = good.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    claims = jwt.decode(issuer.token("7"), options={"verify_signature": False})
    segment = jwt.utils.base64url_encode
    hs256 = b".".join([segment(b'{"alg":"HS256","kid":"k1"}'), segment(jwt.api_jwt.json.dumps(claims).encode())])
    mac = jwt.get_algorithm_by_name("HS256").sign(hs256, pem)
    yield "HS256 with the public key", (hs256 + b"." + segment(mac)).decode()
    yield "no algorithm", jwt.encode(claims, None, "none", headers={"kid": "k1"})
    stranger = rsa_key()
    yield "another key under a known id", issuer.token("7", key=stranger)
    yield "an id that leads elsewhere", issuer.token("7", key=stranger, headers={"kid": "../../dev/null"})
    yield "no id", jwt.encode(claims, good, "RS256")
    yield "a key of its own", issuer.token("7", key=stranger, headers={"jwk": {"kty": "RSA"}})
    addresses = {"jku": "http://127.0.0.1:9/keys", "x5u": "http://127.0.0.1:9/cert"}
    yield "addresses of its own", issuer.token("7", key=stranger, headers=addresses)
    yield "RS512", issuer.token("7", algorithm="RS512")
    yield "PS256", issuer.token("7", algorithm="PS256")
    yield "the key of the other type", issuer.token("7", key=good, headers={"kid": "e1"})
    yield "changed claims", _changed(issuer.token("7"))
    yield "no signature", issuer.token("7").rpartition(".")[0] + "."
    yield "no token", "a.b.c"
    yield "deep", segment(b"[" * 4000).decode() + ".e30.x"
    yield "ours", jwt.encode(claims, "a-secret-of-more-than-32-bytes-for-tests", "HS256", headers={"kid": "test"})


def _changed(token: str) -> str:
    header, payload, signature = token.split(".")
    claims = jwt.utils.base64url_decode(payload).replace(b'"7"', b'"8"')
    return f"{header}.{jwt.utils.base64url_encode(claims).decode()}.{signature}"


def test_only_the_issuers_own_signature_counts(issuer: Issuer, known: id_tokens.Issuer) -> None:
    assert id_tokens.person(known, issuer.token("7"), None).subject == "7"
    forged = dict(forgeries(issuer))
    assert len(forged) == 15
    for what, token in forged.items():
        with pytest.raises(TokenInvalid):
            id_tokens.person(known, token, None)
            raise AssertionError(what)


def test_addresses_in_a_good_token_are_not_looked_at(issuer: Issuer, known: id_tokens.Issuer) -> None:
    before = issuer.fetches
    token = issuer.token("7", headers={"jku": f"{issuer.url}/trap", "x5u": f"{issuer.url}/trap"})
    assert id_tokens.person(known, token, None).subject == "7"
    assert issuer.fetches == before

"""Who may vouch for people, from the environment: a wrong value stops the start and is named."""

import pytest

from shared_schema.environment import ConfigurationError
from shared_schema.web.config import GOOGLE, GOOGLE_KEYS, SignIn
from study_service import config

NAMES = ("GOOGLE_CLIENT_IDS", "OIDC_ISSUER", "OIDC_JWKS_URL", "ACCESS_TOKEN_SECONDS", "REFRESH_TOKEN_DAYS")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TOKEN_KEYS", f"k:{'x' * 32}")
    return monkeypatch


def test_without_a_variable_google_vouches_and_nobody_can_sign_in(environment: pytest.MonkeyPatch) -> None:
    assert config.from_env().sign_in == SignIn((), GOOGLE, GOOGLE_KEYS, 900, 30 * 86_400)


def test_every_variable_counts(environment: pytest.MonkeyPatch) -> None:
    values = ("web.example, phone.example,", "https://id.example", "http://127.0.0.1:9/keys", "60", "1")
    for name, value in zip(NAMES, values, strict=True):
        environment.setenv(name, value)
    expected = SignIn(("web.example", "phone.example"), "https://id.example", "http://127.0.0.1:9/keys", 60, 86_400)
    assert config.from_env().sign_in == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GOOGLE_CLIENT_IDS", "web example"),
        ("GOOGLE_CLIENT_IDS", "wéb"),
        ("OIDC_JWKS_URL", "http://id.example/keys"),
        ("OIDC_JWKS_URL", "file:///etc/passwd"),
        ("OIDC_JWKS_URL", "https://"),
        ("OIDC_JWKS_URL", "https://id.example:x/"),
        ("OIDC_ISSUER", "accounts.google.com"),
        ("ACCESS_TOKEN_SECONDS", "59"),
        ("ACCESS_TOKEN_SECONDS", "3601"),
        ("REFRESH_TOKEN_DAYS", "0"),
        ("REFRESH_TOKEN_DAYS", "367"),
    ],
)
def test_a_wrong_value_is_named(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv("OIDC_JWKS_URL", "https://id.example/keys")
    environment.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name):
        config.from_env()


def test_an_issuer_of_ones_own_needs_the_address_of_its_keys(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OIDC_ISSUER", "https://id.example")
    with pytest.raises(ConfigurationError, match="OIDC_JWKS_URL"):
        config.from_env()

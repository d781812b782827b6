"""Configuration from the environment: defaults, bounds, and a wrong value that is named."""

from pathlib import Path
from typing import Any

import pytest

import growth_service.config
import study_service.config
from shared_schema import environment
from shared_schema.database.settings import Limits, Settings
from shared_schema.environment import CLOCK, ConfigurationError
from shared_schema.web import config
from shared_schema.web.config import Observing

SERVER = "libsql://db.example.com"
NAMES = (
    "PINGTOPASS_VAR",
    "TOKEN_KEYS",
    "LOG_LEVEL",
    "SLOW_QUERY_MS",
    "SERVER_TIMING",
    "TRUSTED_PROXIES",
    *(f"REQUEST{part}_SECONDS" for part in ("_HEADER", "_BODY", "")),
    *(f"TURSO_{name}" for name in ("DATABASE_URL", "AUTH_TOKEN", "REPLICA_PATH", "MAX_STALENESS_SECONDS")),
    *(f"TURSO_{name}_SECONDS" for name in ("CONNECT", "READ", "TOTAL")),
    *(f"{service}_{name}" for service in ("STUDY", "GROWTH") for name in ("PORT", "HOST")),
)


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`variables(NAME="value")` sets them; no other is set."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)

    def setting(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return setting


def refused(what: Any, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        what()


def test_without_any_variable_the_database_is_a_file_beside_the_other_state(variables: Any) -> None:
    assert environment.var() == Path("var")
    expected = Settings("file:var/pingtopass.db", None, None, Limits(2.0, 7.0, 10.0), 5.0, clock=None)
    assert environment.database() == expected
    variables(PINGTOPASS_VAR="")
    assert environment.var() == Path("var")
    variables(PINGTOPASS_VAR="/srv/p", TURSO_DATABASE_URL="", TURSO_REPLICA_PATH="", TURSO_AUTH_TOKEN="")
    assert environment.var() == Path("/srv/p")
    assert environment.database().url == "file:/srv/p/pingtopass.db"


def test_every_variable_of_a_server_counts(variables: Any) -> None:
    variables(
        TURSO_DATABASE_URL=SERVER,
        TURSO_AUTH_TOKEN="t",
        TURSO_REPLICA_PATH="/srv/r.db",
        TURSO_CONNECT_SECONDS="1.5",
        TURSO_READ_SECONDS="2.5",
        TURSO_TOTAL_SECONDS="3.5",
        TURSO_MAX_STALENESS_SECONDS="4.5",
    )
    expected = Settings(SERVER, "t", "/srv/r.db", Limits(1.5, 2.5, 3.5), 4.5, clock=CLOCK)
    assert environment.database() == expected


def test_another_place_has_variables_of_its_own_and_no_fallback(variables: Any) -> None:
    variables(TURSO_DATABASE_URL=SERVER, TURSO_AUTH_TOKEN="t")
    variables(TURSO_DATABASE_URL_DEV="http://127.0.0.1:8080", TURSO_AUTH_TOKEN_DEV="d")
    assert (environment.database("_DEV").url, environment.database("_DEV").token) == ("http://127.0.0.1:8080", "d")
    assert environment.database("_PROD") == Settings(
        "file:var/pingtopass.db", None, None, Limits(2.0, 7.0, 10.0), 5.0, clock=None
    )


@pytest.mark.parametrize(
    "url", ["db.example.com", "ftp://db", "file:", "libsql://", "libsql://u:p@db", "https://db?authToken=x"]
)
def test_a_wrong_url_is_named(variables: Any, url: str) -> None:
    variables(TURSO_DATABASE_URL=url, TURSO_DATABASE_URL_DEV=url)
    refused(environment.database, "TURSO_DATABASE_URL: ")
    refused(lambda: environment.database("_DEV"), "TURSO_DATABASE_URL_DEV: ")


def test_a_file_without_a_path_is_told(variables: Any) -> None:
    variables(TURSO_DATABASE_URL="file:")
    refused(environment.database, "TURSO_DATABASE_URL: a database URL is file:PATH")


def test_a_replica_needs_a_server(variables: Any) -> None:
    variables(TURSO_REPLICA_PATH="/srv/r.db")
    refused(environment.database, "TURSO_REPLICA_PATH needs a server in TURSO_DATABASE_URL")


def test_seconds_are_above_0_and_up_to_an_hour(variables: Any) -> None:
    assert environment.seconds("TURSO_READ_SECONDS", 7) == 7.0
    for text in ("0.001", "3600"):
        variables(TURSO_READ_SECONDS=text)
        assert environment.seconds("TURSO_READ_SECONDS", 7) == float(text)
    for text in ("0", "-1", "3600.1", "nan", "inf", "soon"):
        variables(TURSO_READ_SECONDS=text)
        refused(environment.database, f"TURSO_READ_SECONDS must be a number of seconds up to 3600, not '{text}'")


def test_whole_numbers_are_within_their_bounds(variables: Any) -> None:
    assert environment.integer("STUDY_PORT", 5, low=1, high=9) == 5
    for text in ("1", "9"):
        variables(STUDY_PORT=text)
        assert environment.integer("STUDY_PORT", 5, low=1, high=9) == int(text)
    for text in ("0", "10", "-1", "1.0", "x", "1 "):
        variables(STUDY_PORT=text)
        message = f"STUDY_PORT must be a whole number from 1 to 9, not '{text}'"
        refused(lambda: environment.integer("STUDY_PORT", 5, low=1, high=9), message)


def test_token_keys_are_pairs_of_which_the_first_signs(variables: Any) -> None:
    one, two = "a" * 32, "b:" * 16
    variables(TOKEN_KEYS=f" new : {one} ,old:{two},")
    assert list(environment.token_keys().items()) == [("new", one), ("old", two)]
    for keys, words in (
        ("", "TOKEN_KEYS must hold at least one kid:secret"),
        (f"k:{one[1:]}", "TOKEN_KEYS: every secret needs a key id and 32 bytes or more"),
        (f":{one}", "a key id"),
        (one, "32 bytes or more"),
        (f"k:{one},j:short", "32 bytes or more"),
    ):
        variables(TOKEN_KEYS=keys)
        refused(environment.token_keys, words)
    variables(TOKEN_KEYS="k:" + "ü" * 16)  # 32 bytes
    assert environment.token_keys() == {"k": "ü" * 16}


def test_the_server_waits_for_clients_as_long_as_variables_say(variables: Any) -> None:
    assert environment.waits() == environment.Waits(header_s=10, body_s=30, request_s=60)
    names = ("REQUEST_HEADER_SECONDS", "REQUEST_BODY_SECONDS", "REQUEST_SECONDS")
    variables(**dict(zip(names, ("0.5", "2", "3"), strict=True)))
    assert environment.waits() == environment.Waits(header_s=0.5, body_s=2, request_s=3)
    for name in reversed(names):  # the first that is wrong is named
        variables(**{name: "0"})
        refused(environment.waits, f"{name} must be a number of seconds up to 3600, not '0'")


def test_proxies_are_trusted_by_address_or_network_and_nobody_without_a_word(variables: Any) -> None:
    assert environment.trusted_proxies() == ()
    variables(TRUSTED_PROXIES=" 10.0.0.0/8,192.0.2.7 , fd00::/8,")
    assert [str(network) for network in environment.trusted_proxies()] == ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8"]
    for text in ("*", "localhost", "10.0.0.1/8", "10.0.0.0/33"):
        variables(TRUSTED_PROXIES=text)
        refused(environment.trusted_proxies, "TRUSTED_PROXIES must be addresses or networks with commas")


@pytest.mark.parametrize(
    ("service", "config", "port"),
    [("study", study_service.config, 8001), ("growth", growth_service.config, 8002)],
)
def test_a_service_knows_its_port_and_shows_no_secret(variables: Any, service: str, config: Any, port: int) -> None:
    refused(config.from_env, "TOKEN_KEYS")
    variables(TOKEN_KEYS="k:" + "s" * 32)
    default = config.from_env()
    assert (default.service, default.port, default.host) == (service, port, "127.0.0.1")
    assert (default.database, default.token_keys) == (environment.database(), {"k": "s" * 32})
    assert (default.waits, default.trusted_proxies) == (environment.Waits(), ())
    assert "sss" not in repr(default)
    variables(REQUEST_SECONDS="7", TRUSTED_PROXIES="10.0.0.1")
    assert (config.from_env().waits.request_s, len(config.from_env().trusted_proxies)) == (7, 1)
    variables(**{f"{service.upper()}_PORT": "65535", f"{service.upper()}_HOST": "0.0.0.0"})
    assert (config.from_env().port, config.from_env().host) == (65535, "0.0.0.0")
    for text in ("0", "65536"):
        variables(**{f"{service.upper()}_PORT": text})
        refused(config.from_env, f"{service.upper()}_PORT must be a whole number from 1 to 65535")


def test_what_operators_see_has_defaults_and_a_wrong_value_is_named(variables: Any) -> None:
    def observing() -> Observing:
        return config.from_env("study", 8001).observing

    variables(TOKEN_KEYS=f"a:{'x' * 32}")
    assert observing() == Observing("INFO", 0.2, server_timing=False)
    variables(LOG_LEVEL="warning", SLOW_QUERY_MS="1500", SERVER_TIMING="1")
    assert observing() == Observing("WARNING", 1.5, server_timing=True)
    for name, wrong in (("LOG_LEVEL", "loud"), ("SLOW_QUERY_MS", "0"), ("SERVER_TIMING", "yes")):
        variables(**{name: wrong})
        refused(observing, f"{name} must be")
        variables(**{name: ""})

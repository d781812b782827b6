"""What a database URL means: which file, or which server and how it is reached."""

import pytest

from shared_schema.database import LibsqlDatabase
from shared_schema.database.server import connections
from shared_schema.database.server.calls import Server
from shared_schema.database.settings import Limits, Settings, TokenError


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("libsql://db.example.org", "https://db.example.org"),
        ("https://db.example.org", "https://db.example.org"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("libsql://db.example.org:8443", "https://db.example.org:8443"),
        ("libsql://db.example.org?tls=0", "http://db.example.org"),
        ("libsql://db.example.org?tls=1", "https://db.example.org"),
        ("https://db.example.org/some/path/?tls=1#part", "https://db.example.org/some/path"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_server_has_one_address(url, address):
    assert Settings(url).base_url == address
    assert Settings(url).location(read_only=False) == address
    assert Settings(url).path is None
    database = LibsqlDatabase(url)
    assert (database.url, database.on_server) == (url, True)


def test_file_has_a_path_and_no_server(url, db, tmp_path):
    assert Settings(url).path == f"{tmp_path}/ours.db"
    assert (db.url, db.on_server) == (url, False)
    assert db.replica_age_s() is None


def test_token_is_not_shown():
    settings = Settings("https://db.example.org", "a-secret")
    assert "a-secret" not in repr(settings)
    assert repr(Server(settings.base_url, settings.token, settings.limits)) == "<Server https://db.example.org>"


@pytest.mark.parametrize("token", ["SECRET\n", "SEC RET", "SECRET\r\nX-Other: 1", "SECRÉT", "\tSECRET"])
def test_token_that_no_header_can_hold_is_refused_and_not_shown(token):
    with pytest.raises(TokenError, match="the token of a database has characters") as caught:
        Settings("https://db.example.org", token)
    assert "SEC" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://db.example.org", "libsql://10.0.0.1?tls=0", "http://localhost.example.org"])
def test_token_goes_to_another_host_by_tls_alone(url):
    with pytest.raises(TokenError, match="by https:// or libsql:// alone"):
        Settings(url, "a-secret")
    assert Settings(url, "a-secret", plain_http=True).token == "a-secret"
    assert Settings(url).token is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://127.8.8.8", "http://[::1]", "http://localhost"])
def test_token_may_go_to_this_machine_without_tls(url):
    assert Settings(url, "a-secret").token == "a-secret"


@pytest.mark.parametrize("secret", ["http://ann:pw@h", "http://ann@h", "http://:pw@h", "libsql://h?authToken=pw"])
def test_url_with_a_secret_is_refused(secret):
    with pytest.raises(ValueError, match="holds no secret") as caught:
        LibsqlDatabase(secret)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("url", ["ftp://h", "libsql:", "http://:8080", "h", "wss://h"])
def test_url_of_neither_file_nor_server_is_refused(url):
    with pytest.raises(ValueError, match="a database URL is file:PATH, libsql://HOST"):
        LibsqlDatabase(url)


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("http://db.example.org", "db.example.org", 80),
        ("https://db.example.org", "db.example.org", 443),
        ("http://db.example.org:8080", "db.example.org", 8080),
        ("https://db.example.org:8443", "db.example.org", 8443),
    ],
)
def test_port_is_that_of_the_scheme_unless_the_address_has_one(address, host, port):
    pool = connections.pool(address)
    assert (pool.scheme, pool.host, pool.port) == (address.partition(":")[0], host, port)


@pytest.mark.parametrize(("asked", "seconds"), [(None, 10), (4, 4), (99, 10)])
def test_call_ends_by_its_own_limit_or_the_total_whichever_is_sooner(asked, seconds):
    server = Server("http://db.example.org", None, Limits(1, 2, 10))
    first, second = server.deadline(asked), server.deadline()
    assert second - first == pytest.approx(10 - seconds, abs=0.5)

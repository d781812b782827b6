"""Who the client is: the peer, or whom a trusted proxy names."""

import ipaddress
from collections.abc import Callable

import pytest
from flask import Flask, jsonify, request

from shared_schema.web import proxies

OURS = tuple(ipaddress.ip_network(text) for text in ("10.0.0.0/8", "fd00::/8", "192.0.2.7"))
See = Callable[..., tuple[str, str]]


@pytest.fixture
def see() -> See:
    """`see(peer, forwarded_for, forwarded_proto)`: the address and the scheme that the app sees."""
    app = Flask("probe")
    app.wsgi_app = proxies.trust(app.wsgi_app, OURS)  # type: ignore[assignment, method-assign]

    @app.get("/")
    def seen() -> object:
        return jsonify([request.remote_addr, request.scheme])

    def get(peer: str, addresses: str | None = None, scheme: str | None = None) -> tuple[str, str]:
        headers = {"X-Forwarded-For": addresses, "X-Forwarded-Proto": scheme, "X-Forwarded-Host": "evil.example"}
        sent = {name: value for name, value in headers.items() if value is not None}
        address, protocol = app.test_client().get("/", headers=sent, environ_base={"REMOTE_ADDR": peer}).json
        return address, protocol

    return get


@pytest.mark.parametrize(
    ("peer", "addresses", "client"),
    [
        ("198.51.100.1", None, "198.51.100.1"),
        ("198.51.100.1", "203.0.113.9", "198.51.100.1"),  # a stranger invents
        ("10.1.2.3", None, "10.1.2.3"),
        ("10.1.2.3", "", "10.1.2.3"),
        ("10.1.2.3", "203.0.113.9", "203.0.113.9"),
        ("10.1.2.3", "1.1.1.1, 203.0.113.9", "203.0.113.9"),  # the left one may be invented
        ("10.1.2.3", "1.1.1.1, 203.0.113.9 , 10.9.9.9,192.0.2.7", "203.0.113.9"),
        ("10.1.2.3", "10.4.4.4, 10.5.5.5", "10.4.4.4"),
        ("10.1.2.3", "203.0.113.9, unknown", "10.1.2.3"),
        ("10.1.2.3", "203.0.113.9, <script>, 10.5.5.5", "10.5.5.5"),
        ("192.0.2.8", "203.0.113.9", "192.0.2.8"),
        ("fd00::1", "2001:db8::5", "2001:db8::5"),
        ("::ffff:10.1.2.3", "[2001:db8::5]:443", "2001:db8::5"),
        ("10.1.2.3", "203.0.113.9:5000", "203.0.113.9"),
        ("10.1.2.3", "::ffff:203.0.113.9", "203.0.113.9"),
        ("", "203.0.113.9", ""),
    ],
)
def test_the_client_is_the_last_address_that_no_proxy_of_ours_has(
    see: See, peer: str, addresses: str | None, client: str
) -> None:
    assert see(peer, addresses)[0] == client


@pytest.mark.parametrize(
    ("peer", "scheme", "counts"),
    [
        ("10.1.2.3", "https", "https"),
        ("10.1.2.3", "http, HTTPS", "https"),
        ("10.1.2.3", "https, http", "http"),
        ("10.1.2.3", "javascript", "http"),
        ("10.1.2.3", None, "http"),
        ("198.51.100.1", "https", "http"),
    ],
)
def test_the_scheme_is_what_the_nearest_proxy_says(see: See, peer: str, scheme: str | None, counts: str) -> None:
    assert see(peer, None, scheme)[1] == counts

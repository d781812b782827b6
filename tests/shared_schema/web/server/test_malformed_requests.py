"""What is no request, or could be read in two ways, is refused by a problem document, and the connection is closed."""

import pytest

from shared_schema.web import cors
from tests.faults.hosts import Service
from tests.shared_schema.web.server.conftest import OURS
from tests.shared_schema.web.server.wire import ask, head, is_problem_of_the_server

CHUNK = "0\r\n\r\n"


def request(*headers: str, line: str = "POST /api/exams?x=1 HTTP/1.1", body: str = "") -> bytes:
    return ("\r\n".join([line, *headers, "", ""]) + body).encode("latin-1")


@pytest.mark.parametrize(
    "sent",
    [
        request("Host: a", "Content-Length: 5", "Transfer-Encoding: chunked", body=CHUNK),
        request("Host: a", "Transfer-Encoding: chunked", "Content-Length: 5", body=CHUNK),
        request("Host: a", "Content-Length: 2", "Content-Length: 3", body="{}"),
        request("Host: a", "Content-Length: 2", "Content-Length: 2", body="{}"),
        request("Host: a", "Content-Length: 2, 2", body="{}"),
        request("Host: a", "Content-Length: -1"),
        request("Host: a", "Content-Length: +2", body="{}"),
        request("Host: a", "Content-Length: \xb2", body="{}"),
        request("Host: a", f"Content-Length: {'9' * 5000}"),
        request("Host: a", "Transfer-Encoding: chunked, chunked", body=CHUNK),
        request("Host: a", "Transfer-Encoding: chunked, identity", body=CHUNK),
        request("Host: a", "Transfer-Encoding: gzip"),
        request("Host: a", "Transfer-Encoding: chunked", line="POST /api/exams HTTP/1.0", body=CHUNK),
        request("Host : a"),
        request("Host: a", "X Y: z"),
        request("Host: a", ": z"),
        request("Host: a", "no colon"),
        request("Host: a", "X: one", " two"),
        request("Host: a", "X: a\x00b"),
        request("Host: a", "X: a\rb"),
        request("Host: a", "Host: b"),
        request("X: no host"),
        b"POST /api/exams HTTP/1.1\nHost: a\n\n",
        b"POST /api/exams HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        b"POST /api/exams HTTP/1.1\r\nHost: a\r\n\n",
    ],
)
def test_a_request_that_can_be_read_in_two_ways_is_refused(port: int, sent: bytes) -> None:
    reply, closed = ask(port, sent + head("GET", "/healthz"))
    assert is_problem_of_the_server(reply, 400, "BAD_REQUEST", "/api/exams")
    assert closed  # and what came after it is not answered


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("garbage", ""),
        ("GET /healthz", "/healthz"),
        ("GET  /healthz HTTP/1.1", "/healthz"),
        ("GET /healthz HTTP/2.0", "/healthz"),
        ("GET /healthz HTTP/1.1 x", "/healthz"),
        ("get /healthz HTTP/1.1", "/healthz"),
        ("GET /he\x7f HTTP/1.1", "/he%7F"),
        ("GET healthz HTTP/1.1", "healthz"),
        ("GET * HTTP/1.1", "%2A"),
        ("\x16\x03\x01 / HTTP/1.1", "/"),
    ],
)
def test_a_line_that_is_no_request_is_refused(port: int, line: str, path: str) -> None:
    reply, closed = ask(port, request("Host: a", line=line))
    assert is_problem_of_the_server(reply, 400, "BAD_REQUEST", path)
    assert closed


def test_what_is_too_large_has_a_status_of_its_own(port: int) -> None:
    for sent, status, code, path in (
        (request("Host: a", line=f"GET /{'x' * 5000} HTTP/1.1"), 414, "URI_TOO_LONG", f"/{'x' * 499}"),
        (b"GET /" + b"x" * 70_000, 414, "URI_TOO_LONG", ""),
        (request("Host: a", f"X: {'x' * 9000}"), 431, "HEADERS_TOO_LARGE", "/api/exams"),
        (request("Host: a", *(f"X-{n}: x" for n in range(200))), 431, "HEADERS_TOO_LARGE", "/api/exams"),
        (request("Host: a")[:-2] + b"X: x\r\n" * 12_000, 431, "HEADERS_TOO_LARGE", "/api/exams"),
    ):
        reply, closed = ask(port, sent)
        assert is_problem_of_the_server(reply, status, code, path)
        assert closed


def test_what_the_server_cannot_do_has_a_status_of_its_own(port: int) -> None:
    for header, status, code in (
        ("Transfer-Encoding: rot13", 501, "NOT_IMPLEMENTED"),
        ("Expect: wonders", 417, "EXPECTATION_FAILED"),
    ):
        reply, _ = ask(port, request("Host: a", header))
        assert is_problem_of_the_server(reply, status, code, "/api/exams")


def test_a_refusal_has_the_clients_id_and_quotes_nothing(port: int, service: Service) -> None:
    secret = "Authorization Bearer a-secret-that-nobody-quotes"
    reply, _ = ask(port, request("Host: a", secret))
    assert is_problem_of_the_server(reply, 400, "BAD_REQUEST", "/api/exams")
    assert "a-secret-that-nobody-quotes" not in reply.body.decode() + service.log
    named, _ = ask(port, request("Host: a", "X-Request-ID: r-7", "Transfer-Encoding: chunked", body="x\r\n"))
    assert is_problem_of_the_server(named, 400, "BAD_REQUEST", "/api/exams")
    assert named.json["requestId"] == "r-7"
    assert '"request_id":"r-7"' in service.log


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request("Host: a", "Transfer-Encoding: rot13"), 501),
        (request("Host: a", "Expect: wonders"), 417),
        (request("Host: a", f"X: {'x' * 9000}"), 431),
        (request("Host: a", line=f"GET /{'x' * 5000} HTTP/1.1"), 414),
        (request("Host: a")[:-2] + b"X: x\r\n" * 12_000, 431),
        (request("Host: a", "Transfer-Encoding: chunked", body="x\r\n"), 400),
        (request("Host: a", "Content-Length: 5"), 408),
    ],
)
def test_a_page_of_ours_can_read_a_refusal_and_no_other_can(port: int, sent: bytes, status: int) -> None:
    line, rest = sent.split(b"\r\n", 1)
    for header in (f"Origin: {OURS}", f"origin:{OURS} "):
        reply, _ = ask(port, b"\r\n".join([line, header.encode(), rest]))
        assert (reply.status, reply.headers["access-control-allow-origin"]) == (status, OURS)
        assert reply.headers["access-control-expose-headers"] == ", ".join(cors.EXPOSED)
        assert reply.headers["vary"] == "Origin"
    for header in ("Origin: https://evil.example", f"Origin: {OURS}.evil.example", f"X-Origin: {OURS}"):
        reply, _ = ask(port, b"\r\n".join([line, header.encode(), rest]))
        assert (reply.status, reply.headers["vary"]) == (status, "Origin")
        assert not [name for name in reply.headers if name.startswith("access-control")]


def test_headers_bend_no_route_and_hosts_decide_no_redirect(port: int) -> None:
    for host in ("evil.example", "\xff a", "[::", "a:b:c", "", "a/b", "</script>"):
        page, _ = ask(port, request(f"Host: {host}", "SCRIPT_NAME: /docs", "PATH_INFO: /x", line="GET /docs/ HTTP/1.1"))
        assert page.status == 200
        assert b"evil" not in page.body
        for path, location in (("/docs", "/docs/"), ("//docs", "/docs/"), ("/docs?a=1", "/docs/?a=1")):
            moved, _ = ask(port, request(f"Host: {host}", line=f"GET {path} HTTP/1.1"))
            assert (moved.status, moved.headers["location"], moved.body) == (308, location, b"")
    absolute, _ = ask(port, request("Host: a", line="GET http://evil.example/healthz HTTP/1.1"))
    assert absolute.json == {"status": "ok"}

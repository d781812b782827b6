"""What clients may do with a connection: keep it, send ahead, ask before they send, speak HTTP/1.0, leave."""

import json

from tests.faults.hosts import Service
from tests.shared_schema.web.server.wire import Wire, head

EXAM = json.dumps({"vendorId": "Acme", "code": "K-1", "name": "First"}).encode()
POST = ("POST", "/api/exams", "Content-Type: application/json", f"Content-Length: {len(EXAM)}")


def test_requests_follow_each_other_on_one_connection(port: int) -> None:
    with Wire(port) as wire:
        for _ in range(3):
            wire.send(head("GET", "/healthz"))
            reply = wire.reply()
            assert (reply.status, reply.headers["connection"], reply.json) == (200, "keep-alive", {"status": "ok"})
        wire.send(b"\r\n" + head("HEAD", "/healthz"))
        assert wire.reply(head_only=True).headers["content-length"] == "15"
        wire.send(head("GET", "/nowhere", "Connection: close"))
        reply = wire.reply()
        assert (reply.status, reply.json["code"], reply.headers["connection"]) == (404, "NOT_FOUND", "close")
        assert wire.is_closed()


def test_requests_that_are_sent_ahead_are_answered_in_order(port: int) -> None:
    paths = ["/healthz", "/api/exams/77", "/api/auth/me", "/docs/swagger-ui-bundle.js", "/nowhere"] * 4
    with Wire(port, b"".join(head("GET", path) for path in paths)) as wire:
        statuses = [wire.reply().status for _ in paths]
    assert statuses == [200, 404, 200, 200, 404] * 4


def test_a_large_answer_arrives_whole_at_a_client_that_reads_slowly(port: int) -> None:
    with Wire(port, head("GET", "/docs/swagger-ui-bundle.js")) as fast:
        whole = fast.reply()
    assert len(whole.body) > 1_000_000
    with Wire(port, head("GET", "/docs/swagger-ui-bundle.js") + head("GET", "/healthz"), receives=4096) as slow:
        assert slow.reply().body == whole.body
        assert slow.reply().json == {"status": "ok"}


def test_a_client_may_ask_before_it_sends_its_body(service: Service) -> None:
    asking = head(*POST, "Expect: 100-continue", role="admin", user=4)
    with Wire(service.port, asking) as wire:
        assert wire.reply().status == 100
        wire.send(EXAM)
        assert (wire.reply().json["code"], service.log.count('"status":201')) == ("K-1", 1)
        wire.send(asking + EXAM)  # it did not wait, and gets no 100
        assert wire.reply().status == 409


def test_a_client_of_http_1_0_is_answered_and_its_connection_closed(port: int) -> None:
    with Wire(port, b"GET /healthz HTTP/1.0\r\n\r\n") as wire:
        reply = wire.reply()
        assert (reply.json, reply.headers["connection"]) == ({"status": "ok"}, "close")
        assert wire.is_closed()
    with Wire(port, b"GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" * 2) as wire:
        assert [wire.reply().status for _ in range(2)] == [200, 200]


def test_a_client_that_leaves_in_the_middle_of_anything_harms_nobody(service: Service) -> None:
    whole, file = head("GET", "/healthz"), head("GET", "/docs/swagger-ui-bundle.js")
    for sent in (b"", b"GET /he", head(*POST) + EXAM[:5], whole, file):
        for _ in range(20):
            Wire(service.port, sent).sock.close()
    assert service.call("GET", "/api/auth/me", user=1).status == 200
    assert "Traceback" not in service.log
    assert "the server failed" not in service.log

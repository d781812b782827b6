"""Bodies in chunks: whole, or not at all."""

import json
import time

import pytest

from shared_schema.web.bodies import MAX_BODY
from tests.faults.hosts import Service
from tests.shared_schema.web.server.wire import Wire, ask, head, is_problem_of_the_server

LARGEST_FILE = 20 * MAX_BODY
IMPORT = "/api/questions/import?format=gift&examId=1"


def chunks(body: bytes, size: int) -> bytes:
    pieces = [body[n : n + size] for n in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def post(path: str, role: str = "admin") -> bytes:
    return head("POST", path, "Content-Type: application/json", "Transfer-Encoding: chunked", role=role, user=4)


def exam(code: str) -> bytes:
    return json.dumps({"vendorId": "Acme", "code": code, "name": "First"}).encode()


def codes(service: Service) -> list[str]:
    answer = service.call("GET", "/api/exams", user=1)
    return [exam["code"] for exam in json.loads(answer.data)["exams"]]


def test_a_body_in_chunks_is_the_body_however_it_is_cut(service: Service) -> None:
    for number, size in enumerate((1, 7, 10_000)):
        body = exam(f"C-{number}")
        reply, closed = ask(service.port, post("/api/exams") + chunks(body, size))
        assert (reply.status, reply.json["code"], closed) == (201, f"C-{number}", False)
    with Wire(service.port) as wire:
        sent = post("/api/exams") + b"5;a=b ; c\r\n" + exam("C-3")[:5] + b"\r\n" + chunks(exam("C-3")[5:], 9)[:-2]
        start = len(post("/api/exams")) + 6
        wire.send(sent[:start])
        time.sleep(0.1)  # the line of a chunk's size has begun
        for byte in sent[start:] + b"Trailer-Of-Mine: x\r\n\r\n":
            wire.send(bytes([byte]))
        wire.send(head("GET", "/healthz"))
        assert (wire.reply().json["code"], wire.reply().json) == ("C-3", {"status": "ok"})
    assert {"C-0", "C-1", "C-2", "C-3"} <= set(codes(service))


def test_a_body_beyond_the_limit_is_413_and_nothing_of_it_is_kept(service: Service) -> None:
    before = codes(service)
    spaces = b" " * MAX_BODY
    unfinished = chunks(exam("L-1") + spaces, 65536)[:-5]
    reply, closed = ask(service.port, post("/api/exams") + unfinished)
    assert (reply.status, reply.json["code"], closed) == (413, "PAYLOAD_TOO_LARGE", True)
    exact = exam("L-2") + spaces[len(exam("L-2")) :]
    assert ask(service.port, post("/api/exams") + chunks(exact, 65536))[0].status == 201
    assert codes(service) == [*before, "L-2"]
    question = b"A question? {=yes ~no}\n\n"
    file = question * (LARGEST_FILE // len(question) + 1)
    reply, closed = ask(service.port, post(IMPORT) + chunks(file, 1 << 20)[:-5])
    assert (reply.status, reply.json["code"], closed) == (413, "PAYLOAD_TOO_LARGE", True)
    announced = (f"Content-Length: {LARGEST_FILE + 1}", "Expect: 100-continue")
    reply, closed = ask(service.port, head("POST", IMPORT, *announced, role="admin", user=4))
    assert (reply.status, reply.json["code"], closed) == (413, "PAYLOAD_TOO_LARGE", True)
    assert json.loads(service.call("GET", "/api/questions?examId=1", user=3, role="moderator").data)["questions"] == []


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"x\r\n", 400, "BAD_REQUEST"),
        (b"\r\n", 400, "BAD_REQUEST"),
        (b"-1\r\n", 400, "BAD_REQUEST"),
        (b"0x2\r\n{}\r\n0\r\n\r\n", 400, "BAD_REQUEST"),
        (b"2 \r\n{}\r\n0\r\n\r\n", 400, "BAD_REQUEST"),
        (b"2\n{}\r\n0\r\n\r\n", 400, "BAD_REQUEST"),
        (b"2\r\n{}}\r\n0\r\n\r\n", 400, "BAD_REQUEST"),
        (b"2\r\n{}\n0\r\n\r\n", 400, "BAD_REQUEST"),
        (b"2\r\n{}xx0\r\n\r\n", 400, "BAD_REQUEST"),
        (b"2;\x01\r\n{}\r\n0\r\n\r\n", 400, "BAD_REQUEST"),
        (b"f" * 17 + b"\r\n", 400, "BAD_REQUEST"),
        (b"1;" + b"x" * 2000, 400, "BAD_REQUEST"),
        (b"1;x\r\n \r\n" * 30_000, 400, "BAD_REQUEST"),
        (b"0\r\nContent-Length: 3\r\n\r\n", 400, "BAD_REQUEST"),
        (b"0\r\na b: c\r\n\r\n", 400, "BAD_REQUEST"),
        (b"0\r\nX: y\n\r\n", 400, "BAD_REQUEST"),
        (b"0\r\n" + b"X: y\r\n" * 2000, 431, "HEADERS_TOO_LARGE"),
    ],
)
def test_chunks_that_are_malformed_are_refused(port: int, sent: bytes, status: int, code: str) -> None:
    reply, closed = ask(port, post("/api/exams") + sent)
    assert is_problem_of_the_server(reply, status, code, "/api/exams")
    assert closed


def test_a_body_whose_client_has_gone_never_counts(service: Service) -> None:
    before, logged = codes(service), service.log.count('"POST"')
    body = exam("G-1")
    announced = head("POST", "/api/exams", "Content-Type: application/json", f"Content-Length: {len(body) + 1}")
    cut = post("/api/exams") + b"%x\r\n%s\r\n" % (len(body), body)
    for sent in (announced + body, cut, cut + b"0\r\n"):
        with Wire(service.port, sent):
            time.sleep(0.05)
    assert codes(service) == before
    assert service.log.count('"POST"') == logged  # the app has never seen them

"""A gateway before a libSQL server, as a hosted database has one: it can answer with a status of its own."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import orjson

from tests.servers import HOST, Sqld


class Gateway:
    """Passes requests on to a server. `before` and `after` are the statuses with which the next requests are answered
    instead, with `page` as the text: without the server having seen them, or after it has carried them out. `then`
    becomes part of `before` once a request has been answered by `after`. `altered` changes the server's own answers.
    """

    def __init__(self, server: Sqld) -> None:
        self.server = server
        self.before: list[int] = []
        self.after: list[int] = []
        self.then: list[int] = []
        self.altered = lambda answer: answer  # what becomes of the server's answers
        self.page = b"the gateway's own page"
        self.requests = 0
        self.lost = 0
        self.batons: list[str | None] = []  # in the requests
        self.bodies: list[bytes] = []  # of the requests
        self.paths: list[str] = []  # of the requests; the server gets them without what stands before its own
        self.answers: list[bytes] = []  # of the server
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                gateway.requests += 1
                body = self.rfile.read(int(self.headers["Content-Length"]))
                gateway.batons.append(orjson.loads(body)["baton"])
                gateway.bodies.append(body)
                gateway.paths.append(self.path)
                if gateway.before:
                    return self.say(gateway.before.pop(0), gateway.page)
                status, answer = gateway.forwarded(self.path, body, dict(self.headers))
                gateway.answers.append(answer)
                if gateway.requests == gateway.lost:
                    return self.say(502, gateway.page)
                if gateway.after:
                    gateway.before = [*gateway.then, *gateway.before]
                    return self.say(gateway.after.pop(0), gateway.page)
                return self.say(status, gateway.altered(answer))

            def say(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._http = ThreadingHTTPServer((HOST, 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,))

    def lose(self, number: int) -> None:
        """Answer the request of this number, counted from 1, by 502 after the server has carried it out."""
        self.lost = number

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._http.server_address[1]}"

    def forwarded(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(HOST, self.server.port, timeout=10)
        connection.request("POST", path[path.index("/v3/") :], body, headers)
        response = connection.getresponse()
        try:
            return response.status, response.read()
        finally:
            connection.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

"""A service of the tests on a port of its own, for clients that are no Python."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

Given = set[tuple[str, str]]


class Quiet(WSGIRequestHandler):
    """The service has a log of its own."""

    def log_request(self, *_: object) -> None:
        pass


@contextmanager
def served(app: Flask) -> Iterator[tuple[str, Given]]:
    """The service on a free port, and the operations that have answered there without a problem."""
    given: Given = set()

    def noting(environ: dict[str, Any], start: Any) -> Any:
        def begin(status: str, *rest: Any) -> Any:
            if status[0] == "2":
                rule, _ = app.url_map.bind_to_environ(environ).match(return_rule=True)
                given.add((environ["REQUEST_METHOD"].lower(), rule.endpoint))
            return start(status, *rest)

        return app(environ, begin)

    server = make_server("127.0.0.1", 0, noting, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}", given
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

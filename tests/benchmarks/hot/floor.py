"""The least that a request can cost on our server: a Flask app without any of our hooks, answering from memory."""

import os
from pathlib import Path

from flask import Flask, Response

from shared_schema.environment import Waits

FOLDER = "BENCH_ANSWERS"


class _Nothing:
    """In the place of what our server starts and stops with an app."""

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass


def bare() -> Flask:
    """An app without a view that our server can serve."""
    app = Flask(__name__)
    app.extensions |= {"waits": Waits(), "heartbeat": _Nothing(), "revocations": _Nothing()}
    return app


def create_app() -> Flask:
    """An app with one view. `/NAME` answers with the bytes that the file of this name in $BENCH_ANSWERS has."""
    app = bare()
    folder, known = Path(os.environ[FOLDER]), dict[str, bytes]()

    @app.route("/<name>", methods=["GET", "POST", "PUT"])
    def answer(name: str) -> Response:
        if name not in known:
            known[name] = (folder / name).read_bytes()
        return Response(known[name], content_type="application/json")

    return app

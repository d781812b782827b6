"""An app whose requests may wait for something that no database is, and tell nobody."""

import time

from flask import Flask

from tests.benchmarks.hot import floor


def create_app() -> Flask:
    app = floor.bare()

    @app.get("/sleep/<float:seconds>")
    def sleep(seconds: float) -> str:
        time.sleep(seconds)
        return "slept"

    @app.get("/now")
    def now() -> str:
        return "now"

    return app

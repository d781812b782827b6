"""`studio`'s page: sqlite-web on this machine alone, for the person who started it. Arguments: PORT and FILE.

Any page in the same browser can send requests to 127.0.0.1, and read the answers too, once its own name is made to lead
here (DNS rebinding). Its requests give themselves away by their Host or Origin.
"""

import sys
from collections.abc import Callable, Iterable
from typing import Any

from sqlite_web import sqlite_web

_HOST = "127.0.0.1"
App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def guarded(app: App, port: int) -> App:
    """The app, for requests that name this machine and do not come from the page of another site."""
    hosts = {f"{name}:{port}" for name in (_HOST, "localhost")}
    origins = {f"http://{host}" for host in hosts}

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("HTTP_HOST", "").lower() in hosts and environ.get("HTTP_ORIGIN") in {None, *origins}:
            return app(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [b"This page is for the browser of this machine, by its address.\n"]

    return answer


def main(port: str, path: str) -> None:
    """Serve until a signal comes."""
    sys.argv = ["sqlite_web", "--read-only", "--no-browser", "--host", _HOST, "--port", port, path]
    sqlite_web.app.wsgi_app = guarded(sqlite_web.app.wsgi_app, int(port))
    sqlite_web.main()


if __name__ == "__main__":
    main(*sys.argv[1:])

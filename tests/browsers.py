"""A real browser, Chromium without a window, and pages for it on origins of their own."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import BrowserContext, sync_playwright

from tests.servers import HOST, free_port

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# The first one is for root, whom Chromium's sandbox refuses. No name is looked up, so no request can leave the host.
_FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOST}",
)


def needed() -> str:
    """The path of the browser. Skip what needs one where there is none; in CI that is a failure."""
    path = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if path is None:
        reason = "there is no Chromium here: apt-get install chromium"
        assert os.environ.get("CI") != "true", reason
        pytest.skip(reason)
    return path


@contextmanager
def browser() -> Iterator[BrowserContext]:
    """A browser with no history, which can ask nobody but this host."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=needed(), args=_FLAGS, timeout=120_000)
        context = running.new_context()
        context.set_default_timeout(60_000)
        yield context
        running.close()


class _Blank(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = b"<!DOCTYPE html><title>a page</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def origin() -> Iterator[str]:
    """An origin that serves an empty page for every path."""
    server = ThreadingHTTPServer((HOST, free_port()), _Blank)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

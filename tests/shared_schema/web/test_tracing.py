"""W3C trace context: a good header is gone on with, a bad one counts for nothing, and the database server is told."""

from pathlib import Path

import pytest
from flask import Flask

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from shared_schema.web import logs, tracing
from shared_schema.web.config import Observing
from tests import servers
from tests.servers import Proxy, Sqld

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("header", "flags"),
    [
        (f"00-{TRACE}-{PARENT}-01", "01"),
        (f"00-{TRACE}-{PARENT}-00", "00"),
        (f"00-{TRACE}-{PARENT}-ff", "01"),
        (f"cc-{TRACE}-{PARENT}-03", "01"),
        (f"cc-{TRACE}-{PARENT}-00-what.comes later", "00"),
    ],
)
def test_a_trace_is_gone_on_with(header: str, flags: str) -> None:
    span = tracing.begin(header)
    assert (span.trace_id, span.parent_id, span.flags) == (TRACE, PARENT, flags)
    assert span.header == f"00-{TRACE}-{span.span_id}-{flags}"
    assert span.span_id not in (PARENT, tracing.begin(header).span_id)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        f"00-{TRACE}-{PARENT}",
        f"00-{TRACE}-{PARENT}-01-more",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{PARENT}-1",
        f" 00-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01\n",
        f"00-{TRACE}-{PARENT}-01,00-{TRACE}-{PARENT}-01",
        f"cc-{TRACE}-{PARENT}-01.more",
        f"cc-{TRACE}-{PARENT}-01-{'x' * 300}",
    ],
)
def test_anything_else_begins_a_trace(header: str | None) -> None:
    span = tracing.begin(header)
    assert span.trace_id != TRACE
    assert (len(span.trace_id), len(span.span_id), span.parent_id, span.flags) == (32, 16, None, "01")


def test_the_database_server_and_the_client_are_told_of_our_part_of_the_trace(tmp_path: Path) -> None:
    app = Flask("probe")
    logs.follow(app, Observing())
    servers.needed()
    with Sqld(tmp_path) as server, Proxy(server.port) as proxy:
        database = LibsqlDatabase(Settings(proxy.url, server.token))

        @app.get("/")
        def ask() -> str:
            return str(database.fetch([Statement("SELECT 41 + 1 AS n")])[0].value(int))

        response = app.test_client().get("/", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
        assert response.text == "42"
        own = response.headers["traceparent"]
        assert own.split("-")[1] == TRACE
        assert own.split("-")[2] != PARENT
        assert proxy.headers["traceparent"] == own
        database.fetch([Statement("SELECT 1")])  # by nobody's request
        assert "authorization" in proxy.headers
        assert "traceparent" not in proxy.headers
        database.close()

"""Which parts a request may have: each query parameter once, none that its route does not take, a body where one is."""

import functools
from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, request

from shared_schema.problems import Invalid, invalid

MAX_PARAMETERS = 100


def guard(app: Flask) -> None:
    """Before each view, refuse what its route would have to pass over or could read in two ways."""

    @app.before_request
    def check() -> None:
        # Without an endpoint there is no such route, and OPTIONS asks about the URL, not about one view of it.
        if request.endpoint is None or request.method == "OPTIONS":
            return
        takes = _places(current_app.view_functions[request.endpoint])
        if request.query_string:
            _check_query(takes_query="query" in takes)
        if _has_body() and "body" not in takes:
            raise invalid("body", "This route takes no body.")


def _check_query(*, takes_query: bool) -> None:
    """The names are checked by the route's schema, if it has one."""
    if request.query_string.count(b"&") >= MAX_PARAMETERS:  # before they are parsed
        raise invalid("query", f"More than {MAX_PARAMETERS} parameters.")
    if not takes_query and request.args:
        raise Invalid("this route takes no query", errors={name: ["Unknown field."] for name in request.args})
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise Invalid("a parameter may be there once", errors={name: ["Repeated."] for name in repeated})


def _has_body() -> bool:
    """Whether a body was sent, of a known length or in chunks, without reading it."""
    return bool(request.content_length) or "Transfer-Encoding" in request.headers


@functools.cache
def _places(view: Callable[..., Any]) -> set[str]:
    """Which of `query` and `body` a view takes arguments from, as it is documented."""
    documented = getattr(view, "_apidoc", {})
    sources = [argument["in"] for argument in documented.get("arguments", {}).get("parameters", ())]
    places = {"query" if source in ("query", "querystring") else "body" for source in sources}
    return places | ({"body"} if "requestBody" in documented.get("manual_doc", {}) else set())

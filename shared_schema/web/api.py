"""The Flask app both services start from: JSON, OpenAPI, errors, tokens, logs, health."""

import functools
import http
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import flask
import flask_smorest
import marshmallow
import orjson
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_instance
from flask import Flask, Request, Response, abort
from flask.json.provider import JSONProvider
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import IntegerConverter, Map, PathConverter, ValidationError

import shared_schema.logs
from shared_schema import bounded
from shared_schema.database import LibsqlDatabase
from shared_schema.problems import Damaged, Problem, invalid
from shared_schema.tables import db
from shared_schema.web import (
    auth,
    bodies,
    consistency,
    cors,
    docs,
    errors,
    headers,
    health,
    limits,
    logs,
    metrics,
    parts,
    proxies,
    redirects,
    unions,
)
from shared_schema.web.auth import View
from shared_schema.web.config import Config
from shared_schema.web.openapi import document, introduction
from shared_schema.web.openapi.examples import Words
from shared_schema.web.schema import MAX_ID, Day, Instant, Usd

_QUERIES, _LONGEST_QUERY = 2000, 200  # that are remembered, and in bytes
MAX_VALUES = 50_000  # in a body, or in each megabyte of one that may have more; more than what X sends has


class App(Flask):
    """Flask for views and hooks that are plain functions, which it need not find out at each call."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


@dataclass(frozen=True, slots=True)
class About:
    """What the OpenAPI document says of a service; `words` are the values that its examples show."""

    title: str
    purpose: str
    words: Words


class OrjsonProvider(JSONProvider):
    """Flask's JSON by orjson. The keys of mappings may be numbers."""

    def dumps(self, obj: object, **_: object) -> str:
        return orjson.dumps(obj, option=orjson.OPT_NON_STR_KEYS).decode()

    def loads(self, s: str | bytes, **_: object) -> Any:
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        body = orjson.dumps(self._prepare_response_obj(args, kwargs), option=orjson.OPT_NON_STR_KEYS)
        return Response(body, mimetype="application/json")


class IdConverter(IntegerConverter):
    """`<id:name>` in a route: a number that can be an id. Any other number is 404."""

    regex = "[0-9]{1,19}"  # werkzeug's takes digits of every script, and any number of them

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=MAX_ID)

    def to_python(self, value: str) -> int:
        if not re.fullmatch("[0-9]{1,19}", value):  # werkzeug's takes digits of every script, and any number of them
            raise NotFound
        try:
            number: int = super().to_python(value)
        except ValidationError:  # with which werkzeug looks on, and answers 405 for a method other than GET
            raise NotFound from None
        return number


class KeyConverter(PathConverter):
    """`<key:name>` in a route: any text, with slashes anywhere."""

    regex = ".+"
    part_isolating = False


class Parser(FlaskParser):
    """The reader of requests: unknown fields are refused in queries, too, and orjson reads the bodies.

    What a query means depends on its text alone, so it is read once, and remembered if it is short.
    """

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": marshmallow.RAISE}

    def __init__(self) -> None:
        super().__init__()
        self._queries: dict[tuple[marshmallow.Schema, bytes], dict[str, Any]] = {}

    def parse(self, argmap: Any, req: Any = None, *, location: Any = None, **options: Any) -> Any:
        """The arguments, for this request alone: a view may change what it is given."""
        text = flask.request.query_string
        if location != "query" or len(text) > _LONGEST_QUERY:
            return super().parse(argmap, req, location=location, **options)
        known = self._queries.get((argmap, text))
        if known is None:
            known = super().parse(argmap, req, location=location, **options)
            if type(known) is not dict:
                return known
            if len(self._queries) >= _QUERIES:
                self._queries.clear()
            self._queries[argmap, text] = known
        return {name: [*value] if type(value) is list else value for name, value in known.items()}

    def load_json(self, req: Request, schema: marshmallow.Schema) -> Any:
        """The body as a document; {} for none. 415 for another content type, Invalid for what is no JSON."""
        body = req.get_data()
        if not body:
            return {}
        if not is_json_request(req):
            abort(415, "send the body as application/json")
        try:
            return bounded.loads(body, max_values=MAX_VALUES * bodies.limit_of(req) // bodies.MAX_BODY)
        except bounded.NotJson as error:
            raise invalid("body", str(error)) from None


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """A blueprint that reads requests with Parser."""

    ARGUMENTS_PARSER = Parser()

    def arguments(self, schema: type[marshmallow.Schema] | marshmallow.Schema, **options: Any) -> Any:
        """flask-smorest's, with an instance of the schema: of a class it makes one, with all fields, per request."""
        return super().arguments(resolve_schema_instance(schema), **options)

    def unless_damaged(self, view: View) -> View:
        """A decorator for a view that answers 409, and does nothing, where a stored row cannot be used."""
        return raises(Damaged)(view)


def raises(*problems: type[Problem]) -> Callable[[View], View]:
    """A decorator that names the problems of a view's rules which the document cannot know. It stands under `allow`."""

    def mark(view: View) -> View:
        doc = getattr(view, "_apidoc", {})
        view._apidoc = {**doc, "raises": (*doc.get("raises", ()), *problems)}  # type: ignore[attr-defined]  # flask-smorest reads it
        return view

    return mark


def versioned(view: View) -> View:
    """A decorator for a view whose answer 200 has the ETag of a state (see `etag`), and which, if it changes something,
    wants that as If-Match. It stands under `allow`.
    """
    view._apidoc = {**getattr(view, "_apidoc", {}), "versioned": True}  # type: ignore[attr-defined]  # flask-smorest reads it
    return view


def in_lines(view: View) -> View:
    """A decorator for a view that may answer in lines (see `progress`). It stands under `allow`."""
    view._apidoc = {**getattr(view, "_apidoc", {}), "in_lines": True}  # type: ignore[attr-defined]  # flask-smorest reads it
    return view


def may_write(view: View) -> View:
    """A decorator for the view of a GET that may write first, as whoever comes next, or that tells of an earlier write.
    It stands under `allow`.
    """
    view._apidoc = {**getattr(view, "_apidoc", {}), "may_write": True}  # type: ignore[attr-defined]  # flask-smorest reads it
    return view


class Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest whose errors are problem documents, and whose OpenAPI document says what follows from our code."""

    words: Words

    def handle_http_exception(self, error: HTTPException) -> Response:
        return errors.on_http(error)

    @functools.cached_property
    def document(self) -> str:
        """The OpenAPI document as JSON, made once, when all routes are there."""
        finished = document.finish(self.spec.to_dict(), self._app, self.words)
        return json.dumps(finished, ensure_ascii=False, indent=2)

    def _openapi_json(self) -> Response:
        return Response(self.document, mimetype="application/json")

    def _register_responses(self) -> None:
        """flask-smorest refers to these; the finished document describes each problem by its code instead."""
        for name in (*(status.name for status in http.HTTPStatus), "DEFAULT_ERROR"):
            self.spec.components.response(name, {"description": ""}, lazy=True)


def skeleton(config: Config, about: About, streams: Iterable[str]) -> tuple[Flask, Api]:
    """An app with everything but the routes of its nouns, and the Api that they are registered with."""
    shared_schema.logs.configure(level=config.observing.log_level)
    db.initialize(LibsqlDatabase(config.database, must_exist=True))  # type: ignore[attr-defined]  # the proxy's method is not in the stubs
    app = App(f"{config.service}_service", static_folder=None)
    app.json = OrjsonProvider(app)
    app.url_map.converters |= {"id": IdConverter, "key": KeyConverter}
    app.config |= {
        "API_TITLE": about.title,
        "API_VERSION": "1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/",
    }
    app.request_class = bodies.Request
    app.extensions["waits"] = config.waits  # for the server
    if config.trusted_proxies:
        app.wsgi_app = proxies.trust(app.wsgi_app, config.trusted_proxies)  # type: ignore[method-assign, assignment]  # as Flask says to wrap an app
    signer = consistency.Signer(config.token_keys)
    headers.follow(app)  # what comes first here sees the answer last
    logs.follow(app, config.observing)
    redirects.keep_on_this_host(app)
    consistency.follow(app, signer)
    cors.follow(app, config.origins)
    auth.guard(app, config.service, config.token_keys)
    consistency.heed(app, signer)
    limits.follow(app, config.rates, config.state / f"{config.service}-rates.db")
    parts.guard(app)
    api = _documented(app, config.service, about)
    errors.register(app)
    app.register_blueprint(health.blueprint(streams))
    app.register_blueprint(metrics.blueprint(config.service))
    app.register_blueprint(docs.blueprint(about.title))
    auth.open_to_anyone(app, "api-docs.openapi_json")
    return app, api


def _documented(app: Flask, service: str, about: About) -> Api:
    """The Api of an app, which documents the routes that are registered with it."""
    plugin = MarshmallowPlugin(schema_name_resolver=_schema_name)
    head = {
        "info": {"description": introduction.text(service, about.purpose)},
        "servers": [{"url": "/", "description": "The service that this document comes from"}],
        "security": [{"bearer": []}],
    }
    api = Api(app, spec_kwargs={**head, "marshmallow_plugin": plugin})
    api.words = about.words
    unions.document(plugin)
    api.register_field(Usd, "number", None)
    api.register_field(Instant, "string", "date-time")
    api.register_field(Day, "string", "date")
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    return api


def _schema_name(schema: type[marshmallow.Schema] | marshmallow.Schema) -> str:
    """The name of a schema in the OpenAPI document: its class; for the body of a PATCH, all optional, with a suffix."""
    instance = resolve_schema_instance(schema)
    return type(instance).__name__ + ("Patch" if instance.partial else "")

"""The Flask app both services start from: JSON, OpenAPI, errors, tokens, logs, health."""

import http
from collections.abc import Iterable
from typing import Any

import flask_smorest
import marshmallow
import orjson
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_instance
from flask import Blueprint as FlaskBlueprint
from flask import Flask, Request, Response, abort
from flask.json.provider import JSONProvider
from flask_smorest.utils import prepare_response
from flask_swagger_ui import get_swaggerui_blueprint
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map

import shared_schema.logs
from shared_schema import bounded
from shared_schema.database import Database
from shared_schema.problems import invalid
from shared_schema.tables import db
from shared_schema.web import auth, consistency, errors, health, logs, parts
from shared_schema.web.auth import View
from shared_schema.web.config import Config
from shared_schema.web.schema import MAX_ID, Instant, Usd

MAX_BODY = 1024 * 1024
MAX_VALUES = 50_000  # in a body; more than a megabyte of what X sends has


class OrjsonProvider(JSONProvider):
    """Flask's JSON by orjson. The keys of mappings may be numbers."""

    def dumps(self, obj: object, **_: object) -> str:
        return orjson.dumps(obj, option=orjson.OPT_NON_STR_KEYS).decode()

    def loads(self, s: str | bytes, **_: object) -> Any:
        return orjson.loads(s)


class IdConverter(IntegerConverter):
    """`<id:name>` in a route: a number that can be an id. Any other number is 404."""

    regex = "[0-9]{1,19}"  # werkzeug's takes digits of every script, and any number of them

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=MAX_ID)


class Parser(FlaskParser):
    """The reader of requests: unknown fields are refused in queries, too, and orjson reads the bodies."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": marshmallow.RAISE}

    def load_json(self, req: Request, schema: marshmallow.Schema) -> Any:
        """The body as a document; {} for none. 415 for another content type, Invalid for what is no JSON."""
        body = req.get_data()
        if not body:
            return {}
        if not is_json_request(req):
            abort(415, "send the body as application/json")
        try:
            return bounded.loads(body, max_values=MAX_VALUES)
        except bounded.NotJson as error:
            raise invalid("body", str(error)) from None


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A blueprint that reads requests with Parser and documents the Idempotency-Key of its views."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._prepare_doc_cbks.append(_document_key)

    def arguments(self, schema: type[marshmallow.Schema] | marshmallow.Schema, **options: Any) -> Any:
        """flask-smorest's, with an instance of the schema: of a class it makes one, with all fields, per request."""
        return super().arguments(resolve_schema_instance(schema), **options)

    def unless_damaged(self, view: View) -> View:
        """A decorator that documents the answer of a view whose row cannot be used: 409, and nothing was done."""
        text = "The stored row cannot be used until it is mended"
        problem = {"schema": errors.ProblemSchema, "content_type": "application/problem+json"}
        documented: View = self.alt_response(409, description=text, **problem)(view)
        return documented


def creates(view: View) -> View:
    """A decorator for a view that honours Idempotency-Key, so that the key is documented. It stands under `allow`."""
    view._apidoc = {**getattr(view, "_apidoc", {}), "creates": True}  # type: ignore[attr-defined]  # flask-smorest reads it
    return view


def _document_key(doc: dict[str, Any], doc_info: dict[str, Any], **_: object) -> dict[str, Any]:
    if doc_info.get("creates"):
        doc.setdefault("parameters", []).append(
            {
                "in": "header",
                "name": "Idempotency-Key",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
                "description": "The same key with the same request is answered from the first; with another, 409.",
            }
        )
    return doc


class Api(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest whose errors are problem documents, in its responses and in the OpenAPI document."""

    ERROR_SCHEMA = errors.ProblemSchema

    def handle_http_exception(self, error: HTTPException) -> Response:
        return errors.on_http(error)

    def _register_responses(self) -> None:
        for name, text in [*((s.name, s.phrase) for s in http.HTTPStatus), ("DEFAULT_ERROR", "A problem")]:
            response = {"description": text, "schema": self.ERROR_SCHEMA}
            prepare_response(response, self.spec, "application/problem+json")
            self.spec.components.response(name, response, lazy=True)


def skeleton(config: Config, title: str, streams: Iterable[str]) -> tuple[Flask, Api]:
    """An app with everything but the routes of its nouns, and the Api that they are registered with."""
    shared_schema.logs.configure()
    db.initialize(Database(config.database))  # type: ignore[attr-defined]
    app = Flask(f"{config.service}_service", static_folder=None)
    app.json = OrjsonProvider(app)
    app.url_map.converters["id"] = IdConverter
    app.config |= {
        "API_TITLE": title,
        "API_VERSION": "1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/",
        "MAX_CONTENT_LENGTH": MAX_BODY,
    }
    logs.follow(app)
    consistency.follow(app)
    auth.guard(app, config.service, config.token_keys)
    parts.guard(app)
    plugin = MarshmallowPlugin(schema_name_resolver=_schema_name)
    api = Api(app, spec_kwargs={"security": [{"bearer": []}], "marshmallow_plugin": plugin})
    api.register_field(Usd, "number", None)
    api.register_field(Instant, "string", "date-time")
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    errors.register(app)
    app.register_blueprint(health.blueprint(streams))
    app.register_blueprint(_docs(title))
    auth.open_to_anyone(app, "api-docs.openapi_json", "docs.show")
    return app, api


def _schema_name(schema: type[marshmallow.Schema] | marshmallow.Schema) -> str:
    """The name of a schema in the OpenAPI document: its class; for the body of a PATCH, all optional, with a suffix."""
    instance = resolve_schema_instance(schema)
    return type(instance).__name__ + ("Patch" if instance.partial else "")


def _docs(title: str) -> FlaskBlueprint:
    """Swagger UI from the files of an installed package. The page loads nothing from another host."""
    docs: FlaskBlueprint = get_swaggerui_blueprint("/docs", "/openapi.json", {"app_name": title}, blueprint_name="docs")
    return docs

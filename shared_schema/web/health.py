"""Is the process alive, is it ready: two routes that need no token."""

from collections.abc import Iterable

import peewee
from flask import Blueprint, Response, jsonify

from migrations import streams as migration_streams
from shared_schema.tables import db
from shared_schema.web.auth import ANYONE, allow


def blueprint(streams: Iterable[str]) -> Blueprint:
    """`/healthz` and `/readyz` for a service that needs the given migration streams."""
    routes = Blueprint("health", __name__)
    needed = list(streams)

    @routes.get("/healthz")
    @allow(ANYONE)
    def healthz() -> Response:
        return jsonify({"status": "ok"})

    @routes.get("/readyz")
    @allow(ANYONE)
    def readyz() -> tuple[Response, int]:
        try:
            pending = {name: todo for name, todo in migration_streams.pending(db, needed).items() if todo}
        except peewee.PeeweeException:
            return jsonify({"status": "unavailable", "database": "unreachable"}), 503
        state = {"database": "ok", "pendingMigrations": pending, "replicaAgeSeconds": db.replica_age_s()}
        return jsonify({"status": "unavailable" if pending else "ready"} | state), 503 if pending else 200

    return routes

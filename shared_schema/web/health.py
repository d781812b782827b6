"""Two routes that need no token: whether the process is alive, and whether it is ready to serve."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

import peewee
from flask import Blueprint, Response, jsonify
from flask.blueprints import BlueprintSetupState

from shared_schema.releases import streams as migration_streams
from shared_schema.releases.files import Phase
from shared_schema.releases.streams import Applied, Known
from shared_schema.tables import db
from shared_schema.web.auth import ANYONE, allow
from shared_schema.web.heartbeat import Heartbeat

ByStream = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Standing:
    """The names of migrations, by stream, in which the database and the code that runs differ.

    `pending`: expand steps that the code needs and the database lacks. `waiting`: contract steps that the database
    still lacks, which does no harm. `unknown`: contract steps that the database has had and the code does not know;
    they may have dropped what the code reads.
    """

    pending: ByStream
    waiting: ByStream
    unknown: ByStream

    @property
    def is_ready(self) -> bool:
        return not self.pending and not self.unknown


def standing(known: Known, applied: dict[str, list[Applied]]) -> Standing:
    """Compare the migrations that the code knows with those that the database has had, of the same streams."""
    return Standing(_missing(known, applied, "expand"), _missing(known, applied, "contract"), _unknown(known, applied))


def _missing(known: Known, applied: dict[str, list[Applied]], phase: Phase) -> ByStream:
    """The migrations of a phase that the code knows and the database has not had."""
    missing = {}
    for stream, phases in known.items():
        names = {migration.name for migration in applied[stream]}
        missing[stream] = [name for name, own in phases.items() if own == phase and name not in names]
    return _without_empty(missing)


def _unknown(known: Known, applied: dict[str, list[Applied]]) -> ByStream:
    """The contract steps that the database has had and the code does not know."""
    unknown = {}
    for stream, phases in known.items():
        contracts = (migration.name for migration in applied[stream] if migration.phase == "contract")
        unknown[stream] = [name for name in contracts if name not in phases]
    return _without_empty(unknown)


def _without_empty(by_stream: ByStream) -> ByStream:
    return {stream: names for stream, names in by_stream.items() if names}


def blueprint(streams: Iterable[str]) -> Blueprint:
    """`/healthz`, `/readyz` and the heartbeat of a service that needs the given migration streams."""
    routes = Blueprint("health", __name__)
    known = migration_streams.known(streams)
    # Who starts a service can give it a name, and so knows that it is the one that answers, and not another's on the
    # same port.
    instance = {"X-Instance": name} if (name := os.environ.get("PINGTOPASS_INSTANCE")) else {}

    @routes.record_once
    def carry_heartbeat(setup: BlueprintSetupState) -> None:
        service = setup.app.name.removesuffix("_service")
        setup.app.extensions["heartbeat"] = Heartbeat(service, known)

    @routes.get("/healthz")
    @allow(ANYONE)
    def healthz() -> Response:
        return jsonify({"status": "ok"})

    @routes.get("/readyz")
    @allow(ANYONE)
    def readyz() -> tuple[Response, int, dict[str, str]]:
        # Read from the replica, where there is one: it is a few seconds old at most. Asking the primary would take the
        # service out of rotation whenever the primary is away, though reads from the replica go on.
        try:
            now = standing(known, migration_streams.histories(db, known))
        except peewee.PeeweeException:
            return jsonify({"status": "unavailable", "database": "unreachable"}), 503, instance
        state = {
            "status": "ready" if now.is_ready else "unavailable",
            "database": "ok",
            "pendingMigrations": now.pending,
            "waitingContracts": now.waiting,
            "unknownContracts": now.unknown,
            "replicaAgeSeconds": db.replica_age_s(),
        }
        return jsonify(state), 200 if now.is_ready else 503, instance

    return routes

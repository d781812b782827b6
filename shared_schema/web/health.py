"""Two routes that need no token: whether the process is alive, and whether it is ready to serve.

The first never asks the database. The second does, and answers within ANSWER_S seconds even if the database does not.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import peewee
from flask import Blueprint, Flask, Response, current_app, jsonify
from flask.blueprints import BlueprintSetupState

from shared_schema.releases import streams as migration_streams
from shared_schema.releases.files import Phase
from shared_schema.releases.streams import Applied, Known
from shared_schema.tables import db
from shared_schema.web.auth import ANYONE, allow
from shared_schema.web.heartbeat import Heartbeat
from shared_schema.web.prober import Prober

ANSWER_S = 2.0
PROBES = ("/healthz", "/readyz")
ByStream = dict[str, list[str]]
State = dict[str, object]


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
        setup.app.extensions["heartbeat"] = heartbeat = Heartbeat(service, known)

        def question() -> State:
            app = cast(Flask, setup.app)
            with app.app_context():  # the thread has none; who watches statements asks whose they are
                return _state(known, heartbeat)

        setup.app.extensions["readiness"] = Prober(question, ANSWER_S)

    @routes.get("/healthz")
    @allow(ANYONE)
    def healthz() -> Response:
        return jsonify({"status": "ok"})

    @routes.get("/readyz")
    @allow(ANYONE)
    def readyz() -> tuple[Response, int, dict[str, str]]:
        state = _readiness(current_app)
        return jsonify(state), 200 if state["status"] == "ready" else 503, instance

    return routes


def is_ready(app: Flask) -> bool:
    """Whether `/readyz` would answer 200 now."""
    return _readiness(app)["status"] == "ready"


def _readiness(app: Flask) -> State:
    prober: Prober[State] = app.extensions["readiness"]
    return prober.answer() or _unavailable("silent")


def _unavailable(database: str) -> State:
    return {"status": "unavailable", "database": database}


def _state(known: Known, heartbeat: Heartbeat) -> State:
    """The body of `/readyz`. Runs in the prober's thread, by a connection of its own: the file may have been replaced.

    The replica is read, where there is one and it is fresh. Asking the primary would take the service out of rotation
    whenever the primary is away, though reads from the replica go on. An old replica is read only while the primary is
    away, and then the service is not ready: what it shows is too old, and nothing can be written.
    """
    if db.settings.path and not Path(db.settings.path).exists():  # to connect would make an empty file
        return _unavailable("gone")
    try:
        with db.connection_context():
            now = standing(known, migration_streams.histories(db, known))
    except peewee.PeeweeException:
        return _unavailable("unreachable")
    if db.clock.stale.get():
        return _unavailable("stale") | {"replicaAgeSeconds": db.replica_age_s()}
    if heartbeat.disk_is_full:
        return _unavailable("full")
    return {
        "status": "ready" if now.is_ready else "unavailable",
        "database": "ok",
        "pendingMigrations": now.pending,
        "waitingContracts": now.waiting,
        "unknownContracts": now.unknown,
        "replicaAgeSeconds": db.replica_age_s(),
    }

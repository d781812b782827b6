"""Is the process alive, is it ready: two routes that need no token."""

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
    """How the database stands to this code: what it lacks that the code needs, what it may do without for now, and what
    it has had that may have taken away what the code still reads.
    """

    pending: ByStream
    waiting: ByStream
    unknown: ByStream

    @property
    def is_good(self) -> bool:
        return not self.pending and not self.unknown


def standing(known: Known, had: dict[str, list[Applied]]) -> Standing:
    """Compare what the code knows with the histories of the same streams."""
    return Standing(_missing(known, had, "expand"), _missing(known, had, "contract"), _unknown(known, had))


def _missing(known: Known, had: dict[str, list[Applied]], phase: Phase) -> ByStream:
    names = {stream: {each.name for each in its} for stream, its in had.items()}
    return _filled({s: [n for n, its in known[s].items() if its == phase and n not in names[s]] for s in known})


def _unknown(known: Known, had: dict[str, list[Applied]]) -> ByStream:
    return _filled({s: [x.name for x in had[s] if x.phase == "contract" and x.name not in known[s]] for s in known})


def _filled(lists: ByStream) -> ByStream:
    return {stream: names for stream, names in lists.items() if names}


def blueprint(streams: Iterable[str]) -> Blueprint:
    """`/healthz` and `/readyz` for a service that needs the given migration streams, and its heartbeat."""
    routes = Blueprint("health", __name__)
    known = migration_streams.known(streams)

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
    def readyz() -> tuple[Response, int]:
        # A replica's word is good enough: it is a few seconds old at most, and where it has not got a table yet, so
        # have our reads not. Asking the primary would take us out of service for its outages, which reads survive.
        try:
            found = standing(known, migration_streams.histories(db, known))
        except peewee.PeeweeException:
            return jsonify({"status": "unavailable", "database": "unreachable"}), 503
        state = {
            "status": "ready" if found.is_good else "unavailable",
            "database": "ok",
            "pendingMigrations": found.pending,
            "waitingContracts": found.waiting,
            "unknownContracts": found.unknown,
            "replicaAgeSeconds": db.replica_age_s(),
        }
        return jsonify(state), 200 if found.is_good else 503

    return routes

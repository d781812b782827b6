"""The health of a service: its own streams, a database that is away, a replica, and no heartbeat in tests."""

import threading

import pytest
from flask import Flask

from shared_schema.database import Database, Statement
from shared_schema.database.server import Limits
from shared_schema.database.settings import Settings
from shared_schema.tables import db
from tests import stages
from tests.servers import free_port


@pytest.mark.only("file")
def test_each_service_asks_for_its_own_streams_and_those_it_needs(
    study_app: Flask, growth_app: Flask, database: Database
) -> None:
    ready = {"pendingMigrations": {}, "waitingContracts": {}, "unknownContracts": {}, "replicaAgeSeconds": None}
    for app in (study_app, growth_app):
        answer = app.test_client().get("/readyz")
        assert (answer.status_code, answer.json) == (200, ready | {"status": "ready", "database": "ok"})
    missing = {}
    for stream in ("growth", "study", "shared"):
        database.batch([Statement(f"DELETE FROM migrations_{stream} WHERE name LIKE '001%'")])
        missing[stream] = ["001_first_tables"]
        assert growth_app.test_client().get("/readyz").json["pendingMigrations"] == missing
        answer = study_app.test_client().get("/readyz")
        assert answer.status_code == (200 if stream == "growth" else 503)
        assert answer.json["pendingMigrations"] == {s: names for s, names in missing.items() if s != "growth"}


def test_it_is_red_when_the_database_cannot_be_asked(study_app: Flask) -> None:
    away = Database(Settings(f"http://127.0.0.1:{free_port()}", limits=Limits(0.1, 0.1, 0.2)))
    db.initialize(away)  # type: ignore[attr-defined]
    answer = study_app.test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "unavailable", "database": "unreachable"})
    assert study_app.test_client().get("/healthz").status_code == 200
    away.close()


@pytest.mark.only("replica")
def test_a_fresh_replica_answers_while_the_primary_is_away(
    study_app: Flask, database: Database, primary: stages.Primary
) -> None:
    assert study_app.test_client().get("/readyz").status_code == 200
    study_app.test_client_class, patient = Flask.test_client_class, study_app.test_client_class
    primary.server.freeze()
    try:
        answer = study_app.test_client().get("/readyz")
    finally:
        primary.server.thaw()
        study_app.test_client_class = patient
    assert (answer.status_code, answer.json["status"]) == (200, "ready")
    assert answer.json["replicaAgeSeconds"] >= 0


def test_nothing_beats_in_an_app_that_no_gunicorn_runs(study_app: Flask, growth_app: Flask) -> None:
    assert "heartbeat" not in [thread.name for thread in threading.enumerate()]
    assert {"heartbeat"} <= set(study_app.extensions) & set(growth_app.extensions)

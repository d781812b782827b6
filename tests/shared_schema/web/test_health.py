"""The health of a service: its own streams, a database that is away, a replica, and no heartbeat in tests."""

import threading

import pytest
from flask import Flask

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Limits, Settings
from shared_schema.releases.files import Phase
from shared_schema.releases.streams import Applied, Known
from shared_schema.tables import db
from shared_schema.web import health
from shared_schema.web.health import Standing
from tests import stages
from tests.servers import free_port


@pytest.mark.only("file")
def test_each_service_asks_for_its_own_streams_and_those_it_needs(
    study_app: Flask, growth_app: Flask, database: LibsqlDatabase
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
    away = LibsqlDatabase(Settings(f"http://127.0.0.1:{free_port()}", limits=Limits(0.1, 0.1, 0.2)))
    db.initialize(away)  # type: ignore[attr-defined]
    answer = study_app.test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "unavailable", "database": "unreachable"})
    alive = study_app.test_client().get("/healthz")
    assert (alive.status_code, alive.json) == (200, {"status": "ok"})
    away.close()


def test_code_and_database_differ_by_names_of_migrations() -> None:
    known: Known = {
        "study": {"001_a": "expand", "002_b": "expand", "003_c": "contract", "004_d": "contract"},
        "shared": {"001_a": "expand"},
    }
    had: list[tuple[str, Phase]] = [
        ("001_a", "expand"),
        ("003_c", "contract"),
        ("008_y", "expand"),
        ("009_z", "contract"),
    ]
    applied = {
        "study": [Applied(name, phase, "", 0) for name, phase in had],
        "shared": [Applied("001_a", "expand", "", 0)],
    }
    differing = health.standing(known, applied)
    assert differing == Standing({"study": ["002_b"]}, {"study": ["004_d"]}, {"study": ["009_z"]})
    ready = [Standing({}, {"study": ["004_d"]}, {}), Standing({}, {}, {})]
    assert [standing.is_ready for standing in (differing, *ready)] == [False, True, True]
    assert not Standing({"study": ["002_b"]}, {}, {}).is_ready
    assert not Standing({}, {}, {"study": ["009_z"]}).is_ready


@pytest.mark.only("replica")
def test_a_fresh_replica_answers_while_the_primary_is_away(
    study_app: Flask, database: LibsqlDatabase, primary: stages.Primary
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

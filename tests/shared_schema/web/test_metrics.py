"""`/metrics` of a real service: right across its workers, over the death of one and a reload; labels are bounded."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from shared_schema.database import LibsqlDatabase
from shared_schema.metrics import series
from tests import stages
from tests.conftest import client
from tests.faults.hosts import Service, children, end, wait_until

Figures = Callable[..., float]


def figures(text: str) -> Figures:
    """`figure(name, label=value…)`: the sum of the samples of a series with these labels."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def figure(name: str, **labels: str) -> float:
        matching = [s.value for s in samples if s.name == f"pingtopass_{name}" and labels.items() <= s.labels.items()]
        assert matching, (name, labels)
        return sum(matching)

    return figure


@pytest.fixture
def figure(study_app: Flask, database: LibsqlDatabase) -> Callable[[], Figures]:
    """`figure()`: the figures of the study service as they are now."""
    return lambda: figures(client(study_app, "prometheus", "service").get("/metrics").text)


def test_figures_add_up_over_workers_their_deaths_and_a_reload(migrated: Path, tmp_path: Path) -> None:
    database = stages.copied(migrated, tmp_path / "pingtopass.db")
    with Service(database.url, "", tmp_path / "log", TMPDIR=str(tmp_path)) as service:
        master = service.pid
        (folder,) = tmp_path.glob("pingtopass-metrics-*")

        def learn(times: int) -> None:
            with ThreadPoolExecutor(8) as learners:
                statuses = list(learners.map(lambda _: service.call("GET", "/api/exams", user=1).status, range(times)))
            assert statuses == [200] * times

        def check(answered: int) -> None:
            figure = figures(service.call("GET", "/metrics", user=4, role="admin").data.decode())
            exams = {"method": "GET", "route": "/api/exams", "service": "study"}
            assert figure("http_requests_total", status="200", **exams) == answered
            assert figure("http_request_seconds_count", **exams) == answered
            assert figure("http_request_seconds_bucket", le="+Inf", **exams) == answered
            assert figure("database_statements_total") >= answered
            assert figure("http_requests_in_flight") == 1  # this one
            assert (figure("ready"), figure("heartbeats_failing")) == (1, 0)

        learn(40)
        assert sorted(path.name for path in folder.glob("counter_*")) == ["counter_0.db", "counter_1.db"]
        check(40)
        first = children(master)
        end(first[0])
        wait_until(lambda: len(children(master)) == 2 and first[0] not in children(master))
        learn(10)
        check(50)
        second = children(master)
        os.kill(master, signal.SIGHUP)
        wait_until(lambda: len(children(master)) == 2 and not set(second) & set(children(master)))
        learn(10)
        check(60)
        assert len(list(folder.glob("counter_*"))) <= 4  # old and new workers were there together
    assert not folder.exists()


@pytest.mark.only("file")
def test_routes_and_methods_that_do_not_exist_are_one_label(
    study_app: Flask, database: LibsqlDatabase, figure: Callable[[], Figures]
) -> None:
    stranger = study_app.test_client()
    for n in range(5):
        stranger.open(f"/no/such/{n}", method=f"X{n}")
    stranger.get("/api/exams/17")
    now = figure()
    assert now("http_requests_total", method="OTHER", route=series.NO_ROUTE, status="404") >= 5
    assert now("http_requests_total", method="GET", route="/api/exams/<id:exam_id>", status="401") >= 1
    with pytest.raises(AssertionError):
        now("http_requests_total", method="X1")


def test_problems_statements_and_rows_are_counted(
    alice: FlaskClient, figure: Callable[[], Figures], mode: str, count_queries: Any
) -> None:
    alice.get("/api/exams/17")
    before = figure()
    with count_queries() as run:
        alice.get("/api/exams/17")
    after = figure()

    def grown(name: str, **labels: str) -> float:
        return after(name, **labels) - before(name, **labels)

    assert grown("http_problems_total", code="NOT_FOUND") == 1
    assert grown("database_statements_total") >= len(run) >= 1
    assert grown("database_seconds_total") > 0
    if mode != "replica":
        assert (grown("database_round_trips_total") >= 1) == (mode == "server")
    assert grown("database_unknown_outcomes_total") == 0


@pytest.mark.only("replica")
def test_the_age_of_the_replica_is_told(figure: Callable[[], Figures], alice: FlaskClient) -> None:
    alice.get("/api/exams")
    assert 0 <= figure()("replica_age_seconds") < 60


@pytest.mark.only("file")
def test_ai_calls_are_counted_once_with_what_they_cost(bot: FlaskClient, growth_app: Flask) -> None:
    def spent() -> tuple[float, float]:
        now = figures(bot.get("/metrics").text)
        labels = {"purpose": "told", "model": "a-model-of-nobody", "service": "growth"}
        return now("ai_cost_usd_total", **labels), now("ai_calls_total", **labels, priced="yes")

    call = {"purpose": "told", "model": "a-model-of-nobody", "billedUsd": 0.25, "success": True}
    first = bot.post("/api/ai/generations", json=call | {"requestId": "m-1"})
    assert first.status_code == 201, first.json
    dollars, calls = spent()
    bot.post("/api/ai/generations", json=call | {"requestId": "m-1"})
    assert spent() == (dollars, calls)
    bot.post("/api/ai/generations", json=call | {"requestId": "m-2", "billedUsd": 0.5})
    assert spent() == (pytest.approx(dollars + 0.5), calls + 1)


def test_kinds_of_ai_calls_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "_kinds", set())
    kinds = {series._kind("purpose", f"model {n}") for n in range(500)}
    assert len(kinds) == series._KINDS_OF_CALLS + 1
    assert ("other", "other") in kinds
    assert series._kind("purpose", "model 3") == ("purpose", "model 3")


@pytest.mark.parametrize("role", ["user", "moderator"])
@pytest.mark.only("file")
def test_learners_do_not_see_what_the_business_spends(study_app: Flask, database: LibsqlDatabase, role: str) -> None:
    assert client(study_app, "1" if role == "user" else "3", role).get("/metrics").status_code == 403
    assert study_app.test_client().get("/metrics").status_code == 401

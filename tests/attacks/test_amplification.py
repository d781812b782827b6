"""No request of a megabyte costs more than a second of CPU or is refused with a long answer, whatever the route."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.attacks import hostile
from tests.attacks.routes import PARTS, Operation, operations

LONGEST_REFUSAL = 64 * 1024
USUAL_LOOP_S = 0.06  # what `_loop` takes where a second is a second

pytestmark = pytest.mark.only("file")  # the database is not what these requests cost


def _loop() -> float:
    """CPU seconds of a fixed piece of work: on a slow or busy machine it takes longer, and so may a request."""
    started = time.process_time()
    sum(len(str(number)) for number in range(400_000))
    return time.process_time() - started


def slowness(repetitions: int) -> float:
    """How many times slower than usual this machine is now; 1 at least. More repetitions see more of its load."""
    return max(1.0, max(_loop() for _ in range(repetitions)) / USUAL_LOOP_S)


def measured(caller: FlaskClient, method: str, url: str, **request: Any) -> tuple[Any, float]:
    """The response, and its CPU seconds: the best of up to three, if the first is over a second."""
    best = float("inf")
    for attempt in range(1, 4):
        started = time.process_time()
        response = caller.open(url, method=method, **request)
        best = min(best, (time.process_time() - started) / (1 if best == float("inf") else slowness(attempt)))
        if best <= 1:
            break
    return response, best


def attacks(operation: Operation) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Names, URLs and requests: a few for every operation, and those in the form of its own body."""
    headers = {"Content-Type": "application/json"}
    own = hostile.bodies(operation.schema) if operation.schema else ()
    for url in operation.urls():
        for name, body in (*hostile.texts(("0", "{}")), *own):
            yield name, url, {"data": body, "headers": headers}
    for name, query in hostile.queries():
        yield name, operation.url(), {"query_string": query}


@pytest.mark.parametrize("service", ["study", "growth"])
def test_a_hostile_megabyte_is_cheap_on_every_route(
    service: str, study_app: Flask, growth_app: Flask, database: LibsqlDatabase
) -> None:
    app = study_app if service == "study" else growth_app
    wrong, slow = [], []
    for operation in operations(app):
        caller = operation.caller()
        for name, url, request in attacks(operation):
            response, seconds = measured(caller, operation.method, url, **request)
            size = len(response.get_data())
            if response.status_code >= 500 or (response.status_code >= 400 and size > LONGEST_REFUSAL):
                wrong.append((str(operation), name, response.status_code, size))
            if seconds > 1:
                slow.append((str(operation), name, response.status_code, round(seconds, 1)))
    assert (wrong, slow) == ([], [])


@pytest.mark.parametrize("service", ["study", "growth"])
def test_a_hostile_path_is_cheap_on_every_route(
    service: str, study_app: Flask, growth_app: Flask, database: LibsqlDatabase
) -> None:
    app = study_app if service == "study" else growth_app
    wrong = []
    for operation in operations(app):
        for part in ("1" * 5000, "٢", "é" * 3000, "%00" * 1000, "../" * 1000):
            url = operation.url(**dict.fromkeys(PARTS, part))
            response, seconds = measured(operation.caller(), operation.method, url)
            size = len(response.get_data())
            if response.status_code >= 500 or (response.status_code >= 400 and size > LONGEST_REFUSAL) or seconds > 1:
                wrong.append((str(operation), part[:9], response.status_code, size, round(seconds, 1)))
    assert wrong == []

"""What everything is compared with: the bare view under our server, and clients that notice a wrong answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.hot import serving
from tests.benchmarks.hot.calls import Request, raw
from tests.benchmarks.hot.load import Clients, Unexpected
from tests.benchmarks.hot.serving import Workers

ANSWER = '{"questions": ["Which cable?"]}'
REQUESTS = [raw("study", Request("POST", "/api/study/answer", ("1", "user"), {"questionId": 1}, "a-key"), "/answer")]


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    folder: Path = tmp_path_factory.mktemp("answers")
    (folder / "answer").write_text(ANSWER)
    with serving.floor(folder) as workers:
        yield workers


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    with Clients() as clients:
        yield clients


def test_the_bare_view_answers_with_the_same_bytes(floor: Workers, clients: Clients) -> None:
    load = clients.send(floor.port, REQUESTS * 40, 8, 200)
    assert load.answer == ANSWER
    assert 0 < load.p50_s <= load.p95_s <= load.seconds


def test_the_cpu_of_its_workers_is_counted(floor: Workers, clients: Clients) -> None:
    before = floor.cpu_s()
    load = clients.send(floor.port, REQUESTS * 200, 8, 200)
    assert 200 * 20e-6 < floor.cpu_s() - before < load.seconds * serving.WORKERS


def test_another_status_ends_the_measurement(floor: Workers, clients: Clients) -> None:
    with pytest.raises(Unexpected, match="POST /answer answered 200"):
        clients.send(floor.port, REQUESTS * 3, 2, 201)

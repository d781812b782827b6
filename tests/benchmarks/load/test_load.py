"""`make bench-load` at its smallest: it measures, and a lost row, an error, a slow start or growing memory is told."""

import itertools
import json
import shutil
from pathlib import Path

import pytest

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from tests.benchmarks.hot.calls import Request, raw
from tests.benchmarks.hot.load import Unexpected
from tests.benchmarks.hot.operations import BY_NAME, TWEETS
from tests.benchmarks.hot.world import World
from tests.benchmarks.learners import Tally
from tests.benchmarks.load import __main__ as bench
from tests.benchmarks.load import ingest, learners, memory, mix, start
from tests.benchmarks.load.learners import Plan
from tests.benchmarks.load.result import Result, table
from tests.benchmarks.load.student import ANSWER, PROGRESS, QUESTIONS, Books

FEW = Plan(learners=4, seconds=2.5, thinks_s=(0.05, 0.2), seed=1)


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Books, Path]:
    directory = tmp_path_factory.mktemp("studied")
    books = Books()
    return learners.measure(directory, FEW, books), books, directory


def test_learners_get_what_they_expect_and_their_answers_are_there(studied: tuple[Result, Books, Path]) -> None:
    result, books, _ = studied
    assert [sentence for sentence in result.missed if "p99" not in sentence] == []
    figures = result.figures
    assert figures["answer: requests"] == figures["answers acknowledged"] == len(books.acknowledged) > 4
    assert {given.user for given in books.acknowledged.values()} == {1, 2, 3, 4}
    assert {given.is_right for given in books.acknowledged.values()} == {False, True}
    for kind in (QUESTIONS, ANSWER, PROGRESS):
        assert figures[f"{kind}: requests"] > 0
        assert figures[f"{kind}: errors"] == 0
        assert 0 < figures[f"{kind}: p50 ms"] <= figures[f"{kind}: p99 ms"] <= figures[f"{kind}: longest ms"]
    assert figures["CPU of the workers, s"] > 0
    assert books.unanswered == []


FIRST = "id = (SELECT min(id) FROM user_answers)"
COPIED = "user_id, question_id, selected_answer, is_correct"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (f"DELETE FROM user_answers WHERE {FIRST}", "and is None"),
        (f"UPDATE user_answers SET is_correct = 1 - is_correct WHERE {FIRST}", "was acknowledged as"),
        (f"UPDATE user_answers SET selected_answer = 'other' WHERE {FIRST}", "frozenset({'other'})"),
        (
            f"INSERT INTO user_answers ({COPIED}, attempt_number) SELECT {COPIED}, 99 FROM user_answers WHERE {FIRST}",
            "was not acknowledged",
        ),
    ],
)
def test_an_answer_that_is_lost_changed_or_there_twice_is_told(
    studied: tuple[Result, Books, Path], tmp_path: Path, change: str, told: str
) -> None:
    _, books, directory = studied
    for file in directory.glob("study.db*"):
        shutil.copy(file, tmp_path)
    database = LibsqlDatabase(Settings(f"file:{tmp_path}/study.db"))
    assert learners.compare(database, books) == []
    (changed,) = database.batch([Statement(change)])
    assert changed.count == 1
    (sentence,) = learners.compare(database, books)
    database.close()
    assert told in sentence


def test_an_answer_that_was_never_acknowledged_may_be_there_once(
    studied: tuple[Result, Books, Path], tmp_path: Path
) -> None:
    _, books, directory = studied
    number, given = min(books.acknowledged.items())
    others = {other: answered for other, answered in books.acknowledged.items() if other != number}
    database = LibsqlDatabase(Settings(f"file:{directory}/study.db"))
    assert learners.compare(database, Books(others, [given])) == []
    assert learners.compare(database, Books(others)) == [f"{given} was not acknowledged"]
    database.close()


def test_errors_are_counted_by_kind_and_late_answers_are_told() -> None:
    tally = Tally()
    for kind in (QUESTIONS, ANSWER):
        tally.seconds[kind] = [0.01] * 99
    assert list(learners.missed(tally)) == ["progress: nothing was answered"]
    tally.seconds[PROGRESS] = [0.01] * 90 + [0.6] * 10
    tally.errors[ANSWER] += ["503 busy", "500 broken", "503 busy"]
    assert list(learners.missed(tally)) == [
        "answer: 2 times 503 busy",
        "answer: 1 times 500 broken",
        "progress: p99 is 600 ms, at most 500",
    ]


def test_tweets_are_ingested_and_a_lost_or_changed_one_is_told(ready: tuple[Path, World], tmp_path: Path) -> None:
    file, world = ready
    result = ingest.measure(tmp_path, file, world, 8)
    assert result.figures["tweets"] == 8 * TWEETS
    assert result.figures["tweets a second"] > 0
    assert result.figures["rows that are lost or wrong"] == 0
    sent = [BY_NAME["ingest of 100 tweets"].request(world, n) for n in range(12)]
    database = LibsqlDatabase(Settings(f"file:{tmp_path}/bench.db"))
    assert ingest.compare(database, sent) == []
    gone, changed = sent[3].body["data"][7]["id"], sent[11].body["data"][99]["id"]
    database.execute_sql("PRAGMA foreign_keys = OFF").fetchall()
    database.batch([Statement("DELETE FROM tweets WHERE id = ?", (gone,))])
    database.batch([Statement("UPDATE tweets SET text = 'x' WHERE id = ?", (changed,))])
    lost, wrong = ingest.compare(database, sent)
    database.close()
    assert (lost.split()[1], lost.split()[-1]) == (gone, "None")
    assert (wrong.split()[1], wrong.split()[-2]) == (changed, "'x',")


def test_fewer_tweets_a_second_than_wanted_are_told() -> None:
    assert ingest.missed(3000) == []
    assert ingest.missed(2999) == ["2,999 tweets a second, at least 3,000"]


def test_memory_is_sampled_twenty_times_of_one_worker_for_each_service(
    ready: tuple[Path, World], tmp_path: Path
) -> None:
    file, world = ready
    result = memory.measure(tmp_path, file, world, 800, 1)
    assert {name: len(samples) for name, samples in result.samples.items()} == {"study": 20, "growth": 20}
    for name, samples in result.samples.items():
        assert all(30 < sample < 500 for sample in samples), samples
        assert result.figures[f"{name}: requests to its worker"] == 400
        assert result.figures[f"{name}: MB in the end"] == samples[-1]
    assert [sentence for sentence in result.missed if "more memory" not in sentence] == []


def test_memory_that_grows_in_the_last_half_is_told() -> None:
    flat = [60.0 + 4 * n for n in range(10)] + [96.0] * 9 + [100.7]
    assert memory.verdict("study", flat) == []
    growing = [100.0 + n for n in range(20)]
    assert memory.verdict("study", growing) == [
        "study: 9.2% more memory by the last half of the requests, flat is less than 5%"
    ]


def test_the_requests_under_which_memory_is_watched_are_the_same_each_time_and_of_many_kinds(
    ready: tuple[Path, World],
) -> None:
    _, world = ready
    for service in memory.SERVICES:
        wanted, again = mix.requests(service, world, 1), mix.requests(service, world, 1)
        asked = [next(wanted) for _ in range(2000)]
        assert asked == [next(again) for _ in range(2000)]
        sent = [raw(service, request) for request, _ in asked]
        assert len(set(sent)) > 800
        writes = sum(request.method != "GET" for request, _ in asked)
        assert 100 < writes < 300
        assert {status for _, status in asked} == {200, 201, 404}


def test_a_start_of_three_seconds_is_too_slow() -> None:
    assert start.missed(2.9) == []
    assert start.missed(3.04) == ["3.0 s until both are ready, less than 3 wanted"]


def test_one_measurement_alone_prints_a_table_and_keeps_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for missed, code in (([], 0), (["3.5 s until both are ready, less than 3 wanted"], 1)):
        result = Result("start", {"tries": 2, "s until both are ready, median": 3.5}, missed, {"seconds": [3.4, 3.6]})
        monkeypatch.setattr(start, "measure", lambda *_, result=result: result)
        with pytest.raises(SystemExit) as ended:
            bench.main(["--only", "start", "--json", str(tmp_path / "load.json")])
        assert ended.value.code == code
        assert capsys.readouterr().out.splitlines() == [
            "| measurement | figure | value |",
            "|---|---|---:|",
            "| start | tries | 2 |",
            "| start | s until both are ready, median | 3.50 |",
            "",
            "Targets that are missed:",
            *([f"start: {sentence}" for sentence in missed] or ["none"]),
        ]
        (kept,) = json.loads((tmp_path / "load.json").read_text())["rows"]
        assert kept == {
            "name": "start",
            "figures": {"tries": 2, "s until both are ready, median": 3.5},
            "missed": missed,
            "samples": {"seconds": [3.4, 3.6]},
        }


def test_what_cannot_be_measured_is_told_and_the_rest_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object) -> Result:
        raise Unexpected("POST /api/study/answer answered 503: busy")

    monkeypatch.setattr(learners, "measure", refused)
    monkeypatch.setattr(start, "measure", lambda *_: Result("start", {"tries": 1}, []))
    with pytest.raises(SystemExit) as ended:
        bench.main(["--only", "learners", "--only", "start", "--json", str(tmp_path / "load.json")])
    assert ended.value.code == 1
    printed = capsys.readouterr().out.splitlines()
    assert "| start | tries | 1 |" in printed
    assert printed[-1] == "learners: POST /api/study/answer answered 503: busy"


def test_an_unexpected_answer_while_memory_is_watched_is_told_once_for_its_status(
    ready: tuple[Path, World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, world = ready
    unknown = (Request("GET", "/api/questions/999999", world.caller("moderator", 0)), 200)
    monkeypatch.setattr(mix, "requests", lambda *_: itertools.repeat(unknown))
    monkeypatch.setattr(memory, "SAMPLES", 2)
    monkeypatch.setattr(memory, "SERVICES", ("study",))
    result = memory.measure(tmp_path, file, world, 8, 1)
    told = [sentence for sentence in result.missed if "more memory" not in sentence]
    assert len(told) == 2
    assert told[0].startswith("study: GET /api/questions/999999 answered 404: ")


def test_large_numbers_have_commas() -> None:
    lines = list(table([Result("ingest", {"tweets": 40_000, "tweets a second": 4014.84}, [])]))
    assert lines[2:4] == ["| ingest | tweets | 40,000 |", "| ingest | tweets a second | 4,014.8 |"]

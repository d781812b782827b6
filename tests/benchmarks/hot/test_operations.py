"""Every hot operation answers with what it is measured for: a page that is empty would be cheap."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared_schema.database.settings import Settings
from tests.benchmarks import scale
from tests.benchmarks.hot.inside import Inside
from tests.benchmarks.hot.operations import CLAIMED, OPERATIONS, TWEETS, Operation
from tests.benchmarks.hot.world import World

Answers = Callable[[Operation, int], Any]
BY_NAME = {one.name: one for one in OPERATIONS}
LISTED = {
    "questions, new learner": ("questions", 20),
    "questions, heavy learner": ("questions", 20),
    "reviews due, heavy learner": ("questions", 20),
    "question statistics": ("questions", 20),
    "search of questions": ("questions", 20),
    "session started": ("questions", 20),
    "test started": ("questions", 20),
    "test: result": ("questions", 20),
    "opportunities pending": ("opportunities", 10),
    "claim of 10": ("opportunities", CLAIMED),
    "generations, newest": ("generations", 20),
    "growth metrics": ("metrics", 30),
    "tweets, newest": ("tweets", 20),
    "tweets, top": ("tweets", 10),
}


@pytest.fixture(scope="module")
def answers(ready: tuple[Path, World], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    """Requests to both services on a small database."""
    file, people = ready
    inside = Inside(Settings(f"file:{shutil.copy(file, tmp_path_factory.mktemp('operations'))}"))
    yield lambda one, n: inside.send(one.service, one.request(people, n), one.status)
    inside.close()


@pytest.mark.parametrize("name", LISTED)
def test_a_list_is_full(answers: Answers, name: str) -> None:
    listed, many = LISTED[name]
    assert len(answers(BY_NAME[name], 0)[listed]) == many


def test_who_has_seen_nearly_all_gets_what_is_left(answers: Answers) -> None:
    assert 1 <= len(answers(BY_NAME["questions, nearly all seen"], 0)["questions"]) <= 20


@pytest.mark.parametrize("name", ["answer", "answer with a key"])
def test_every_answer_is_a_new_one(answers: Answers, name: str) -> None:
    ids = [answers(BY_NAME[name], n)["result"]["answerId"] for n in range(3)]
    assert len(set(ids)) == 3


def test_a_heavy_learner_has_progress(answers: Answers) -> None:
    assert answers(BY_NAME["progress"], 0)["progress"][0]["totalQuestionsSeen"] > 100
    assert answers(BY_NAME["progress in an exam"], 0)["readiness"]["enoughData"] is True


def test_a_leaderboard_has_those_who_share_their_profile(answers: Answers) -> None:
    assert 20 < len(answers(BY_NAME["leaderboard"], 0)["learners"]) <= 50


def test_every_save_is_a_later_one(answers: Answers) -> None:
    first, second = (answers(BY_NAME["test: choice saved"], n) for n in (0, 32))
    assert second["questionId"] == first["questionId"]
    assert (first["sequence"], second["sequence"]) == (1, 33)


def test_a_session_shows_its_answers(answers: Answers) -> None:
    assert answers(BY_NAME["session looked at"], 0)["answers"]


def test_money_and_days_are_reported(answers: Answers) -> None:
    costs = answers(BY_NAME["AI costs"], 0)
    assert costs["totalUsd"] > 0
    assert answers(BY_NAME["generation with a key"], 0)["costUsd"] == 0.00021
    assert answers(BY_NAME["AI costs"], 0)["generations"] == costs["generations"] + 1
    assert answers(BY_NAME["growth analytics"], 0)["days"] == 30


def test_every_ingest_brings_new_tweets(answers: Answers) -> None:
    for n in range(2):
        assert answers(BY_NAME["ingest of 100 tweets"], n)["tweets"] == {"created": TWEETS, "updated": 0}


def test_opportunities_are_counted_by_state(answers: Answers) -> None:
    counted = answers(BY_NAME["opportunities counted"], 0)
    assert counted["counts"]["pending"] == scale.SIZES["S"].pending


def test_every_operation_is_looked_at_here() -> None:
    looked_at = {*LISTED, *(name for name in BY_NAME if f'"{name}"' in Path(__file__).read_text())}
    assert looked_at == set(BY_NAME)

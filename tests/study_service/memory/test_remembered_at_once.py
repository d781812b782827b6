"""Answers and fits that come between the read of what is remembered and its write, and what restores the rest."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from study_service import rebuild
from study_service.memory import counting, restoring
from tests.conftest import caught_up, client
from tests.study_service.conftest import answer, iso, meanwhile, rows, submit
from tests.study_service.memory.remembered import (
    BASE,
    DAY,
    STORED,
    by_the_package,
    differing,
    offline,
    state,
)
from tests.study_service.offline.sending import send
from tests.study_service.rebuild.studied import PARTS


def test_an_answer_between_the_read_and_the_write_is_counted_before(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase, settings: Settings
) -> None:
    """Ours starts over: it finds the other one, whose answer is not in what is remembered yet, and replays both."""
    other = Statement(STORED, (routing[0], 0, BASE, 1))
    with meanwhile(database, settings, "JOIN question_versions v", [other]):
        result = answer(alice, routing[0], "a").json["result"]
    stored = state(database, routing[0])
    assert (result["attemptNumber"], stored["reps"]) == (2, 2)
    assert stored["stability"] == by_the_package([(BASE, "again"), (stored["last_review_at"], "good")]).stability
    assert result["nextReviewAt"] == iso(stored["due_at"])
    assert differing() == []


def test_new_weights_between_the_read_and_the_write_are_used(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase, settings: Settings
) -> None:
    fitted = Statement("INSERT INTO memory_weights (user_id, number, algorithm) VALUES (1, 1, 1)")
    with meanwhile(database, settings, "JOIN question_versions v", [fitted]):
        assert answer(alice, routing[0], "a").status_code == 200
    assert state(database, routing[0])["weights"] == 1
    assert differing() == []


@pytest.mark.parametrize("way", ["single", "offline"])
def test_who_always_comes_second_is_recorded_all_the_same(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """And counted right after: what is remembered has every answer."""
    count, lost = counting.count, []

    def late(*arguments: Any, **options: Any) -> Any:
        counted = count(*arguments, **options)
        lost.append(1)
        database.batch([Statement(STORED, (routing[0], 0, BASE + len(lost), 100 + len(lost)))])
        return counted

    monkeypatch.setattr(counting, "count", late)
    if way == "single":
        assert answer(alice, routing[0], "a", key="k").json["result"]["nextReviewAt"] is None
    else:
        (outcome,) = send(alice, *offline(routing[0], DAY))
        assert (outcome["status"], outcome["result"]["nextReviewAt"]) == ("recorded", None)
    assert rows(database, "SELECT count(*) AS n FROM user_answers") == [{"n": len(lost) + 1}]
    assert state(database, routing[0])["reps"] == len(lost) + 1 >= 4
    assert differing() == []


def test_answers_at_once_are_all_in_what_is_remembered(
    study_app: Flask, routing: list[int], database: LibsqlDatabase
) -> None:
    """Of one learner to two questions, from several devices, one of which was offline."""

    def practise(n: int) -> None:
        device = client(study_app, "1", "user")
        for question in routing[:2]:
            assert answer(device, question, "ab"[n % 2]).status_code == 200
            assert send(device, *offline(question, n * DAY))[0]["status"] == "recorded"

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(practise, range(6)))
    caught_up()
    assert [state(database, question)["reps"] for question in routing[:2]] == [12, 12]
    assert differing() == []
    database.close()


def test_what_is_missing_or_stale_is_restored_in_chunks(
    routing: list[int], database: LibsqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is as it should be is left alone; stopped in between, the rest is found again."""
    monkeypatch.setattr(restoring, "_CHUNK", 2)
    for n, question in enumerate(routing):
        submit(f"2026-03-0{n + 1}T09:00:00Z", question, user=1 + n % 2)
    wanted = rows(database, "SELECT * FROM memory_states")
    damages = ("stability = 1, reps = 0", "stability = 2, algorithm = 0", "stability = 3, weights = 9", "stability = 4")
    for damage, question in zip(damages, routing, strict=False):
        database.batch([Statement(f"UPDATE memory_states SET {damage} WHERE question_id = ?", (question,))])
    database.batch([Statement("DELETE FROM memory_states WHERE question_id = ?", (routing[4],))])
    restore = restoring.restore

    def stopped(user: int, questions: list[int]) -> None:
        if user == 2:
            raise KeyboardInterrupt
        restore(user, questions)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(restoring, "restore", stopped)
        list(restoring.everybody())
    assert dict(restoring.everybody()) == {2: 1}
    assert state(database, routing[3], user=2)["stability"] == 4  # it says that it is up to date
    database.batch([Statement("UPDATE memory_states SET stability = 0.212 WHERE stability = 4")])
    assert rows(database, "SELECT * FROM memory_states") == wanted
    assert dict(restoring.everybody()) == {}


@pytest.mark.parametrize("fact", ["answer", "weights"])
def test_what_comes_while_it_is_mended_is_mended_by(
    routing: list[int], database: LibsqlDatabase, settings: Settings, fact: str
) -> None:
    """The page is read again; what was computed before is not written over what is newer."""
    submit(iso(BASE), routing[0])
    submit(iso(BASE), routing[1])
    database.batch([Statement("UPDATE memory_states SET stability = 100")])
    new = {
        "answer": Statement(STORED, (routing[0], 0, BASE + DAY, 2)),
        "weights": Statement("INSERT INTO memory_weights (user_id, number, algorithm) VALUES (1, 1, 1)"),
    }[fact]
    with meanwhile(database, settings, "AS seen", [new]):
        assert dict(rebuild.mend([PARTS["memory"]])) == {PARTS["memory"]: 2}
    assert differing() == []
    assert state(database, routing[0])["reps"] == (2 if fact == "answer" else 1)
    assert state(database, routing[1])["weights"] == (1 if fact == "weights" else 0)
    assert state(database, routing[1])["stability"] == 0.212

"""Every mode with every filter: each question passes all of them, and none is left out while there are some."""

import itertools
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service import question_rows
from tests.study_service.conftest import row

PATH = "/api/study/questions?examId=1&limit=100"
MODES = ("practice", "review", "speed_drill", "weak_areas", "custom", "adaptive")


@pytest.fixture
def pool(alice: FlaskClient, bob: FlaskClient, ada: FlaskClient, database: LibsqlDatabase) -> dict[int, dict[str, Any]]:
    """Sixty questions in three objectives. Alice has missed some, answered some, marked some; Bob others."""
    ada.post("/api/exams", json={"vendorId": "acme", "code": "T-1", "name": "Test exam"})
    for code in ("1", "2", "3"):
        ada.post("/api/exams/1/objectives", json={"code": code, "name": code, "weight": 0.3})
    question_rows.add(database, 60)
    made = question_rows.made(database)
    for number, question in enumerate(made):
        made[question] |= {"missed": False, "marked": False}
        if number % 3 == 0:
            question_rows.wrong(alice, question)
            made[question]["missed"] = True
        if number % 9 == 0:
            question_rows.right(alice, question)
            made[question]["missed"] = False
        if number % 9 in (1, 3):
            question_rows.right(bob, question)
            question_rows.wrong(bob, question)
        if number % 4 < 2:
            assert alice.put(f"/api/questions/{question}/bookmark").status_code == 200
            made[question]["marked"] = True
        else:
            bob.put(f"/api/questions/{question}/bookmark")
    # Yesterday, so that nothing is too new to be asked again.
    database.execute_sql("UPDATE user_answers SET answered_at = unixepoch() - 25 * 3600")
    return made


def asked(learner: FlaskClient, query: str) -> list[dict[str, Any]]:
    response = learner.get(PATH + query)
    assert response.status_code == 200, response.json
    questions: list[dict[str, Any]] = response.json["questions"]
    return questions


@pytest.mark.only("file")  # as many picks as combinations; where the rows lie changes nothing
@pytest.mark.parametrize("way", MODES)
@pytest.mark.parametrize("only", [None, "bookmarked", "missed"])
def test_what_is_asked_passes_every_filter_and_nothing_is_missing(
    alice: FlaskClient, pool: dict[int, dict[str, Any]], way: str, only: str | None
) -> None:
    some = sorted({question["objective_id"] for question in pool.values()})[:2]
    tags: list[list[str]] = [[], ["arp"], ["dns", "ospf"]]
    for objectives, tagged, (low, high) in itertools.product(([], some), tags, ((1, 5), (2, 3))):
        wanted = {
            number
            for number, question in pool.items()
            if (not objectives or question["objective_id"] in objectives)
            and (not tagged or set(tagged) & set(question["tags"]))
            and low <= question["difficulty"] <= high
            and (only != "bookmarked" or question["marked"])
            and (not (only == "missed" or way == "review") or question["missed"])
        }
        query = f"&mode={way}&difficultyMin={low}&difficultyMax={high}"
        query += f"&objectiveIds={','.join(map(str, objectives))}" if objectives else ""
        query += f"&tags={','.join(tagged)}" if tagged else ""
        query += f"&only={only}" if only else ""
        questions = asked(alice, query)
        assert sorted(question["id"] for question in questions) == sorted(wanted), query


@pytest.mark.only("file")
@pytest.mark.parametrize("way", MODES)
def test_a_small_pick_is_full_while_there_are_enough(
    alice: FlaskClient, pool: dict[int, dict[str, Any]], way: str
) -> None:
    for query in ("", "&only=missed", "&only=bookmarked", "&tags=arp", "&tags=arp,dns", "&tags=arp&difficultyMin=2"):
        response = alice.get(f"/api/study/questions?examId=1&limit=3&mode={way}{query}")
        ids = [question["id"] for question in response.json["questions"]]
        assert len(ids) == len(set(ids)) == 3, query


def test_a_speed_drill_asks_the_easiest_first(alice: FlaskClient, pool: dict[int, dict[str, Any]]) -> None:
    for query in ("", "&tags=arp", "&only=bookmarked", "&only=missed", "&difficultyMin=2"):
        everything = [question["difficulty"] for question in asked(alice, "&mode=speed_drill" + query)]
        assert everything == sorted(everything)
        few = alice.get(f"/api/study/questions?examId=1&limit=5&mode=speed_drill{query}").json["questions"]
        assert [question["difficulty"] for question in few] == everything[:5]


def test_missed_and_marked_ones_come_back_at_once(alice: FlaskClient, pool: dict[int, dict[str, Any]]) -> None:
    """Of what was answered today they are not held back, unless the learner says so."""
    question = next(number for number, made in pool.items() if made["marked"] and not made["missed"])
    question_rows.wrong(alice, question)
    for query in ("&only=missed", "&only=bookmarked", "&mode=review", "&mode=adaptive&only=missed"):
        assert question in {served["id"] for served in asked(alice, query)}, query
        assert question not in {served["id"] for served in asked(alice, query + "&excludeRecentHours=1")}, query
    for query in ("", "&mode=adaptive", "&tags=arp", "&mode=speed_drill"):
        assert asked(alice, query)[-1]["id"] == question, query
        assert question not in {served["id"] for served in asked(alice, query + "&excludeRecentHours=24")}, query


def test_a_tag_is_taken_as_it_is_written(
    alice: FlaskClient, ada: FlaskClient, pool: dict[int, dict[str, Any]], database: LibsqlDatabase
) -> None:
    odd = """a'b"c%_ü"""
    database.execute_sql("UPDATE questions SET tags = ? WHERE id = ?", (json.dumps([odd, odd, "x"]), min(pool)))
    assert [q["id"] for q in asked(alice, "&tags=a'b%22c%25_%C3%BC&excludeRecentHours=0")] == [min(pool)]
    assert asked(alice, "&tags=ARP") == []
    assert asked(alice, "&tags=ar") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("&tags=", "tags"),
        ("&tags=a,,b", "tags"),
        (f"&tags={','.join('abcdefghijk')}", "tags"),
        (f"&tags={'x' * 101}", "tags"),
        ("&only=mine", "only"),
        ("&only=", "only"),
        ("&mode=adaptively", "mode"),
    ],
)
def test_a_wrong_filter_names_its_field(alice: FlaskClient, bank: dict[str, Any], query: str, field: str) -> None:
    response = alice.get(PATH + query)
    assert (response.status_code, list(response.json["errors"])) == (422, [field])


def test_a_session_is_picked_by_the_same_filters(
    alice: FlaskClient, pool: dict[int, dict[str, Any]], database: LibsqlDatabase
) -> None:
    wish = {"examId": 1, "mode": "custom", "tags": ["dns"], "only": "missed", "excludeRecentHours": 0}
    started = alice.post("/api/study/sessions", json=wish | {"questionCount": 100})
    wanted = {number for number, question in pool.items() if question["missed"] and "dns" in question["tags"]}
    assert wanted
    assert {question["id"] for question in started.json["questions"]} == wanted
    stored = row(database, "study_sessions", started.json["id"])["filters"]
    assert json.loads(stored) == {"tags": ["dns"], "only": "missed", "excludeRecentHours": 0}
    for body, field in (
        ({"tags": ["x"] * 11}, "tags"),
        ({"tags": [""]}, "tags"),
        ({"only": "all"}, "only"),
        ({"excludeRecentHours": -1}, "excludeRecentHours"),
        ({"timeBoxSeconds": 60}, "timeBoxSeconds"),
        ({"mode": "speed_drill", "timeBoxSeconds": 29}, "timeBoxSeconds"),
    ):
        refused = alice.post("/api/study/sessions", json={"examId": 1, **body})
        assert (refused.status_code, list(refused.json["errors"])) == (422, [field])

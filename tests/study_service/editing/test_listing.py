"""Moderators find questions by their words, within what else they want."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import patch, rows
from tests.study_service.editing.test_creation import post
from tests.study_service.editing.test_deletion import delete, restore

WORDS = {
    "tagged": "Which frame does 802.1Q tagging extend?",
    "language": "C++ is a language.",
    "private": "10.0.0.0/8 is a private range",
    "command": "What does show_run print?",
    "coffee": "Café Wi-Fi on the Network+ exam",
    "rail": "A rail of +5V",
}


@pytest.fixture
def ids(mo: FlaskClient, bank: dict[str, Any]) -> dict[str, int]:
    return {name: post(mo, text=text).json["id"] for name, text in WORDS.items()}


def found(moderator: FlaskClient, q: str, **more: Any) -> list[int]:
    response = moderator.get("/api/questions", query_string={"limit": 100, "q": q, **more})
    assert response.status_code == 200, response.json
    return [question["id"] for question in response.json["questions"]]


def test_words_of_the_trade_are_found_as_they_are_written(mo: FlaskClient, ids: dict[str, int]) -> None:
    for words, names in (
        ("802.1q frame", ["tagged"]),
        ("802.1x", []),
        ("c++ language", ["language"]),
        ("c language", []),
        ("10.0.0.0/8 range", ["private"]),
        ("10.0.0.0/16 range", []),
        ("show_run print", ["command"]),
        ("CAFE wi-fi", ["coffee"]),
        ("network exam", ["coffee"]),
        ("net exam", []),  # the last word alone may be a beginning
        ("exam net", ["coffee"]),
        ("5v rail", ["rail"]),
        ("range private 10.0", ["private"]),
        ("range of a language", []),
    ):
        assert found(mo, words) == [ids[name] for name in names], words


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ('"c++', ["language"]), ('c++"', ["language"]), ("^c++", ["language"]), ("-c++", ["language"]),
        ("🙂 c++", ["language"]), ("{text} : c++", []), ("text:c++", []), ("c++ AND language", []), ("NOT c++", []),
        ("NEAR(c++ language)", []), ("c++ OR rail", []), ("scope : active", []), ("lang*", ["language"]),
        ('"', []), ('""', []), ("'", []), ("(", []), (")", []), ("*", []), (":", []), ("-", []), ("%", []), ("?", []),
        (":words", []), ("\\", []), ("\u0301", []), ("\ufdd0", []), ("🙂", []), ("ß" * 200, []), ("xy " * 66, []),
        (" ".join(f"x{n}" for n in range(50)), []),
    ],
)  # fmt: skip
def test_no_text_is_more_than_its_words(mo: FlaskClient, ids: dict[str, int], words: str, names: list[str]) -> None:
    assert found(mo, words) == [ids[name] for name in names]


def test_a_text_that_no_column_holds_is_refused(mo: FlaskClient, bank: dict[str, Any]) -> None:
    for words in ("", "\0", "x" * 201, "x" * 10_000):
        response = mo.get("/api/questions", query_string={"q": words})
        assert (response.status_code, list(response.json["errors"])) == (422, ["q"])


def test_every_text_of_a_question_is_found_and_marked(mo: FlaskClient, bank: dict[str, Any]) -> None:
    shown = post(
        mo, text='Does <b>"ARP"</b> & co ask?', explanation="arp, says the RFC", reference="RFC of ARP",
        tags=["dns", "arp"], answers=[{"text": "ARP does", "isCorrect": True}, {"text": "No", "isCorrect": False}],
    ).json  # fmt: skip
    (listed,) = mo.get("/api/questions?q=arp").json["questions"]
    assert listed | {"warnings": []} == shown | {
        "highlights": {
            "text": "Does &lt;b&gt;&quot;<mark>ARP</mark>&quot;&lt;/b&gt; &amp; co ask?",
            "options": "<mark>ARP</mark> does\nNo",
            "explanation": "<mark>arp</mark>, says the RFC",
            "reference": "RFC of <mark>ARP</mark>",
            "tags": "dns, <mark>arp</mark>",
        }
    }
    (listed,) = mo.get("/api/questions?q=rfc+co").json["questions"]
    assert listed["highlights"].keys() == {"text", "explanation", "reference"}
    assert mo.get("/api/questions?limit=1").json["questions"][0]["highlights"] == {}


def test_a_search_stays_within_what_else_is_wanted(
    mo: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]]
) -> None:
    elsewhere = [question["id"] for question in other_exam]
    cabling = bank["Which two are cables?"]["objectiveId"]
    mine = post(mo, text="routing of cables", objectiveId=cabling, aiModel="m").json["id"]
    gone = bank["Routing question 3"]["id"]
    delete(mo, gone)
    here = [bank[f"Routing question {n}"]["id"] for n in range(12) if n != 3]
    for query, wanted in (
        ({}, [*here, mine]),
        ({"examId": 1}, [*here, mine]),
        ({"examId": 2}, []),
        ({"objectiveId": cabling}, [mine]),
        ({"reviewStatus": "pending"}, [mine]),
        ({"reviewStatus": "approved", "examId": 1}, here),
        ({"reviewStatus": "needs_revision"}, []),
        ({"aiGenerated": "true"}, [mine]),
        ({"aiGenerated": "false"}, here),
        ({"deleted": "true"}, [gone]),
        ({"deleted": "false", "objectiveId": cabling}, [mine]),
        ({"deleted": "true", "objectiveId": cabling}, []),
    ):
        assert found(mo, "routing", **query) == wanted, query
    assert found(mo, "elsewhere") == found(mo, "elsewhere", examId=2) == elsewhere
    assert found(mo, "elsewhere", examId=1) == []
    # A word of the scope is none of a question.
    assert found(mo, "exam1") == found(mo, "approved") == []


def test_the_same_filters_without_words(mo: FlaskClient, bank: dict[str, Any]) -> None:
    made = post(mo, aiModel="m").json["id"]
    gone = bank["Routing question 3"]["id"]
    delete(mo, gone)
    everything = [question["id"] for question in bank.values() if question["id"] != gone]

    def ids(query: str) -> list[int]:
        return [question["id"] for question in mo.get(f"/api/questions?limit=100&{query}").json["questions"]]

    assert ids("") == ids("deleted=false") == [*everything, made]
    assert ids("aiGenerated=true") == ids("aiGenerated=true&examId=1&reviewStatus=pending") == [made]
    assert ids("aiGenerated=false") == everything
    assert ids("deleted=true") == ids("deleted=true&examId=1") == [gone]
    assert ids("deleted=true&examId=2") == []
    assert mo.get("/api/questions?deleted=true").json["questions"][0]["isActive"] is False


def test_pages_go_by_id(mo: FlaskClient, bank: dict[str, Any]) -> None:
    everything = found(mo, "routing")
    first = mo.get("/api/questions?q=routing&limit=5").json
    second = mo.get(f"/api/questions?q=routing&limit=7&after={first['next']}").json
    assert [question["id"] for question in first["questions"] + second["questions"]] == everything
    assert (first["next"], second["next"]) == (everything[4], everything[11])
    assert mo.get(f"/api/questions?q=routing&after={everything[-1]}").json == {"questions": [], "next": None}
    assert mo.get("/api/questions?q=%2A").json == {"questions": [], "next": None}


def test_the_index_follows_every_change_of_what_it_has(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    for body in (
        {"text": "zeta"}, {"explanation": "zeta"}, {"reference": "zeta"}, {"tags": ["zeta"]},
        {"answers": [{"text": "zeta", "isCorrect": True}, {"text": "y", "isCorrect": False}]},
    ):  # fmt: skip
        assert patch(mo, q0, **body).status_code == 200
        assert found(mo, "zeta") == [q0], body
        undone = {"tags": []} if "tags" in body else dict.fromkeys(body, "other")
        if "answers" not in body:
            patch(mo, q0, **undone)
            assert found(mo, "zeta") == []
    delete(mo, q0)
    assert (found(mo, "zeta"), found(mo, "zeta", deleted="true")) == ([], [q0])
    restore(mo, q0)
    mo.put(f"/api/questions/{q0}/review", json={"status": "rejected"})
    assert found(mo, "zeta", reviewStatus="rejected") == [q0]
    database.execute_sql("DELETE FROM questions WHERE id = ?", (q0,))
    assert rows(database, "SELECT rowid FROM question_search WHERE question_search MATCH 'zeta'") == []


def test_answers_and_edits_of_nothing_leave_the_index_alone(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    def pages() -> list[dict[str, Any]]:
        return rows(database, "SELECT id, hex(block) AS block FROM question_search_data")

    before = pages()
    mo.post("/api/study/answer", json={"questionId": q0, "selectedAnswer": "a", "timeSpentSeconds": 1})
    patch(mo, q0, difficulty=5)
    database.execute_sql("UPDATE questions SET text = text, total_attempts = 7, shuffle_key = 1")
    assert pages() == before


@pytest.mark.parametrize("value", ["no JSON", "{}", "[1, null]", '[{"text": 1}]', "null"])
def test_what_is_no_list_of_options_or_tags_has_no_words(
    mo: FlaskClient, q0: int, database: LibsqlDatabase, value: str
) -> None:
    for column in ("answers", "tags"):
        database.execute_sql(f"UPDATE questions SET {column} = ? WHERE id = ?", (value, q0))
    assert rows(database, "SELECT rowid AS id FROM question_search WHERE rowid = ?", q0) == [{"id": q0}]
    assert q0 + 1 in found(mo, "routing")


def test_a_search_is_one_statement_that_reads_the_index_first(
    mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, count_queries: Any
) -> None:
    with count_queries() as statements:
        found(mo, "routing", examId=1)
    (sql,) = statements
    values = dict.fromkeys(("begin", "end"), "x") | {"words": '"routing"', "after": 0, "limit": 5}
    plan = [step[-1] for step in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()]
    assert "SCAN question_search VIRTUAL TABLE INDEX 64:M6>" in plan, plan
    assert "SEARCH questions USING INTEGER PRIMARY KEY (rowid=?)" in plan
    assert [step for step in plan if step.startswith("SCAN")] == [
        "SCAN question_search VIRTUAL TABLE INDEX 64:M6>",
        "SCAN h",
    ]


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "SEARCH t1 USING INTEGER PRIMARY KEY (rowid>?)"),
        ("examId=1&after=3", "SEARCH t1 USING INDEX questions_listed_by_exam (exam_id=? AND rowid>?)"),
        ("objectiveId=1", "SEARCH t1 USING INDEX questions_listed_by_objective (objective_id=? AND rowid>?)"),
        ("examId=1&objectiveId=1", "SEARCH t1 USING INDEX questions_listed_by_objective (objective_id=? AND rowid>?)"),
        ("flagged=true", "SEARCH t1 USING INDEX questions_flagged (id>?)"),
        ("flagged=true&examId=1", "SEARCH t1 USING INDEX questions_flagged (id>?)"),
        ("deleted=true", "SEARCH t1 USING INDEX questions_deleted (id>?)"),
        ("deleted=true&examId=1", "SEARCH t1 USING INDEX questions_deleted (id>?)"),
    ],
)
def test_a_list_reads_a_stretch_of_an_index(
    mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, query: str, index: str
) -> None:
    events: list[Any] = []
    database.query_hooks.append(events.append)
    assert mo.get(f"/api/questions?{query}").status_code == 200
    database.query_hooks.remove(events.append)
    read = next(event for event in events if 'FROM "questions"' in event.sql)
    plan = [step[-1] for step in database.execute_sql(f"EXPLAIN QUERY PLAN {read.sql}", read.params).fetchall()]
    assert index in plan, plan
    assert not [step for step in plan if "B-TREE" in step]


def test_a_row_that_cannot_be_used_is_left_out(mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    broken = bank["Routing question 1"]["id"]
    database.execute_sql("UPDATE questions SET answers = ? WHERE id = ?", (json.dumps([{"id": 1}]), broken))
    assert found(mo, "routing") == [bank[f"Routing question {n}"]["id"] for n in range(12) if n != 1]

"""Questions that nearly have the text of another one are told to whoever writes it; nothing is merged or refused."""

import json
import subprocess
import sys
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from study_service import exams, resembling
from study_service.resembling import __main__ as command
from tests import stages
from tests.study_service.conftest import BANK, patch, post_bank, review_version, row, rows
from tests.study_service.editing.edited import MODEL, propose
from tests.study_service.editing.test_creation import post
from tests.study_service.editing.test_deletion import delete, restore

PORT = "Which port does a web server listen on by default, if it speaks HTTP without TLS?"
TYPO = "Which port does a web server listens on by default, if it speaks HTTP without TLS?"
BANDS = [
    4995932605952076113, 6608274367908899763, 3472303364653861173, 1263357706336430450,
    5369600843531203487, 2112973709926466062, 1553393247753257833, 2198261295989086445,
    3889411032115696327, 614338102960296398, 4451359089459315777,
]  # fmt: skip
OTHER = "Which device forwards frames by the hardware address of their receiver?"


def similarity(one: str, other: str) -> float:
    """0 where it is too small to be told."""
    told = resembling.nearest(one, [{"place": 0, "question_id": 1, "text": other}])
    return told[0]["similarity"] if told else 0.0


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        (PORT, PORT, 1, 1),
        (PORT, f"  {PORT.upper()}\n", 1, 1),
        ("ﬁber", "fiber", 1, 1),  # a ligature
        (PORT, TYPO, 0.85, 0.95),
        (PORT, PORT.replace("without", "with"), 0.8, 0.9),
        (PORT, PORT.replace("does", "does not"), 0.85, 0.95),
        ("Open port 80 on the firewall in front of it.", "Open port 443 on the firewall in front of it.", 0.7, 0.85),
        ("port 80", "port 443", 0, 0),
        (PORT, OTHER, 0, 0),
        ("", PORT, 0, 0),
        ("", "", 0, 0),
        (" ", "\n", 0, 0),
        ("ab", "ab", 1, 1),
        ("ab", "ac", 0, 0),
    ],
)
def test_texts_resemble_each_other_by_what_they_share(one: str, other: str, low: float, high: float) -> None:
    assert low <= similarity(one, other) <= high
    assert similarity(one, other) == similarity(other, one)


def test_the_share_is_that_of_runs_of_five() -> None:
    """Of abcdefgh and abcdefghi: 4 of 5. Of 7 of 10 it is told, of 6 of 9 not."""
    assert similarity("abcdefgh", "abcdefghi") == 4 / 5
    assert similarity("abcdefghijk", "abcdefghijklmn") == 7 / 10
    assert similarity("abcdefghij", "abcdefghijklm") == 0


def test_the_nearest_come_first_and_not_oneself() -> None:
    texts = [TYPO, OTHER, PORT, PORT, *[PORT + " a"] * 5]
    candidates: list[resembling.Candidate] = [
        {"place": 0, "question_id": 20 - number, "text": text} for number, text in enumerate(texts)
    ]
    told = resembling.nearest(PORT, candidates, but=18)
    assert [one["question_id"] for one in told] == [17, 12, 13, 14, 15]
    assert told[0] == {"question_id": 17, "similarity": 1.0, "text": PORT}


def test_bands_are_the_same_for_ever() -> None:
    """What is stored is compared with what is computed by another release, on another machine."""
    assert json.loads(resembling.bands("ARP")) == resembling.of_text("ARP") == BANDS
    assert resembling.of_text("") == resembling.of_text(" \n") == []
    assert len(resembling.of_text(PORT * 100)) == 11
    assert all(0 <= band < 2**63 for band in resembling.of_text(PORT))


def test_texts_that_resemble_each_other_share_a_band_and_no_two_have_all() -> None:
    assert set(resembling.of_text(PORT)) & set(resembling.of_text(TYPO))
    assert not set(resembling.of_text(PORT)) & set(resembling.of_text(OTHER))
    upper = resembling.of_text(PORT.upper())
    assert (upper[1:], upper[0]) == (resembling.of_text(PORT)[1:], upper[0])
    assert upper[0] != resembling.of_text(PORT)[0]


def test_nearly_all_that_resemble_are_found() -> None:
    """200 questions of twelve words, each with one of them changed."""
    words = [f"w{n * n}ord{n}" for n in range(400)]
    found = 0
    for number in range(200):
        text = " ".join(words[(number * 7 + k * 13) % 400] for k in range(12))
        changed = text.replace(text.split()[number % 12], "other")
        found += bool(set(resembling.of_text(text)) & set(resembling.of_text(changed)))
    assert found >= 195


def warnings(response: Any) -> list[tuple[int, float]]:
    assert response.status_code in (200, 201, 202), response.json
    assert {one["code"] for one in response.json["warnings"]} <= {"RESEMBLES"}
    return [(one["questionId"], one["similarity"]) for one in response.json["warnings"]]


def test_whoever_adds_or_rewords_a_question_is_told(
    mo: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]], database: LibsqlDatabase
) -> None:
    first = post(mo, text=PORT)
    assert warnings(first) == []
    one = first.json["id"]
    second = post(mo, "k", text=TYPO)
    two = second.json["id"]
    (told,) = second.json["warnings"]
    assert told == {
        "code": "RESEMBLES", "questionId": one, "text": PORT, "similarity": pytest.approx(similarity(PORT, TYPO)),
    }  # fmt: skip
    assert post(mo, "k", text=TYPO).json == second.json
    assert warnings(patch(mo, two, text=OTHER)) == []
    again = {"text": PORT, "answers": [{"text": text, "isCorrect": text == "80"} for text in ("80", "81")]}
    assert warnings(patch(mo, two, **again)) == [(one, 1.0)]
    assert warnings(patch(mo, two, difficulty=1)) == []
    assert warnings(patch(mo, two, **again)) == []  # it says so already
    assert warnings(patch(mo, two, text=TYPO, aiModel=MODEL)) == [(one, pytest.approx(similarity(PORT, TYPO)))]
    assert row(database, "questions", two)["text"] == PORT
    elsewhere = other_exam[0]["objectiveId"]
    assert warnings(post(mo, text=PORT, examId=2, objectiveId=elsewhere)) == []


def test_deleted_ones_are_not_told_and_restored_ones_are(mo: FlaskClient, bank: dict[str, Any]) -> None:
    one = post(mo, text=PORT).json["id"]
    delete(mo, one)
    two = post(mo, text=TYPO)
    assert warnings(two) == []
    restore(mo, one)
    assert [number for number, _ in warnings(post(mo, text=f"{PORT} Say it."))] == [one, two.json["id"]]


def stored(database: LibsqlDatabase, question: int) -> tuple[list[int] | None, set[int]]:
    """The bands of a question in its own row, and in the table."""
    text = row(database, "questions", question)["bands"]
    listed = rows(database, "SELECT band FROM question_bands WHERE question_id = ?", question)
    return (text and json.loads(text)), {one["band"] for one in listed}


def test_bands_follow_the_text_whoever_writes_it(
    mo: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]], database: LibsqlDatabase
) -> None:
    def both(text: str) -> tuple[list[int], set[int]]:
        return resembling.of_text(text), set(resembling.of_text(text))

    question = post(mo, text=PORT).json["id"]
    assert stored(database, question) == both(PORT)
    patch(mo, question, text=TYPO)
    assert stored(database, question) == both(TYPO)
    patch(mo, question, text=TYPO.upper())
    assert stored(database, question) == both(TYPO.upper())
    version = propose(mo, question, text=OTHER)
    assert stored(database, question) == both(TYPO.upper())
    review_version(mo, question, version, "approved")
    assert stored(database, question) == both(OTHER)
    database.execute_sql("UPDATE questions SET exam_id = 2 WHERE id = ?", (question,))
    moved = "SELECT DISTINCT exam_id FROM question_bands WHERE question_id = ?"
    assert rows(database, moved, question) == [{"exam_id": 2}]
    # An older release writes no bands: none are better than those of another text.
    database.execute_sql("UPDATE questions SET text = 'by hand' WHERE id = ?", (question,))
    assert stored(database, question) == (None, set())
    database.execute_sql("UPDATE questions SET bands = 'no JSON' WHERE id = ?", (question,))
    assert [one for one in stored_rows(database) if one["question_id"] == question] == []


def stored_rows(database: LibsqlDatabase) -> list[dict[str, Any]]:
    return rows(database, "SELECT * FROM question_bands")


def test_the_command_gives_bands_to_those_that_have_none(
    ada: FlaskClient, mo: FlaskClient, database: LibsqlDatabase, settings: Settings
) -> None:
    post_bank(ada, BANK)
    database.execute_sql("UPDATE questions SET bands = NULL")
    before = rows(database, "SELECT * FROM questions ORDER BY id")
    program = [sys.executable, "-m", "study_service.resembling"]
    done = subprocess.run(program, env=stages.environment_of(settings), stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == "14 questions have bands now\n"
    after = rows(database, "SELECT * FROM questions ORDER BY id")
    assert after == [old | {"bands": resembling.bands(old["text"])} for old in before]
    assert len(stored_rows(database)) == 11 * 14
    assert command.mend() == 0


def test_pages_of_the_command_follow_each_other(
    ada: FlaskClient, database: LibsqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_bank(ada, BANK)
    database.execute_sql("UPDATE questions SET bands = NULL WHERE id <> 2")
    monkeypatch.setattr(command, "_PAGE", 3)
    kept = row(database, "questions", 2)["bands"]
    missing = 14 - (kept is not None)
    assert command.mend() == missing


def test_a_look_costs_the_same_however_many_have_the_band(
    mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, count_queries: Any
) -> None:
    """A hundred questions begin alike: twenty are looked at, the oldest ones, by the index."""
    texts = [f"Which of the following protocols is used for {number * 7919}?" for number in range(100)]
    bands = json.dumps([{"text": text, "bands": resembling.bands(text)} for text in texts])
    database.execute_sql(
        "INSERT INTO questions (exam_id, objective_id, text, answers, bands)"
        " SELECT 1, 1, value->>'text', '[]', value->>'bands' FROM json_each(?)",
        (bands,),
    )
    key: exams.Key = {"exam": 1, "vendor": None, "code": None}
    look = resembling.read([texts[99], "nothing", texts[50]], exams.NAMED, key)
    found = database.fetch([look], fresh=True)[0].all(resembling.Candidate)
    of_last = [candidate["question_id"] for candidate in found if candidate["place"] == 0]
    assert {candidate["place"] for candidate in found} == {0, 2}
    assert len(of_last) == len(set(of_last)) <= 11 * 20
    most = "SELECT count(*) AS n FROM question_bands GROUP BY band ORDER BY n DESC LIMIT 1"
    assert rows(database, most)[0]["n"] > 20
    crowded = "SELECT band FROM question_bands GROUP BY band ORDER BY count(*) DESC LIMIT 1"
    (band,) = rows(database, crowded)
    with_it = "SELECT question_id FROM question_bands WHERE band = ? ORDER BY question_id"
    alike = [one["question_id"] for one in rows(database, with_it, band["band"])]
    asked = dict(look.parameters) | {"bands": json.dumps([[band["band"]]])}  # type: ignore[arg-type]  # they are named
    only = database.fetch([resembling.Statement(look.sql, asked)], fresh=True)[0].rows
    assert sorted(one["question_id"] for one in only) == alike[:20]
    plan = [step[-1] for step in database.execute_sql(f"EXPLAIN QUERY PLAN {look.sql}", look.parameters).fetchall()]
    index = "SEARCH question_bands USING COVERING INDEX question_bands_exam_id_band_question_id (exam_id=? AND band=?)"
    assert index in plan, plan
    assert "SEARCH q USING INTEGER PRIMARY KEY (rowid=?)" in plan

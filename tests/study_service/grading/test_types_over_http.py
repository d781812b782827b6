"""Each type of question, from its import to the session that shows it again: over HTTP, with rows."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from tests.conftest import caught_up
from tests.study_service.conftest import answer, post_gift, rows

MARK = "canary-7b1f"  # in every key
IMAGE = {"imageWidth": 200, "imageHeight": 100}
STEPS = [
    {"id": f"s{n}", "text": text, "isCorrect": True, "place": n, "explanation": MARK}
    for n, text in enumerate(("Plug", "Link", "Address", "Route"))
]
REGIONS = [
    {"id": "r1", "text": MARK, "isCorrect": False, "region": "circle", "coords": [150, 50, 10], **IMAGE, "weight": 0.5},
    {"id": "r2", "text": MARK, "isCorrect": True, "region": "rect", "coords": [10, 10, 50, 50], **IMAGE},
]


@dataclass(frozen=True)
class Case:
    """A question as a file or a row has it, what a learner may see of it, and answers to it by its options' texts."""

    made: str | tuple[str, list[dict[str, Any]]]
    kind: str
    seen: dict[str, Any]
    right: Any
    wrong: Any
    stored: Callable[[Any], str]
    partial: Any = None  # an answer that is half right
    half: tuple[float, float] = (0.0, 0.0)  # what it earns by either rule
    key: Any = None  # where it is not what `right` is


def _plain(value: Any) -> str:
    return str(value)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


CASES = {
    "one": Case(
        f"Which?{{=Yes#{MARK} ~No ~%50%Nearly}}", "multiple_choice", {"answers": {"Yes", "No", "Nearly"}}, "Yes", "No",
        _plain, "Nearly", (0.5, 0.5),
    ),
    "true or false": Case(f"True?{{T#{MARK}}}", "true_false", {"answers": {"True", "False"}}, "True", "False", _plain),
    "set": Case(
        ("multi_select", [{"id": i, "text": i, "isCorrect": i in "pq", "explanation": MARK} for i in "pqrs"]),
        "multi_select", {"answers": set("pqrs")}, ["p", "q"], ["p", "q", "r", "s"], _json, ["p"], (0.0, 0.5),
    ),
    "order": Case(
        ("drag_drop", STEPS), "drag_drop", {"answers": {"Plug", "Link", "Address", "Route"}, "targets": None},
        ["Plug", "Link", "Address", "Route"], ["Route", "Address", "Link", "Plug"], _json,
        ["Link", "Address", "Route", "Plug"], (0.0, 2 / 3),
    ),
    "pairs": Case(
        f"Match.{{=DNS -> 53 =SSH -> 22 =HTTP -> 80 = -> 443 ####{MARK}}}", "drag_drop",
        {"answers": {"DNS", "SSH", "HTTP"}, "targets": {"53", "22", "80", "443"}},
        [["DNS", "53"], ["SSH", "22"], ["HTTP", "80"]], [["DNS", "443"], ["SSH", "53"], ["HTTP", "22"]], _json,
        [["DNS", "53"], ["SSH", "22"], ["HTTP", "443"]], (0.0, 2 / 3),
    ),
    "place": Case(
        ("hotspot", REGIONS), "hotspot",
        {"answers": set(), "imageUrl": "https://img.example/rack.png", "imageWidth": 200, "imageHeight": 100},
        {"x": 12, "y": 12.5}, {"x": 100, "y": 99}, _json, {"x": 150, "y": 55}, (0.5, 0.5), key={"x": 30, "y": 30},
    ),
    "word": Case(
        f"Who?{{={MARK} =no one =%50%nobody}}", "short_answer", {"answers": set()}, " No  ONE ", "[none]", _plain,
        "Nobody", (0.5, 0.5), key=MARK,
    ),
    "number": Case(
        f"Pi?{{#=3.1415:0.0005#{MARK} =%50%3.1..3.2}}", "numeric", {"answers": set(), "unit": None}, "3.142", "-3",
        _plain, "3.11", (0.5, 0.5), key="3.1415",
    ),
}  # fmt: skip


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
def question(case: Case, ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> int:
    """The question of the case, the only approved one of its exam."""
    database.batch([Statement("UPDATE questions SET is_active = 0", ())])
    if isinstance(case.made, str):
        assert post_gift(ada, case.made, "&reviewStatus=approved").json["imported"] == 1
    else:
        kind, options = case.made
        add = (
            "INSERT INTO questions (exam_id, objective_id, text, type, answers, image_url, review_status)"
            " VALUES (1, 1, 'Where?', ?, ?, 'https://img.example/rack.png', 'approved')"
        )
        database.batch([Statement(add, (kind, json.dumps(options)))])
    caught_up()
    (row,) = rows(database, "SELECT id FROM questions WHERE is_active = 1")
    return int(row["id"])


def chosen(served: dict[str, Any], texts: Any) -> Any:
    """The answer with ids for the texts of options and targets."""
    ids = {option["text"]: option["id"] for option in served["answers"]}
    targets = {option["text"]: option["id"] for option in served.get("targets") or ()}
    if isinstance(texts, list):
        return [[ids[text[0]], targets[text[1]]] if isinstance(text, list) else ids[text] for text in texts]
    return ids[texts] if served["answers"] else texts


def same(kind: str, one: Any, other: Any) -> bool:
    """Whether two answers are the same, with sets in any order."""
    return (
        sorted(one) == sorted(other)
        if kind == "multi_select" or (isinstance(one, list) and isinstance(one[0], list))
        else bool(one == other)
    )


def begin(learner: FlaskClient) -> tuple[int, dict[str, Any]]:
    session = learner.post("/api/study/sessions", json={"examId": 1, "questionCount": 5})
    assert session.status_code == 201
    (served,) = session.json["questions"]
    return session.json["id"], served


def test_it_is_served_without_its_key(alice: FlaskClient, case: Case, question: int) -> None:
    session, served = begin(alice)
    again = alice.get(f"/api/study/sessions/{session}")
    picked = alice.get("/api/study/questions?examId=1")
    assert (served["id"], served["type"]) == (question, case.kind)
    assert again.json["questions"] == [served]
    for answered in (again, picked, alice.get(f"/api/study/sessions/{session}")):
        assert MARK not in answered.text
    always = {"id", "version", "text", "type", "difficulty", "objectiveId", "tags", "imageUrl", "answers"}
    assert served.keys() == picked.json["questions"][0].keys() == always | case.seen.keys()
    for name, value in case.seen.items():
        shown = served[name]
        assert (
            shown if value is None or isinstance(value, str | int) else {option["text"] for option in shown}
        ) == value
    for option in [*served["answers"], *(served.get("targets") or ())]:
        assert option.keys() == {"id", "text"}


@pytest.mark.parametrize("is_right", [True, False])
def test_it_is_graded_stored_and_shown_again(
    alice: FlaskClient, case: Case, question: int, database: LibsqlDatabase, is_right: bool
) -> None:
    session, served = begin(alice)
    selected = chosen(served, case.right if is_right else case.wrong)
    result = answer(alice, question, selected, studySessionId=session, confidenceLevel=4).json["result"]
    assert (result["isCorrect"], result["score"]) == (is_right, float(is_right))
    assert same(case.kind, result["correctAnswer"], chosen(served, case.right if case.key is None else case.key))
    (shown,) = alice.get(f"/api/study/sessions/{session}").json["answers"]
    kept = selected.strip() if isinstance(selected, str) else selected
    assert same(case.kind, shown["selectedAnswer"], kept)
    assert (shown["isCorrect"], shown["score"]) == (is_right, float(is_right))
    (row,) = rows(database, "SELECT * FROM user_answers")
    assert row["selected_answer"] == case.stored(shown["selectedAnswer"])
    assert (row["is_correct"], row["score"], row["mark"]) == (is_right, float(is_right), 3.0 if is_right else -6.0)


@pytest.mark.parametrize("rule", ["all_or_nothing", "partial"])
def test_half_an_answer_earns_what_the_rule_of_the_exam_says(
    alice: FlaskClient, ada: FlaskClient, case: Case, question: int, rule: str
) -> None:
    if case.partial is None:
        return
    ada.patch("/api/exams/1", json={"gradingRule": rule})
    session, served = begin(alice)
    result = answer(alice, question, chosen(served, case.partial), studySessionId=session).json["result"]
    assert (result["isCorrect"], result["score"]) == (False, case.half[rule == "partial"])
    assert alice.get(f"/api/study/sessions/{session}").json["answers"][0]["score"] == result["score"]


@pytest.mark.parametrize(
    "selected", ["zz", ["zz"], [["zz", "zz"]], {"x": 5, "y": 5}, "1,234.5", 7, None, [], {}, {"x": 1}]
)
def test_what_is_no_answer_to_it_is_refused_and_not_stored(
    alice: FlaskClient, case: Case, question: int, database: LibsqlDatabase, selected: Any
) -> None:
    fits = (case.kind == "short_answer" and isinstance(selected, str)) or (
        case.kind == "hotspot" and selected == {"x": 5, "y": 5}
    )
    refused = answer(alice, question, selected)
    if fits:
        assert refused.status_code == 200
        return
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["selectedAnswer"])
    assert MARK not in refused.text
    assert rows(database, "SELECT id FROM user_answers") == []


def test_targets_and_options_are_shuffled_each_by_themselves(
    alice: FlaskClient, ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    """In many deliveries no target stands beside its option more often than beside another."""
    database.batch([Statement("UPDATE questions SET is_active = 0", ())])
    post_gift(ada, "Match.{=a -> 1 =b -> 2 =c -> 3 =d -> 4}", "&reviewStatus=approved")
    caught_up()
    beside, first = 0, set()
    for _ in range(40):
        (served,) = alice.get("/api/study/questions?examId=1").json["questions"]
        places = [option["text"] for option in served["answers"]], [option["text"] for option in served["targets"]]
        first.add(places[1][0])
        beside += sum("abcd".index(one) == "1234".index(other) for one, other in zip(*places, strict=True))
    assert 15 < beside < 70  # 40 of 160, give or take
    assert first == set("1234")


@pytest.mark.parametrize(
    ("kind", "change", "column"),
    [
        ("order", "answers = json_remove(answers, '$[1].place')", "answers"),
        ("place", "answers = json_remove(answers, '$[1].coords')", "answers"),
        ("place", "image_url = NULL", "image_url"),
    ],
)
def test_what_cannot_be_asked_is_not_approved(
    ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, kind: str, change: str, column: str
) -> None:
    word, options = CASES[kind].made
    add = (
        "INSERT INTO questions (exam_id, objective_id, text, type, answers, image_url)"
        " VALUES (1, 1, 'Where?', ?, ?, 'https://img.example/rack.png') RETURNING id"
    )
    number = database.batch([Statement(add, (word, json.dumps(options)))])[0].rows[0]["id"]
    caught_up()
    approve = {"status": "approved"}
    assert ada.put(f"/api/questions/{number}/review", json=approve).status_code == 200
    database.batch([Statement(f"UPDATE questions SET review_status = 'pending', {change} WHERE id = ?", (number,))])
    caught_up()
    refused = ada.put(f"/api/questions/{number}/review", json=approve)
    assert (refused.status_code, column in refused.json["detail"]) == (409, True)
    (row,) = rows(database, "SELECT review_status AS status FROM questions WHERE id = ?", number)
    assert row["status"] == "pending"


def test_exams_have_a_rule(ada: FlaskClient, alice: FlaskClient, bank: dict[str, Any]) -> None:
    made = ada.post("/api/exams", json={"vendorId": "acme", "code": "P", "name": "P", "gradingRule": "partial"})
    assert (made.status_code, made.json["gradingRule"]) == (201, "partial")
    assert alice.get("/api/exams/1").json["gradingRule"] == "all_or_nothing"
    refused = ada.patch("/api/exams/1", json={"gradingRule": "half"})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["gradingRule"])

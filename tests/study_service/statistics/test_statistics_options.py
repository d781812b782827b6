"""What was chosen, by option and never by place, and when a key is in doubt."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.fields import dumps
from study_service.statistics import miskeyed, options
from study_service.statistics.options import Group, Response
from tests.study_service.conftest import rows
from tests.study_service.statistics.conftest import Answers

Look = Callable[..., dict[int, dict[str, Any]]]
Short = Callable[[int], list[int]]


def ids(database: LibsqlDatabase, question: int) -> dict[str, str]:
    """The ids of the options, by their texts."""
    stored = rows(
        database,
        "SELECT o.value->>'text' AS text, o.value->>'id' AS id FROM questions q, json_each(q.answers) o WHERE q.id = ?",
        question,
    )
    return {option["text"]: option["id"] for option in stored}


def counts(figures: dict[str, Any]) -> dict[str, tuple[int, float | None]]:
    return {option["text"]: (option["count"], option["restScore"]) for option in figures["options"]}


def test_options_are_counted_with_how_their_choosers_did(
    short: Short, answers: Answers, look: Look, database: LibsqlDatabase
) -> None:
    question, one, two = short(3)
    option = ids(database, question)
    answers(
        [question, one, two],
        [[option["w"], 1, 1], [option["w"], 1, 0], [option["x"], 0, 0], [option["x"], 1, 0], [option["y"], None, None]],
    )
    figures = look()[question]
    assert counts(figures) == {"w": (2, 0.75), "x": (2, 0.25), "y": (1, None), "z": (0, None)}
    assert [entry["share"] for entry in figures["options"]] == [0.4, 0.4, 0.2, 0.0]
    assert [entry["isCorrect"] for entry in figures["options"]] == [True, False, False, False]
    assert figures["responses"] == []


def test_each_option_of_a_set_is_counted(
    bank: dict[str, Any], answers: Answers, look: Look, database: LibsqlDatabase
) -> None:
    question = bank["Which two are cables?"]["id"]
    option = ids(database, question)
    both, half = dumps([option["Cat 6"], option["OM4"]]), dumps([option["OM4"]])
    answers([question], [[both], [both], [half], [dumps([option["OM4"], option["DNS"]])]])
    figures = look()[question]
    assert {text: count for text, (count, _) in counts(figures).items()} == {"Cat 6": 2, "OSPF": 0, "OM4": 4, "DNS": 1}


def test_the_order_of_the_options_matters_nowhere(
    short: Short, answers: Answers, look: Look, database: LibsqlDatabase
) -> None:
    question, other = short(2)
    option = ids(database, question)
    answers([question, other], [[option["w"], 1], [option["x"], 0], [option["x"], 1]])
    before = counts(look()[question])
    database.execute_sql(
        "UPDATE questions SET answers = (SELECT json_group_array(json(option)) FROM ("
        " SELECT value AS option FROM json_each(answers) ORDER BY key DESC)) WHERE id = ?",
        (question,),
    )
    answers([question, other], [[option["w"], 1]])
    after = counts(look()[question])
    assert list(after) == ["z", "y", "x", "w"]
    assert after == {**before, "w": (2, 1.0)}


def test_answers_to_a_question_without_options_are_listed_as_they_are(
    short: Short, answers: Answers, look: Look, database: LibsqlDatabase
) -> None:
    (question,) = short(1)
    database.execute_sql("UPDATE questions SET type = 'drag_drop' WHERE id = ?", (question,))
    answers([question], [['["a","b"]'], ['["b","a"]'], ['["b","a"]'], *([f"x{n:02}"] for n in range(12)), ["y" * 300]])
    figures = look()[question]
    assert figures["options"] == []
    assert figures["responses"][:3] == [
        {"selectedAnswer": '["b","a"]', "count": 2},
        {"selectedAnswer": '["a","b"]', "count": 1},
        {"selectedAnswer": "x00", "count": 1},
    ]
    assert len(figures["responses"]) == 10


def test_a_wrong_key_is_found_and_comes_first(
    mo: FlaskClient, short: Short, answers: Answers, look: Look, database: LibsqlDatabase
) -> None:
    """Those who know the rest choose x, the others w, which is the key; nobody can do the last question."""
    question, one, two, three, hard = short(5)
    option = ids(database, question)
    good, weak = [option["x"], 1, 1, 1], [option["w"], 0, 0, 1]
    wrong = [id for text, id in ids(database, hard).items() if text != "w"][:2]
    answers([question, one, two, three, hard], [[*row, wrong[n % 2]] for n, row in enumerate([good] * 12 + [weak] * 6)])
    listed = look()
    assert next(iter(listed)) == hard
    assert [id for id, figures in listed.items() if figures["suspectedMiskey"]] == [question]
    assert listed[question]["miskeyReason"] == (
        "12 of 18 learners chose 'x', 6 the key,"
        " and they got 75 % of the other questions right, those with the key 25 %"
    )
    assert listed[question]["discriminationIndex"] == -1.0
    assert list(look(query="&order=miskeyed"))[:2] == [question, hard]


@pytest.mark.parametrize("choosers", [9, 10])
def test_a_key_that_nobody_chose_is_in_doubt_from_ten_learners_on(
    short: Short, answers: Answers, look: Look, database: LibsqlDatabase, choosers: int
) -> None:
    question, *_ = short(2)
    answers([question], [[ids(database, question)["y"]]] * choosers)
    figures = look()[question]
    assert figures["suspectedMiskey"] == (choosers == 10)
    assert figures["miskeyReason"] == ("10 of 10 learners chose 'y', nobody the key" if choosers == 10 else None)


def test_a_trap_for_weak_learners_is_no_wrong_key(
    short: Short, answers: Answers, look: Look, database: LibsqlDatabase
) -> None:
    question, one, two, three = short(4)
    option = ids(database, question)
    answers([question, one, two, three], [[option["x"], 0, 0, 1]] * 15 + [[option["w"], 1, 1, 1]] * 5)
    figures = look()[question]
    assert (figures["successRate"], figures["suspectedMiskey"], figures["miskeyReason"]) == (0.25, False, None)


def response(text: str, rests: list[float | None], *, right: bool = False) -> Response:
    known = [rest for rest in rests if rest is not None]
    return Response(text, len(rests), len(known), sum(known), sum(rest * rest for rest in known), right)


def test_a_group_by_hand() -> None:
    """x = 1 1 0 0, y = 1 .5 .5 0: covariance 1, squares 1 and .5, so r = .5 / (1 * .5) ** .5 and z = 2 r."""
    members = response("a", [1, 0.5, None])
    group = options.group([members, response("b", [0.5, 0, None, None])], [members])
    assert (group.learners, group.rest) == (3, 0.75)
    assert group.z == pytest.approx(2 * 0.5 / 0.5**0.5)


def test_a_group_of_all_or_of_none_is_no_better_than_the_others() -> None:
    everybody = [response("a", [1, 0.5]), response("b", [0.1] * 3)]
    assert options.group(everybody, everybody).z == 0
    assert options.group(everybody, []) == Group(0, None, 0)
    alike = [response("a", [1 / 3] * 3), response("b", [1 / 3] * 4)]
    assert options.group(alike, alike[:1]).z == 0


RIGHT = Group(10, 0.4, -2.0)


@pytest.mark.parametrize(
    ("right", "wrong", "doubted"),
    [
        (Group(10, 0.4, -1.0), Group(11, 0.6, 1.7), True),  # more learners, and better ones
        (Group(10, 0.4, -1.0), Group(10, 0.6, 1.7), False),  # as many
        (Group(10, 0.4, -1.0), Group(11, 0.6, 1.6), False),  # it may be chance
        (Group(10, 0.6, -1.0), Group(11, 0.6, 1.7), False),  # no better than those with the key
        (RIGHT, Group(3, 0.6, 0.5), True),  # the key repels
        (RIGHT, Group(3, 0.6, 0.0), False),  # but nothing attracts
        (RIGHT, Group(3, 0.4, 0.5), False),
        (RIGHT, Group(3, None, 0.0), False),
        (Group(10, 0.4, -1.6), Group(3, 0.6, 0.5), False),
        (Group(3, None, 0.0), Group(18, None, 0.0), True),  # hardly anybody chose the key
        (Group(3, None, 0.0), Group(17, None, 0.0), False),  # 17 of 30
        (Group(4, None, 0.0), Group(26, None, 0.0), False),
        (Group(1, 0.9, 1.7), Group(29, 0.2, -1.7), False),  # only the best know
    ],
)
def test_when_a_key_is_in_doubt(right: Group, wrong: Group, doubted: bool) -> None:
    assert (miskeyed.suspicion(right, {"other": wrong, "none": Group(0, None, 0.0)}, 30) is not None) == doubted


def test_the_more_there_is_to_a_doubt_the_greater_it_is() -> None:
    doubts = [
        miskeyed.suspicion(Group(5, 0.3, -2.0), {"x": Group(20, 0.7, z)}, 30) or miskeyed.Suspicion(0, "")
        for z in (2, 3)
    ]
    assert 0 < doubts[0].doubt < doubts[1].doubt


def test_nine_learners_tell_nothing() -> None:
    assert miskeyed.suspicion(RIGHT, {"x": Group(9, 1.0, 3.0)}, 9) is None
    assert miskeyed.suspicion(RIGHT, {}, 30) is None

"""What a question costs: its share of each call that named it, to the last nano-dollar; and what became of it."""

import random
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service.ledger import question_costs
from shared_schema.database import LibsqlDatabase, Statement
from tests.growth_service.conftest import LEDGER, call
from tests.growth_service.ledger.booked import book

QUESTIONS = "/api/ai/costs/questions"
AT = 1_795_000_000


@pytest.fixture
def bank(database: LibsqlDatabase) -> None:
    """Questions 1 to 9, of which 1 to 5 are approved: 2 is retired, 3 is doubted, and who knows more gets 4 wrong."""
    doubt = "INSERT INTO question_statistics (question_id, version, exam_id, miskey_reason) VALUES"
    steps = [
        "INSERT INTO exams (id, vendor_id, code, name) VALUES (1, 'v', 'c', 'n')",
        "INSERT INTO objectives (id, exam_id, code, name) VALUES (1, 1, '1', 'o')",
        *(
            f"INSERT INTO questions (id, exam_id, objective_id, text, answers, review_status)"
            f" VALUES ({n}, 1, 1, 'q', '[]', '{'approved' if n <= 5 else 'pending' if n < 9 else 'rejected'}')"
            for n in range(1, 10)
        ),
        "UPDATE questions SET is_active = 0 WHERE id = 2",
        f"{doubt} (3, 1, 1, 'b is chosen'), (1, 1, 1, NULL), (5, 7, 1, 'of another version')",
        "UPDATE questions SET discrimination_index = -0.1 WHERE id = 4",
        "UPDATE questions SET discrimination_index = 0 WHERE id = 5",
    ]
    database.batch([Statement(sql) for sql in steps])


def costs(client: FlaskClient, *ids: int) -> dict[int, float | None]:
    shown = client.get(f"{QUESTIONS}?ids={','.join(map(str, ids))}").json
    assert list(shown) == ["questions", "totals"]
    return {one["questionId"]: one["costUsd"] for one in shown["questions"]}


def test_a_call_is_split_over_its_questions_to_the_last_nano_dollar(bot: FlaskClient, bank: None) -> None:
    bot.post(LEDGER, json=call(questionIds=[7, 1, 3, 1], billedUsd=1.1e-8, usage=None))
    assert costs(bot, 1, 3, 7, 2) == {1: 4e-9, 3: 4e-9, 7: 3e-9, 2: 0}
    bot.post(LEDGER, json=call(2, questionIds=[3], billedUsd=0.5, usage=None))
    assert costs(bot, 3) == {3: 0.500000004}


@pytest.mark.parametrize("seed", range(5))
def test_shares_sum_up_to_their_calls(bot: FlaskClient, database: LibsqlDatabase, bank: None, seed: int) -> None:
    dice = random.Random(seed)
    known, number = 0, 0
    for _ in range(40):
        named = dice.choices(range(1, 100), k=dice.randrange(1, 12))
        cost = dice.choice((None, 0, 1, 10**9 - 1, dice.randrange(10**12), 10**15))
        book(database, AT, cost, question_ids=str(named))
        known, number = known + (cost or 0), number + (cost is None) * len(set(named))
    shown = bot.get(f"{QUESTIONS}?ids={','.join(map(str, range(1, 100)))}").json
    assert sum(round(one["costUsd"] * 10**9) for one in shown["questions"] if one["costUsd"]) == pytest.approx(
        known, 1e-15
    )
    assert shown["totals"]["unpriced"] == number
    totals = question_costs.of(range(1, 100))
    assert totals["totals"]["total_nanousd"] == known
    assert sum(one["total_nanousd"] or 0 for one in totals["questions"]) == known


def test_every_question_says_what_became_of_it(approver: FlaskClient, database: LibsqlDatabase, bank: None) -> None:
    for question in (*range(1, 10), 99):
        book(database, AT, 10 * question, None, question_ids=f"[{question}]")
    shown = approver.get(f"{QUESTIONS}?ids=9,1,2,3,4,5,6,99,1,100").json
    assert shown["questions"] == [
        {"questionId": question, "reviewStatus": status, "survives": survives}
        | {"generations": 2, "costUsd": question / 10**8, "unpriced": 1}
        for question, status, survives in (
            (9, "rejected", False), (1, "approved", True), (2, "approved", False), (3, "approved", False),
            (4, "approved", False), (5, "approved", True), (6, "pending", False), (99, None, False),
        )
    ] + [
        {"questionId": 100, "reviewStatus": None, "survives": False, "generations": 0, "costUsd": 0, "unpriced": 0}
    ]  # fmt: skip
    assert shown["totals"] == {
        "questions": 7, "approved": 5, "surviving": 2, "costUsd": 1.29e-06, "unpriced": 8,
        "costPerApprovedUsd": 2.58e-07, "costPerSurvivingUsd": 6.45e-07,
    }  # fmt: skip


def test_an_unknown_price_is_null(bot: FlaskClient, database: LibsqlDatabase, bank: None) -> None:
    book(database, AT, None, question_ids="[1]")
    shown = bot.get(f"{QUESTIONS}?ids=1").json
    assert (shown["questions"][0]["costUsd"], shown["questions"][0]["unpriced"]) == (None, 1)
    assert (shown["totals"]["costUsd"], shown["totals"]["costPerApprovedUsd"]) == (None, None)
    unreviewed = bot.get(f"{QUESTIONS}?ids=6").json["totals"]
    assert (unreviewed["costUsd"], unreviewed["costPerApprovedUsd"], unreviewed["costPerSurvivingUsd"]) == (
        0,
        None,
        None,
    )


def test_a_call_that_cannot_be_counted_is_in_no_question(
    bot: FlaskClient, database: LibsqlDatabase, bank: None
) -> None:
    book(database, AT, 5, -1, 2**63 - 1, question_ids="[1]")
    book(database, -1, 7, question_ids="[1]")
    assert costs(bot, 1) == {1: 5e-9}


@pytest.mark.parametrize(
    "text",
    ["no JSON", '{"1": 1}', "1", "[1.0]", '["1"]', "[true]", "[null]", "[[1]]", "[-1]", "[0]", "[1e999]", "", None],
)
def test_what_is_no_list_of_ids_stops_no_call(
    bot: FlaskClient, database: LibsqlDatabase, bank: None, text: str | None
) -> None:
    book(database, AT, 5, question_ids=text)
    assert costs(bot, 1) == {1: 0}


def test_a_call_may_name_questions_that_are_not_there(bot: FlaskClient, database: LibsqlDatabase, bank: None) -> None:
    assert bot.post(LEDGER, json=call(questionIds=[1, 10**12], billedUsd=1e-8, usage=None)).status_code == 201
    assert costs(bot, 1, 10**12) == {1: 5e-9, 10**12: 5e-9}
    database.execute_sql("DELETE FROM questions WHERE id = 1")
    assert costs(bot, 1, 10**12) == {1: 5e-9, 10**12: 5e-9}


@pytest.mark.parametrize("ids", ["", "x", "1,", ",".join(map(str, range(1, 102))), "-1", "1.5", str(10**18)])
def test_wrong_ids_are_refused(bot: FlaskClient, ids: str) -> None:
    refused = bot.get(f"{QUESTIONS}?ids={ids}")
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["ids"])


def test_ids_are_needed(bot: FlaskClient) -> None:
    refused: Any = bot.get(QUESTIONS)
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["ids"])

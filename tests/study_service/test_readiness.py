"""Readiness: the level in the exam with its interval, in words too, and the score to expect; figures worked by hand."""

import datetime as dt
import math
import random
import statistics
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from study_service import beta, exam_progress, mastery, readiness
from study_service.mastery import Mastery
from study_service.readiness import Part
from tests.conftest import caught_up
from tests.study_service.conftest import rows, submit

TODAY = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def mastered(answers: list[int]) -> Mastery:
    """What is stored after these right (1) and wrong (0) answers."""
    weights = [0.5 ** (n / 20) for n in range(len(answers))][::-1]
    return {
        "objective_id": 1,
        "answered": len(answers),
        "correct": sum(answers),
        "weighted_correct": sum(weight * right for weight, right in zip(weights, answers, strict=True)),
        "weighted_total": sum(weights),
        "last_answered_at": 0,
    }


def part(answers: list[int], weight: float = 1.0, *, askable: bool = True) -> Part:
    return Part(1, "Routing", weight, mastered(answers) if answers else None, askable)


def studied(database: LibsqlDatabase, questions: dict[str, Any], answers: list[tuple[str, int]]) -> dict[str, Any]:
    """What Alice is shown after these answers to questions, right or wrong."""
    for text, right in answers:
        question = questions[text]
        key = [option["id"] for option in question["answers"] if option["isCorrect"]]
        wrong = [option["id"] for option in question["answers"] if not option["isCorrect"]]
        chosen = key if right else wrong[:1]
        submit(TODAY.isoformat(), question["id"], chosen if question["type"] == "multi_select" else chosen[0])
    caught_up()
    return dict(exam_progress.get(1, 1, TODAY))


def test_recent_answers_weigh_more() -> None:
    better, worse = mastered([0] * 10 + [1] * 10), mastered([1] * 10 + [0] * 10)
    assert mastery.level(better) == pytest.approx(1 - 1 / (1 + 2**0.5), abs=1e-12)  # ten later ones: 2 ** (-1/2)
    assert mastery.level(better) + mastery.level(worse) == pytest.approx(1)  # type: ignore[operator]
    forty = mastered([1] * 20 + [0] * 20)
    assert mastery.level(forty) == pytest.approx(1 / 3)  # the older half weighs half as much


def test_the_incremental_level_is_the_weighted_one(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    dice = random.Random(5)
    answers = [int(dice.random() < 0.7) for _ in range(60)]
    shown = studied(database, bank, [("Routing question 0", right) for right in answers])
    (row,) = rows(database, "SELECT * FROM objective_mastery")
    expected = mastered(answers)
    assert (row["answered"], row["correct"]) == (60, sum(answers))
    assert row["weighted_correct"] == pytest.approx(expected["weighted_correct"], abs=1e-12)
    assert row["weighted_total"] == pytest.approx(expected["weighted_total"], abs=1e-12)
    level = expected["weighted_correct"] / expected["weighted_total"]
    assert shown["objectives"][0]["level"] == pytest.approx(level, abs=1e-12)


@pytest.mark.parametrize("answers", [4, 5])
def test_there_is_no_level_below_five_answers(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, answers: int
) -> None:
    shown = studied(database, bank, [("Routing question 0", 1)] * answers)
    routing = shown["objectives"][0]
    assert (routing["level"], routing["questions_answered"]) == (1.0 if answers == 5 else None, answers)
    (stored,) = rows(database, "SELECT objective_mastery->>'$.1.level' AS level FROM user_progress")
    assert stored["level"] == 1.0  # other readers of the column know no level that is none
    assert (shown["readiness"]["score"] is None) == (answers == 4)
    assert shown["predicted_score"] is None


def test_five_answers_count_as_kish_says() -> None:
    weights = [0.5 ** (n / 20) for n in range(5)]
    assert mastery.effective(mastered([1] * 5)) == pytest.approx(sum(weights) ** 2 / sum(w**2 for w in weights))
    assert mastery.effective(mastered([1] * 2000)) == pytest.approx((1 + mastery.KEPT) / (1 - mastery.KEPT))


def test_the_interval_is_that_of_the_posterior() -> None:
    """One objective: n answers that tell as much, the prior adds one right and one wrong."""
    known = mastered([1, 1, 1, 0, 1])
    n, share = mastery.effective(known), known["weighted_correct"] / known["weighted_total"]
    a, b = 1 + n * share, 1 + n * (1 - share)
    level = readiness.level([part([1, 1, 1, 0, 1])])
    assert level["score"] == pytest.approx(a / (a + b))
    assert beta.distribution(level["low"], a, b) == pytest.approx(0.025, abs=1e-8)
    assert beta.distribution(level["high"], a, b) == pytest.approx(0.975, abs=1e-8)


@pytest.mark.parametrize(
    ("p", "a", "b", "x"),
    [
        (0.3, 1, 1, 0.3),
        (0.25, 2, 1, 0.5),
        (0.25, 1, 3, 1 - 0.75 ** (1 / 3)),
        (0.5, 0.5, 0.5, 0.5),  # the arcsine distribution: sin²(πp / 2)
        (0.9, 0.5, 0.5, math.sin(0.45 * math.pi) ** 2),
        (0.025, 5, 2, 0.3587654),  # qbeta of R 4.4
        (0.975, 5, 2, 0.9567281),
    ],
)
def test_quantiles_are_those_of_the_books(p: float, a: float, b: float, x: float) -> None:
    assert beta.quantile(p, a, b) == pytest.approx(x, abs=1e-7)
    assert beta.distribution(x, a, b) == pytest.approx(p, abs=1e-7)


def test_quantiles_are_where_the_distribution_says() -> None:
    dice = random.Random(3)
    for _ in range(300):
        p, a, b = dice.choice((0.025, 0.5, 0.975)), 10 ** dice.uniform(-2, 4), 10 ** dice.uniform(-2, 4)
        x = beta.quantile(p, a, b)
        assert 0 <= x <= 1
        if 1e-6 < x < 1 - 1e-6:
            assert beta.distribution(x, a, b) == pytest.approx(p, abs=1e-5), (p, a, b)


def test_objectives_count_by_their_weight() -> None:
    good, bad = [1] * 60, [0] * 60
    level = readiness.level([part(good, 0.75), part(bad, 0.25)])["score"]
    assert level == pytest.approx(0.75 * part(good).mean + 0.25 * part(bad).mean)
    assert readiness.level([part(good, 3), part(bad, 1)])["score"] == pytest.approx(level)
    assert readiness.level([part(good, 0), part(bad, 0)])["score"] == pytest.approx(0.5)


def test_what_is_not_known_makes_the_interval_wide() -> None:
    half, whole = [part([1] * 40, 0.5), part([], 0.5)], [part([1] * 40, 0.5), part([1] * 40, 0.5)]
    wide, narrow = (one["high"] - one["low"] for one in (readiness.level(half), readiness.level(whole)))
    assert wide > 3 * narrow
    assert (readiness.enough(half), readiness.enough(whole)) == (False, True)


def test_an_objective_without_questions_or_weight_is_not_waited_for() -> None:
    assert readiness.enough([part([1] * 5), part([], askable=False), part([], 0.0)])
    assert not readiness.enough([part([], askable=False)])
    assert not readiness.enough([])


def test_the_score_of_an_exam_lies_in_its_interval() -> None:
    """Exams simulated as the model says: of 4,000 the interval holds about 95 in 100, and the mean is as expected."""
    parts = [part([1, 1, 0, 1, 1, 0, 1] * 3, 0.6), part([1, 0] * 8, 0.4)]
    interval, dice = readiness.predicted(parts, 40), random.Random(1)
    scores = []
    for _ in range(4000):
        levels = [dice.betavariate(*one.beta) for one in parts]
        asked = [levels[0]] * 24 + [levels[1]] * 16
        scores.append(sum(dice.random() < level for level in asked) / 40)
    held = sum(interval["low"] <= score <= interval["high"] for score in scores) / 4000
    assert 0.94 <= held <= 0.965
    assert statistics.mean(scores) == pytest.approx(interval["score"], abs=0.01)


@pytest.mark.parametrize("m", [2, 10, 65])
def test_the_predicted_variance_is_that_of_the_beta_binomial(m: int) -> None:
    one = part([1, 0, 1, 1, 0, 1])
    a, b = one.beta
    variance = a * b * (a + b + m) / (m * (a + b) ** 2 * (a + b + 1))  # of the share of m questions that is right
    n = one.mean * (1 - one.mean) / variance - 1
    predicted = readiness.predicted([one], m)
    assert beta.distribution(predicted["low"], n * one.mean, n * (1 - one.mean)) == pytest.approx(0.025, abs=1e-7)
    assert beta.distribution(predicted["high"], n * one.mean, n * (1 - one.mean)) == pytest.approx(0.975, abs=1e-7)


def test_few_questions_tell_less_than_many() -> None:
    parts = [part([1, 0, 1] * 20)]
    one, ten, many = (readiness.predicted(parts, n) for n in (1, 10, 10**6))
    level = readiness.level(parts)
    assert one["low"] < ten["low"] < many["low"] <= level["low"] < level["high"] <= many["high"] < ten["high"]
    assert (one["low"], one["high"]) == (pytest.approx(0, abs=1e-6), pytest.approx(1, abs=1e-6))
    assert many["low"] == pytest.approx(level["low"], abs=1e-4)


@pytest.mark.parametrize("answers", [[], [0], [1] * 5, [0] * 5, [1] * 3000, [0, 1] * 500])
def test_every_interval_holds_its_score(answers: list[int]) -> None:
    parts = [part(answers, 0.3), part([], 0.2), part(answers[::-1], 0.5)]
    for interval in (readiness.level(parts), *(readiness.predicted(parts, n) for n in (0, 1, 65))):
        assert 0 <= interval["low"] <= interval["score"] <= interval["high"] <= 1


def test_reasons_are_words(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    few = studied(database, bank, [("Routing question 0", 1)] * 5)
    assert few["readiness"]["enough_data"] is False
    assert few["readiness"]["reasons"] == [
        "Cabling: 0 of the 5 answers that a level needs",
        "65 % pass, which is within the interval",
    ]
    assert few["weak_topics"] == []
    assert [row["name"] for row in few["next_objectives"]] == ["Cabling", "Routing"]


def test_a_ready_learner_is_told_so(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    cabling = [("Which two are cables?", 1), ("Glass conducts electricity.", 1)] * 15
    shown = studied(database, bank, [("Routing question 0", 1)] * 30 + cabling)
    ready, predicted = shown["readiness"], shown["predicted_score"]
    assert ready["enough_data"] is True
    assert ready["low"] > 0.65
    assert ready["reasons"] == [
        f"even the low end, {math.floor(ready['low'] * 1000) / 10:g} %, passes with 65 % needed"
    ]
    assert predicted["score"] == ready["score"]
    assert predicted["low"] < ready["low"] < ready["high"] < predicted["high"]
    assert shown["weak_topics"] == []


def test_weak_topics_are_below_what_passes(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    cabling = [("Glass conducts electricity.", right) for right in (1, 0, 0, 1, 0, 0)]
    routing = [("Routing question 0", right) for right in (0, 1, 0, 1, 1, 0)]
    shown = studied(database, bank, cabling + routing)
    assert [topic["name"] for topic in shown["weak_topics"]] == ["Cabling", "Routing"]
    levels = [topic["level"] for topic in shown["weak_topics"]]
    assert levels == sorted(levels)
    assert shown["readiness"]["reasons"][:2] == [
        f"Routing: a level of {math.floor(levels[1] * 1000) / 10:g} %, below the 65 % that pass",
        f"Cabling: a level of {math.floor(levels[0] * 1000) / 10:g} %, below the 65 % that pass",
    ]
    gains = [row["possible_gain"] for row in shown["next_objectives"]]
    assert gains == sorted(gains, reverse=True)


def test_whoever_is_far_below_is_told_so() -> None:
    told = readiness.readiness([part([0] * 40)], 0.65, 0)
    high = math.floor(told["high"] * 1000) / 10 if told["high"] else 0
    assert told["reasons"][-1] == f"even the high end, {high:g} %, is below the 65 % that pass"


@pytest.mark.parametrize(("days", "told"), [(None, []), (6, []), (7, ["not studied for 7 days"])])
def test_a_week_without_study_is_worth_a_word(days: int | None, told: list[str]) -> None:
    reasons = readiness.readiness([part([1] * 5)], 0.65, days)["reasons"]
    assert [reason for reason in reasons if "studied" in reason] == told


def test_an_exam_without_objectives_has_no_level(
    alice: FlaskClient, ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    database.execute_sql("UPDATE objectives SET is_active = 0")
    body = alice.get("/api/progress/exams/1").json
    assert (body["readiness"]["score"], body["readiness"]["enoughData"]) == (None, False)
    assert (body["readiness"]["reasons"], body["nextObjectives"]) == ([], [])


@pytest.mark.parametrize("gone", ["review_status = 'rejected'", "is_active = 0"])
def test_an_objective_without_questions_is_said_to_have_none(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, gone: str
) -> None:
    database.execute_sql(f"UPDATE questions SET {gone} WHERE objective_id = 2")
    shown = studied(database, bank, [("Routing question 0", 1)] * 5)
    assert shown["readiness"]["enough_data"] is True
    assert "Cabling: there are no questions to practise" in shown["readiness"]["reasons"]
    assert [row["name"] for row in shown["next_objectives"]] == ["Routing"]


@pytest.mark.parametrize(("share", "text"), [(0.7, "70 %"), (0.69642857, "69.6 %"), (1.0, "100 %"), (0.9999, "99.9 %")])
def test_shares_are_rounded_down(share: float, text: str) -> None:
    assert readiness.percent(share) == text

"""FSRS: the grade of an answer and what is remembered after it, against the package and the cases of the field."""

import datetime as dt
import random

import pytest
from fsrs import Card, Rating, State

from study_service.memory import model
from study_service.memory.model import Memory, Review
from tests.study_service.conftest import epoch
from tests.study_service.memory.remembered import DAY, GRADES, MINUTE, by_the_package

FSRS = model.scheduler(None)
DRILLED = ("2026-03-02T09:00Z", "2026-03-02T09:10Z", "2026-03-04T09:00Z", "2026-03-15T09:00Z")


def replayed(answers: list[tuple[int, str]], weights: str | None = None) -> Memory:
    return model.replay([Review(at, GRADES[grade]) for at, grade in answers], model.scheduler(weights))


def good(*moments: str) -> Memory:
    return replayed([(epoch(moment), "good") for moment in moments])


@pytest.mark.parametrize(
    ("is_correct", "confidence", "grade"),
    [
        *((False, confidence, Rating.Again) for confidence in (None, 1, 2, 3, 4, 5)),
        *((True, confidence, Rating.Hard) for confidence in (1, 2)),
        *((True, confidence, Rating.Good) for confidence in (None, 3)),
        *((True, confidence, Rating.Easy) for confidence in (4, 5)),
    ],
)
def test_an_answer_has_a_grade(is_correct: bool, confidence: int | None, grade: Rating) -> None:
    assert model.grade(is_correct, confidence) == grade


def test_a_question_that_is_drilled_does_not_explode() -> None:
    """The case fsrs-review-ahead: ten more right answers on the day of the fourth."""
    fourth = good(*DRILLED)
    fourteenth = good(*DRILLED, *(f"2026-03-15T09:{minute:02}Z" for minute in range(1, 11)))
    assert (round(fourth.stability, 3), fourth.due_at) == (40.538, epoch("2026-04-25T09:00Z"))
    assert (round(fourteenth.stability, 3), fourteenth.due_at) == (40.538, epoch("2026-04-25T09:10Z"))
    assert (fourth.reps, fourteenth.reps) == (4, 14)


def test_a_question_that_comes_months_late_is_due_from_its_answer() -> None:
    """The case fsrs-late-and-backwards, its first part."""
    late = good("2026-03-02T09:00Z", "2026-03-02T09:10Z", "2026-06-02T09:00Z")
    assert (round(late.stability, 4), late.due_at) == (50.0517, epoch("2026-07-22T09:00Z"))


@pytest.mark.parametrize("grade", ["hard", "good", "easy"])
@pytest.mark.parametrize("weights", [None, "extreme"])
def test_right_answers_of_one_day_earn_no_more_than_one(grade: str, weights: str | None) -> None:
    """However many, and with whatever weights: no more than a first answer would, and nothing above that."""
    wild = [0.212, 1.3, 2.3, 8.3, 6.4, 0.8, 3.0, 0.001, 1.9, 0.2, 0.8, 1.5, 0.06, 0.3, 1.6, 0.6, 1.9, 2, 2, 0, 0.15]
    used = None if weights is None else model.text(wild)
    first = replayed([(0, grade)], used).stability
    drilled = replayed([(0, "again"), *((n * MINUTE, grade) for n in range(1, 30))], used)
    assert drilled.stability <= first
    known = [(0, "good"), (3 * DAY, "good"), (20 * DAY, "good")]
    before = replayed(known, used)
    after = replayed([*known, *((20 * DAY + n, grade) for n in range(1, 30))], used)
    assert after.stability == pytest.approx(before.stability, abs=1e-9)
    assert after.due_at == before.due_at + 29


def test_what_a_drill_is_cut_to_has_its_own_interval() -> None:
    """Wrong, then sure twice within minutes: as a first sure answer, which lasts eight days."""
    memory = replayed([(0, "again"), *((n * MINUTE, "easy") for n in range(1, 12))])
    assert memory.stability == FSRS.parameters[3] == 8.2956
    assert (memory.state, memory.due_at) == ("review", 11 * MINUTE + 8 * DAY)


@pytest.mark.parametrize("seed", range(20))
def test_without_drills_it_is_the_package(seed: int) -> None:
    """Stability and difficulty over answers at random times; when it is due where it is known."""
    dice = random.Random(seed)
    answers, at = [], epoch("2026-01-01T00:00Z")
    for _ in range(12):
        at += dice.choice((DAY, 2 * DAY - 1, dice.randrange(DAY, 90 * DAY)))
        answers.append((at, dice.choice(("again", "hard", "good", "good", "easy"))))
        memory, card = replayed(answers), by_the_package(answers)
        assert (memory.stability, memory.difficulty) == (card.stability, card.difficulty)
        if memory.state == "review" and card.state.name == "Review":
            assert memory.due_at == int(card.due.timestamp())


def test_a_wrong_answer_comes_back_after_ten_minutes_and_an_unsure_one_after_fifteen() -> None:
    assert replayed([(0, "again")]).due_at == 10 * MINUTE
    assert replayed([(0, "hard")]).due_at == 15 * MINUTE
    assert replayed([(0, "good")]).due_at == 2 * DAY
    lapsed = replayed([(0, "good"), (3 * DAY, "again")])
    assert (lapsed.state, lapsed.due_at, lapsed.lapses) == ("relearning", 3 * DAY + 10 * MINUTE, 1)
    assert replayed([(0, "again"), (60, "again")]).lapses == 0
    assert replayed([(0, "good"), (3 * DAY, "again"), (4 * DAY, "again")]).lapses == 1


def test_nothing_lasts_longer_than_a_hundred_years() -> None:
    answers = [(n * 3000 * DAY, "easy") for n in range(20)]
    memory = replayed(answers)
    assert memory.stability == 36_500
    assert memory.due_at == memory.last_review_at + 36_500 * DAY


@pytest.mark.parametrize("at", [-(2**63), 2**63 - 1])
def test_a_time_that_is_none_breaks_nothing(at: int) -> None:
    memory = replayed([(at, "good"), (at, "again"), (max(at, 0), "good")])
    assert 0 <= memory.last_review_at <= memory.due_at < 2**34
    assert model.retrievability(memory.stability, at, -at - 1, FSRS) > 0


@pytest.mark.parametrize("weights", [None, model.text([*FSRS.parameters[:20], 0.5])])
def test_retrievability_is_that_of_the_package(weights: str | None) -> None:
    fsrs, chance = model.scheduler(weights), random.Random(14)
    for _ in range(300):
        stability = chance.choice((0.001, 0.4, 1.0, 36_500.0, chance.uniform(0.01, 900)))
        last, now = sorted(chance.sample(range(900 * DAY), 2))
        card = Card(1, State.Review, None, stability, 5.0, moment(last), moment(last))
        assert model.retrievability(stability, last, now, fsrs) == fsrs.get_card_retrievability(card, moment(now))


def moment(at: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, dt.UTC)


def test_retrievability_falls_by_whole_days_and_is_nine_tenths_at_the_end_of_stability() -> None:
    assert model.retrievability(10.0, 0, 10 * DAY, FSRS) == pytest.approx(0.9, abs=1e-12)
    assert model.retrievability(10.0, 0, DAY - 1, FSRS) == 1
    assert model.retrievability(10.0, 5 * DAY, 0, FSRS) == 1


@pytest.mark.parametrize("text", ["[1, 2]", "no JSON", "{}", "null", '["x"]', f"[{', '.join(['1e9'] * 21)}]"])
def test_weights_that_are_none_are_the_default_ones(text: str) -> None:
    assert model.scheduler(text).parameters == FSRS.parameters


def test_fitted_weights_are_cut_to_what_the_package_takes() -> None:
    """Fitted ones are single-precision numbers, which may lie above a bound by a little."""
    weights = model.bounded([0.00099, *FSRS.parameters[1:20], 0.800000011920929])
    assert (weights[0], weights[20], weights[2]) == (0.001, 0.8, 2.3065)
    assert model.scheduler(model.text(weights)).parameters == tuple(weights)

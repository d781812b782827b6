"""The plan of reviews: what comes today, what waits, what is brought forward before the exam."""

import datetime as dt
import random
import zoneinfo

import pytest

from study_service.memory import model, plan
from study_service.memory.plan import DAYS, Calendar, Card
from tests.study_service.conftest import epoch, iso
from tests.study_service.memory.remembered import DAY

FSRS = model.scheduler(None)
NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
AT = int(NOW.timestamp())


def card(question: int, days: float, *, stability: float = 5.0, reviewed: float = 10) -> Card:
    """A question that is due in so many days, and was reviewed so many days ago."""
    return Card(question, int(AT + days * DAY), int(AT - reviewed * DAY), stability)


def planned(cards: list[Card], **calendar: object) -> plan.Plan:
    values = {"now": NOW, "zone": dt.UTC, "per_day": 100} | calendar
    return plan.plan(sorted(cards, key=lambda one: one.due_at), Calendar(**values), FSRS)  # type: ignore[arg-type]


def ids(made: plan.Plan) -> list[int]:
    return [one.question_id for one in made.due]


def test_what_is_due_comes_first_that_is_most_likely_forgotten() -> None:
    """Not what has waited longest: a strong memory can wait."""
    cards = [
        card(1, -9, stability=50, reviewed=20),
        card(2, -1, stability=1, reviewed=20),
        card(3, -2, stability=5, reviewed=20),
        card(4, 0),
        card(5, 0.01),
        card(6, -3, stability=50, reviewed=20),
    ]
    made = planned(cards)
    assert ids(made) == [2, 3, 4, 1, 6]
    assert [round(one.retrievability, 2) for one in made.due] == sorted(
        round(one.retrievability, 2) for one in made.due
    )
    assert made.due[0].due_at == AT - DAY
    assert made.due[0].last_review_at == AT - 20 * DAY
    assert made.due[0].retrievability == model.retrievability(1, AT - 20 * DAY, AT, FSRS)
    assert (made.days[:2], sum(made.days), made.unplanned) == ([6, 0], 6, 0)


def test_of_those_as_likely_forgotten_the_one_that_waits_longest_comes_first_then_by_id() -> None:
    cards = [card(n, days) for n, days in ((1, -1), (2, -3), (5, -2), (4, -2))]
    made = planned(cards, per_day=3)
    assert len({model.retrievability(one.stability, one.last_review_at, AT, FSRS) for one in cards}) == 1
    assert (ids(made), made.days[:2]) == ([2, 4, 5], [3, 1])


def test_a_day_is_the_learners_own() -> None:
    """In Kiritimati, fourteen hours ahead, it is 2 a.m. of the 3rd of March when it is noon in Greenwich."""
    cards = [card(n, n / 24) for n in range(1, 40)]
    there = planned(cards, zone=zoneinfo.ZoneInfo("Pacific/Kiritimati"))
    assert there.days[:3] == [21, 18, 0]
    assert planned(cards).days[:3] == [11, 24, 4]
    berlin = planned(
        [Card(n, epoch("2026-03-28T22:30Z") + n * 3600, AT, 5.0) for n in range(48)],
        zone=zoneinfo.ZoneInfo("Europe/Berlin"),
    )
    assert berlin.days[26:29] == [1, 23, 24]  # the 29th of March has 23 hours


def test_what_a_day_has_no_room_for_is_on_the_next() -> None:
    cards = [card(n, -n / 10) for n in range(7)] + [card(n, 1.2) for n in range(7, 9)] + [card(9, 3)]
    made = planned(cards, per_day=3)
    assert made.days[:5] == [3, 3, 3, 1, 0]
    assert len(made.due) == 3
    assert planned(cards, per_day=3, done=2).days[:5] == [1, 3, 3, 3, 0]
    assert planned(cards, per_day=3, done=9).days[:5] == [0, 3, 3, 3, 1]
    assert ids(planned(cards, per_day=3, done=9)) == []


def test_what_waits_longer_than_the_plan_is_in_no_day() -> None:
    made = planned([card(n, -1) for n in range(100)], per_day=2)
    assert (made.days, made.unplanned) == ([2] * DAYS, 0)
    made = planned([card(1, DAYS - 0.6), card(2, DAYS - 0.4)])
    assert (sum(made.days), made.days[-1]) == (1, 1)


def test_before_the_exam_everything_is_reviewed_in_the_latest_days_that_have_room() -> None:
    """Two wait anyway; four would be due after the exam: two of them find room on its day and two on the day before."""
    cards = [card(1, -1), card(2, 2), card(3, 300), card(4, 3.5), card(5, 40), card(6, 50)]
    made = planned(cards, per_day=2, exam_day=dt.date(2026, 3, 5))
    assert made.days[:5] == [1, 1, 2, 2, 0]
    assert (sum(made.days), made.unplanned) == (6, 0)
    assert ids(made) == [1]


def test_on_the_day_of_the_exam_the_rest_is_due_since_midnight() -> None:
    cards = [card(1, -1), card(2, 0.1), card(3, 300), card(4, 20)]
    made = planned(cards, exam_day=dt.date(2026, 3, 2))
    assert sorted(ids(made)) == [1, 3, 4]  # the second is due later today
    assert {one.question_id: iso(one.due_at) for one in made.due}[3] == "2026-03-02T00:00:00Z"
    assert (made.days[0], sum(made.days), made.unplanned) == (4, 4, 0)


def test_what_finds_no_room_before_the_exam_is_told_and_is_the_best_remembered() -> None:
    cards = [card(n, n) for n in range(1, 10)]
    made = planned(cards, per_day=2, exam_day=dt.date(2026, 3, 3))
    assert (made.days[:3], made.unplanned) == ([2, 2, 0], 5)
    assert ids(made) == [2, 3]


@pytest.mark.parametrize("exam_day", [None, dt.date(2026, 3, 1), dt.date(2026, 4, 1), dt.date(2026, 2, 1)])
def test_an_exam_that_was_or_is_far_away_changes_nothing(exam_day: dt.date | None) -> None:
    cards = [card(n, n * 1.5) for n in range(60)]
    assert planned(cards, per_day=1, exam_day=exam_day) == planned(cards, per_day=1)


@pytest.mark.parametrize("seed", range(30))
def test_the_daily_cap_holds_and_never_passes_the_exam(seed: int) -> None:
    """Of random cards: no day has more than the cap, none after the exam has any, and none is lost or twice."""
    dice = random.Random(seed)
    cards = [card(n, dice.uniform(-30, 90), stability=dice.uniform(0.3, 90)) for n in range(dice.randrange(1, 300))]
    per_day, done, exam = dice.randrange(1, 20), dice.randrange(0, 10), dice.randrange(DAYS)
    day = NOW.date() + dt.timedelta(days=exam)
    made = planned(cards, per_day=per_day, done=done, exam_day=day)
    assert made.days[0] <= max(0, per_day - done)
    assert max(made.days) <= per_day
    assert sum(made.days[exam + 1 :]) == 0
    room = max(0, per_day - done) + exam * per_day
    assert sum(made.days) == min(len(cards), room)
    assert made.unplanned == len(cards) - sum(made.days)
    assert len(set(ids(made))) == len(made.due) <= made.days[0]
    assert all(one.due_at <= AT for one in made.due)
    assert planned(cards, per_day=per_day, done=done, exam_day=day) == made  # nothing is drawn

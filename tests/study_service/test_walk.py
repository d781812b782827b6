"""A pick walks the shuffled order from a point that the caller draws, once around, by the caller's clock."""

import datetime as dt
from typing import Any

import pytest

from shared_schema.database import LibsqlDatabase
from study_service import selection
from study_service.selection import Wish
from tests.conftest import caught_up
from tests.study_service.conftest import submit

PART = selection.SHUFFLE_KEYS // 150
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def ring(bank: dict[str, Any], database: LibsqlDatabase) -> list[int]:
    """The questions in their shuffled order: their keys are 10, 20, and so on to 140 of 150 parts of all there are."""
    ids = [question["id"] for question in bank.values()][::-1]
    for place, question in enumerate(ids):
        database.execute_sql("UPDATE questions SET shuffle_key = ? WHERE id = ?", (10 * (place + 1) * PART, question))
    return ids


def picked(first: int, count: int = 100, now: dt.datetime = NOON, **wish: Any) -> list[int]:
    caught_up()
    return [question["id"] for question in selection.pick(1, Wish(1, count, **wish), now, first * PART)]


@pytest.mark.parametrize(("first", "place"), [(0, 0), (10, 0), (11, 1), (50, 4), (51, 5), (140, 13), (141, 0)])
def test_a_walk_goes_once_around_from_where_it_starts(ring: list[int], first: int, place: int) -> None:
    assert picked(first) == ring[place:] + ring[:place]
    assert picked(first, 3) == (ring + ring)[place : place + 3]


def test_a_walk_within_objectives_has_the_same_order(ring: list[int], bank: dict[str, Any]) -> None:
    objectives = tuple({question["objectiveId"] for question in bank.values()})
    assert picked(50, objective_ids=objectives) == ring[4:] + ring[:4]
    assert picked(50, 4, mode="weak_areas") == ring[4:8]


def test_a_walk_keeps_its_order_across_difficulties(ring: list[int], bank: dict[str, Any]) -> None:
    difficulty = {question["id"]: question["difficulty"] for question in bank.values()}
    assert picked(0, difficulty=(2, 3)) == [question for question in ring if difficulty[question] in (2, 3)]


def test_a_day_is_twenty_four_hours_to_the_second(ring: list[int]) -> None:
    """What was answered within a day comes last; of as many hours as a wish says it is left out."""
    submit("2026-03-01T12:00:00+00:00", ring[0])  # which also draws it a new place in the order
    tomorrow = NOON + dt.timedelta(hours=24)
    just_before = tomorrow - dt.timedelta(seconds=1)
    assert picked(0, now=just_before) == [*ring[1:], ring[0]]
    assert picked(0, 13, now=just_before) == ring[1:]
    assert set(picked(0, now=just_before, exclude_recent_hours=24)) == set(ring[1:])
    assert set(picked(0, now=tomorrow, exclude_recent_hours=24)) == set(ring)
    assert set(picked(0, now=tomorrow, exclude_recent_hours=25)) == set(ring[1:])
    assert set(picked(0, now=NOON, exclude_recent_hours=0)) == set(ring)


@pytest.mark.parametrize(
    ("wish", "new"), [({}, 2), ({"mode": "weak_areas"}, 2), ({"difficulty": (1, 4)}, 0), ({"mode": "speed_drill"}, 2)]
)
def test_who_has_seen_nearly_everything_is_asked_the_rest_and_then_what_she_saw_longest_ago(
    ring: list[int], bank: dict[str, Any], wish: dict[str, Any], new: int
) -> None:
    hard = [question["id"] for question in bank.values() if question["difficulty"] == 5]
    seen = [question for question in ring if question not in hard]
    for minute, question in enumerate(seen):
        submit(f"2026-03-01T12:{minute:02}:00+00:00", question)
    evening = NOON + dt.timedelta(hours=6)
    asked = picked(0, now=evening, **wish)
    assert (set(asked[:new]), asked[new:]) == (set(hard[:new]), seen)
    few = picked(0, 6, now=evening, **wish)
    assert len(few) == 6
    assert few == [question for question in asked if question in few]
    assert set(picked(0, now=evening, exclude_recent_hours=24, **wish)) == set(hard[:new])


def test_a_review_leaves_nothing_out_by_itself(ring: list[int]) -> None:
    wrong = ring[2:4]
    for question in wrong:
        submit("2026-03-01T12:00:00+00:00", question, "b")
    assert picked(0, mode="review") == wrong[::-1]
    assert picked(0, mode="review", exclude_recent_hours=1) == []
    assert picked(0, mode="review", exclude_recent_hours=1, now=NOON + dt.timedelta(hours=1)) == wrong[::-1]

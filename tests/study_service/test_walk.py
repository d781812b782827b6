"""A pick walks the shuffled order from a point that the caller draws, once around, by the caller's clock."""

import datetime as dt
from typing import Any

import pytest

from shared_schema.database import LibsqlDatabase
from study_service import selection
from study_service.selection import Wish
from tests.conftest import caught_up
from tests.study_service.conftest import submit

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def ring(bank: dict[str, Any], database: LibsqlDatabase) -> list[int]:
    """The questions in their shuffled order: their keys are 10, 20, and so on to 140."""
    ids = [question["id"] for question in bank.values()][::-1]
    for place, question in enumerate(ids):
        database.execute_sql("UPDATE questions SET shuffle_key = ? WHERE id = ?", (10 * (place + 1), question))
    return ids


def picked(first: int, count: int = 100, now: dt.datetime = NOON, **wish: Any) -> list[int]:
    caught_up()
    return [question["id"] for question in selection.pick(1, Wish(1, count, **wish), now, first)]


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
    submit("2026-03-01T12:00:00+00:00", ring[0])  # which also draws it a new place in the order
    tomorrow = NOON + dt.timedelta(hours=24)
    assert set(picked(0, now=tomorrow - dt.timedelta(seconds=1))) == set(ring[1:])
    assert set(picked(0, now=tomorrow)) == set(ring)
    assert set(picked(0, now=tomorrow, exclude_recent_hours=25)) == set(ring[1:])
    assert set(picked(0, now=NOON, exclude_recent_hours=0)) == set(ring)


def test_a_review_leaves_nothing_out_by_itself(ring: list[int]) -> None:
    wrong = ring[2:4]
    for question in wrong:
        submit("2026-03-01T12:00:00+00:00", question, "b")
    assert picked(0, mode="review") == wrong[::-1]
    assert picked(0, mode="review", exclude_recent_hours=1) == []
    assert picked(0, mode="review", exclude_recent_hours=1, now=NOON + dt.timedelta(hours=1)) == wrong[::-1]

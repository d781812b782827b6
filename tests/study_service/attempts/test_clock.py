"""When a test ends, with more time and with less."""

import pytest

from shared_schema.database import LibsqlDatabase, Statement
from study_service.attempts import clock

MINUTES = 60
START = 1_800_000_000


def changed(now: int, expires_at: int, factor: float, minutes: int = 60) -> int:
    """When an attempt of `minutes` that began at START ends after its factor has changed."""
    attempt = f"SELECT {START} AS started_at, {minutes} AS time_limit_minutes, {expires_at} AS expires_at"
    sql = f"SELECT {clock.CHANGED} FROM ({attempt})"
    database = LibsqlDatabase("file::memory:")
    (result,) = database.fetch([Statement(sql, {"now": now, "factor": float(factor)})])
    database.close()
    return result.value(int)


def test_the_deadline_is_the_limit_times_the_factor() -> None:
    assert clock.deadline(START, 60, 1) == START + 3600
    assert clock.deadline(START, 60, 1.5) == START + 5400
    assert clock.deadline(START, 50, 1.1) == START + 3300


@pytest.mark.parametrize("factor", [1, 1.1, 1.25, 1.333, 1.5, 2, 3])
@pytest.mark.parametrize("minutes", [1, 7, 25, 90, 1440])
def test_sql_and_python_agree(factor: float, minutes: int) -> None:
    assert changed(START, START, factor, minutes) == clock.deadline(START, minutes, factor)


def test_time_taken_back_leaves_a_minute_and_never_gives_any() -> None:
    granted = START + 90 * MINUTES
    assert changed(START + 30 * MINUTES, START + 60 * MINUTES, 1.5) == granted
    assert changed(START + 40 * MINUTES, granted, 1) == START + 60 * MINUTES
    assert changed(START + 70 * MINUTES, granted, 1) == START + 71 * MINUTES
    assert changed(granted - 20, granted, 1) == granted


def test_the_same_factor_again_changes_nothing() -> None:
    assert changed(START + 3590, START + 3600, 1) == START + 3600


def test_an_attempt_is_over_when_the_grace_is() -> None:
    ends = START + 3600
    assert not clock.is_over(ends, ends + clock.GRACE_S)
    assert clock.is_over(ends, ends + clock.GRACE_S + 0.1)
    assert 5 <= clock.GRACE_S <= 10


def test_a_test_that_nobody_submits_ends_at_the_bell_or_with_a_later_answer() -> None:
    assert clock.ended_at(100, None) == 100
    assert clock.ended_at(100, 90) == 100
    assert clock.ended_at(100, 103) == 103

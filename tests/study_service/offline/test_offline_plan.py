"""The order and the times of answers that were given offline: pure rules."""

import datetime as dt

import pytest

from study_service import offline_plan
from study_service.answers import Submission
from study_service.offline_plan import Item

NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
SECOND = 1_000_000


def micro(moment: str) -> int:
    return int(dt.datetime.fromisoformat(moment).timestamp() * SECOND)


def item(name: str, moment: int, digest: str = "") -> Item:
    return Item(name, Submission(1, "a", 5), moment, digest)


@pytest.mark.parametrize(
    ("sent", "counts"),
    [
        ("2026-11-26T11:59:59.999Z", "2026-11-26T11:59:59Z"),
        ("2026-11-26T12:00:00Z", "2026-11-26T12:00:00Z"),
        ("2026-11-26T12:00:01Z", "2026-11-26T12:00:00Z"),
        ("2027-01-01T00:00:00Z", "2026-11-26T12:00:00Z"),
        ("2026-10-27T12:00:00Z", "2026-10-27T12:00:00Z"),
        ("2026-10-27T11:59:59Z", "2026-10-27T12:00:00Z"),
        ("1970-01-01T00:00:00Z", "2026-10-27T12:00:00Z"),
        ("0001-01-01T00:00:00Z", "2026-10-27T12:00:00Z"),
    ],
)
def test_a_clock_that_lies_is_clamped_to_the_last_thirty_days(sent: str, counts: str) -> None:
    at = offline_plan.at(item("x", micro(sent)), NOW)
    assert at == micro(counts) // SECOND


def test_answers_go_in_the_order_of_the_clients_clock_then_of_the_request() -> None:
    sent = [item("c", 5), item("b", 3), item("a", 5), item("far", micro("2090-01-01T00:00:00Z")), item("d", -7)]
    assert [one.client_id for one in offline_plan.in_order(sent)] == ["d", "b", "c", "a", "far"]


def test_a_client_id_counts_once_where_it_was_given_first() -> None:
    first, again = item("a", 3, "one"), item("a", 5, "two")
    assert offline_plan.in_order([again, first]) == [first]
    assert offline_plan.in_order([first, item("a", 3, "one")])[0] is first

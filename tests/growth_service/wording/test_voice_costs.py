"""What the routes of voice profiles cost: statements and their plans, the same however many profiles there are."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.growth_service.plans import Plans, uses, walks
from tests.growth_service.test_statements import KEY, verbs
from tests.growth_service.wording.speaking import CALM, STAR, VOICES, activated, added


@pytest.mark.parametrize("there_are", [0, 20])
def test_each_read_is_one_round_trip(
    approver: FlaskClient, bot: FlaskClient, count_queries: Any, there_are: int
) -> None:
    number = activated(approver)
    for name in range(there_are):
        added(approver, name=f"Voice {name}")
    reads = {f"/{number}": 1, "/active": 1, "?limit=100": 1, f"/{number}/versions": 2}
    for path, statements in reads.items():
        with count_queries() as queries:
            assert bot.get(f"{VOICES}{path}").status_code == 200
        assert len(queries) == statements, path  # of versions, that the profile is there, and they
    with count_queries() as queries:
        bot.post(f"{VOICES}/{number}/score", json={"text": "Which subnet?"})
    assert verbs(queries) == ["SELECT", "SELECT"]  # the key and the profile; nothing is written


def test_each_write_is_one_batch(approver: FlaskClient, count_queries: Any) -> None:
    with count_queries() as queries:
        number = added(approver)
    assert verbs(queries) == ["INSERT", "INSERT", "SELECT"]  # the row, its entry, the receipt
    with count_queries() as queries:
        approver.patch(f"{VOICES}/{number}", json={"tone": "dry"}, headers=STAR)
    # the profile; that it is unchanged, the entry, the change, the profile
    assert verbs(queries) == ["SELECT", "SELECT", "INSERT", "UPDATE", "SELECT"]
    with count_queries() as queries:
        approver.post(f"{VOICES}/{number}/activate")
    # that it is there, times and documents are usable; entry and change of the others, of this one; the receipt
    assert verbs(queries) == ["SELECT", "SELECT", "SELECT", "INSERT", "UPDATE", "INSERT", "UPDATE", "SELECT"]
    other = added(approver)
    with count_queries() as queries:
        approver.delete(f"{VOICES}/{other}", headers=STAR)
    # the profile; that it is unchanged and not active, the entry, the change
    assert verbs(queries) == ["SELECT", "SELECT", "SELECT", "INSERT", "UPDATE"]
    with count_queries() as queries:
        approver.post(f"{VOICES}/{number}/score", json={"text": "Which subnet?"}, headers=KEY)
    # the key and the profile; the key claimed, its receipt
    assert verbs(queries) == ["SELECT", "SELECT", "INSERT", "UPDATE"]


def test_profiles_are_found_by_their_indexes(approver: FlaskClient, bot: FlaskClient, plans: Plans) -> None:
    number, other = activated(approver), added(approver)
    for path in (f"/{number}", "/active", "", f"?after={number}", f"/{number}/versions", f"/{number}/versions?after=9"):
        planned = plans(lambda path=path: bot.get(f"{VOICES}{path}"))  # type: ignore[misc]
        assert walks(planned) == [], path
        assert not uses(planned, "TEMP B-TREE"), path
    assert uses(plans(lambda: bot.get(f"{VOICES}/active")), "USING INDEX voice_profiles_one_active (is_active=?)")
    versions = plans(lambda: bot.get(f"{VOICES}/{number}/versions"))
    assert uses(versions, "SEARCH w USING PRIMARY KEY (profile_id=? AND version<?)")
    for write in (
        lambda: approver.post(f"{VOICES}/{other}/activate"),
        lambda: approver.patch(f"{VOICES}/{other}", json={"tone": "dry"}, headers=STAR),
        lambda: approver.post(VOICES, json=CALM),
        lambda: approver.delete(f"{VOICES}/{number}", headers=STAR),
    ):
        assert walks(plans(write)) == []

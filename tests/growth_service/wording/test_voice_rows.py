"""Rows of voice profiles that others have written: adopted ones, and those that the code cannot use."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests import damage
from tests.damage import TOO_LATE
from tests.growth_service.conftest import stored
from tests.growth_service.wording.speaking import STAR, VOICES, activated, active, added, versions

TABLE = "voice_profiles"
BAD: list[tuple[str, Any, str]] = [
    *((column, value, "is not a list of texts") for column in ("topics", "vocabulary", "avoided", "examples")
      for value in ("no JSON", "{}", "null", '["a", 1]', '"a"')),
    *(("voice_data", value, "is not an object") for value in ("no JSON", "[]", "1")),
    *((column, TOO_LATE, "is not a time between the years 1 and 9999") for column in ("created_at", "updated_at")),
]  # fmt: skip


def test_a_row_of_an_older_database_is_a_profile_with_a_version(bot: FlaskClient, database: LibsqlDatabase) -> None:
    database.execute_sql("INSERT INTO voice_profiles (name, vocabulary, is_active) VALUES ('calm', '[\"tcp\"]', 1)")
    shown = bot.get(f"{VOICES}/active").json
    assert (shown["vocabulary"], shown["topics"]) == ({"preferred": ["tcp"], "avoided": []}, [])
    assert (shown["version"], shown["voiceData"], shown["prompt"]) == (
        1,
        None,
        "Write in the voice “calm”.\nWords to use where they fit: tcp",
    )
    assert [version["version"] for version in versions(database, shown["id"])] == [1]


@pytest.mark.parametrize(("column", "value", "problem"), BAD)
def test_a_row_that_cannot_be_used_is_left_out_of_lists_and_is_a_conflict_by_itself(
    approver: FlaskClient, bot: FlaskClient, database: LibsqlDatabase, column: str, value: Any, problem: str
) -> None:
    good, number = added(approver), activated(approver)
    damage.spoil(database, TABLE, column, value, number)
    with damage.logged() as lines:
        assert [voice["id"] for voice in bot.get(VOICES).json["voiceProfiles"]] == [good]
        for path in ("active", str(number)):
            refused = bot.get(f"{VOICES}/{path}")
            assert (refused.status_code, refused.json["code"]) == (409, "CONFLICT")
        assert bot.post(f"{VOICES}/{number}/score", json={"text": "subnet"}).status_code == 409
    assert lines()[0] == damage.about(damage.LEFT_OUT, TABLE, number, column, problem)
    assert lines()[1] == damage.about(damage.ASKED_FOR, TABLE, number, column, problem)


@pytest.mark.parametrize(("column", "value", "problem"), BAD)
def test_what_cannot_be_shown_is_neither_activated_nor_changed_but_can_be_deleted(
    approver: FlaskClient, database: LibsqlDatabase, column: str, value: Any, problem: str
) -> None:
    first, number = activated(approver), added(approver)
    damage.spoil(database, TABLE, column, value, number)
    before = stored(database, TABLE, number)
    assert approver.post(f"{VOICES}/{number}/activate").status_code == 409
    assert approver.patch(f"{VOICES}/{number}", json={"name": "x"}, headers=STAR).status_code == 409
    assert (stored(database, TABLE, number), active(database)) == (before, [first])
    assert approver.delete(f"{VOICES}/{number}", headers=STAR).status_code == 204


def test_an_old_version_that_cannot_be_shown_is_left_out(approver: FlaskClient, database: LibsqlDatabase) -> None:
    database.execute_sql("INSERT INTO voice_profiles (id, name, topics) VALUES (7, 'calm', 'no JSON')")
    database.execute_sql("UPDATE voice_profiles SET topics = '[]' WHERE id = 7")
    database.execute_sql("UPDATE voice_profiles SET tone = 'dry' WHERE id = 7")
    with damage.logged() as lines:
        page = approver.get(f"{VOICES}/7/versions?limit=3").json
    assert [version["version"] for version in page["versions"]] == [3, 2]
    assert page["next"] == 1
    problem = "is not a list of texts"
    assert lines() == [damage.about(damage.LEFT_OUT, "voice_profile_versions", 1, "topics", problem)]


def test_a_version_of_no_time_is_left_out(approver: FlaskClient, database: LibsqlDatabase) -> None:
    number = added(approver)
    strange = "INSERT INTO voice_profile_versions (profile_id, version, name, created_at) VALUES (?, 9, 'x', ?)"
    database.execute_sql(strange, (number, TOO_LATE))
    listed = approver.get(f"{VOICES}/{number}/versions").json["versions"]
    assert [version["version"] for version in listed] == [1]


def test_a_profile_that_somebody_deleted_by_hand_while_it_was_active_is_gone(
    approver: FlaskClient, bot: FlaskClient, database: LibsqlDatabase
) -> None:
    number = activated(approver)
    database.execute_sql("UPDATE voice_profiles SET deleted_at = 1 WHERE id = ?", (number,))
    assert bot.get(f"{VOICES}/active").status_code == 404
    other = activated(approver)
    assert (bot.get(f"{VOICES}/active").json["id"], active(database)) == (other, [other])

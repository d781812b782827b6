"""What a voice profile cannot be, and how much it can."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import row_count, stored
from tests.growth_service.wording.speaking import CALM, STAR, VOICES, added

TABLE = "voice_profiles"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " \t"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": None}, "name"),
        ({"description": "x" * 2001}, "description"),
        ({"tone": "x" * 501}, "tone"),
        ({"topics": ["x"] * 51}, "topics"),
        ({"topics": ["x" * 101]}, "topics.0"),
        ({"topics": ["good", " "]}, "topics.1"),
        ({"topics": "subnetting"}, "topics"),
        ({"topics": None}, "topics"),
        ({"vocabulary": ["subnet"]}, "vocabulary"),
        ({"vocabulary": {"preferred": ["x"] * 101}}, "vocabulary.preferred"),
        ({"vocabulary": {"avoided": ["x"] * 101}}, "vocabulary.avoided"),
        ({"vocabulary": {"avoided": ["\n"]}}, "vocabulary.avoided.0"),
        ({"vocabulary": {"forbidden": []}}, "vocabulary.forbidden"),
        ({"vocabulary": {"preferred": ["Hosts"], "avoided": ["host"]}}, "vocabulary"),
        ({"examples": ["x"] * 21}, "examples"),
        ({"examples": ["x" * 1001]}, "examples.0"),
        ({"voiceData": {"a": "x" * 10_000}}, "voiceData"),
        ({"voiceData": []}, "voiceData"),
        ({"isActive": True}, "isActive"),
        ({"version": 7}, "version"),
    ],
)
def test_what_a_profile_cannot_be_is_refused_by_name(
    approver: FlaskClient, database: LibsqlDatabase, wrong: dict[str, Any], field: str
) -> None:
    number = added(approver)
    before = stored(database, TABLE, number)
    for response in (
        approver.post(VOICES, json=CALM | wrong),
        approver.put(f"{VOICES}/{number}", json=CALM | wrong, headers=STAR),
        approver.patch(f"{VOICES}/{number}", json=wrong, headers=STAR),
    ):
        assert (response.status_code, list(response.json["errors"])) == (422, [field.split(".")[0]])
    assert row_count(database, TABLE) == 1
    assert stored(database, TABLE, number) == before


def test_the_greatest_profile_is_taken(approver: FlaskClient) -> None:
    full = {
        "name": "n" * 100,
        "description": "d" * 2000,
        "tone": "t" * 500,
        "topics": ["t" * 100] * 50,
        "vocabulary": {"preferred": ["p" * 100] * 100, "avoided": ["a" * 100] * 100},
        "examples": ["e" * 1000] * 20,
        "voiceData": {"a": "x" * 9_990},
    }
    number = added(approver, **full)
    assert full.items() <= approver.get(f"{VOICES}/{number}").json.items()

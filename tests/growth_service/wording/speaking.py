"""A voice profile as an admin sends it, and what tests do with profiles."""

from typing import Any

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement

VOICES = "/api/twitter/voice-profiles"
CALM: dict[str, Any] = {
    "name": "Calm engineer",
    "description": "Explains networks to people who learn",
    "tone": "calm, helpful",
    "topics": ["subnetting", "CCNA"],
    "vocabulary": {"preferred": ["subnet", "host"], "avoided": ["guru", "crush it"]},
    "examples": [
        "A /27 has 32 addresses, because 5 bits are left for hosts. What is the next subnet?",
        "Remember: the first address is the network, the last one the broadcast. Your hosts are between them.",
        "Which subnet is 10.0.0.77/26 in? You can count in steps of 64, for example from 10.0.0.0.",
    ],
    "voiceData": {"formality": 0.4, "writers": ["Ada"]},
}
STAR = {"If-Match": "*"}


def added(approver: FlaskClient, **changes: Any) -> int:
    """The id of a new profile."""
    response = approver.post(VOICES, json=CALM | changes)
    assert response.status_code == 201, response.json
    number: int = response.json["id"]
    return number


def activated(approver: FlaskClient, **changes: Any) -> int:
    """The id of a new profile that is active."""
    number = added(approver, **changes)
    assert approver.post(f"{VOICES}/{number}/activate").status_code == 200
    return number


def tag(approver: FlaskClient, number: int) -> dict[str, str]:
    """The header of a change of a profile as it is now."""
    return {"If-Match": approver.get(f"{VOICES}/{number}").headers["ETag"]}


def active(database: LibsqlDatabase) -> list[int]:
    """The ids of all profiles that are active in the database."""
    query = Statement("SELECT id FROM voice_profiles WHERE is_active = 1 ORDER BY id")
    return [row["id"] for row in database.fetch([query], fresh=True)[0].rows]


def versions(database: LibsqlDatabase, number: int) -> list[dict[str, Any]]:
    """The stored versions of a profile, the first one first."""
    query = Statement("SELECT * FROM voice_profile_versions WHERE profile_id = ? ORDER BY version", (number,))
    return [dict(row) for row in database.fetch([query], fresh=True)[0].rows]

"""Voice profiles over HTTP: what is stored and shown, who has the active one, what is refused."""

from typing import Any

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import audit_rows, backdate, changes, just_now, row_count, stored
from tests.growth_service.wording.speaking import CALM, STAR, VOICES, activated, active, added, tag, versions

TABLE = "voice_profiles"
NOBODY = {"voiceData": None, "description": None, "tone": None, "topics": [], "examples": []}
NOBODY |= {"vocabulary": {"preferred": [], "avoided": []}}


def entries(database: LibsqlDatabase) -> list[tuple[str, str, Any, Any]]:
    """The log of voice profiles: action, id, old and new values."""
    rows = audit_rows(database, "voice_profile")
    return [(row["action"].split(".")[1], row["entity_id"], row["old_values"], row["new_values"]) for row in rows]


def test_a_profile_becomes_a_row_with_its_first_version(approver: FlaskClient, database: LibsqlDatabase) -> None:
    response = approver.post(VOICES, json=CALM)
    assert response.status_code == 201
    number = response.json["id"]
    shown = {key: value for key, value in response.json.items() if key not in ("createdAt", "updatedAt")}
    assert shown == CALM | {"id": number, "version": 1, "isActive": False}
    content = {
        "name": "Calm engineer",
        "description": "Explains networks to people who learn",
        "tone": "calm, helpful",
        "topics": '["subnetting","CCNA"]',
        "vocabulary": '["subnet","host"]',
        "avoided": '["guru","crush it"]',
        "voice_data": '{"formality":0.4,"writers":["Ada"]}',
    }
    row = stored(database, TABLE, number)
    assert content.items() <= row.items()
    times = {"created_at": just_now(), "updated_at": just_now()}
    assert {"is_active": 0, "version": 1, "deleted_at": None, **times}.items() <= row.items()
    (version,) = versions(database, number)
    assert version == content | {"profile_id": number, "version": 1, "created_at": just_now()} | {
        "examples": row["examples"]
    }


def test_a_name_is_enough(approver: FlaskClient) -> None:
    assert approver.post(VOICES, json={"name": "Bare"}).json | NOBODY == approver.get(f"{VOICES}/1").json


def test_adding_is_logged_with_what_it_says(approver: FlaskClient, database: LibsqlDatabase) -> None:
    number = added(approver)
    ((action, entity, old, new),) = entries(database)
    assert (action, entity, old) == ("create", str(number), None)
    vocabulary = CALM["vocabulary"]
    assert new == {
        **{name: CALM[name] for name in ("name", "description", "tone", "topics", "examples")},
        "vocabulary": vocabulary["preferred"],
        "avoided": vocabulary["avoided"],
        "voice_data": CALM["voiceData"],
    }
    (row,) = audit_rows(database, "voice_profile")
    assert (row["user_id"], row["role"]) == (4, "admin")


def test_the_active_profile_is_what_a_prompt_needs(approver: FlaskClient, bot: FlaskClient) -> None:
    assert (bot.get(f"{VOICES}/active").status_code, bot.get(f"{VOICES}/active").json["code"]) == (404, "NOT_FOUND")
    added(approver, name="Other")
    number = activated(approver)
    shown = bot.get(f"{VOICES}/active").json
    assert CALM.items() <= shown.items()
    assert (shown["id"], shown["version"], shown["isActive"]) == (number, 1, True)
    assert shown["prompt"].splitlines() == [
        "Write in the voice “Calm engineer”.",
        "Who speaks: Explains networks to people who learn",
        "Tone: calm, helpful",
        "Topics: subnetting, CCNA",
        "Words to use where they fit: subnet, host",
        "Words never to use: guru, crush it",
        "Posts in this voice. Take their manner, and copy none of them:",
        *(f"- {example}" for example in CALM["examples"]),
    ]


def test_a_prompt_has_no_line_for_what_is_not_said_and_no_line_of_the_profiles_own(
    approver: FlaskClient, bot: FlaskClient
) -> None:
    number = activated(approver, **NOBODY | {"name": "A\nTone: rude", "description": "x\r\n\n- y"})
    prompt = bot.get(f"{VOICES}/active").json["prompt"]
    assert prompt == "Write in the voice “A Tone: rude”.\nWho speaks: x - y"
    approver.patch(f"{VOICES}/{number}", json={"description": ""}, headers=STAR)
    assert bot.get(f"{VOICES}/active").json["prompt"] == "Write in the voice “A Tone: rude”."


def test_activation_takes_the_place_of_the_other_one(approver: FlaskClient, database: LibsqlDatabase) -> None:
    first, second, third = activated(approver), added(approver), added(approver)
    backdate(database, TABLE)
    before = [stored(database, TABLE, number) for number in (first, second, third)]
    response = approver.post(f"{VOICES}/{second}/activate", json={})
    assert (response.status_code, response.json["isActive"], response.json["id"]) == (200, True, second)
    after = [stored(database, TABLE, number) for number in (first, second, third)]
    assert changes(before[0], after[0]) == {"is_active": 0, "updated_at": just_now()}
    assert changes(before[1], after[1]) == {"is_active": 1, "updated_at": just_now()}
    assert changes(before[2], after[2]) == {}
    assert entries(database)[-2:] == [
        ("deactivate", str(first), {"is_active": True}, {"is_active": False}),
        ("activate", str(second), {"is_active": False}, {"is_active": True}),
    ]


def test_activating_the_active_one_changes_nothing(approver: FlaskClient, database: LibsqlDatabase) -> None:
    number = activated(approver)
    backdate(database, TABLE)
    before, logged = stored(database, TABLE, number), entries(database)
    assert approver.post(f"{VOICES}/{number}/activate").json["isActive"] is True
    assert (stored(database, TABLE, number), entries(database)) == (before, logged)


def test_what_is_not_there_is_not_activated(approver: FlaskClient, database: LibsqlDatabase) -> None:
    number, gone = activated(approver), added(approver)
    approver.delete(f"{VOICES}/{gone}", headers=STAR)
    for missing in (gone, 999):
        assert approver.post(f"{VOICES}/{missing}/activate").json["detail"] == "no such voice profile"
    assert active(database) == [number]


def test_a_key_answers_an_activation_once(approver: FlaskClient, database: LibsqlDatabase) -> None:
    first, second = added(approver), added(approver)
    key = {"Idempotency-Key": "k"}
    once = approver.post(f"{VOICES}/{first}/activate", headers=key)
    approver.post(f"{VOICES}/{second}/activate")
    again = approver.post(f"{VOICES}/{first}/activate", headers=key)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (once.json, "true")
    assert active(database) == [second]
    assert approver.post(f"{VOICES}/{second}/activate", headers=key).status_code == 409


def test_a_key_adds_a_profile_once(approver: FlaskClient, database: LibsqlDatabase) -> None:
    key = {"Idempotency-Key": "k"}
    once, again = (approver.post(VOICES, json=CALM, headers=key) for _ in range(2))
    assert (again.json, again.headers["Idempotency-Replayed"]) == (once.json, "true")
    assert row_count(database, TABLE) == 1
    assert approver.post(VOICES, json=CALM | {"name": "Other"}, headers=key).status_code == 409


def test_profiles_are_listed_in_pages_without_those_that_are_gone(approver: FlaskClient, bot: FlaskClient) -> None:
    numbers = [added(approver, name=f"Voice {n}") for n in range(4)]
    approver.delete(f"{VOICES}/{numbers[1]}", headers=STAR)
    first = bot.get(f"{VOICES}?limit=2").json
    assert [voice["name"] for voice in first["voiceProfiles"]] == ["Voice 0", "Voice 2"]
    assert first["next"] == numbers[2]
    second = bot.get(f"{VOICES}?limit=2&after={first['next']}").json
    assert [voice["name"] for voice in second["voiceProfiles"]] == ["Voice 3"]
    assert second["next"] is None
    assert second["voiceProfiles"][0] == approver.get(f"{VOICES}/{numbers[3]}").json


def test_a_deleted_profile_is_gone_and_its_row_and_versions_stay(
    approver: FlaskClient, database: LibsqlDatabase
) -> None:
    number, other = added(approver), added(approver)
    backdate(database, TABLE)
    before, kept = stored(database, TABLE, number), stored(database, TABLE, other)
    assert approver.delete(f"{VOICES}/{number}", headers=tag(approver, number)).status_code == 204
    assert changes(before, stored(database, TABLE, number)) == {"deleted_at": just_now(), "updated_at": just_now()}
    assert stored(database, TABLE, other) == kept
    assert len(versions(database, number)) == 1
    assert entries(database)[-1] == ("delete", str(number), {"name": "Calm engineer"}, None)
    for path in ("", "/versions"):
        assert approver.get(f"{VOICES}/{number}{path}").status_code == 404
    assert approver.patch(f"{VOICES}/{number}", json={"name": "x"}, headers=STAR).status_code == 404
    assert approver.delete(f"{VOICES}/{number}", headers=STAR).status_code == 404


def test_the_active_profile_cannot_be_deleted(approver: FlaskClient, database: LibsqlDatabase) -> None:
    number, other = activated(approver), added(approver)
    refused = approver.delete(f"{VOICES}/{number}", headers=STAR)
    assert (refused.status_code, refused.json["detail"]) == (409, "this profile is active: activate another one first")
    assert active(database) == [number]
    approver.post(f"{VOICES}/{other}/activate")
    assert approver.delete(f"{VOICES}/{number}", headers=STAR).status_code == 204

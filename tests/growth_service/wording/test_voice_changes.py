"""Edits of voice profiles: each is a version of its own, and none undoes another that its sender has not seen."""

from collections.abc import Callable
from typing import Any

import peewee
import pytest
from flask.testing import FlaskClient

from growth_service.wording import voice_changes
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase
from shared_schema.problems import Conflict, PreconditionFailed
from tests.growth_service.conftest import audit_rows, backdate, changes, just_now, stored
from tests.growth_service.wording.speaking import CALM, STAR, VOICES, activated, added, tag, versions

TABLE = "voice_profiles"
EDITS: dict[str, tuple[Any, dict[str, Any]]] = {
    "name": ("New", {"name": "New"}),
    "description": (None, {"description": None}),
    "tone": ("dry", {"tone": "dry"}),
    "topics": (["dns"], {"topics": '["dns"]'}),
    "vocabulary": ({"preferred": ["zone"], "avoided": []}, {"vocabulary": '["zone"]', "avoided": "[]"}),
    "examples": ([], {"examples": "[]"}),
    "voiceData": ({"a": 1}, {"voice_data": '{"a":1}'}),
}


@pytest.mark.parametrize("field", EDITS)
def test_an_edit_changes_its_column_alone_and_makes_a_version(
    approver: FlaskClient, database: LibsqlDatabase, field: str
) -> None:
    number, other = added(approver), added(approver)
    backdate(database, TABLE)
    before, untouched = stored(database, TABLE, number), stored(database, TABLE, other)
    value, columns = EDITS[field]
    shown = approver.patch(f"{VOICES}/{number}", json={field: value}, headers=tag(approver, number))
    assert (shown.status_code, shown.json[field], shown.json["version"]) == (200, value, 2)
    after = stored(database, TABLE, number)
    assert changes(before, after) == {**columns, "version": 2, "updated_at": just_now()}
    assert stored(database, TABLE, other) == untouched
    first, second = versions(database, number)
    same = ("name", "description", "tone", "topics", "vocabulary", "avoided", "examples", "voice_data")
    assert {name: first[name] for name in same} == {name: before[name] for name in same}
    assert {name: second[name] for name in same} == {name: after[name] for name in same}
    assert (first["version"], second["version"], second["created_at"]) == (1, 2, just_now())
    assert len(versions(database, other)) == 1


def test_an_edit_is_logged_with_what_was_and_what_is(approver: FlaskClient, database: LibsqlDatabase) -> None:
    number = added(approver)
    approver.patch(f"{VOICES}/{number}", json={"tone": "dry", "topics": ["dns"], "name": CALM["name"]}, headers=STAR)
    entry = audit_rows(database, "voice_profile")[-1]
    assert (entry["action"], entry["entity_id"]) == ("voice_profile.change", str(number))
    assert entry["old_values"] == {"tone": "calm, helpful", "topics": ["subnetting", "CCNA"]}
    assert entry["new_values"] == {"tone": "dry", "topics": ["dns"]}


def test_an_edit_that_changes_nothing_writes_nothing(approver: FlaskClient, database: LibsqlDatabase) -> None:
    number = added(approver)
    backdate(database, TABLE)
    before, logged = stored(database, TABLE, number), len(audit_rows(database, "voice_profile"))
    for method, body in (("PATCH", {}), ("PATCH", {"tone": CALM["tone"]}), ("PUT", CALM)):
        response = approver.open(f"{VOICES}/{number}", method=method, json=body, headers=STAR)
        assert (response.status_code, response.json["version"]) == (200, 1)
    assert stored(database, TABLE, number) == before
    assert (len(versions(database, number)), len(audit_rows(database, "voice_profile"))) == (1, logged)


def test_a_replacement_empties_what_it_does_not_name(approver: FlaskClient, database: LibsqlDatabase) -> None:
    number = activated(approver)
    shown = approver.put(f"{VOICES}/{number}", json={"name": "Bare"}, headers=STAR).json
    empty = {"description": None, "tone": None, "topics": [], "examples": [], "voiceData": None}
    assert (empty | {"vocabulary": {"preferred": [], "avoided": []}}).items() <= shown.items()
    assert (shown["name"], shown["version"], shown["isActive"]) == ("Bare", 2, True)
    assert approver.put(f"{VOICES}/{number}", json={"tone": "dry"}, headers=STAR).json["errors"].keys() == {"name"}


def test_the_vocabulary_is_sent_whole(approver: FlaskClient) -> None:
    number = added(approver)
    edit = {"vocabulary": {"avoided": ["hype"]}}
    shown = approver.patch(f"{VOICES}/{number}", json=edit, headers=STAR).json
    assert shown["vocabulary"] == {"preferred": [], "avoided": ["hype"]}


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_change_must_name_the_version_that_was_read(
    approver: FlaskClient, database: LibsqlDatabase, method: str
) -> None:
    number, other = added(approver), added(approver, name="Other")
    stale = tag(approver, number)
    approver.patch(f"{VOICES}/{number}", json={"tone": "dry"}, headers=stale)
    before = stored(database, TABLE, number)
    body = {} if method == "DELETE" else {"json": CALM | {"name": "Lost"}}
    for headers, status, code in (
        ({}, 428, "PRECONDITION_REQUIRED"),
        (stale, 412, "PRECONDITION_FAILED"),
        (tag(approver, other), 412, "PRECONDITION_FAILED"),
        ({"If-Match": '"x"'}, 412, "PRECONDITION_FAILED"),
    ):
        refused = approver.open(f"{VOICES}/{number}", method=method, headers=headers, **body)
        assert (refused.status_code, refused.json["code"]) == (status, code)
    assert stored(database, TABLE, number) == before
    good = approver.open(f"{VOICES}/{number}", method=method, headers=tag(approver, number), **body)
    assert good.status_code in (200, 204)


def test_an_answer_to_an_edit_has_the_tag_for_the_next(approver: FlaskClient) -> None:
    number = added(approver)
    headers = tag(approver, number)
    for tone in ("dry", "warm", "cold"):
        edited = approver.patch(f"{VOICES}/{number}", json={"tone": tone}, headers=headers)
        assert edited.status_code == 200
        headers = {"If-Match": edited.headers["ETag"]}
    assert headers == tag(approver, number)


def test_an_activation_does_not_get_in_the_way_of_an_edit(approver: FlaskClient) -> None:
    number = added(approver)
    headers = tag(approver, number)
    approver.post(f"{VOICES}/{number}/activate")
    assert approver.patch(f"{VOICES}/{number}", json={"tone": "dry"}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("preferred", "avoided", "word"),
    [
        (["Wizard"], ["wizards"], "Wizard"),
        (["Gurus"], ["guru", "crush it"], "Gurus"),
        (["subnet", "host"], ["HOSTS"], "host"),
    ],
)
def test_an_edit_may_not_prefer_what_is_avoided(
    approver: FlaskClient, preferred: list[str], avoided: list[str], word: str
) -> None:
    number = added(approver)
    edit = {"vocabulary": {"preferred": preferred, "avoided": avoided}}
    refused = approver.patch(f"{VOICES}/{number}", json=edit, headers=STAR)
    assert refused.json["errors"] == {"vocabulary": [f"{word} is both preferred and avoided."]}


def test_an_older_profile_that_contradicts_itself_can_still_be_edited(
    approver: FlaskClient, database: LibsqlDatabase
) -> None:
    number = added(approver)
    database.execute_sql("UPDATE voice_profiles SET avoided = vocabulary")
    assert approver.patch(f"{VOICES}/{number}", json={"tone": "dry"}, headers=STAR).status_code == 200
    mended = {"vocabulary": {"preferred": ["host"]}}
    assert approver.patch(f"{VOICES}/{number}", json=mended, headers=STAR).json["vocabulary"]["avoided"] == []


def test_an_edit_by_hand_is_a_version_too(approver: FlaskClient, database: LibsqlDatabase) -> None:
    number = added(approver)
    database.execute_sql("UPDATE voice_profiles SET tone = 'by hand' WHERE id = ?", (number,))
    assert approver.get(f"{VOICES}/{number}").json["version"] == 2
    assert [version["tone"] for version in versions(database, number)] == ["calm, helpful", "by hand"]


def test_a_version_is_never_changed_or_taken_away(approver: FlaskClient, database: LibsqlDatabase) -> None:
    number = added(approver)
    approver.patch(f"{VOICES}/{number}", json={"tone": "dry"}, headers=STAR)
    kept = versions(database, number)
    for sql in (
        "UPDATE voice_profile_versions SET tone = 'other' WHERE version = 1",
        "UPDATE voice_profile_versions SET created_at = 5",
        "DELETE FROM voice_profile_versions WHERE version = 1",
    ):
        with pytest.raises(peewee.PeeweeException, match="voice_profile_versions: a version"):
            database.execute_sql(sql)
    assert versions(database, number) == kept


ACTOR = Actor("4", role="admin")


def interrupted(approver: FlaskClient, number: int, meanwhile: str) -> Callable[[str], None]:
    """What another admin does after the profile was read, and before anything is written."""

    def other(_: str) -> None:
        if meanwhile == "edited":
            assert approver.patch(f"{VOICES}/{number}", json={"tone": "theirs"}, headers=STAR).status_code == 200
        else:
            assert approver.delete(f"{VOICES}/{number}", headers=STAR).status_code == 204

    return other


@pytest.mark.parametrize("meanwhile", ["edited", "deleted"])
def test_what_comes_between_the_read_and_the_write_is_not_undone(
    approver: FlaskClient, database: LibsqlDatabase, meanwhile: str
) -> None:
    number = added(approver)
    with pytest.raises(PreconditionFailed):
        voice_changes.change(number, {"tone": "mine"}, interrupted(approver, number, meanwhile), ACTOR)
    after = stored(database, TABLE, number)
    assert after["tone"] == {"edited": "theirs", "deleted": CALM["tone"]}[meanwhile]
    assert [entry["user_id"] for entry in audit_rows(database, "voice_profile")] == [4, 4]


@pytest.mark.parametrize("meanwhile", ["edited", "deleted"])
def test_what_was_edited_or_deleted_meanwhile_is_not_deleted(
    approver: FlaskClient, database: LibsqlDatabase, meanwhile: str
) -> None:
    number = added(approver)
    with pytest.raises(PreconditionFailed):
        voice_changes.delete(number, interrupted(approver, number, meanwhile), ACTOR)
    assert (stored(database, TABLE, number)["deleted_at"] is None) is (meanwhile == "edited")
    assert len(audit_rows(database, "voice_profile")) == 2


def test_what_was_activated_meanwhile_is_not_deleted(approver: FlaskClient, database: LibsqlDatabase) -> None:
    number = added(approver)
    with pytest.raises(Conflict):
        voice_changes.delete(number, lambda _: approver.post(f"{VOICES}/{number}/activate"), ACTOR)
    assert approver.get(f"{VOICES}/active").json["id"] == number

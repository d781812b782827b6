"""What a voice profile has said, the latest version first."""

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.wording.speaking import CALM, STAR, VOICES, added


def test_every_version_is_told_as_it_was(approver: FlaskClient, bot: FlaskClient, database: LibsqlDatabase) -> None:
    number, other = added(approver), added(approver, name="Other")
    approver.patch(f"{VOICES}/{number}", json={"tone": "dry", "voiceData": None}, headers=STAR)
    approver.patch(f"{VOICES}/{other}", json={"tone": "of the other"}, headers=STAR)
    listed = bot.get(f"{VOICES}/{number}/versions").json
    second, first = listed["versions"]
    times = (first.pop("createdAt"), second.pop("createdAt"))
    assert all(time.endswith("Z") for time in times)
    assert first == CALM | {"version": 1, "current": False}
    assert second == CALM | {"version": 2, "current": True, "tone": "dry", "voiceData": None}
    assert listed["next"] is None


def test_versions_come_in_pages(approver: FlaskClient) -> None:
    number = added(approver)
    for tone in range(5):
        approver.patch(f"{VOICES}/{number}", json={"tone": f"tone {tone}"}, headers=STAR)
    page = approver.get(f"{VOICES}/{number}/versions?limit=4").json
    assert [version["version"] for version in page["versions"]] == [6, 5, 4, 3]
    assert page["next"] == 3
    page = approver.get(f"{VOICES}/{number}/versions?limit=4&after=3").json
    assert ([version["version"] for version in page["versions"]], page["next"]) == ([2, 1], None)


def test_without_the_profile_there_are_no_versions(approver: FlaskClient) -> None:
    assert approver.get(f"{VOICES}/7/versions").json["detail"] == "no such voice profile"

"""Answers about voice profiles."""

from tests.contract.asking import damaged, expect
from tests.contract.calls import Call
from tests.contract.people import People
from tests.growth_service.wording.speaking import CALM, VOICES, activated, added

shown = damaged("voice_profiles", 1)


def active(crowd: People, call: Call) -> None:
    """None, one, and one that cannot be shown."""
    crowd.database.execute_sql("UPDATE voice_profiles SET is_active = 0")
    expect(call.send(crowd.of(call)), 404)
    damaged("voice_profiles", activated(crowd.role("admin")))(crowd, call)


def changed(crowd: People, call: Call) -> None:
    """With no state, with one that was never read, with the present one; and while the row cannot be used."""
    admin = crowd.role("admin")
    number = added(admin)
    path = {"profileId": number}
    expect(call.send(admin, path=path, headers={}), 428)
    expect(call.send(admin, path=path, headers={"If-Match": '"stale"'}), 412)
    expect(call.send(admin, path=path), 200)
    crowd.database.execute_sql("UPDATE voice_profiles SET topics = 'no JSON' WHERE id = ?", (number,))
    expect(call.send(admin, path=path), 409)


def deleted(crowd: People, call: Call) -> None:
    admin = crowd.role("admin")
    path = {"profileId": activated(admin)}
    expect(call.send(admin, path=path, headers={}), 428)
    expect(call.send(admin, path=path, headers={"If-Match": '"stale"'}), 412)
    expect(call.send(admin, path=path), 409)
    activated(admin)
    expect(call.send(admin, path=path), 204)


def scored(crowd: People, call: Call) -> None:
    """Against a profile that says nothing of how a draft sounds, too."""
    admin = crowd.role("admin")
    bare = expect(admin.post(VOICES, json={"name": CALM["name"]}), 201)
    expect(call.send(crowd.of(call)), 200)
    expect(call.send(crowd.of(call), path={"profileId": bare["id"]}), 409)

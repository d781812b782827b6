"""Voice profiles of a database from before versions: of several active ones the last changed stays, none is lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import peewee
import pytest

from growth_service.wording import voice_changes, voice_versions, voices
from migrations import adoption
from migrations.tool.apply import upgrade
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase
from shared_schema.idempotency import Once
from shared_schema.tables import db
from tests.migrations.adoption import legacy
from tests.migrations.study.by_hand import migrate

MADE = "INSERT INTO voice_profiles (id, name, topics, is_active, updated_at) VALUES (?, ?, '[\"tcp\"]', ?, ?)"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[LibsqlDatabase]:
    """Five profiles, three of them active; 3 and 2 were changed last, in the same second."""
    opened = LibsqlDatabase(f"file:{tmp_path}/old.db")
    migrate(opened, "shared", 1, 2, 3, 4, 5)
    migrate(opened, "study", 1)
    migrate(opened, "growth", 1, 2, 3)
    for number, is_active, changed in ((1, 1, 50), (2, 1, 90), (3, 1, 90), (4, 0, 99), (5, 0, 10)):
        opened.execute_sql(MADE, (number, f"Voice {number}", is_active, changed))
    db.initialize(opened)  # type: ignore[attr-defined]
    yield opened
    opened.close()


def rows(database: LibsqlDatabase, sql: str) -> Any:
    return database.execute_sql(sql).fetchall()


def test_of_several_active_profiles_the_last_changed_stays_active(database: LibsqlDatabase) -> None:
    kept = "SELECT id, name, topics, updated_at FROM voice_profiles ORDER BY id"
    before = rows(database, kept)
    migrate(database, "growth", 9)
    assert rows(database, "SELECT id FROM voice_profiles WHERE is_active = 1") == [(3,)]
    assert rows(database, kept) == before
    with pytest.raises(peewee.IntegrityError):
        database.execute_sql("UPDATE voice_profiles SET is_active = 1 WHERE id = 4")


def test_each_profile_has_a_first_version_and_goes_on_from_it(database: LibsqlDatabase) -> None:
    migrate(database, "growth", 9)
    listed = "SELECT profile_id, version, name, topics, created_at FROM voice_profile_versions ORDER BY profile_id"
    assert rows(database, listed) == [
        (number, 1, f"Voice {number}", '["tcp"]', changed)
        for number, changed in ((1, 50), (2, 90), (3, 90), (4, 99), (5, 10))
    ]
    voice_changes.change(3, {"tone": "dry"}, lambda _: None, Actor("4", role="admin"))
    assert [version["tone"] for version in voice_versions.page(3, 0, 10).rows] == ["dry", None]


def test_what_the_release_before_writes_is_a_profile_with_a_version(database: LibsqlDatabase) -> None:
    migrate(database, "growth", 9)
    database.execute_sql("INSERT INTO voice_profiles (name, description) VALUES ('Old', 'of the release before')")
    database.execute_sql("UPDATE voice_profiles SET description = 'again' WHERE name = 'Old'")
    assert [version["description"] for version in voice_versions.page(6, 0, 10).rows] == [
        "again", "of the release before",
    ]  # fmt: skip


def test_the_way_back_leaves_the_profiles_as_they_are(database: LibsqlDatabase) -> None:
    before = rows(database, "SELECT * FROM voice_profiles WHERE is_active = 0")
    migrate(database, "growth", 9)
    migrate(database, "growth", 9, step="rollback")
    assert rows(database, "SELECT * FROM voice_profiles WHERE id IN (4, 5)") == before
    database.execute_sql("UPDATE voice_profiles SET is_active = 1, tone = 'x'")


def test_an_adopted_database_with_two_active_profiles_is_brought_up(tmp_path: Path) -> None:
    adopted = LibsqlDatabase(f"file:{tmp_path}/legacy.db")
    legacy.create(adopted, "fourteen")
    for name in ("loud", "quiet"):
        legacy.insert(adopted, "voice_profiles", name=name, vocabulary='["tcp"]', is_active="true")
    adoption.adopt(adopted)
    upgrade.up(adopted)
    db.initialize(adopted)  # type: ignore[attr-defined]
    assert voices.active()["name"] == "quiet"
    voice_changes.activate(1, Actor("4", role="admin"), Once("growth:admin:4"))
    assert voices.active()["name"] == "loud"
    adopted.close()

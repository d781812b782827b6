"""However many admins activate voices at the same time, one is active in the end, and the log tells how that came."""

import subprocess
import sys
import threading
from pathlib import Path

import peewee
import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.conftest import client
from tests.growth_service.conftest import audit_rows
from tests.growth_service.wording.speaking import STAR, VOICES, activated, active, added, versions
from tests.stages import environment_of

_ADMIN = """
import sys
from growth_service.wording import voice_changes
from shared_schema import environment
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase
from shared_schema.idempotency import Once
from shared_schema.tables import db

db.initialize(LibsqlDatabase(environment.database()))
print("ready", flush=True)
numbers = [int(number) for number in sys.stdin.readline().split()]
for number in numbers * 5:
    voice_changes.activate(number, Actor("4", role="admin"), Once("growth:admin:4"))
"""


def test_processes_that_activate_at_once_leave_exactly_one(
    approver: FlaskClient, database: LibsqlDatabase, settings: Settings
) -> None:
    numbers = [added(approver, name=f"Voice {n}") for n in range(4)]
    root, env = str(Path(__file__).parents[3]), environment_of(settings)
    admins = [
        subprocess.Popen(
            [sys.executable, "-c", _ADMIN], cwd=root, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in numbers
    ]
    for one in admins:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for place, one in enumerate(admins):
        assert one.stdin is not None
        one.stdin.write(" ".join(map(str, numbers[place:] + numbers[:place])) + "\n")
        one.stdin.flush()
    assert [one.wait(timeout=60) for one in admins] == [0] * 4
    (left,) = active(database)
    assert _replayed(database) == left


def _replayed(database: LibsqlDatabase) -> int | None:
    """The profile that is active by the log alone; each step of it must follow from the one before."""
    now: int | None = None
    for entry in audit_rows(database, "voice_profile"):
        number = int(entry["entity_id"])
        if entry["action"] == "voice_profile.deactivate":
            assert now == number
            now = None
        elif entry["action"] == "voice_profile.activate":
            assert now is None
            now = number
    return now


def test_of_twenty_edits_of_one_version_one_counts(
    growth_app: Flask, approver: FlaskClient, database: LibsqlDatabase
) -> None:
    number = added(approver)
    match = {"If-Match": approver.get(f"{VOICES}/{number}").headers["ETag"]}
    codes: list[int] = []
    start = threading.Barrier(20)

    def work(tone: str) -> None:
        caller = client(growth_app, "4", "admin")
        start.wait()
        codes.append(caller.patch(f"{VOICES}/{number}", json={"tone": tone}, headers=match).status_code)
        database.close()

    threads = [threading.Thread(target=work, args=(f"tone {n}",)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200] + [412] * 19
    assert [version["version"] for version in versions(database, number)] == [1, 2]


def test_a_profile_that_is_deleted_and_activated_at_once_is_not_both(
    growth_app: Flask, approver: FlaskClient, database: LibsqlDatabase
) -> None:
    for _ in range(5):
        number = added(approver)
        start = threading.Barrier(2)

        def work(method: str, path: str, number: int = number, start: threading.Barrier = start) -> None:
            caller = client(growth_app, "4", "admin")
            start.wait()
            caller.open(f"{VOICES}/{number}{path}", method=method, headers=STAR)
            database.close()

        threads = [threading.Thread(target=work, args=args) for args in (("DELETE", ""), ("POST", "/activate"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        gone = approver.get(f"{VOICES}/{number}").status_code == 404
        assert (number in active(database)) is not gone


def test_the_database_itself_refuses_a_second_active_profile(approver: FlaskClient, database: LibsqlDatabase) -> None:
    activated(approver)
    other = added(approver)
    with pytest.raises(peewee.IntegrityError, match=r"voice_profiles\.is_active"):
        database.execute_sql("UPDATE voice_profiles SET is_active = 1 WHERE id = ?", (other,))

"""Keys of a release before shared/007, which goes on with the table of its own while this one is at work.

Its statements stand here as that release had them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import peewee
import pytest

from shared_schema import outcomes
from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict
from shared_schema.releases import streams
from shared_schema.tables import db
from tests.migrations.study.by_hand import migrate

FIND = """
    SELECT subject, digest, receipt, endpoint, created_at < unixepoch() - 604800 AS is_old FROM idempotency_keys
    WHERE subject IN (:subject, :before) AND key = :key ORDER BY subject = :subject DESC LIMIT 1
"""
OLD = """
    SELECT subject, key FROM idempotency_keys INDEXED BY idempotency_keys_created_at
    WHERE created_at < unixepoch() - 604800 ORDER BY created_at, subject, key LIMIT 2
"""
CLAIM = """
    INSERT INTO idempotency_keys (subject, key, digest, endpoint)
    SELECT coalesce((SELECT subject FROM idempotency_keys WHERE subject = :before AND key = :key), :subject),
        :key, :digest, :endpoint
"""
SEAL = "UPDATE idempotency_keys SET receipt = ({}) WHERE subject = ? AND key = ? RETURNING receipt"
ADD = "INSERT INTO users (email, name) VALUES (?, 'n')"
DONE = "SELECT json_object('users', count(*)) FROM users"
WHO = {"subject": "study:user:1", "before": "user:1", "key": "k"}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[LibsqlDatabase]:
    """A database of the release before."""
    opened = LibsqlDatabase(f"file:{tmp_path}/old.db")
    migrate(opened, "shared", *(number for number in _numbers() if number < 7))
    db.initialize(opened)  # type: ignore[attr-defined]
    yield opened
    opened.close()


def _numbers() -> list[int]:
    return [int(path.name[:3]) for path in sorted(streams.directory("shared").glob("[0-9]*.py"))]


def before(database: LibsqlDatabase, email: str, who: dict[str, str] = WHO) -> Any:
    """A write of the release before; its receipt."""
    steps = [
        Statement(f"INSERT OR IGNORE INTO forgotten_keys (subject) SELECT subject FROM ({OLD})"),
        Statement(f"DELETE FROM idempotency_keys WHERE (subject, key) IN ({OLD})"),
        Statement(CLAIM, {**who, "digest": "d", "endpoint": "e"}),
        Statement(ADD, (email,)),
        Statement(SEAL.format(DONE), (who["subject"], who["key"])),
    ]
    return database.batch(steps, idempotent=True)[-1].value(str)


def now(email: str, digest: str = "d", subject: str = "study:user:1") -> Receipt:
    """A write of this release."""
    return Once(subject, "k", digest, "e").write([Statement(ADD, (email,))], DONE)


def emails(database: LibsqlDatabase) -> list[str]:
    return [email for (email,) in database.execute_sql("SELECT email FROM users ORDER BY email").fetchall()]


def test_what_was_answered_before_the_migration_is_answered_again(database: LibsqlDatabase) -> None:
    before(database, "one@x.example")
    migrate(database, "shared", 7)
    assert now("two@x.example") == Receipt({"users": 1}, replayed=True)
    assert outcomes.of(Once("study:user:1", "k"), None) == outcomes.Outcome("e", {"users": 1})
    with pytest.raises(Conflict, match="used for another request"):
        now("two@x.example", "other")
    assert emails(database) == ["one@x.example"]


def test_the_release_before_goes_on_as_it_was_and_this_one_knows_what_it_does(database: LibsqlDatabase) -> None:
    migrate(database, "shared", 7)
    assert before(database, "one@x.example") == '{"users":1}'
    with pytest.raises(peewee.IntegrityError) as caught:
        before(database, "two@x.example")
    assert errors.is_unique(caught.value, "idempotency_keys", "subject", "key")
    (known,) = database.fetch([Statement(FIND, WHO)])
    assert known.one(dict)["receipt"] == '{"users":1}'
    assert now("two@x.example").replayed
    assert emails(database) == ["one@x.example"]


def test_what_this_release_has_answered_the_release_before_does_not_do_again(database: LibsqlDatabase) -> None:
    migrate(database, "shared", 7)
    assert now("one@x.example") == Receipt({"users": 1}, replayed=False)
    for who in (WHO, {"subject": "user:1", "before": "", "key": "k"}):  # the latter wrote no service
        with pytest.raises(peewee.OperationalError, match="a newer release has answered it") as caught:
            before(database, "two@x.example", who)
        assert isinstance(errors.cause(caught.value), errors.Busy)
    assert emails(database) == ["one@x.example"]
    before(database, "three@x.example", WHO | {"key": "another"})
    before(database, "two@x.example", WHO | {"subject": "growth:user:1"})
    assert emails(database) == ["one@x.example", "three@x.example", "two@x.example"]


def test_of_both_at_once_the_later_is_refused(database: LibsqlDatabase) -> None:
    """Neither has found the key when it looked, and the other one's batch comes first."""
    migrate(database, "shared", 7)
    once = Once("study:user:1", "k", "d")
    assert once.replay(database.fetch([once.lookup()])[0]) is None
    before(database, "one@x.example")
    claim = "INSERT INTO receipts (subject, key, digest) VALUES ('study:user:1', 'k', x'00')"
    with pytest.raises(peewee.IntegrityError) as caught:
        database.batch([Statement(claim)])
    assert errors.is_unique(caught.value, "receipts", "subject", "key")
    assert database.execute_sql("SELECT count(*) FROM receipts").fetchone() == (0,)


def test_each_service_has_its_own_keys(database: LibsqlDatabase) -> None:
    migrate(database, "shared", 7)
    before(database, "one@x.example")
    assert not now("two@x.example", subject="growth:user:1").replayed
    assert emails(database) == ["one@x.example", "two@x.example"]


def test_after_a_way_back_the_release_before_is_as_it_was(database: LibsqlDatabase) -> None:
    migrate(database, "shared", 7)
    before(database, "one@x.example")
    now("two@x.example", subject="study:user:2")
    migrate(database, "shared", 7, step="rollback")
    before(database, "three@x.example", WHO | {"subject": "study:user:2"})  # its receipt is gone
    assert emails(database) == ["one@x.example", "three@x.example", "two@x.example"]
    assert [name for name in database.get_tables() if name == "receipts"] == []

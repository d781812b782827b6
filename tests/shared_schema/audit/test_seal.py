"""Sealing: each entry once, in the order of ids, however many seal at once."""

import contextvars
import hashlib
import json
from collections.abc import Callable
from typing import Any

import peewee
import pytest

from shared_schema.audit import chain, erasure, seal, verify
from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.database.settings import Settings
from tests.shared_schema.audit.conftest import broken, fill, rows, sealed_ids
from tests.study_service.conftest import meanwhile


def by_hand(before: str, entry: dict[str, Any], link: dict[str, Any]) -> str:
    """The hash of a seal, computed without our code."""

    def digest(salt: str, *values: object) -> str:
        text = json.dumps(list(values), separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(bytes.fromhex(salt) + text.encode()).hexdigest()

    e = entry
    origin = digest(link["origin_salt"], e["ip_address"], e["user_agent"], e["session_id"], e["metadata"])
    content = digest(link["content_salt"], e["old_values"], e["new_values"], e["error_message"])
    assert (link["origin_digest"], link["content_digest"]) == (origin, content)
    plain = [e[name] for name in ("id", "user_id", "role", "action", "entity_type", "entity_id", "request_id")]
    plain += [e[name] for name in ("method", "path", "success", "error_code", "created_at")]
    return digest(before, link["sequence"], *plain, origin, content)


def test_a_seal_is_computed_as_it_is_written_down(database: LibsqlDatabase) -> None:
    fill(database, 3)
    seal.everything(database)
    log, links = rows(database, "SELECT * FROM audit_log"), rows(database, "SELECT * FROM audit_seals")
    before = "0" * 64
    for number, (entry, link) in enumerate(zip(log, links, strict=True), start=1):
        assert (link["sequence"], link["entry_id"]) == (number, entry["id"])
        before = by_hand(before, entry, link)
        assert link["hash"] == before
    salts = {link[name] for link in links for name in ("origin_salt", "content_salt")}
    assert len(salts) == 6
    assert {len(salt) for salt in salts} == {32}


def test_entries_are_sealed_batch_by_batch_and_each_once(database: LibsqlDatabase) -> None:
    fill(database, 7)
    assert [seal.some(database, 3).count for _ in range(4)] == [3, 3, 1, 0]
    assert sealed_ids(database) == [1, 2, 3, 4, 5, 6, 7]
    fill(database, 5)
    again = seal.everything(database, 2)
    assert (again.count, again.head["sequence"]) == (5, 12)
    assert sealed_ids(database) == list(range(1, 13))
    assert seal.everything(database).head == again.head == verify.walk(database).head
    assert broken(database) is None


def test_an_empty_log_has_no_seal_and_is_in_order(database: LibsqlDatabase) -> None:
    assert seal.everything(database) == seal.Sealed(0, {"sequence": 0, "hash": chain.GENESIS})
    done = verify.walk(database)
    assert (done.entries, done.unsealed, done.emptied) == (0, None, 0)


def test_a_batch_is_one_read_and_one_write(database: LibsqlDatabase, count_queries: Callable[[], Any]) -> None:
    fill(database, 20)
    with count_queries() as run:
        seal.some(database, 10)
    assert [sql.split()[0] for sql in run if "audit" in sql] == ["SELECT", "SELECT", "SELECT", "SELECT", "INSERT"]
    with count_queries() as run:
        seal.everything(database, 10)
    assert len([sql for sql in run if sql.startswith("INSERT")]) == 1


@pytest.mark.only("file", "server")
def test_another_sealer_in_between_does_not_fork_the_chain(database: LibsqlDatabase, settings: Settings) -> None:
    fill(database, 4)
    other = LibsqlDatabase(settings)

    def overtake(event: Any) -> None:
        if "LIMIT ?" in event.sql and "audit_log" in event.sql:
            database.query_hooks.remove(overtake)
            assert seal.some(other, 1).count == 1

    database.query_hooks.append(overtake)
    with pytest.raises(seal.Overtaken):
        seal.some(database)
    assert sealed_ids(database) == [1]
    assert seal.everything(database).count == 3
    assert broken(database) is None
    other.close()


@pytest.mark.only("file", "server")
def test_what_is_sealed_while_it_is_verified_is_no_damage(database: LibsqlDatabase, settings: Settings) -> None:
    fill(database, 6)
    seal.some(database, 1)
    other = LibsqlDatabase(settings)

    def seal_more(event: Any) -> None:
        if "LEFT JOIN audit_seals" in event.sql and sealed_ids(other) == [1]:
            seal.everything(other)
            fill(other, 1)

    database.query_hooks.append(seal_more)
    done = verify.walk(database, page=2)
    assert (done.head["sequence"], done.unsealed, done.entries) == (1, 2, 7)
    assert sealed_ids(database) == [1, 2, 3, 4, 5, 6]
    other.close()


@pytest.mark.only("file", "server")
def test_an_erasure_in_between_is_not_sealed_over(database: LibsqlDatabase, settings: Settings) -> None:
    """The seal would have a salt and the digest of values that are gone."""
    fill(database, 3)
    change = "UPDATE audit_log SET new_values = NULL WHERE id = ?"
    with meanwhile(database, settings, "AS kept FROM audit_log", change, 2), pytest.raises(seal.Overtaken):
        seal.some(database)
    assert sealed_ids(database) == []
    assert seal.everything(database).count == 3
    assert broken(database) is None


@pytest.mark.only("file", "server")
def test_sealing_that_cannot_go_on_from_a_head_ends(database: LibsqlDatabase, settings: Settings) -> None:
    fill(database, 50)
    seal.some(database, 10)
    other, entries = LibsqlDatabase(settings), iter(range(11, 51))

    def erase(event: Any) -> None:
        if "AS kept FROM audit_log" in event.sql:
            change = Statement("UPDATE audit_log SET new_values = NULL WHERE id = ?", (next(entries),))
            contextvars.copy_context().run(other.batch, [change])

    database.query_hooks.append(erase)
    with pytest.raises(seal.Overtaken, match="since seal 10 was read"):
        seal.everything(database)
    assert next(entries) == 31  # it has tried twenty times
    assert sealed_ids(database) == list(range(1, 11))
    database.query_hooks.remove(erase)
    assert seal.everything(database).count == 40
    other.close()


def test_a_fork_is_refused_by_the_table_too(database: LibsqlDatabase) -> None:
    fill(database, 2)
    seal.everything(database)
    copy = "INSERT INTO audit_seals SELECT {}, {}, 'x', 'x', 'x', 'x', 'x', 1"
    for sequence, entry in ((2, 3), (4, 3), (3, 2)):
        with pytest.raises(peewee.DatabaseError):
            database.batch([Statement(copy.format(sequence, entry))])


def test_a_database_without_the_table_says_so(database: LibsqlDatabase, harm: Callable[..., None]) -> None:
    database.execute_sql("DROP TABLE audit_seals")
    with pytest.raises(peewee.OperationalError) as raised:
        seal.some(database)
    assert errors.is_missing_table(raised.value)


def test_an_erased_person_leaves_the_chain_whole(database: LibsqlDatabase) -> None:
    fill(database, 5)
    seal.some(database, 3)
    fill(database, 2)
    head = verify.walk(database).head
    database.execute_sql("INSERT INTO audit_log (action, entity_type, entity_id) VALUES ('user.erase', 'user', '4')")
    assert erasure.erase(database, 4) == 4  # Ada's entries: 1, 3, 5, 6
    seal.everything(database)
    assert broken(database, head) is None
    assert verify.walk(database).emptied == 2  # of the two that were sealed before
    stored = rows(database, "SELECT * FROM audit_log a JOIN audit_seals s ON s.entry_id = a.id WHERE user_id = 4")
    assert {row[column] for row in stored for column in chain.ORIGIN} == {None}
    assert [row["origin_salt"] is None for row in stored] == [True, True, False, False]
    assert {row["new_values"] for row in stored} == {'{"name":"Neu, ü"}'}
    others = rows(database, "SELECT DISTINCT metadata FROM audit_log WHERE action = 'user.change'")
    assert others == [{"metadata": '{"subject":"growth-bot"}'}]

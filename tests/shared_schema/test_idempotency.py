"""A key and its receipt in the database: once, for as long as it is kept, and not longer for the table's sake."""

import hashlib
import uuid
from typing import Any

import peewee
import pytest

from shared_schema import kept
from shared_schema.database import LibsqlDatabase, Statement, errors, require
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt, row_json
from shared_schema.problems import Conflict, Damaged, NotFound, Vanished
from shared_schema.tables.keys import IdempotencyKey
from shared_schema.tables.serving import ConsistencyClock
from tests import stages

KEPT_S, WEEK_S = 48 * 3600, 7 * 24 * 3600
ADD = "INSERT INTO exams (vendor_id, code, name) VALUES (?, ?, 'n')"
COUNT = "SELECT json_object('exams', (SELECT count(*) FROM exams), 'asked', ?)"
# Digests of requests that delete old keys, and of one that does not.
PRUNES, PRUNES_TOO, *_ = (str(n) for n in range(256) if kept.pruned(str(n)))
PRUNES_NOT = next(str(n) for n in range(64) if not kept.pruned(str(n)))
ALICE = Once("user:1", "k", PRUNES)


def write(once: Once, code: str, asked: str = "x") -> Receipt:
    return once.write([Statement(ADD, ("v", code))], COUNT, (asked,))


def rows(database: LibsqlDatabase, sql: str) -> list[tuple[Any, ...]]:
    (result,) = database.fetch([Statement(sql)], fresh=True)
    return [tuple(row.values()) for row in result.rows]


def old(key: str, age_s: int, subject: str = "user:9") -> Statement:
    insert = "INSERT INTO receipts (subject, key, digest, receipt, created_at) VALUES (?, ?, x'00', '1', {})"
    return Statement(insert.format(f"unixepoch() - {age_s}"), (subject, key))


def before(key: str, age_s: int, subject: str = "user:9") -> Statement:
    """A row of a release before shared/007."""
    insert = "INSERT INTO idempotency_keys (subject, key, digest, receipt, created_at) VALUES (?, ?, 'd', '1', {})"
    return Statement(insert.format(f"unixepoch() - {age_s}"), (subject, key))


def test_the_receipt_is_made_after_the_rows_and_kept_as_it_was(database: LibsqlDatabase) -> None:
    assert write(ALICE, "A-1", "first") == Receipt({"exams": 1, "asked": "first"}, replayed=False)
    write(Once("user:1"), "A-2")
    assert write(ALICE, "A-3", "second") == Receipt({"exams": 1, "asked": "first"}, replayed=True)
    assert rows(database, "SELECT code FROM exams ORDER BY code") == [("A-1",), ("A-2",)]


def test_each_key_of_each_caller_keeps_its_own_receipt(database: LibsqlDatabase) -> None:
    write(ALICE, "A-1", "first")
    write(Once("user:1", "other", "d"), "A-2", "second")
    write(Once("user:2", "k", "d"), "A-3", "third")
    kept = "SELECT subject, key, receipt->>'asked' FROM receipts ORDER BY subject, key"
    assert rows(database, kept) == [("user:1", "k", "first"), ("user:1", "other", "second"), ("user:2", "k", "third")]
    assert write(ALICE, "A-4").document["asked"] == "first"


def test_the_first_read_of_a_request_finds_the_receipt(database: LibsqlDatabase) -> None:
    (nothing,) = database.fetch([ALICE.lookup()], fresh=True)
    assert ALICE.replay(nothing) is None
    write(ALICE, "A-1")
    (result,) = database.fetch([ALICE.lookup()], fresh=True)
    assert ALICE.replay(result) == Receipt({"exams": 1, "asked": "x"}, replayed=True)
    for other in (Once("user:1", "other", "one digest"), Once("user:2", "k", "one digest"), Once("user:1")):
        (none,) = database.fetch([other.lookup()], fresh=True)
        assert none.rows == []


def test_a_key_that_comes_with_other_content_is_a_conflict(database: LibsqlDatabase) -> None:
    write(ALICE, "A-1")
    other = Once("user:1", "k", "another digest")
    (result,) = database.fetch([other.lookup()], fresh=True)
    with pytest.raises(Conflict, match="used for another request"):
        other.replay(result)
    with pytest.raises(Conflict, match="used for another request"):
        write(other, "A-2")
    assert rows(database, "SELECT code FROM exams") == [("A-1",)]


@pytest.mark.only("replica")
def test_of_two_calls_at_once_the_later_finds_the_first_ones_receipt_though_the_replica_has_not(
    database: LibsqlDatabase, primary: stages.Primary
) -> None:
    with primary.held_back():
        write(ALICE, "A-1", "first")
        database.clock.wanted.set(0)  # as in another process, which does not know of that write
        assert write(ALICE, "A-2", "second") == Receipt({"exams": 1, "asked": "first"}, replayed=True)


def test_a_broken_rule_of_the_rows_is_the_callers_to_explain(database: LibsqlDatabase) -> None:
    write(Once("user:1"), "A-1")
    with pytest.raises(peewee.IntegrityError, match="exams"):
        write(ALICE, "A-1")
    stop = require("0", otherwise=lambda: NotFound("nothing there"))
    with pytest.raises(NotFound, match="nothing there"):
        ALICE.write([stop], COUNT, ("x",))
    assert rows(database, "SELECT key FROM receipts") == []


@pytest.mark.parametrize("key", ["k", None])
@pytest.mark.parametrize("receipt_first", [False, True])
def test_what_has_nothing_to_show_is_not_done_at_all_and_can_be_sent_again(
    database: LibsqlDatabase, key: str | None, receipt_first: bool
) -> None:
    once, add = Once("user:1", key, "d"), Statement(ADD, ("v", "A-1"))
    for nothing in ("NULL", "SELECT json_object('id', id) FROM exams WHERE code = 'gone'"):
        with pytest.raises(Vanished, match="nothing was done"):
            once.write([add], nothing, receipt_first=receipt_first)
    assert rows(database, "SELECT code FROM exams") == rows(database, "SELECT key FROM receipts") == []
    assert once.write([add], COUNT, ("x",)) == Receipt({"exams": 1, "asked": "x"}, replayed=False)


@pytest.mark.parametrize(("keep", "kept_s", "table"), [(old, KEPT_S, "receipts"), (before, WEEK_S, "idempotency_keys")])
def test_one_new_key_in_sixteen_takes_the_32_oldest_with_it_that_are_past_their_time(
    database: LibsqlDatabase, keep: Any, kept_s: int, table: str
) -> None:
    ages = {f"old {n:02}": kept_s + 100 - n for n in range(34)} | {"young": kept_s - 60, "new": 0}
    database.batch([keep(key, age) for key, age in ages.items()])
    keys = f"SELECT key FROM {table} WHERE subject = 'user:9' ORDER BY key"
    write(Once("user:1"), "A-0")  # without a key
    write(Once("user:1", "k1", PRUNES_NOT), "A-1")
    assert len(rows(database, keys)) == 36
    write(Once("user:1", "k2", PRUNES), "A-2")
    assert rows(database, keys) == [("new",), ("old 32",), ("old 33",), ("young",)]
    write(Once("user:1", "k3", PRUNES_TOO), "A-3")
    assert rows(database, keys) == [("new",), ("young",)]
    assert rows(database, "SELECT subject FROM forgotten_keys") == [("user:9",)]


def test_one_request_in_sixteen_deletes_old_keys() -> None:
    digests = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(4096)]
    assert 200 < sum(bool(kept.pruned(digest)) for digest in digests) < 312


@pytest.mark.parametrize(("keep", "kept_s", "table"), [(old, KEPT_S, "receipts"), (before, WEEK_S, "idempotency_keys")])
def test_two_keys_of_one_name_are_told_apart_when_one_is_old(
    database: LibsqlDatabase, keep: Any, kept_s: int, table: str
) -> None:
    database.batch([keep("same", kept_s + 50), keep("same", 0, "user:8")])
    write(ALICE, "A-1")
    assert rows(database, f"SELECT subject FROM {table} WHERE key = 'same'") == [("user:8",)]


@pytest.mark.parametrize(("keep", "kept_s"), [(old, KEPT_S), (before, WEEK_S)])
def test_a_key_whose_time_is_over_may_do_its_work_again(database: LibsqlDatabase, keep: Any, kept_s: int) -> None:
    database.batch([keep("k", kept_s + 50, "user:1")])
    assert not write(ALICE, "A-1").replayed


def test_keys_from_when_the_hosts_clock_was_wrong_are_no_stop_for_those_behind_them(database: LibsqlDatabase) -> None:
    database.batch([old("ahead", -KEPT_S - 60), old("also ahead", -KEPT_S - 60), old("old", KEPT_S + 50)])
    write(Once("user:1", "k0", PRUNES), "A-0")
    write(Once("user:1", "k1", PRUNES), "A-1")
    assert rows(database, "SELECT key FROM receipts ORDER BY id") == [("k0",), ("k1",)]


def test_what_is_known_before_the_rows_is_in_the_receipt_as_well(database: LibsqlDatabase) -> None:
    known = dumps({"text": "why " * 500, "asked": ["y", None, 1.5]})
    for once in (ALICE, ALICE, Once("user:1")):
        receipt = once.write([Statement("SELECT 1")], "json_object('asked', 'x', 'made', 1)", known=known)
        assert receipt.document == {"asked": ["y", None, 1.5], "made": 1, "text": "why " * 500}
    ((size, made),) = rows(database, "SELECT length(known), receipt FROM receipts")
    assert (size < 80, made) == (True, '{"asked":"x","made":1}')


@pytest.mark.parametrize("damage", ["receipt = 'no JSON'", "receipt = NULL", "receipt = '[1]'", "known = x'00'"])
def test_a_receipt_that_cannot_be_read_is_named(database: LibsqlDatabase, damage: str) -> None:
    ALICE.write([], "'{}'", known=dumps({"asked": 1}))
    database.batch([Statement(f"UPDATE receipts SET {damage}")])
    with pytest.raises(Damaged) as caught:
        ALICE.write([], "'{}'")
    assert (caught.value.table, caught.value.id) == ("receipts", "user:1")


def test_a_row_becomes_a_document_by_column_name(database: LibsqlDatabase) -> None:
    database.batch([Statement("INSERT INTO idempotency_keys VALUES ('s', 'k', 'd', NULL, 7, 'e')")])
    document = (
        "SELECT json_extract({0}, '$.subject', '$.key', '$.digest', '$.receipt', '$.created_at', '$.endpoint') FROM {1}"
    )
    stored = rows(database, document.format(row_json(IdempotencyKey), "idempotency_keys"))
    assert stored == [('["s","k","d",null,7,"e"]',)]
    assert rows(database, document.format(row_json(IdempotencyKey, "x"), "idempotency_keys x")) == stored
    assert row_json(ConsistencyClock, "c") == "json_object('id', c.id, 'tick', c.tick)"
    assert row_json(ConsistencyClock, "c", only=("tick",)) == "json_object('tick', c.tick)"


def test_what_the_release_before_has_done_is_not_done_again_by_a_rule_that_reads_nothing_first(
    database: LibsqlDatabase,
) -> None:
    """That release wrote no service into the subject, and another digest."""
    database.batch([before("k", 60, "user:1")])
    assert write(Once("study:user:1", "k", "new", None, "d"), "A-1") == Receipt(1, replayed=True)
    with pytest.raises(Conflict, match="used for another request"):
        write(Once("study:user:1", "k", "d", None, "other"), "A-1")
    assert not write(Once("study:user:2", "k", "new", None, "d"), "A-2").replayed
    assert rows(database, "SELECT code FROM exams") == [("A-2",)]


def test_what_the_release_before_has_done_is_done_for_this_one(database: LibsqlDatabase) -> None:
    """With the service in the subject: the last release before shared/007."""
    database.batch([before("k", 60, "study:user:1")])
    once = Once("study:user:1", "k", "d")
    assert once.replay(database.fetch([once.lookup()], fresh=True)[0]) == Receipt(1, replayed=True)
    assert write(once, "A-1") == Receipt(1, replayed=True)
    with pytest.raises(Conflict, match="used for another request"):
        write(Once("study:user:1", "k", "other"), "A-1")
    assert rows(database, "SELECT key FROM receipts") == rows(database, "SELECT code FROM exams") == []


@pytest.mark.parametrize("subject", ["study:user:1", "user:1"])
def test_to_the_release_before_the_database_is_busy_for_a_key_that_this_one_has_answered(
    database: LibsqlDatabase, subject: str
) -> None:
    write(Once("study:user:1", "k", "d"), "A-1")
    add = Statement(ADD, ("v", "A-2"))
    with pytest.raises(peewee.OperationalError) as caught:
        database.batch([before("k", 0, subject), add], idempotent=True)
    assert isinstance(errors.cause(caught.value), errors.Busy)
    assert rows(database, "SELECT code FROM exams") == [("A-1",)]
    database.batch([before("other", 0, subject), before("k", 0, "study:user:2"), add])
    assert rows(database, "SELECT code FROM exams ORDER BY code") == [("A-1",), ("A-2",)]


@pytest.mark.only("file")
def test_the_pages_of_receipts_are_full_and_those_of_old_ones_are_used_again(database: LibsqlDatabase) -> None:
    """Receipts as long as those of answers. `make bench-receipts` measures those of real requests."""
    pages = "SELECT sum(pgsize) FROM dbstat WHERE name IN ('receipts', 'receipts_subject_key')"
    sizes = []
    for number in range(4):
        for digest in range(300):
            Once("study:user:1", str(uuid.uuid4()), str(digest), "study.answer_question").write(
                [], "json_quote(?)", ("x" * 800,)
            )
        ((size,),) = rows(database, pages)
        sizes.append(size)
        assert rows(database, "SELECT count(*) FROM receipts") == [(300,)], number
        database.batch([Statement("UPDATE receipts SET created_at = created_at - ?", (KEPT_S + 60,))])
    assert sizes[0] < 300 * 800 * 1.5
    assert max(sizes) < sizes[0] * 1.15

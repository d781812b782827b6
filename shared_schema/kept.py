"""What is kept of requests with a key: how it is found, how it is written, and for how long it stays."""

import hashlib
import zlib
from typing import Any, TypedDict

import orjson

from shared_schema.database import Statement
from shared_schema.problems import Damaged
from shared_schema.tables import db

KEPT_S = 48 * 3600
_KEPT_BEFORE_S = 7 * 24 * 3600

# What a release before shared/007 has done is done for this one, too; the oldest wrote no service into the subject. The
# tick is of the snapshot that has the receipt, so it is not older than the one of the batch that wrote it. A time that
# is far ahead was written when the clock of the database's host was wrong.
FIND = f"""
    SELECT subject, digest, receipt, known, endpoint, abs(unixepoch() - created_at) > {KEPT_S} AS is_old, tick
    FROM receipts LEFT JOIN consistency_clock ON consistency_clock.id = 1
    WHERE subject = :subject AND key = :key
    UNION ALL
    SELECT subject, digest, receipt, NULL, endpoint, created_at < unixepoch() - {_KEPT_BEFORE_S}, tick
    FROM idempotency_keys LEFT JOIN consistency_clock ON id = 1
    WHERE subject IN (:subject, :before) AND key = :key
    LIMIT 1
"""
CLAIM = """
    INSERT INTO receipts (subject, key, digest, endpoint, known) VALUES (:subject, :key, :digest, :endpoint, :known)
"""
_PRUNE_ONE_IN = 16
_PRUNED = 2 * _PRUNE_ONE_IN
# One in so many new keys deletes twice as many that are too old, from the front of the table, so the table holds about
# two days' keys. Their owners are noted, so that no key of theirs is told never to have been there; those who have no
# token cannot ask.
_TOO_OLD = f"""
    SELECT id, subject FROM (SELECT id, subject, created_at FROM receipts WHERE id > 0 ORDER BY id LIMIT {_PRUNED})
    WHERE abs(unixepoch() - created_at) > {KEPT_S}
"""
_TOO_OLD_BEFORE = f"""
    SELECT subject, key FROM idempotency_keys INDEXED BY idempotency_keys_created_at
    WHERE created_at < unixepoch() - {_KEPT_BEFORE_S} ORDER BY created_at, subject, key LIMIT {_PRUNED}
"""
PRUNE = (
    Statement(
        "INSERT OR IGNORE INTO forgotten_keys (subject) SELECT subject FROM"
        f" (SELECT subject FROM ({_TOO_OLD}) UNION SELECT subject FROM ({_TOO_OLD_BEFORE}))"
        " WHERE subject NOT LIKE '%anyone:%'"
    ),
    Statement(f"DELETE FROM receipts WHERE id IN (SELECT id FROM ({_TOO_OLD}))"),
    Statement(f"DELETE FROM idempotency_keys WHERE (subject, key) IN ({_TOO_OLD_BEFORE})"),
)


def pruned(digest: str) -> tuple[Statement, ...]:
    """The steps that delete old keys, for the request with this digest; for most requests none."""
    return PRUNE if short(digest)[0] % _PRUNE_ONE_IN == 0 else ()


class Kept(TypedDict):
    """What is kept of an earlier call: the digest of what it sent, text in a row of a release before, and its receipt,
    as JSON text and what was `known` before it.

    `endpoint` is the view that makes the answer of the receipt; None from a release before. `is_old`: past the time for
    which keys are kept. `tick` is of the clock of the database, where there is one.
    """

    subject: str
    digest: bytes | str
    receipt: str
    known: bytes | None
    endpoint: str | None
    is_old: int
    tick: int | None


def document(row: Kept) -> Any:
    """The receipt of a row; Damaged where it is none. As after a write, the next reads see what it tells of."""
    if db.clock.table and row["tick"] is not None:
        db.clock.wrote(row["tick"])
    try:
        return whole(row["receipt"], zlib.decompress(row["known"]) if row["known"] else "{}")
    except (orjson.JSONDecodeError, TypeError, zlib.error):
        table = "receipts" if isinstance(row["digest"], bytes) else "idempotency_keys"
        detail = "what was done for this Idempotency-Key cannot be read until its receipt is mended"
        raise Damaged(table, row["subject"], "receipt", "cannot be read", detail=detail) from None


def packed(known: str) -> bytes | None:
    """What was known before the rows, as it is stored."""
    return None if known == "{}" else zlib.compress(known.encode())


def whole(receipt: str, known: str | bytes) -> Any:
    """The document of a receipt with what was known before it."""
    made, more = orjson.loads(receipt), orjson.loads(known)
    return {**made, **more} if more else made


def readable(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the table for its person: what was known as text, or as hexadecimal digits where it cannot be read."""
    known: bytes | None = row["known"]
    try:
        return row | {"known": known and zlib.decompress(known).decode()}
    except zlib.error:
        return row | {"known": known and known.hex()}


def short(digest: str) -> bytes:
    """What is stored of the digest of a request: enough to tell the requests of one key apart."""
    return hashlib.sha256(digest.encode()).digest()[:16]

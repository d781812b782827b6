"""Sealing: entries of the audit log become links of the chain, in the order of their ids.

That is the order of their batches: SQLite has one writer at a time, which gives ids above all that were ever given, so
no entry comes later with a lower one. Any number of processes may seal at once; each batch goes on only from the head
that it has read, and the others begin again.
"""

import secrets
from dataclasses import dataclass
from typing import TypedDict

from shared_schema.audit import chain
from shared_schema.database import LibsqlDatabase, Statement, require
from shared_schema.fields import dumps

BATCH = 500
# Another sealer moves the head, and erasures are rare: who loses so often at one head would try for ever.
_LOST = 20

_HEAD = "SELECT sequence, hash FROM audit_seals ORDER BY sequence DESC LIMIT 1"
# Erasure may empty an entry between the read and the batch. It can only empty, so equal sums say that it has not.
_KEPT = " + ".join(f"(a.{column} IS NOT NULL)" for column in (*chain.ORIGIN, *chain.CONTENT))
_HASH = "SELECT hash FROM audit_seals WHERE sequence = ?"
_UNSEALED = f"""
    SELECT {chain.COLUMNS}, {_KEPT} AS kept FROM audit_log a
    WHERE a.id > coalesce((SELECT max(entry_id) FROM audit_seals), 0) ORDER BY a.id LIMIT ?
"""
_OLDEST = """
    SELECT unixepoch() - created_at FROM audit_log
    WHERE id > coalesce((SELECT max(entry_id) FROM audit_seals), 0) ORDER BY id LIMIT 1
"""
_SAME_HEAD = f"coalesce((SELECT hash FROM ({_HEAD})), '{chain.GENESIS}') = :hash"
_SAME_ENTRIES = f"(SELECT sum({_KEPT}) FROM audit_log a WHERE a.id BETWEEN :first AND :last) = :kept"
_INSERT = """
    INSERT INTO audit_seals (sequence, entry_id, origin_salt, origin_digest, content_salt, content_digest, hash)
    SELECT value->>'sequence', value->>'entry_id', value->>'origin_salt', value->>'origin_digest',
           value->>'content_salt', value->>'content_digest', value->>'hash'
    FROM json_each(?) ORDER BY key
"""


class Head(TypedDict):
    """The last seal. What was sealed up to it cannot change without changing its hash."""

    sequence: int
    hash: str


class Overtaken(Exception):
    """Another process has sealed, or erased, since `head` and the entries after it were read. Nothing was written."""

    def __init__(self, head: Head) -> None:
        super().__init__(f"another process has sealed or erased since seal {head['sequence']} was read")
        self.head = head


class Seal(Head):
    """A new row of the table of seals."""

    entry_id: int
    origin_salt: str
    origin_digest: str
    content_salt: str
    content_digest: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """How many entries were sealed, and the head of the chain then."""

    count: int
    head: Head


def some(db: LibsqlDatabase, limit: int = BATCH) -> Sealed:
    """Seal at most `limit` entries: one read, and one batch if there is anything to seal. Raises Overtaken."""
    last, unsealed = db.fetch([Statement(_HEAD), Statement(_UNSEALED, (limit,))], fresh=True)
    head = last.first(Head) or Head(sequence=0, hash=chain.GENESIS)
    rows = unsealed.rows
    if not rows:
        return Sealed(0, head)
    seals = _seals(head, rows)
    span = {"first": rows[0]["id"], "last": rows[-1]["id"], "kept": sum(row["kept"] for row in rows)}
    db.batch(
        [
            require(_SAME_HEAD, {"hash": head["hash"]}, otherwise=lambda: Overtaken(head)),
            require(_SAME_ENTRIES, span, otherwise=lambda: Overtaken(head)),
            Statement(_INSERT, (dumps(seals),)),
        ],
        idempotent=True,  # sent twice, the second finds another head
    )
    return Sealed(len(seals), Head(sequence=seals[-1]["sequence"], hash=seals[-1]["hash"]))


def everything(db: LibsqlDatabase, size: int = BATCH) -> Sealed:
    """Seal all entries that there are, in batches of this size. Raises Overtaken if there is no way on from a head."""
    count, at, lost = 0, None, 0
    while True:
        try:
            sealed = some(db, size)
        except Overtaken as overtaken:
            lost = lost + 1 if overtaken.head == at else 1
            at = overtaken.head
            if lost == _LOST:
                raise
            continue
        count += sealed.count
        if sealed.count < size:
            return Sealed(count, sealed.head)


def _seals(head: Head, rows: list[chain.Row]) -> list[Seal]:
    seals: list[Seal] = []
    for row in rows:
        before = seals[-1] if seals else head
        sequence, salts = before["sequence"] + 1, (secrets.token_hex(16), secrets.token_hex(16))
        origin, content = chain.digest(salts[0], row, chain.ORIGIN), chain.digest(salts[1], row, chain.CONTENT)
        seals.append(
            {
                "sequence": sequence,
                "entry_id": row["id"],
                "origin_salt": salts[0],
                "origin_digest": origin,
                "content_salt": salts[1],
                "content_digest": content,
                "hash": chain.link(before["hash"], sequence, row, origin, content),
            }
        )
    return seals


def has(db: LibsqlDatabase, head: Head) -> bool:
    """Whether the chain still has a head that was read earlier. The empty chain is the beginning of every other."""
    stored = db.fetch([Statement(_HASH, (head["sequence"],))], fresh=True)[0].value_or_none(str)
    return head["hash"] in (stored, chain.GENESIS)


def lag_s(db: LibsqlDatabase) -> int:
    """How many seconds ago the oldest entry without a seal was written; 0 if all are sealed."""
    return db.fetch([Statement(_OLDEST)], fresh=True)[0].value_or_none(int) or 0

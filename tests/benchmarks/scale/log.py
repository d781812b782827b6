"""Entries of the audit log, sealed. The salts follow from the entries, so that the same rows have the same seals."""

import hashlib
from collections.abc import Iterator

from shared_schema.audit import chain
from shared_schema.database import LibsqlDatabase
from tests.benchmarks.scale.sizes import Size
from tests.benchmarks.scale.writing import fill, insert

_ENTRIES = f"SELECT {chain.COLUMNS} FROM audit_log a ORDER BY id"
_COLUMNS = (
    "sequence", "entry_id", "origin_salt", "origin_digest", "content_salt", "content_digest", "hash", "sealed_at"
)  # fmt: skip


def make(database: LibsqlDatabase, size: Size) -> None:
    """An entry to a hundred answers: that a session was completed."""
    fill(
        database,
        "audit_log",
        f"""(SELECT * FROM study_sessions WHERE status = 'completed' ORDER BY completed_at DESC, id DESC
             LIMIT {size.answers // 100}) ORDER BY completed_at, id""",
        user_id="user_id",
        role="'user'",
        action="'session.complete'",
        entity_type="'study_session'",
        entity_id="CAST(id AS TEXT)",
        old_values="""'{"status":"active"}'""",
        new_values="""'{"status":"completed"}'""",
        method="'POST'",
        path="'/api/study/sessions/' || id || '/complete'",
        created_at="completed_at",
    )
    insert(database, "audit_seals", _COLUMNS, _seals(database))


def _seals(database: LibsqlDatabase) -> Iterator[tuple[object, ...]]:
    before = chain.GENESIS
    cursor = database.execute_sql(_ENTRIES)
    names = [column[0] for column in cursor.description]
    for sequence, values in enumerate(cursor.fetchall(), 1):
        row = dict(zip(names, values, strict=True))
        salts = [hashlib.sha256(f"{kind} {row['id']}".encode()).hexdigest()[:32] for kind in ("origin", "content")]
        origin, content = chain.digest(salts[0], row, chain.ORIGIN), chain.digest(salts[1], row, chain.CONTENT)
        before = chain.link(before, sequence, row, origin, content)
        yield sequence, row["id"], salts[0], origin, salts[1], content, before, row["created_at"]

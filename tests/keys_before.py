"""What is kept of requests with a key, as a release before shared/007 has written it."""

import zlib
from typing import Any

import orjson

from shared_schema.database import LibsqlDatabase, Statement

_ADD = "INSERT INTO idempotency_keys (subject, key, digest, receipt, endpoint) VALUES (?, ?, ?, ?, ?)"


def moved(database: LibsqlDatabase, digest: str, *, subject: str | None = None) -> None:
    """Move the only receipt to the table of that release, with this digest; with a subject it is of the oldest."""
    (read,) = database.fetch([Statement("SELECT subject, key, receipt, known, endpoint FROM receipts")], fresh=True)
    row = read.one(dict)
    endpoint = row["endpoint"] if subject is None else None
    values = (subject or row["subject"], row["key"], digest, _whole(row), endpoint)
    database.batch([Statement("DELETE FROM receipts"), Statement(_ADD, values)])


def _whole(row: dict[str, Any]) -> str:
    known = orjson.loads(zlib.decompress(row["known"])) if row["known"] else {}
    made = orjson.loads(row["receipt"])
    return orjson.dumps({**made, **known} if known else made).decode()

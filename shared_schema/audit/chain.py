"""What a seal is computed from. Each seal has the hash of the one before it, so that all of them depend on each other.

    origin_digest  = SHA-256(origin_salt, where the actor was and by what)
    content_digest = SHA-256(content_salt, what the entity's values were and are)
    hash           = SHA-256(hash of the seal before, [sequence, the other columns of the entry, both digests])

A salt is random. Erasure deletes values and their salt; the digest stays, and the chain can still be verified. Anybody
who may write the whole database can compute a new chain: only a head that is kept elsewhere shows that.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

GENESIS = "0" * 64  # the hash before the first seal

PLAIN = (
    "id", "user_id", "role", "action", "entity_type", "entity_id", "request_id", "method", "path", "success",
    "error_code", "created_at",
)  # fmt: skip
ORIGIN = ("ip_address", "user_agent", "session_id", "metadata")
CONTENT = ("old_values", "new_values", "error_message")
COLUMNS = ", ".join(f"a.{column}" for column in (*PLAIN, *ORIGIN, *CONTENT))

Row = Mapping[str, Any]  # a row of the log, with at least these columns


def digest(salt: str, row: Row, columns: Sequence[str]) -> str:
    """The digest of the columns about a person; `salt` is in hexadecimal."""
    return hashlib.sha256(bytes.fromhex(salt) + _bytes([row[column] for column in columns])).hexdigest()


def link(before: str, sequence: int, row: Row, origin: str, content: str) -> str:
    """The hash of the seal number `sequence`, which seals `row` with these digests behind the hash `before`."""
    sealed = [sequence, *(row[column] for column in PLAIN), origin, content]
    return hashlib.sha256(bytes.fromhex(before) + _bytes(sealed)).hexdigest()


def _bytes(values: list[object]) -> bytes:
    """JSON without white space: the same values give the same bytes, and other values give others."""
    return orjson.dumps(values)

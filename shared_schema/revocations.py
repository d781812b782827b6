"""Tokens and sign-ins that ended before their time: the statements that tell every worker within seconds."""

from typing import Literal, TypedDict

from shared_schema.database import Statement

Kind = Literal["token", "sign_in", "user"]

SIGN_IN_S = 3660  # how long the end of a sign-in is told: no token for requests lives longer than an hour

# Two old rows go with each new one. The newest stays, whatever its age: ids must go on rising, or a worker that has
# read up to an id would miss the row that gets this id again.
_PRUNE = """
    DELETE FROM revocations WHERE id IN (
        SELECT id FROM revocations WHERE expires_at < unixepoch() AND id < (SELECT max(id) FROM revocations)
        ORDER BY id LIMIT 2)
"""
_ADD = "INSERT INTO revocations (kind, key, expires_at) VALUES (?, ?, unixepoch() + ?)"
_ADD_SIGN_INS = """
    INSERT INTO revocations (kind, key, expires_at)
    SELECT 'sign_in', id, unixepoch() + ? FROM sign_ins WHERE user_id = ? AND ended_at IS NULL
"""
_SINCE = "SELECT id, kind, key, expires_at FROM revocations WHERE id >= ? ORDER BY id"


class Revoked(TypedDict):
    """A row of the table."""

    id: int
    kind: Kind
    key: str
    expires_at: int


def add(kind: Kind, key: str, seconds: int) -> list[Statement]:
    """The steps of a batch that revoke. After `seconds` all tokens in question have expired by themselves."""
    return [Statement(_PRUNE), Statement(_ADD, (kind, key, seconds))]


def add_sign_ins(user_id: int, seconds: int) -> Statement:
    """The step that revokes every sign-in of a user that lasts. It goes before the step that ends them."""
    return Statement(_ADD_SIGN_INS, (seconds, user_id))


def since(last: int) -> Statement:
    """A read of the row with the id `last`, if it is still there, and of all rows after it."""
    return Statement(_SINCE, (last,))

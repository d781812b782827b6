"""Erasure of a person from the log: values and their salts go, the digests stay, and the chain holds.

Of entries by the person, where they were and by what; of entries about the person, what was told. The number of the
user stays in both: it leads to a row of `users` that has been emptied, as it does in their answers.
"""

from shared_schema.audit import chain
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.fields import dumps

_AT_ONCE = 1000

# The columns that are emptied, and in which entries.
_GROUPS = {
    "origin": (chain.ORIGIN, "user_id = :user"),
    "content": (chain.CONTENT, "entity_type = 'user' AND entity_id = CAST(:user AS TEXT)"),
}
_IDS = "(SELECT value FROM json_each(?))"


def left(user_id: int) -> Statement:
    """The read of how many entries still tell something of a person."""
    parts = [f"({entries} AND {_told(columns)})" for columns, entries in _GROUPS.values()]
    return Statement(f"SELECT count(*) AS n FROM audit_log WHERE {' OR '.join(parts)}", {"user": user_id})


def erase(db: LibsqlDatabase, user_id: int) -> int:
    """Empty what the log tells of a person. How many entries were emptied.

    The entry "user.erase" about this person must be there already: without it, the emptied entries count as damage.
    """
    emptied: set[int] = set()
    for group, (columns, entries) in _GROUPS.items():
        find = f"SELECT id FROM audit_log WHERE {entries} AND {_told(columns)} ORDER BY id LIMIT :limit"
        while ids := _ids(db, find, user_id):
            empty = ", ".join(f"{column} = NULL" for column in columns)
            salts = f"UPDATE audit_seals SET {group}_salt = NULL WHERE entry_id IN {_IDS}"
            steps = [Statement(f"UPDATE audit_log SET {empty} WHERE id IN {_IDS}", (dumps(ids),))]
            db.batch([*steps, Statement(salts, (dumps(ids),))], idempotent=True)
            emptied.update(ids)
    return len(emptied)


def _ids(db: LibsqlDatabase, find: str, user_id: int) -> list[int]:
    (result,) = db.fetch([Statement(find, {"user": user_id, "limit": _AT_ONCE})], fresh=True)
    return [row["id"] for row in result.rows]


def _told(columns: tuple[str, ...]) -> str:
    """SQL: whether any of the columns has a value."""
    return f"coalesce({', '.join(columns)}) IS NOT NULL"

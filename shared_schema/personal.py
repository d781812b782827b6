"""What the shared tables have of one person: `python -m shared_schema.personal export USER_ID`, or `erase`.

Every owner of tables has this command, and a person's request goes to all of them: `python -m study_service.personal`,
`python -m growth_service.personal`. Erase here last: the person's row is what the numbers elsewhere lead to.
"""

import getpass
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click

from shared_schema import audit, kept, opening, revocations
from shared_schema.audit import Actor, erasure
from shared_schema.database import Statement
from shared_schema.fields import dumps
from shared_schema.tables import db

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a table that are of a person: those for which the SQL `condition` holds, `:user` being the user's id.

    One of the `columns` is called id, and no two rows have the same. `shown` makes a row readable.
    """

    table: str
    condition: str
    columns: str = "*"
    shown: Callable[[dict[str, Any]], dict[str, Any]] = dict


# Keys of releases before say no service.
_SUBJECTS = (
    "subject IN ("
    + ", ".join(f"'{service}{role}:' || :user" for service in ("study:", "growth:", "") for role in audit.PEOPLE)
    + ")"
)
_ABOUT = "user_id = :user OR (entity_type = 'user' AND entity_id = CAST(:user AS TEXT))"
_USER = """
    id, email, name, picture, provider, provider_id, role, permissions, subscription_status, subscription_expires_at,
    stripe_customer_id, stripe_subscription_id, bio, timezone, preferred_language, last_login, login_count, is_active,
    email_verified, share_profile, exam_dates, sign_up_ref, created_at, updated_at
"""
PARTS = (
    Part("users", "id = :user", _USER),
    Part("sign_ins", "user_id = :user"),
    Part("audit_log", _ABOUT),
    Part("receipts", _SUBJECTS, "id, subject, key, receipt, known, created_at", kept.readable),
    Part("idempotency_keys", _SUBJECTS, "subject, key, receipt, created_at, subject || ' ' || key AS id"),
    Part("forgotten_keys", _SUBJECTS, "subject AS id"),
)
# What is left of an erased person's row, by column, in SQL. Other columns stay: they are numbers for the statistics.
_EMPTY = {
    "email": "'erased-' || id || '@erased.invalid'",
    "name": "'Erased'",
    "picture": "NULL",
    "provider_id": "NULL",
    "password_hash": "NULL",
    "role": "'user'",
    "permissions": "'[]'",
    "stripe_customer_id": "NULL",
    "stripe_subscription_id": "NULL",
    "bio": "NULL",
    "timezone": "'UTC'",
    "preferred_language": "'en'",
    "last_login": "NULL",
    "is_active": "0",
    "email_verified": "0",
    "share_profile": "0",
    "exam_dates": "'{}'",
    "sign_up_ref": "NULL",
}
_SET = ", ".join(f"{column} = {value}" for column, value in _EMPTY.items())
_NOT_EMPTY = "id = :user AND NOT (" + " AND ".join(f"{column} IS {value}" for column, value in _EMPTY.items()) + ")"
_EMPTY_USER = f"UPDATE users SET {_SET}, updated_at = unixepoch() WHERE {_NOT_EMPTY}"
# Tables whose rows are deleted with the person.
_DELETED = {
    "sign_ins": "user_id = :user",
    "receipts": _SUBJECTS,
    "idempotency_keys": _SUBJECTS,
    "forgotten_keys": _SUBJECTS,
}


def export(parts: Sequence[Part], user_id: int) -> Iterator[dict[str, object]]:
    """Every row of these parts with the name of its table, a page of rows in memory at a time."""
    for part in parts:
        theirs = f"SELECT {part.columns} FROM {part.table} WHERE {part.condition}"
        query = f"SELECT * FROM ({theirs}) WHERE :after IS NULL OR id > :after ORDER BY id LIMIT {PAGE}"
        after = None
        while rows := db.fetch([Statement(query, {"user": user_id, "after": after})], fresh=True)[0].rows:
            for row in rows:
                yield {"table": part.table, "row": part.shown(row)}
            after = rows[-1]["id"]


def erase(user_id: int, actor: Actor) -> dict[str, int]:
    """Empty the person's row and what the audit log tells of them. How many rows of which table; {} the second time.

    An entry "user.erase" in the log says so. What is left are numbers, and a row of `users` that nobody can sign in to.
    """
    who = {"user": user_id}
    counts = [Statement(f"SELECT count(*) AS n FROM {table} WHERE {rows}", who) for table, rows in _DELETED.items()]
    people = Statement(f"SELECT count(*) AS n FROM users WHERE {_NOT_EMPTY}", who)
    if not any(result.value(int) for result in db.fetch([people, erasure.left(user_id), *counts], fresh=True)):
        return {}
    deletions = [Statement(f"DELETE FROM {table} WHERE {rows}", who) for table, rows in _DELETED.items()]
    _, _, emptied, *deleted = db.batch(
        [
            audit.entry(actor, "user.erase", "user", user_id),
            revocations.add_sign_ins(user_id, revocations.SIGN_IN_S),
            Statement(_EMPTY_USER, who),
            *deletions,
        ]
    )
    done = {"users": emptied.count, "audit_log": erasure.erase(db, user_id)}
    return done | {table: result.count for table, result in zip(_DELETED, deleted, strict=True)}


def command(stream: str, parts: Sequence[Part], erasing: Callable[[int, Actor], dict[str, int]]) -> click.Group:
    """The command of an owner of tables: `export` prints a line of JSON for each row, `erase` one with its counts."""

    @click.group()
    def main() -> None:
        """What the tables of $TURSO_DATABASE_URL have of one person."""

    @main.command("export")
    @click.argument("user_id", type=click.IntRange(1, 2**63 - 1))
    def exporting(user_id: int) -> None:
        """Print every row of the person, a line of JSON each: the answer to a request for access."""
        opening.configured(stream)
        for row in export(parts, user_id):
            click.echo(dumps(row))

    @main.command("erase")
    @click.argument("user_id", type=click.IntRange(1, 2**63 - 1))
    @click.option("--by", default=getpass.getuser, help="who erases, for the audit log; your login name by default")
    @click.confirmation_option(prompt="This cannot be undone. Erase?")
    def erase_person(user_id: int, by: str) -> None:
        """Empty what tells who the person is. Prints how many rows of which table; {} where nothing was left."""
        opening.configured(stream)
        click.echo(dumps(erasing(user_id, Actor(by, role="operator"))))

    return main


if __name__ == "__main__":
    command("shared", PARTS, erase)()

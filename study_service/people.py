"""The users, as admins see and change them."""

from typing import TypedDict

from shared_schema import revocations, rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require
from shared_schema.database.batch import Query
from shared_schema.problems import Conflict, NotFound
from shared_schema.rows import Page, Shape
from shared_schema.tables import db
from study_service import refreshes, users

_WORDS = {"role": users.ROLES, "subscription_status": users.PLANS}
_SHAPE = Shape("users", moments=("created_at", "last_login", "subscription_expires_at"), words=_WORDS)
_COLUMNS = """
    id, email, name, role, subscription_status, subscription_expires_at, is_active, last_login, login_count, created_at
"""
_TOLD_S = 60  # as long as a worker may be late to hear that a user has changed
_PAGE = f"SELECT {_COLUMNS} FROM users WHERE id > :after ORDER BY id LIMIT :limit"
# A prefix, as a range of an index each for e-mail and name; no character of it is a wildcard.
_SEARCH = f"""
    SELECT {_COLUMNS} FROM users WHERE id > :after AND id IN (
        SELECT id FROM users WHERE email >= :low COLLATE NOCASE AND email < :high COLLATE NOCASE
        UNION SELECT id FROM users WHERE name >= :low COLLATE NOCASE AND name < :high COLLATE NOCASE)
    ORDER BY id LIMIT :limit
"""
_ONE = f"SELECT {_COLUMNS} FROM users WHERE id = ?"
# Who asks is an active admin, so there is none only where they take it from themselves.
_ANOTHER_ADMIN = "EXISTS (SELECT 1 FROM users WHERE id <> ? AND role = 'admin' AND is_active = 1)"


class PersonRow(TypedDict):
    """A user as the table has it. `subscription_status` is what was bought, also where it has run out."""

    id: int
    email: str
    name: str
    role: str
    subscription_status: str
    subscription_expires_at: int | None
    is_active: int
    last_login: int | None
    login_count: int
    created_at: int


class PersonValues(TypedDict, total=False):
    """The columns that an admin may change."""

    role: str
    subscription_status: str
    subscription_expires_at: int | None
    is_active: bool


def page(prefix: str | None, after: int, limit: int) -> Page[PersonRow]:
    """Users with an id above `after`, at most `limit`; with a prefix, those whose e-mail or name begins with it.

    Case does not matter for the letters a to z.
    """
    values: dict[str, object] = {"after": after, "limit": limit}
    query = Statement(_PAGE, values)
    if prefix is not None:
        query = Statement(_SEARCH, {**values, "low": prefix, "high": f"{prefix}\U0010ffff"})
    return rows.page("users", db.fetch([query])[0].all(PersonRow), _read, limit)


def _read(row: PersonRow) -> PersonRow:
    return rows.checked(row, _SHAPE)


def change(user_id: int, values: PersonValues, actor: Actor) -> PersonRow:
    """Change some columns of a user; the user as they are now. All workers hear of it within seconds.

    Conflict where no active admin would be left. Who is switched off is signed out everywhere.
    """
    absent = NotFound("no such user")
    if not values:
        person = db.fetch([Statement(_ONE, (user_id,))])[0].first(PersonRow)
        if person is None:
            raise absent
        return rows.one("users", person, _read)
    steps: list[Query | Guard] = [
        *_admin_is_left(user_id, values),
        *users.logged_change(user_id, values, actor, absent),
        *(refreshes.end_all(user_id) if values.get("is_active") is False else []),
        *revocations.add("user", str(user_id), _TOLD_S),
        rows.require_usable(_SHAPE, user_id),
        Statement(_ONE, (user_id,)),
    ]
    return rows.one("users", db.batch(steps)[-1].one(PersonRow), _read)


def _admin_is_left(user_id: int, values: PersonValues) -> list[Guard]:
    if values.get("role", "admin") == "admin" and values.get("is_active", True):
        return []
    last = Conflict("this is the last active admin; make another one first")
    return [require(_ANOTHER_ADMIN, (user_id,), otherwise=lambda: last)]

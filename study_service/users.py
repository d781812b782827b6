"""People, as the study service knows them."""

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from typing import TypedDict

import peewee
import structlog

from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, Result, Statement, require, require_changes
from shared_schema.database.batch import Query
from shared_schema.fields import dumps, loads
from shared_schema.problems import TokenInvalid, invalid
from shared_schema.rows import Shape, Unusable
from shared_schema.tables import db
from shared_schema.tables.users import ACCOUNT_ROLES, SUBSCRIPTIONS, User
from study_service import leaderboard

_log = structlog.get_logger()
ROLES, PLANS = ACCOUNT_ROLES, SUBSCRIPTIONS
_WORDS = {"role": ROLES, "subscription_status": PLANS}
_READ = """
    SELECT id, email, name, picture, role, subscription_status, subscription_expires_at, timezone, created_at
    FROM users WHERE id = ? AND is_active = 1
"""

_ACCOUNT = (
    "id",
    "email",
    "name",
    "picture",
    "role",
    "subscription_status",
    "subscription_expires_at",
    "timezone",
    "preferred_language",
    "share_profile",
    "exam_dates",
    "created_at",
)
_ACCOUNT_SHAPE = Shape("users", moments=("created_at", "subscription_expires_at"), words=_WORDS)
# The row of a user in a receipt, for `shown`.
ACCOUNT_JSON = "json_object(" + ", ".join(f"'{column}', users.{column}" for column in _ACCOUNT) + ")"


class UserRow(TypedDict):
    """A user as the table has it."""

    id: int
    email: str
    name: str
    picture: str | None
    role: str
    subscription_status: str
    subscription_expires_at: int | None
    timezone: str
    created_at: int


class Place(TypedDict):
    """Where a user is."""

    id: int
    timezone: str


class _Account(UserRow):
    """A user with what they alone see, but for the days of their exams."""

    preferred_language: str
    share_profile: int


class Account(_Account):
    """A user as they see themselves. `subscription_status` is what counts now, `exam_dates` have ids as keys."""

    exam_dates: dict[str, str]


class AccountRow(_Account):
    """The same as the table and receipts have it: `exam_dates` is JSON text."""

    exam_dates: str


class AccountValues(TypedDict, total=False):
    """The columns of users that they may change themselves."""

    name: str
    timezone: str
    preferred_language: str
    share_profile: bool
    exam_dates: dict[str, str]


def get(user_id: int) -> Account:
    """An active user; raises as `account`."""
    return account(db.fetch([read_account(user_id)])[0])


def account(result: Result) -> Account:
    """The user that `read_account` has read. TokenInvalid for one that is not active, Damaged for a row that cannot be
    used.
    """
    row = result.first(AccountRow)
    if row is None:
        raise TokenInvalid("the token's user is not active")
    return rows.one("users", row, shown)


def change(user_id: int, values: AccountValues, actor: Actor) -> Account:
    """Change some columns of an active user; the user as they are now. An empty change only reads."""
    if not values:
        return get(user_id)
    steps: list[Query | Guard] = [
        *([_exams_are_there(values["exam_dates"])] if "exam_dates" in values else []),
        *logged_change(user_id, values, actor, TokenInvalid("the token's user is not active"), active_only=True),
        *([leaderboard.share(user_id)] if "share_profile" in values else []),
        rows.require_usable(_ACCOUNT_SHAPE, user_id),
        read_account(user_id),
    ]
    return rows.one("users", db.batch(steps)[-1].one(AccountRow), shown)


def logged_change(
    user_id: int, values: Mapping[str, object], actor: Actor, absent: Exception, *, active_only: bool = False
) -> list[Query | Guard]:
    """The steps that change these columns of a user, with the old and the new values in the log."""
    changed = f"SELECT id, {audit.document(User, values)} AS old, :new AS new FROM users WHERE id = :id"
    user = (User.id == user_id) & (User.is_active == 1) if active_only else User.id == user_id
    return [
        audit.entries(actor, "user.change", "user", changed, {"id": user_id, "new": dumps(values)}),
        User.update({**values, "updated_at": peewee.SQL("unixepoch()")}).where(user),
        require_changes(1, otherwise=lambda: absent),
    ]


def _exams_are_there(exam_dates: Mapping[str, str]) -> Guard:
    absent = "SELECT 1 FROM json_each(?) WHERE CAST(value AS INTEGER) NOT IN (SELECT id FROM exams WHERE is_active = 1)"
    problem = invalid("exam_dates", "Names an exam that is not in the catalog.")
    return require(f"NOT EXISTS ({absent})", (dumps(list(exam_dates)),), otherwise=lambda: problem)


def read_account(user_id: int) -> Statement:
    """The read of an active user, to go with other reads in one round trip; its result goes to `account`."""
    return Statement(f"SELECT {', '.join(_ACCOUNT)} FROM users WHERE id = ? AND is_active = 1", (user_id,))


def shown(row: AccountRow) -> Account:
    """A row as its user sees it. Raises Unusable."""
    rows.checked(row, _ACCOUNT_SHAPE)
    dates = loads(row["exam_dates"])
    if not isinstance(dates, dict) or not all(isinstance(day, str) and rows.is_day(day) for day in dates.values()):
        raise Unusable("exam_dates", "is not a mapping of exams to days")
    plan = plan_of(row["subscription_status"], row["subscription_expires_at"], dt.datetime.now(dt.UTC))
    return {**row, "exam_dates": dates, "subscription_status": plan}


def plan_of(status: str, expires_at: int | None, now: dt.datetime) -> str:
    """The plan that counts at this moment: one that has run out is the free one."""
    return status if expires_at is None or now.timestamp() < expires_at else "free"


def read(user_id: int) -> Statement:
    """The read of an active user, to go with other reads in one round trip; its result goes to `active`."""
    return Statement(_READ, (user_id,))


def active(result: Result) -> UserRow:
    """The user that was read, or TokenInvalid."""
    user = result.first(UserRow)
    if user is None:
        raise TokenInvalid("the token's user is not active")
    return user


def day(user: UserRow, now: dt.datetime) -> dt.date:
    """The date at this moment in the user's time zone."""
    return now.astimezone(zone(user)).date()


def day_at(place: Place, at: int) -> dt.date:
    """The same for epoch seconds."""
    return dt.datetime.fromtimestamp(at, zone(place)).date()


def read_place(user_id: int) -> Statement:
    """The read of where a user is, active or not; its row is a `Place`."""
    return Statement("SELECT id, timezone FROM users WHERE id = ?", (user_id,))


def zone(user: UserRow | Place) -> dt.tzinfo:
    """The user's time zone; UTC, with a line in the log, if there is no such zone."""
    try:
        return zoneinfo.ZoneInfo(user["timezone"])
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a directory (America), a name too long
        _log.warning("no such time zone: days are counted in UTC", user=user["id"], timezone=user["timezone"])
        return dt.UTC

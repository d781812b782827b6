"""People, as the study service knows them."""

import datetime as dt
import zoneinfo
from typing import TypedDict

import peewee
import structlog

from shared_schema import rows
from shared_schema.database import Result
from shared_schema.problems import TokenInvalid
from shared_schema.rows import Shape
from shared_schema.tables import db
from shared_schema.tables.shared import ACCOUNT_ROLES, SUBSCRIPTIONS, User

_log = structlog.get_logger()
ROLES, PLANS = ACCOUNT_ROLES, SUBSCRIPTIONS
_SHAPE = Shape("users", moments=("created_at",), words={"role": ROLES, "subscription_status": PLANS})
_COLUMNS = (
    User.id,
    User.email,
    User.name,
    User.picture,
    User.role,
    User.subscription_status,
    User.timezone,
    User.created_at,
)


class UserRow(TypedDict):
    """A user as the table has it."""

    id: int
    email: str
    name: str
    picture: str | None
    role: str
    subscription_status: str
    timezone: str
    created_at: int


def get(user_id: int) -> UserRow:
    """An active user; Damaged where the row cannot be used. A token for anybody else does not count."""
    return rows.one("users", active(db.fetch([read(user_id)])[0]), _read)


def _read(row: UserRow) -> UserRow:
    return rows.checked(row, _SHAPE)


def read(user_id: int) -> peewee.Query:
    """The read of an active user, to go with other reads in one round trip; its result goes to `active`."""
    return User.select(*_COLUMNS).where(User.id == user_id, User.is_active == 1).dicts()


def active(result: Result) -> UserRow:
    """The user that was read, or TokenInvalid."""
    user = result.first(UserRow)
    if user is None:
        raise TokenInvalid("the token's user is not active")
    return user


def day(user: UserRow, now: dt.datetime) -> dt.date:
    """The date at this moment in the user's time zone; in UTC, with a line in the log, if there is no such zone."""
    try:
        return now.astimezone(zoneinfo.ZoneInfo(user["timezone"])).date()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a directory (America), a name too long
        _log.warning("no such time zone: days are counted in UTC", user=user["id"], timezone=user["timezone"])
        return now.astimezone(dt.UTC).date()

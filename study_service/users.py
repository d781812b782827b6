"""People, as the study service knows them."""

from typing import Any

import peewee

from shared_schema.database import Result
from shared_schema.problems import TokenInvalid
from shared_schema.tables import db
from shared_schema.tables.shared import User


def get(user_id: int) -> dict[str, Any]:
    """An active user. A token for anybody else does not count."""
    return active(db.fetch([read(user_id)])[0])


def read(user_id: int) -> peewee.Query:
    """The read of a user, for who has more to read; its result goes to `active`."""
    return User.select().where(User.id == user_id, User.is_active == 1).dicts()


def active(found: Result) -> dict[str, Any]:
    """The user that was read, or Unauthenticated."""
    user = found.first(dict)
    if user is None:
        raise TokenInvalid("the token's user is not active")
    return user

"""People, as the study service knows them."""

from typing import Any

from shared_schema.problems import Unauthenticated
from shared_schema.tables import db
from shared_schema.tables.shared import User


def get(user_id: int) -> dict[str, Any]:
    """An active user. A token for anybody else does not count."""
    (found,) = db.fetch([User.select().where(User.id == user_id, User.is_active == 1).dicts()])
    if found.first is None:
        raise Unauthenticated("TOKEN_INVALID", "the token's user is not active")
    user: dict[str, Any] = found.first
    return user

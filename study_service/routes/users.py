"""Who is calling."""

from marshmallow import fields

from shared_schema.web import auth
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import LEARNERS, allow
from shared_schema.web.schema import Instant, Out, Whole, choice
from study_service import users
from study_service.users import UserRow

blp = Blueprint("auth", __name__, url_prefix="/api/auth", description="Who is calling")


class UserOut(Out):
    id = Whole(1)
    email = fields.String()
    name = fields.String()
    picture = fields.String(allow_none=True)
    role = choice(*users.ROLES)
    subscription_status = choice(*users.PLANS)
    timezone = fields.String()
    created_at = Instant()


@blp.route("/me")
@allow(*LEARNERS)
@blp.response(200, UserOut)
@blp.unless_damaged
def get_me() -> UserRow:
    """The user the token speaks for"""
    return users.get(auth.user_id())

"""Shared tables: people, and how they are signed in."""

import marshmallow
import peewee

from shared_schema.fields import JSONField, counter, default, flag, now, one_of, refers_to
from shared_schema.tables.table import Table

PROVIDERS = ("google", "email")
ACCOUNT_ROLES = ("user", "admin", "moderator")
SUBSCRIPTIONS = ("free", "premium", "enterprise")
# SQL: whether a text can be the tag of a link, as it stands in `ref`.
SIGN_UP_REF = "length(sign_up_ref) BETWEEN 1 AND 64 AND sign_up_ref NOT GLOB '*[^A-Za-z0-9_.-]*'"


class User(Table):
    id = peewee.AutoField()
    email = peewee.TextField(unique=True)
    name = peewee.TextField()
    picture = peewee.TextField(null=True)
    provider = peewee.TextField(constraints=[default("google"), one_of("provider", *PROVIDERS)])
    provider_id = peewee.TextField(null=True)
    password_hash = peewee.TextField(null=True)
    role = peewee.TextField(constraints=[default("user"), one_of("role", *ACCOUNT_ROLES)])
    permissions = JSONField(marshmallow.fields.List(marshmallow.fields.String()), constraints=[default("[]")])
    subscription_status = peewee.TextField(constraints=[default("free"), one_of("subscription_status", *SUBSCRIPTIONS)])
    subscription_expires_at = peewee.IntegerField(null=True)
    stripe_customer_id = peewee.TextField(null=True)
    stripe_subscription_id = peewee.TextField(null=True)
    bio = peewee.TextField(null=True)
    timezone = peewee.TextField(constraints=[default("UTC")])
    preferred_language = peewee.TextField(constraints=[default("en")])
    last_login = peewee.IntegerField(null=True)
    login_count = counter()
    is_active = flag("is_active", on=True)
    email_verified = flag("email_verified")
    created_at = now()
    updated_at = now()
    share_profile = flag("share_profile")
    # {"3": "2026-12-01"}: the day on which the learner sits an exam, by its id.
    exam_dates = JSONField(marshmallow.fields.Dict(), constraints=[default("{}")])
    # The tag of the link that brought the person here, as it was at the first sign-in. NULL without one.
    sign_up_ref = peewee.TextField(null=True, constraints=[peewee.SQL(f"CHECK ({SIGN_UP_REF})")])

    class Meta:
        table_name = "users"


# One person per subject of an issuer. E-mails are claims, which people change and pass on.
User.add_index(
    User.index(
        User.provider, User.provider_id, unique=True, where=User.provider_id.is_null(False), name="users_provider_id"
    )
)
# For look-ups and searches without case. Not unique: databases from before may have one address in two spellings.
User.add_index(User.index(User.email.collate("NOCASE"), name="users_email_without_case"))
User.add_index(User.index(User.name.collate("NOCASE"), name="users_name_without_case"))
# Sign-ups by tag in a span of time are read from this index alone.
User.add_index(
    User.index(User.created_at, User.sign_up_ref, where=User.sign_up_ref.is_null(False), name="users_sign_ups")
)


class SignIn(Table):
    """A person signed in on one device. All of its tokens end with it; `ended_at` is null while it lasts."""

    id = peewee.TextField(primary_key=True)
    user_id = refers_to("users", "CASCADE")
    user_agent = peewee.TextField(null=True)
    created_at = now()
    expires_at = peewee.IntegerField()
    ended_at = peewee.IntegerField(null=True)

    class Meta:
        table_name = "sign_ins"


SignIn.add_index(SignIn.user_id, SignIn.ended_at)
SignIn.add_index(SignIn.expires_at)


class RefreshToken(Table):
    """A token that gives the next pair of tokens, once. `digest` is its SHA-256; the token itself is stored nowhere.

    `number` counts the tokens of a sign-in from 1.
    """

    digest = peewee.TextField(primary_key=True)
    sign_in_id = peewee.TextField(
        constraints=[peewee.SQL('REFERENCES "sign_ins" ("id") ON DELETE CASCADE')],
    )
    number = peewee.IntegerField()
    issued_at = now()
    expires_at = peewee.IntegerField()
    used_at = peewee.IntegerField(null=True)

    class Meta:
        table_name = "refresh_tokens"


RefreshToken.add_index(RefreshToken.sign_in_id, RefreshToken.number, unique=True)
RefreshToken.add_index(RefreshToken.expires_at)


class Revocation(Table):
    """Something that workers must hear of within seconds. They read on from the last id that they know.

    `token`: the access token with the id `key` (its jti) has ended. `sign_in`: so have all tokens of the sign-in `key`.
    `user`: what a worker remembers of the user `key` is old. The row means nothing after `expires_at`.
    """

    id = peewee.AutoField()
    kind = peewee.TextField(constraints=[one_of("kind", "token", "sign_in", "user")])
    key = peewee.TextField()
    created_at = now()
    expires_at = peewee.IntegerField()

    class Meta:
        table_name = "revocations"

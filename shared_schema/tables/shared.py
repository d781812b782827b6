"""Tables that both services write: people, the audit log, idempotency keys, who serves."""

import marshmallow
import peewee

from shared_schema.fields import JSONField, counter, default, flag, now, one_of, refers_to
from shared_schema.tables.table import Table

PROVIDERS = ("google", "email")
ACCOUNT_ROLES = ("user", "admin", "moderator")
SUBSCRIPTIONS = ("free", "premium", "enterprise")


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

    class Meta:
        table_name = "users"


class AuditLog(Table):
    id = peewee.AutoField()
    user_id = refers_to("users", "SET NULL", null=True)
    ip_address = peewee.TextField(null=True)
    user_agent = peewee.TextField(null=True)
    session_id = peewee.TextField(null=True)
    action = peewee.TextField()
    entity_type = peewee.TextField(null=True)
    entity_id = peewee.TextField(null=True)
    old_values = JSONField(marshmallow.fields.Dict(), null=True)
    new_values = JSONField(marshmallow.fields.Dict(), null=True)
    metadata = JSONField(marshmallow.fields.Dict(), null=True)
    request_id = peewee.TextField(null=True)
    method = peewee.TextField(null=True)
    path = peewee.TextField(null=True)
    success = flag("success", on=True)
    error_code = peewee.TextField(null=True)
    error_message = peewee.TextField(null=True)
    created_at = now()

    class Meta:
        table_name = "audit_log"


class IdempotencyKey(Table):
    """The key that a client sent with a write, the digest of that request, and the receipt of what it did."""

    subject = peewee.TextField()
    key = peewee.TextField()
    digest = peewee.TextField()
    receipt = peewee.TextField(null=True)
    created_at = now()

    class Meta:
        table_name = "idempotency_keys"
        primary_key = peewee.CompositeKey("subject", "key")
        without_rowid = True  # rows are found by their key alone; with a rowid the table would need a second index


IdempotencyKey.add_index(IdempotencyKey.created_at)


class ConsistencyClock(Table):
    """One row. Every batch on a server adds 1 to its `tick`; a replica has got as far as the tick that it shows."""

    id = peewee.IntegerField(primary_key=True, constraints=[peewee.Check("id = 1")])
    tick = peewee.IntegerField()

    class Meta:
        table_name = "consistency_clock"


class Deployment(Table):
    """A worker process of a service. `knows` has the migrations that its code has as files: `{stream: {name: phase}}`.

    It counts as dead once `seen_at` is more than `silence_s` seconds ago.
    """

    instance = peewee.TextField(primary_key=True)
    service = peewee.TextField()
    host = peewee.TextField()
    version = peewee.TextField()
    knows = JSONField(
        marshmallow.fields.Dict(
            keys=marshmallow.fields.String(),
            values=marshmallow.fields.Dict(
                keys=marshmallow.fields.String(),
                values=marshmallow.fields.String(validate=marshmallow.validate.OneOf(("expand", "contract"))),
            ),
        )
    )
    silence_s = peewee.IntegerField()
    started_at = now()
    seen_at = now()

    class Meta:
        table_name = "deployments"


# Virtual tables, views and triggers beside the models: a CREATE statement each, in the order in which they are made.
OBJECTS: tuple[str, ...] = ()

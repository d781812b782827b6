"""Tables that both services write: people, the audit log, idempotency keys, who serves."""

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


class AuditLog(Table):
    """Who changed what. Rows are added and never changed, but that erasure empties the columns about a person.

    `user_id` is no reference: deleting a user would empty it, and the chain of seals over the rows would not hold.
    AUTOINCREMENT, since otherwise a new row would get the id of a last row that was deleted, and nobody would miss it.
    """

    id = peewee.AutoField(constraints=[peewee.SQL("AUTOINCREMENT")])
    user_id = peewee.IntegerField(null=True)
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
    role = peewee.TextField(null=True)

    class Meta:
        table_name = "audit_log"
        indexes = ((("entity_type", "entity_id"), False), (("user_id",), False))


class AuditSeal(Table):
    """A link of the chain over the audit log: the seal number `sequence` is that of the row `entry_id`.

    The digests are those of the row's columns about a person, each with a salt. Erasure deletes the salt with the
    values, so that nobody can find them out by trying, and the digest stays.
    """

    sequence = peewee.IntegerField(primary_key=True)
    entry_id = peewee.IntegerField(unique=True)
    origin_salt = peewee.TextField(null=True)
    origin_digest = peewee.TextField()
    content_salt = peewee.TextField(null=True)
    content_digest = peewee.TextField()
    hash = peewee.TextField()
    sealed_at = now()

    class Meta:
        table_name = "audit_seals"


class KeptReceipt(Table):
    """The key that a client sent with a write, the digest of that request, and the receipt of what it did.

    `subject` is the service, the role and the caller: `study:user:1`. `endpoint` names the view, which makes the answer
    of the receipt. `known` is the part of the receipt that was known before the rows, as compressed JSON.

    The table has a rowid, so that rows are in the order of their time: the pages are full, a row of some kilobytes is
    on the page of its key, and the pages of those that are deleted for their age are free as a whole.
    """

    id = peewee.AutoField()
    subject = peewee.TextField()
    key = peewee.TextField()
    digest = peewee.BlobField()
    endpoint = peewee.TextField(null=True)
    created_at = now()
    known = peewee.BlobField(null=True)
    receipt = peewee.TextField(null=True)

    class Meta:
        table_name = "receipts"


KeptReceipt.add_index(KeptReceipt.subject, KeptReceipt.key, unique=True)


class IdempotencyKey(Table):
    """The same as releases before 007 wrote it; no service writes it any more, and one that does is not given a key
    that `receipts` has. A contract step can drop it with the triggers, once those releases are gone for a week.

    `subject` was `user:1`, whichever service it was, before the column `endpoint`.
    """

    subject = peewee.TextField()
    key = peewee.TextField()
    digest = peewee.TextField()
    receipt = peewee.TextField(null=True)
    created_at = now()
    endpoint = peewee.TextField(null=True)

    class Meta:
        table_name = "idempotency_keys"
        primary_key = peewee.CompositeKey("subject", "key")
        without_rowid = True  # rows are found by their key alone; with a rowid the table would need a second index


IdempotencyKey.add_index(IdempotencyKey.created_at)


class ForgottenKey(Table):
    """Callers of whom old keys were deleted. An unknown key of such a caller may be one of those."""

    subject = peewee.TextField(primary_key=True)

    class Meta:
        table_name = "forgotten_keys"
        without_rowid = True


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
#
# A key counts once in both tables of keys: here for this release, which looks it up there, too; and there for releases
# before, which do not. To those the database is busy: they answer 503, and a repeat that gets to this release is
# answered. The oldest of them wrote no service into the subject.
#
# The log and its seals are only added to. An INSERT must come behind the last row, or INSERT OR REPLACE could replace
# one (it fires no trigger of a DELETE); before the insertion of a row without an id, `new.id` is -1.
OBJECTS: tuple[str, ...] = (
    """
    CREATE TRIGGER receipts_insert BEFORE INSERT ON receipts
    WHEN EXISTS (SELECT 1 FROM idempotency_keys WHERE key = new.key
        AND subject IN (new.subject, substr(new.subject, instr(new.subject, ':') + 1)))
    BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: receipts.subject, receipts.key'); END
    """,
    """
    CREATE TRIGGER idempotency_keys_insert BEFORE INSERT ON idempotency_keys
    WHEN EXISTS (SELECT 1 FROM receipts WHERE key = new.key
        AND subject IN (new.subject, 'study:' || new.subject, 'growth:' || new.subject))
    BEGIN SELECT RAISE(ABORT, 'database is locked for this key: a newer release has answered it'); END
    """,
    """
    CREATE TRIGGER audit_log_insert BEFORE INSERT ON audit_log
    WHEN new.id <> -1 AND new.id <= (SELECT max(id) FROM audit_log)
    BEGIN SELECT RAISE(ABORT, 'audit_log: entries are only added at the end'); END
    """,
    """
    CREATE TRIGGER audit_log_update BEFORE UPDATE ON audit_log
    WHEN NOT (new.id IS old.id AND new.user_id IS old.user_id AND new.role IS old.role AND new.action IS old.action
        AND new.entity_type IS old.entity_type AND new.entity_id IS old.entity_id AND new.request_id IS old.request_id
        AND new.method IS old.method AND new.path IS old.path AND new.success IS old.success
        AND new.error_code IS old.error_code AND new.created_at IS old.created_at
        AND coalesce(new.ip_address, old.ip_address) IS old.ip_address
        AND coalesce(new.user_agent, old.user_agent) IS old.user_agent
        AND coalesce(new.session_id, old.session_id) IS old.session_id
        AND coalesce(new.metadata, old.metadata) IS old.metadata
        AND coalesce(new.old_values, old.old_values) IS old.old_values
        AND coalesce(new.new_values, old.new_values) IS old.new_values
        AND coalesce(new.error_message, old.error_message) IS old.error_message)
    BEGIN SELECT RAISE(ABORT, 'audit_log: an entry stays as it was written'); END
    """,
    """
    CREATE TRIGGER audit_log_delete BEFORE DELETE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'audit_log: entries are never deleted'); END
    """,
    """
    CREATE TRIGGER audit_seals_insert BEFORE INSERT ON audit_seals
    WHEN new.sequence <> coalesce((SELECT max(sequence) FROM audit_seals), 0) + 1
        OR new.entry_id <= (SELECT max(entry_id) FROM audit_seals)
    BEGIN SELECT RAISE(ABORT, 'audit_seals: seals are only added at the end'); END
    """,
    """
    CREATE TRIGGER audit_seals_update BEFORE UPDATE ON audit_seals
    WHEN NOT (new.sequence IS old.sequence AND new.entry_id IS old.entry_id AND new.hash IS old.hash
        AND new.origin_digest IS old.origin_digest AND new.content_digest IS old.content_digest
        AND new.sealed_at IS old.sealed_at
        AND coalesce(new.origin_salt, old.origin_salt) IS old.origin_salt
        AND coalesce(new.content_salt, old.content_salt) IS old.content_salt)
    BEGIN SELECT RAISE(ABORT, 'audit_seals: a seal stays as it was written'); END
    """,
    """
    CREATE TRIGGER audit_seals_delete BEFORE DELETE ON audit_seals
    BEGIN SELECT RAISE(ABORT, 'audit_seals: seals are never deleted'); END
    """,
)

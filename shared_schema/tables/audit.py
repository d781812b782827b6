"""Shared tables: who changed what, and the seals over it."""

import marshmallow
import peewee

from shared_schema.fields import JSONField, flag, now
from shared_schema.tables.table import Table


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
    """One link of the hash chain over the audit log. Seals are numbered by `sequence` from 1 on; `entry_id` is the id
    of the log entry that this seal covers.

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


# The log and its seals are only added to. An INSERT must come behind the last row, or INSERT OR REPLACE could replace
# one (it fires no trigger of a DELETE); before the insertion of a row without an id, `new.id` is -1.
OBJECTS: tuple[str, ...] = (
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

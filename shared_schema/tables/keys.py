"""Shared tables: the keys that clients send with writes, and what was done for them."""

import peewee

from shared_schema.fields import now
from shared_schema.tables.table import Table


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
    """What `receipts` is now, as releases before shared/007 wrote it. This release only reads it. An older one that
    still writes is refused a key that `receipts` has. A contract step can drop it with the triggers, once those
    releases are gone for a week.

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


# A key counts once in both tables of keys: here for this release, which looks it up there, too; and there for releases
# before, which do not. To those the database is busy: they answer 503, and a repeat that gets to this release is
# answered. The oldest of them wrote no service into the subject.
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
)

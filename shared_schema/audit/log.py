"""The log as admins read it: newest first, all of it, or that of one thing or of one user."""

from typing import Any, TypedDict

from shared_schema import rows
from shared_schema.rows import Page, Shape, Unusable
from shared_schema.tables import db
from shared_schema.tables.audit import AuditLog

_SHAPE = Shape("audit_log", moments=("created_at",))
_COLUMNS = (
    AuditLog.id,
    AuditLog.user_id,
    AuditLog.role,
    AuditLog.action,
    AuditLog.entity_type,
    AuditLog.entity_id,
    AuditLog.old_values,
    AuditLog.new_values,
    AuditLog.metadata,
    AuditLog.request_id,
    AuditLog.method,
    AuditLog.path,
    AuditLog.ip_address,
    AuditLog.user_agent,
    AuditLog.success,
    AuditLog.error_code,
    AuditLog.created_at,
)


class Row(TypedDict):
    """An entry as the table has it."""

    id: int
    user_id: int | None
    role: str | None
    action: str
    entity_type: str | None
    entity_id: str | None
    old_values: dict[str, Any] | None
    new_values: dict[str, Any] | None
    metadata: dict[str, Any] | None
    request_id: str | None
    method: str | None
    path: str | None
    ip_address: str | None
    user_agent: str | None
    success: bool
    error_code: str | None
    created_at: int


class Entry(Row):
    """An entry. `subject` is what the actor's token named; None once the person has been erased."""

    subject: str | None


class Wanted(TypedDict, total=False):
    """Which entries: those of one thing, those of one user, those of one user about one thing, or all."""

    entity_type: str
    entity_id: str
    user_id: int


def page(wanted: Wanted, after: int, limit: int) -> Page[Entry]:
    """Entries, latest first, below the id `after` (0: from the latest).

    A thing and a user have an index each, in order of ids; of two filters, one is read by its index.
    """
    query = AuditLog.select(*_COLUMNS)
    for column in (AuditLog.entity_type, AuditLog.entity_id, AuditLog.user_id):
        if column.name in wanted:
            query = query.where(column == wanted.get(column.name))
    if after:
        query = query.where(AuditLog.id < after)
    stored = db.fetch([query.order_by(AuditLog.id.desc()).limit(limit).dicts()])[0].all(Row)
    return rows.page("audit_log", stored, _read, limit)


def _read(row: Row) -> Entry:
    rows.checked(row, _SHAPE)
    for column, document in (("old_values", row["old_values"]), ("new_values", row["new_values"])):
        if document is not None and not isinstance(document, dict):
            raise Unusable(column, "is no JSON object")
    metadata = row["metadata"] if isinstance(row["metadata"], dict) else {}
    subject = metadata.get("subject")
    return {**row, "subject": subject if isinstance(subject, str) else None}

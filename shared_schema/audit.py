"""The audit log: who changed what, in the same batch as the change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared_schema.database import Statement
from shared_schema.fields import dumps

_SQL = """
    INSERT INTO audit_log (user_id, action, entity_type, entity_id, old_values, new_values, metadata,
                           request_id, method, path, ip_address)
    VALUES ((SELECT id FROM users WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_ENTRIES = """
    INSERT INTO audit_log (user_id, action, entity_type, entity_id, old_values, new_values, metadata,
                           request_id, method, path, ip_address)
    SELECT (SELECT id FROM users WHERE id = :log_user), :log_action, :log_entity, entry.id, entry.old, entry.new,
           :log_metadata, :log_request, :log_method, :log_path, :log_ip
    FROM ({rows}) entry
"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts and by which request. `subject` is the token's: a user's id, or the name of a service."""

    subject: str
    request_id: str | None = None
    method: str | None = None
    path: str | None = None
    ip_address: str | None = None

    @property
    def user_id(self) -> int | None:
        return int(self.subject) if self.subject.isdecimal() and len(self.subject) < 19 else None


def entry(
    actor: Actor,
    action: str,
    entity: str,
    entity_id: int | str,
    *,
    old: Mapping[str, object] | None = None,
    new: Mapping[str, object] | None = None,
) -> Statement:
    """The log's row for one change of an entity whose id is known."""
    values = [
        actor.user_id,
        action,
        entity,
        str(entity_id),
        None if old is None else dumps(old),
        None if new is None else dumps(new),
        dumps({"subject": actor.subject}),
        actor.request_id,
        actor.method,
        actor.path,
        actor.ip_address,
    ]
    return Statement(_SQL, values)


def entries(actor: Actor, action: str, entity: str, rows: str, values: Mapping[str, Any]) -> Statement:
    """One entry per row of `rows`, a SELECT of `id`, `old` and `new`, for changes that only SQL knows.

    It goes before the change that it describes, or after the rows that were inserted.
    """
    who = {
        "log_user": actor.user_id,
        "log_action": action,
        "log_entity": entity,
        "log_metadata": dumps({"subject": actor.subject}),
        "log_request": actor.request_id,
        "log_method": actor.method,
        "log_path": actor.path,
        "log_ip": actor.ip_address,
    }
    return Statement(_ENTRIES.format(rows=rows), {**values, **who})

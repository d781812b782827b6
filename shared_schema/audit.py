"""The audit log: statements that write who changed what. They go into the batch of the change."""

from collections.abc import Mapping
from dataclasses import dataclass

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
    """Who acts, and by which request. `subject` is that of the token: a user's id, or the name of a service."""

    subject: str
    request_id: str | None = None
    method: str | None = None
    path: str | None = None
    ip_address: str | None = None

    @property
    def user_id(self) -> int | None:
        """The subject as a number; None for the name of a service. There may be no such user."""
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
    """An INSERT of one entry: `actor` did `action` to the `entity` with this id, whose values were `old`, are `new`."""
    before, after = (None if document is None else dumps(document) for document in (old, new))
    request = (dumps({"subject": actor.subject}), actor.request_id, actor.method, actor.path, actor.ip_address)
    return Statement(_SQL, (actor.user_id, action, entity, str(entity_id), before, after, *request))


def entries(actor: Actor, action: str, entity: str, rows: str, values: Mapping[str, object]) -> Statement:
    """An INSERT of one entry per row of `rows`: a SELECT of `id`, `old` and `new`, with `values` as its parameters.

    For changes whose rows only SQL knows. Where the SELECT reads the old values, it goes before the change.
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

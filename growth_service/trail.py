"""The audit log where SQL knows best: an entry for each row that a step is about to change, with its old state."""

from collections.abc import Mapping
from typing import Any

from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.fields import dumps

_SQL = """
    INSERT INTO audit_log (user_id, action, entity_type, entity_id, old_values, new_values, metadata,
                           request_id, method, path, ip_address)
    SELECT (SELECT id FROM users WHERE id = :log_user), :log_action, :log_entity, entry.id, entry.old, entry.new,
           :log_metadata, :log_request, :log_method, :log_path, :log_ip
    FROM ({rows}) entry
"""


def entries(actor: Actor, action: str, entity: str, rows: str, values: Mapping[str, Any]) -> Statement:
    """One entry per row of `rows`, a SELECT of `id`, `old` and `new`. It goes before the change that it describes."""
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
    return Statement(_SQL.format(rows=rows), {**values, **who})

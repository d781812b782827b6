"""The statements that write who changed what. They go into the batch of the change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import peewee

from shared_schema.database import Statement
from shared_schema.fields import JSONField, dumps
from shared_schema.tables import Table

PEOPLE = ("user", "moderator", "admin")  # the roles whose subjects are ids of users
_MAX_AGENT = 500

_COLUMNS = """
    user_id, role, action, entity_type, entity_id, old_values, new_values, metadata,
    request_id, method, path, ip_address, user_agent
"""
_SQL = f"""
    INSERT INTO audit_log ({_COLUMNS}, success, error_code)
    VALUES ((SELECT id FROM users WHERE id = :log_user), :log_role, :action, :entity, :id, :old, :new, :log_metadata,
            :log_request, :log_method, :log_path, :log_ip, :log_agent, :success, :error)
"""
_ENTRIES = f"""
    INSERT INTO audit_log ({_COLUMNS})
    SELECT (SELECT id FROM users WHERE id = :log_user), :log_role, :log_action, :log_entity, entry.id, entry.old,
           entry.new, :log_metadata, :log_request, :log_method, :log_path, :log_ip, :log_agent
    FROM ({{rows}}) entry
"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and in which request. `subject` is what the token names: the id of a user, or the name of a service.

    `role` is the token's, "service" for our own programs, "operator" for a person at the command line,
    "anyone" for who has no token yet.
    """

    subject: str
    request_id: str | None = None
    method: str | None = None
    path: str | None = None
    ip_address: str | None = None
    role: str = field(kw_only=True)
    user_agent: str | None = field(default=None, kw_only=True)

    @property
    def user_id(self) -> int | None:
        """The id of the user who acts; None for a service, whatever its name. There may be no such user."""
        if self.role not in PEOPLE or not (self.subject.isascii() and self.subject.isdecimal()):
            return None
        number = int(self.subject) if len(self.subject) < 19 else 0
        return number if str(number) == self.subject else None


def entry(
    actor: Actor,
    action: str,
    entity: str,
    entity_id: int | str | None,
    *,
    old: Mapping[str, object] | None = None,
    new: Mapping[str, object] | None = None,
    success: bool = True,
    error_code: str | None = None,
) -> Statement:
    """An INSERT of one entry: `actor` did `action` to the `entity` with this id, whose values were `old`, are `new`.

    What is told of a person (an e-mail, a name) stands in `old` and `new` of an entity "user" with the person's id, and
    nowhere else: erasure looks there. No token and no secret stands anywhere. `success` is false for what was refused.
    """
    before, after = (None if document is None else dumps(document) for document in (old, new))
    what = {
        "action": action,
        "entity": entity,
        "id": None if entity_id is None else str(entity_id),
        "old": before,
        "new": after,
        "success": int(success),
        "error": error_code,
    }
    return Statement(_SQL, what | _who(actor))


def entries(actor: Actor, action: str, entity: str, rows: str, values: Mapping[str, object]) -> Statement:
    """An INSERT of one entry per row of `rows`: a SELECT of `id`, `old` and `new`, with `values` as its parameters.

    For changes whose rows only SQL knows. Where the SELECT reads the old values, it goes before the change.
    """
    return Statement(_ENTRIES.format(rows=rows), {**values, **_who(actor), "log_action": action, "log_entity": entity})


def change(
    actor: Actor,
    action: str,
    entity: str,
    model: type[Table],
    entity_id: int | str,
    new: Mapping[str, object],
    *,
    key: str = "id",
) -> Statement:
    """An INSERT of one entry: columns of the row of `model` with this key get the values `new`. It goes before that.

    The log has the old values of the same columns; none where there is no row yet. Values that the row has already
    leave no entry, so a batch that is sent twice is logged once.
    """
    old = f"SELECT {document(model, new)} FROM {model._meta.table_name} WHERE {key} = :log_id"
    rows = f"SELECT * FROM (SELECT :log_id AS id, ({old}) AS old, :log_new AS new) WHERE old IS NOT new"
    return entries(actor, action, entity, rows, {"log_id": entity_id, "log_new": dumps(new)})


def document(model: type[Table], columns: Iterable[str], alias: str = "") -> str:
    """SQL: these columns of a row as a JSON object. Flags are true and false, JSON is JSON."""
    values = [(name, _value(model._meta.fields[name], f"{alias}.{name}" if alias else name)) for name in columns]
    return f"json_object({', '.join(f'{name!r}, {value}' for name, value in values)})"


def _value(field: peewee.Field, column: str) -> str:
    if isinstance(field, peewee.BooleanField):
        return f"json(iif({column}, 'true', 'false'))"
    if isinstance(field, JSONField):
        return f"iif(json_valid({column}), json({column}), {column})"
    return column


def _who(actor: Actor) -> dict[str, object]:
    return {
        "log_user": actor.user_id,
        "log_role": actor.role,
        "log_metadata": dumps({"subject": actor.subject}),
        "log_request": actor.request_id,
        "log_method": actor.method,
        "log_path": actor.path,
        "log_ip": actor.ip_address,
        "log_agent": actor.user_agent and actor.user_agent[:_MAX_AGENT],
    }

"""Demo content: two people and a question bank of our own. Loading it twice changes nothing."""

from pathlib import Path
from typing import TypedDict

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.fields import dumps
from shared_schema.idempotency import Once
from shared_schema.tables import db
from shared_schema.tables.shared import User
from study_service import imports
from study_service.imports import Options

BANK = Path(__file__).parent / "networking.json"
PEOPLE = (
    {"email": "admin@demo.example", "name": "Demo admin", "provider": "email", "role": "admin"},
    {"email": "learner@demo.example", "name": "Demo learner", "provider": "email", "role": "user"},
)
_ACTOR = Actor("demo", role="service")
# Of the people that the statement before has added.
_LOGGED = """
    SELECT id, NULL AS old, json_object('email', email, 'name', name, 'role', role) AS new FROM users
    WHERE changes() > 0 AND email IN (SELECT value FROM json_each(:emails)) AND NOT EXISTS (
        SELECT 1 FROM audit_log
        WHERE entity_type = 'user' AND entity_id = CAST(users.id AS TEXT) AND action = 'user.create')
"""


class People(TypedDict):
    """The ids of the demo people by role."""

    admin: int
    user: int


def load() -> bool:
    """Load what is not there yet. False where all of it is there already."""
    emails = {"emails": dumps([person["email"] for person in PEOPLE])}
    log = audit.entries(_ACTOR, "user.create", "user", _LOGGED, emails)
    added = db.batch([User.insert_many(PEOPLE).on_conflict_ignore(), log])[0].count
    options = Options("pingtopass", review_status="approved")
    report = imports.run(BANK.read_bytes(), options, _ACTOR, Once("demo")).document
    return bool(added or report["imported"] or report["updated"])


def people() -> People:
    """The demo people, once they are loaded."""
    query = User.select(User.role, User.id).where(User.email.in_([person["email"] for person in PEOPLE])).tuples()
    ids: dict[str, int] = dict(db.fetch([query], fresh=True)[0].all(tuple))
    return {"admin": ids["admin"], "user": ids["user"]}

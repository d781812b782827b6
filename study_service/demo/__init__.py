"""Demo content: two people and a question bank of our own. Loading it twice changes nothing."""

from pathlib import Path
from typing import TypedDict

import peewee

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.fields import dumps
from shared_schema.idempotency import Once
from shared_schema.problems import Conflict
from shared_schema.tables import db
from shared_schema.tables.users import User
from study_service.importing import imports
from study_service.importing.imports import Options

BANK = Path(__file__).parent / "networking.json"
PEOPLE = (
    {"email": "admin@demo.example", "name": "Demo admin", "provider": "email", "role": "admin"},
    {"email": "learner@demo.example", "name": "Demo learner", "provider": "email", "role": "user"},
)
_ACTOR = Actor("demo", role="service")
_LOGGED = """
    SELECT id, NULL AS old, json_object('email', email, 'name', name, 'role', role) AS new FROM users
    WHERE email IN (SELECT value FROM json_each(:emails)) ORDER BY id
"""


class People(TypedDict):
    """The ids of the demo people by role."""

    admin: int
    user: int


def load() -> bool:
    """Load what is not there yet. False where all of it is there already."""
    added = _add_people()
    options = Options("pingtopass", review_status="approved")
    admin = Actor(str(people()["admin"]), role="admin")
    try:
        report = imports.run(BANK.read_bytes(), options, admin, Once("demo"), keeps_catalog=True).document
    except Conflict:  # somebody has retired the demo exam, and retired it stays
        return bool(added)
    return bool(added or report["imported"] or report["updated"])


def _add_people() -> bool:
    """Add who is not there yet. False where all of them are."""
    there = {email for _, email in db.fetch([_people(User.id, User.email)], fresh=True)[0].all(tuple)}
    new = [person for person in PEOPLE if person["email"] not in there]
    if new:
        emails = {"emails": dumps([person["email"] for person in new])}
        db.batch([User.insert_many(new), audit.entries(_ACTOR, "user.create", "user", _LOGGED, emails)])
    return bool(new)


def _people(*columns: peewee.Field) -> peewee.Query:
    return User.select(*columns).where(User.email.in_([person["email"] for person in PEOPLE])).tuples()


def people() -> People:
    """The demo people, once they are loaded."""
    ids: dict[str, int] = dict(db.fetch([_people(User.role, User.id)], fresh=True)[0].all(tuple))
    return {"admin": ids["admin"], "user": ids["user"]}

"""Demo content: two people and a question bank of our own. Loading it twice changes nothing."""

from pathlib import Path
from typing import TypedDict

from shared_schema.audit import Actor
from shared_schema.idempotency import Once
from shared_schema.problems import Conflict
from shared_schema.tables import db
from shared_schema.tables.shared import User
from study_service import imports
from study_service.imports import Options

BANK = Path(__file__).parent / "networking.json"
PEOPLE = (
    {"email": "admin@demo.example", "name": "Demo admin", "provider": "email", "role": "admin"},
    {"email": "learner@demo.example", "name": "Demo learner", "provider": "email", "role": "user"},
)


class People(TypedDict):
    """The ids of the demo people by role."""

    admin: int
    user: int


def load() -> bool:
    """Load what is not there yet. False where all of it is there already."""
    added = db.batch([User.insert_many(PEOPLE).on_conflict_ignore()])[0].count
    options = Options("pingtopass", review_status="approved")
    admin = Actor(str(people()["admin"]))
    try:
        report = imports.run(BANK.read_bytes(), options, admin, Once("demo"), keeps_catalog=True).document
    except Conflict:  # somebody has retired the demo exam, and retired it stays
        return bool(added)
    return bool(added or report["imported"] or report["updated"])


def people() -> People:
    """The demo people, once they are loaded."""
    query = User.select(User.role, User.id).where(User.email.in_([person["email"] for person in PEOPLE])).tuples()
    ids: dict[str, int] = dict(db.fetch([query], fresh=True)[0].all(tuple))
    return {"admin": ids["admin"], "user": ids["user"]}

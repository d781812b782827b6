"""Demo content: two people and a question bank of our own. Loading it twice changes nothing."""

from pathlib import Path

from shared_schema.audit import Actor
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


def load() -> dict[str, int]:
    """Load what is not there yet; the ids of the people by role."""
    emails = [person["email"] for person in PEOPLE]
    people = User.select(User.role, User.id).where(User.email.in_(emails)).tuples()
    *_, found = db.batch([User.insert_many(PEOPLE).on_conflict_ignore(), people])
    ids: dict[str, int] = dict(found.rows)
    approved = Options(review_status="approved")
    imports.run("pingtopass", BANK.read_bytes(), approved, Actor(str(ids["admin"])), Once("demo"))
    return ids

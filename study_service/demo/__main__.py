"""`python -m study_service.demo`: load the demo content into the configured database."""

from shared_schema import environment, startup
from shared_schema.database import Database
from shared_schema.releases import current
from shared_schema.tables import db
from study_service import demo

with startup.sentences():
    settings = environment.database()
    startup.check_database(settings)
    db.initialize(Database(settings))  # type: ignore[attr-defined]  # the proxy's method is not in the stubs
    current.check(db, "study")
    demo.load()

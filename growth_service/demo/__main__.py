"""`python -m growth_service.demo`: load the demo content into the configured database."""

from growth_service import demo
from shared_schema import environment, startup
from shared_schema.database import Database
from shared_schema.releases import current
from shared_schema.tables import db

with startup.sentences():
    settings = environment.database()
    startup.check_database(settings)
    db.initialize(Database(settings))  # type: ignore[attr-defined]  # the proxy's method is not in the stubs
    current.check(db, "growth")
    demo.load()

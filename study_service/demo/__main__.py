"""`python -m study_service.demo`: load the demo content into the configured database."""

from shared_schema import environment
from shared_schema.database import Database
from shared_schema.tables import db
from study_service import demo

db.initialize(Database(environment.database()))  # type: ignore[attr-defined]  # the proxy's method is not in the stubs
demo.load()

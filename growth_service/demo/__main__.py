"""`python -m growth_service.demo`: load the demo content into the configured database."""

from growth_service import demo
from shared_schema import opening, startup

opening.configured("growth")
with startup.sentences():
    demo.load()

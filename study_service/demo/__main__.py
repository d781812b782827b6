"""`python -m study_service.demo`: load the demo content into the configured database."""

from shared_schema import opening, startup
from study_service import demo

opening.configured("study")
with startup.sentences():
    demo.load()

"""`python -m study_service`: serve."""

from shared_schema import startup
from shared_schema.web import serve
from study_service import config

with startup.sentences():
    serve.run(config.from_env())

"""`python -m growth_service`: serve."""

from growth_service import config
from shared_schema import startup
from shared_schema.web import serve

with startup.sentences():
    serve.run(config.from_env())

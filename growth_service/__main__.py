"""`python -m growth_service`: serve."""

from growth_service import config
from shared_schema.web import serve

serve.run(config.from_env())

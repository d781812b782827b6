"""`python -m study_service`: serve."""

from shared_schema.web import serve
from study_service import config

serve.run(config.from_env())

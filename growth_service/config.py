"""Configuration of the growth service, from the environment."""

import os

from shared_schema import environment
from shared_schema.web import cors, limits
from shared_schema.web.config import Config


def from_env() -> Config:
    """Raises ConfigurationError with the name of the variable that is wrong."""
    return Config(
        service="growth",
        port=environment.integer("GROWTH_PORT", 8002, low=1, high=65535),
        host=os.environ.get("GROWTH_HOST", "127.0.0.1"),
        database=environment.database(),
        token_keys=environment.token_keys(),
        state=environment.var(),
        origins=cors.from_env(),
        rates=limits.from_env(),
    )

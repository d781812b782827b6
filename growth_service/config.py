"""Configuration of the growth service, from the environment."""

from shared_schema.web import config
from shared_schema.web.config import Config


def from_env() -> Config:
    """Raises ConfigurationError with the name of the variable that is wrong."""
    return config.from_env("growth", 8002)

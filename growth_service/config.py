"""Configuration of the growth service, from the environment."""

import os
from urllib.parse import urlsplit

from growth_service.alerts.webhook import Webhook
from shared_schema import environment
from shared_schema.environment import ConfigurationError
from shared_schema.web import config
from shared_schema.web.config import Config


def from_env() -> Config:
    """Raises ConfigurationError with the name of the variable that is wrong."""
    return config.from_env("growth", 8002)


def webhook() -> Webhook:
    """Where alerts of budgets go. Raises ConfigurationError with the name of the variable that is wrong."""
    private = environment.switch("GROWTH_WEBHOOK_ALLOW_PRIVATE")
    url, secret = os.environ.get("GROWTH_ALERTS_URL", ""), os.environ.get("GROWTH_ALERTS_SECRET", "")
    try:
        parts = urlsplit(url)
        schemes = ("https", "http") if private else ("https",)
        good = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0 and parts.username is None
    except ValueError:
        good = False
    if not good or not (url.isascii() and url.isprintable()) or " " in url:
        raise ConfigurationError("GROWTH_ALERTS_URL must be an https address without a name and a password")
    if len(secret.encode()) < 32:
        raise ConfigurationError("GROWTH_ALERTS_SECRET must have 32 bytes or more")
    return Webhook(url, secret, private)

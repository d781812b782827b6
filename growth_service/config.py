"""Configuration of the growth service, from the environment."""

import os
import re
from dataclasses import replace
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from growth_service.alerts.webhook import Webhook
from shared_schema import environment
from shared_schema.environment import ConfigurationError, Engagement
from shared_schema.web import config
from shared_schema.web.config import Config

_HOURS = re.compile(r"([0-9]{1,2})-([0-9]{1,2})")


def from_env() -> Config:
    """Raises ConfigurationError with the name of the variable that is wrong."""
    return replace(config.from_env("growth", 8002), engagement=_engagement())


def _engagement() -> Engagement:
    return Engagement(
        min_relevance=_fraction("GROWTH_MIN_RELEVANCE"),
        pending_s=environment.integer("GROWTH_PENDING_HOURS", 72, low=1, high=8784) * 3600,
        per_day=_cap("GROWTH_CAP_DAY"),
        per_author_day=_cap("GROWTH_CAP_AUTHOR_DAY"),
        per_thread=_cap("GROWTH_CAP_THREAD"),
        posting_hours=_hours("GROWTH_POSTING_HOURS"),
        zone=_zone("GROWTH_TIMEZONE"),
    )


def _cap(name: str) -> int | None:
    """A number of replies; None, no limit, if it is not set."""
    return environment.integer(name, 0, low=0, high=100_000) if os.environ.get(name) else None


def _fraction(name: str) -> float:
    text = os.environ.get(name) or "0"
    if not re.fullmatch(r"0|1|0?\.[0-9]{1,9}|1\.0+|0\.0+", text, re.ASCII):
        raise ConfigurationError(f"{name} must be a number from 0 to 1, not {text!r}")
    return float(text)


def _hours(name: str) -> tuple[int, int] | None:
    """The hours from and until which may be sent, `8-22`; `22-6` goes over midnight. None, at any time, if not set."""
    text = os.environ.get(name)
    if not text:
        return None
    hours = _HOURS.fullmatch(text)
    first, last = (int(hours[1]), int(hours[2])) if hours else (24, 0)
    if first > 23 or last > 24 or first == last:
        raise ConfigurationError(f"{name} must be two hours of the day, like 8-22, not {text!r}")
    return first, last


def _zone(name: str) -> str:
    text = os.environ.get(name) or "UTC"
    if text not in available_timezones():
        raise ConfigurationError(f"{name} must be a time zone like Europe/Berlin, not {text!r}")
    return text


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

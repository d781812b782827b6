"""Configuration of the study service, from the environment."""

import os
import re
from dataclasses import replace
from urllib.parse import urlsplit

from shared_schema import environment
from shared_schema.environment import ConfigurationError
from shared_schema.tables.users import SUBSCRIPTIONS
from shared_schema.web import config
from shared_schema.web.config import GOOGLE, GOOGLE_KEYS, Config, SignIn

DAILY_QUESTIONS = "free=50,premium=500,enterprise=unlimited"
MONTHLY_TESTS = "free=5,premium=50,enterprise=unlimited"
_WHOLE = re.compile(r"[0-9]{1,9}")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def from_env() -> Config:
    """Raises ConfigurationError with the name of the variable that is wrong."""
    return replace(
        config.from_env("study", 8001),
        sign_in=_sign_in(),
        daily_questions=_by_plan("PLAN_DAILY_QUESTIONS", DAILY_QUESTIONS),
        monthly_tests=_by_plan("PLAN_MONTHLY_TESTS", MONTHLY_TESTS),
        reviews_per_day=environment.integer("STUDY_REVIEWS_PER_DAY", 100, low=1, high=500),
        review_by_another=environment.switch("STUDY_REVIEW_BY_ANOTHER"),
    )


def _sign_in() -> SignIn:
    """With an issuer of one's own, its keys have an address of their own."""
    issuer = os.environ.get("OIDC_ISSUER") or GOOGLE
    keys_url = os.environ.get("OIDC_JWKS_URL") or (GOOGLE_KEYS if issuer == GOOGLE else "")
    if not keys_url:
        raise ConfigurationError("OIDC_JWKS_URL must be the address of the keys of OIDC_ISSUER")
    return SignIn(
        client_ids=_client_ids(os.environ.get("GOOGLE_CLIENT_IDS", "")),
        issuer=_secure("OIDC_ISSUER", issuer),
        keys_url=_secure("OIDC_JWKS_URL", keys_url),
        access_s=environment.integer("ACCESS_TOKEN_SECONDS", 900, low=60, high=3600),
        refresh_s=environment.integer("REFRESH_TOKEN_DAYS", 30, low=1, high=366) * 86400,
    )


def _client_ids(text: str) -> tuple[str, ...]:
    ids = tuple(part.strip() for part in text.split(",") if part.strip())
    if any(not part.isascii() or not part.isprintable() or " " in part for part in ids):
        raise ConfigurationError("GOOGLE_CLIENT_IDS must be client ids with commas between them")
    return ids


def _secure(name: str, url: str) -> str:
    """An https address, or http on this machine, for tests and development."""
    try:
        parts = urlsplit(url)
        plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
        good = bool(parts.hostname) and (parts.scheme == "https" or plain) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ConfigurationError(f"{name} must be an https address, not {url!r}")
    return url


def _by_plan(variable: str, usual: str) -> dict[str, int | None]:
    """The variable, which is `plan=number` for each plan, with commas; None where that is `unlimited`."""
    text = os.environ.get(variable) or usual
    pairs = [part.strip().partition("=") for part in text.split(",")]
    numbers = {plan: None if number == "unlimited" else number for plan, _, number in pairs}
    known = [number for number in numbers.values() if number is not None]
    if sorted(plan for plan, _, _ in pairs) != sorted(SUBSCRIPTIONS) or not all(map(_WHOLE.fullmatch, known)):
        raise ConfigurationError(f"{variable} must be like {usual}, not {text!r}")
    return {plan: None if number is None else int(number) for plan, number in numbers.items()}

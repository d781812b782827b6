"""Configuration of the study service, from the environment."""

import os
import re

from shared_schema import environment
from shared_schema.environment import ConfigurationError
from shared_schema.web import cors, limits
from shared_schema.web.config import Config

PLANS = ("free", "premium", "enterprise")
DAILY_QUESTIONS = "free=50,premium=500,enterprise=unlimited"
_WHOLE = re.compile(r"[0-9]{1,9}")


def from_env() -> Config:
    """Raises ConfigurationError with the name of the variable that is wrong."""
    return Config(
        service="study",
        port=environment.integer("STUDY_PORT", 8001, low=1, high=65535),
        host=os.environ.get("STUDY_HOST", "127.0.0.1"),
        database=environment.database(),
        token_keys=environment.token_keys(),
        state=environment.var(),
        origins=cors.from_env(),
        rates=limits.from_env(),
        daily_questions=_daily_questions(),
    )


def _daily_questions() -> dict[str, int | None]:
    """`$PLAN_DAILY_QUESTIONS`, which is `plan=number` for each plan, with commas; None where that is `unlimited`."""
    text = os.environ.get("PLAN_DAILY_QUESTIONS") or DAILY_QUESTIONS
    pairs = [part.strip().partition("=") for part in text.split(",")]
    daily = {plan: None if number == "unlimited" else number for plan, _, number in pairs}
    numbers = [number for number in daily.values() if number is not None]
    if sorted(plan for plan, _, _ in pairs) != sorted(PLANS) or not all(map(_WHOLE.fullmatch, numbers)):
        raise ConfigurationError(f"PLAN_DAILY_QUESTIONS must be like {DAILY_QUESTIONS}, not {text!r}")
    return {plan: None if number is None else int(number) for plan, number in daily.items()}

"""The answers a day of each plan, from the environment: a wrong number stops the start and is named."""

import pytest

from shared_schema.environment import ConfigurationError
from study_service import config


@pytest.mark.parametrize(
    ("text", "daily"),
    [
        ("", {"free": 50, "premium": 500, "enterprise": None}),
        ("enterprise=9, premium=unlimited,free=0", {"enterprise": 9, "premium": None, "free": 0}),
    ],
)
def test_the_numbers_come_from_a_variable(
    monkeypatch: pytest.MonkeyPatch, text: str, daily: dict[str, int | None]
) -> None:
    monkeypatch.setenv("TOKEN_KEYS", f"k:{'x' * 32}")
    monkeypatch.setenv("PLAN_DAILY_QUESTIONS", text)
    assert config.from_env().daily_questions == daily


@pytest.mark.parametrize(
    "text",
    ["50", "free=50", "free=50,premium=5", "free=-1,premium=1,enterprise=1", "free=1,premium=1,enterprise=1,gold=1",
     "free=1,free=2,premium=1,enterprise=1", "free=1,premium=many,enterprise=1", "free=,premium=1,enterprise=1"],
)  # fmt: skip
def test_a_wrong_number_is_named_at_start(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("TOKEN_KEYS", f"k:{'x' * 32}")
    monkeypatch.setenv("PLAN_DAILY_QUESTIONS", text)
    with pytest.raises(ConfigurationError, match=r"^PLAN_DAILY_QUESTIONS must be like free=50,premium=500,"):
        config.from_env()

"""The rules of the queue come from the environment; a wrong value stops the start and names its variable."""

import pytest

from growth_service import config
from shared_schema.environment import USUAL, ConfigurationError, Engagement

KEYS = ("MIN_RELEVANCE", "PENDING_HOURS", "CAP_DAY", "CAP_AUTHOR_DAY", "CAP_THREAD", "POSTING_HOURS", "TIMEZONE")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_KEYS", f"k:{'s' * 32}")
    for key in KEYS:
        monkeypatch.delenv(f"GROWTH_{key}", raising=False)


def test_nothing_is_capped_where_nothing_is_set() -> None:
    assert config.from_env().engagement == USUAL == Engagement()
    assert (USUAL.min_relevance, USUAL.pending_s, USUAL.zone) == (0, 72 * 3600, "UTC")
    assert (USUAL.per_day, USUAL.per_author_day, USUAL.per_thread, USUAL.posting_hours) == (None,) * 4


def test_each_rule_has_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    values = ("0.3", "24", "20", "0", "1", "22-6", "Asia/Kolkata")
    for key, value in zip(KEYS, values, strict=True):
        monkeypatch.setenv(f"GROWTH_{key}", value)
    assert config.from_env().engagement == Engagement(
        min_relevance=0.3,
        pending_s=24 * 3600,
        per_day=20,
        per_author_day=0,
        per_thread=1,
        posting_hours=(22, 6),
        zone="Asia/Kolkata",
    )


@pytest.mark.parametrize(
    ("key", "text"),
    [
        *(("MIN_RELEVANCE", text) for text in ("1.1", "-0.1", "x", "nan", "1e-3", "٠.٥")),
        *(("PENDING_HOURS", text) for text in ("0", "8785", "x", "1.5")),
        *((key, text) for key in ("CAP_DAY", "CAP_AUTHOR_DAY", "CAP_THREAD") for text in ("-1", "x", "100001")),
        *(("POSTING_HOURS", text) for text in ("8", "8-8", "24-6", "8-25", "x-y", "8 - 22", "-1-5")),
        *(("TIMEZONE", text) for text in ("Mars/Olympus", "../etc/passwd", "utc+1")),
    ],
)
def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch, key: str, text: str) -> None:
    monkeypatch.setenv(f"GROWTH_{key}", text)
    with pytest.raises(ConfigurationError, match=f"^GROWTH_{key} must be"):
        config.from_env()

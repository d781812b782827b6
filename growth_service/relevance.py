"""Provisional: the relevance of a tweet is room voices'."""

from typing import NamedTuple, TypedDict

from growth_service.accounts import Account
from growth_service.tweet_rows import Tweet
from growth_service.voices import Voice


class Reason(TypedDict):
    name: str
    value: float
    weight: float
    why: str


class Scored(NamedTuple):
    score: float
    reasons: list[Reason]


def score(tweet: Tweet, author: Account | None, profile: Voice | None, now: int) -> Scored:
    followers = max(0, author["followers_count"]) if author else 0
    value = min(1.0, followers / 10_000)
    return Scored(value, [{"name": "reach", "value": value, "weight": 1, "why": f"{followers} followers"}])

"""What our replies got, by the hour at which they were sent and by the topics of what they answer."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import TypedDict

from growth_service.results.metrics import COUNTABLE
from growth_service.results.windows import Window
from shared_schema.database import Result, Statement
from shared_schema.fields import loads

MEASURED = 300  # replies that are read, the latest of a window
_TOPICS, _LISTED = 20, 20  # topics that are read of a tweet, and topics that are listed
_ENGAGEMENTS = ("likes", "retweets", "replies", "quotes")
_SENT = f"""
    SELECT sent.executed_at, r.metrics, iif(json_valid(t.ai_analysis), t.ai_analysis -> '$.topics', NULL) AS topics,
        iif(json_valid(t.entities), t.entities -> '$.hashtags', NULL) AS hashtags
    FROM (SELECT executed_at, result_tweet_id, tweet_id
          FROM engagement_opportunities INDEXED BY engagement_opportunities_executed
          WHERE status = 'executed' AND executed_at >= :begins AND executed_at < :ends
          ORDER BY executed_at DESC LIMIT {MEASURED}) sent
    JOIN tweets r ON r.id = sent.result_tweet_id
    LEFT JOIN tweets t ON t.id = sent.tweet_id
"""


class _Row(TypedDict):
    """A reply whose own tweet we know: its counts, and the topics of the tweet that it answers, as JSON texts."""

    executed_at: int
    metrics: str | None
    topics: str | None
    hashtags: str | None


class Got(TypedDict):
    """What some replies got. Impressions, and the rate, are of those of which X has told them; None if of none."""

    replies: int
    engagements: int
    engagements_per_reply: float
    impressions: int | None
    engagement_rate: float | None


class Hour(Got):
    """The replies that were sent in an hour of the day, 0 to 23."""

    hour: int


class Topic(Got):
    """The replies to tweets about a topic."""

    topic: str


class Best(TypedDict):
    """The hours and topics, best first, and how many replies they are made from."""

    replies_measured: int
    best_hours: list[Hour]
    best_topics: list[Topic]


_Measured = tuple[int, int | None]  # engagements and impressions of a reply


def sent(window: Window) -> Statement:
    """The read of the latest `MEASURED` replies of a window; its result goes to `best`. It reads an index by time."""
    return Statement(_SENT, {"begins": window.begins, "ends": window.ends})


def best(result: Result, window: Window) -> Best:
    """What the replies got, by hour in the window's time zone and by topic: most engagements a reply first, of equals
    more replies, then the earlier hour and the first topic by name.

    A reply without counts is not measured. Topics are those of the analysis and the hashtags, without regard to case.
    """
    hours: defaultdict[int, list[_Measured]] = defaultdict(list)
    topics: defaultdict[str, list[_Measured]] = defaultdict(list)
    measured = [(row, counts) for row in result.all(_Row) if (counts := _measured(row["metrics"])) is not None]
    for row, counts in measured:
        hours[dt.datetime.fromtimestamp(row["executed_at"], window.zone).hour].append(counts)
        for topic in _topics(row["topics"], row["hashtags"]):
            topics[topic].append(counts)
    by_hour: list[Hour] = [{"hour": hour, **_together(counts)} for hour, counts in sorted(hours.items())]
    by_topic: list[Topic] = [{"topic": topic, **_together(counts)} for topic, counts in sorted(topics.items())]
    return {
        "replies_measured": len(measured),
        "best_hours": sorted(by_hour, key=_worth, reverse=True),
        "best_topics": sorted(by_topic, key=_worth, reverse=True)[:_LISTED],
    }


def _worth(got: Got) -> tuple[float, int]:
    """What comes first: most engagements a reply, and of equals what more replies show."""
    return got["engagements_per_reply"], got["replies"]


def _together(replies: Sequence[_Measured]) -> Got:
    engagements = sum(reply[0] for reply in replies)
    shown = [(engaged, impressions) for engaged, impressions in replies if impressions is not None]
    impressions = sum(seen for _, seen in shown) if shown else None
    return {
        "replies": len(replies),
        "engagements": engagements,
        "engagements_per_reply": engagements / len(replies),
        "impressions": impressions,
        "engagement_rate": sum(engaged for engaged, _ in shown) / impressions if impressions else None,
    }


def _measured(metrics: str | None) -> _Measured | None:
    """The engagements and impressions in a tweet's counts; None where they are none."""
    document = None if metrics is None else loads(metrics)
    if not isinstance(document, dict):
        return None
    counts = {name: count for name, count in document.items() if type(count) is int and 0 <= count <= COUNTABLE}
    return sum(counts.get(name, 0) for name in _ENGAGEMENTS), counts.get("impressions")


def _topics(*lists: str | None) -> set[str]:
    """The first topics of these JSON lists, each once."""
    named = [topic for text in lists if text is not None and isinstance(names := loads(text), list) for topic in names]
    texts = [topic.strip().removeprefix("#").casefold() for topic in named if isinstance(topic, str)]
    return {topic for topic in texts[:_TOPICS] if 0 < len(topic) <= 100}

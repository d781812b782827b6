"""What an analysis says of a tweet: its mood, its topics, and what it is worth to us."""

from typing import NotRequired, TypedDict

from growth_service.posts import tweet_pages, tweet_rows
from growth_service.posts.tweet_rows import Row, Tweet
from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Statement, require
from shared_schema.fields import dumps
from shared_schema.problems import Conflict, NotFound
from shared_schema.tables import db
from shared_schema.tables.twitter import Tweet as Table


class Analysis(TypedDict):
    """An analysis, as the bot describes it; `relevance_score` is from 0 to 1."""

    sentiment: str
    topics: list[str]
    engagement_quality: float
    relevance_score: NotRequired[float]


_EXISTS = "EXISTS (SELECT 1 FROM tweets WHERE id = ?)"
_HAS_TEXT = "(SELECT text_rank FROM tweets WHERE id = ?) IS NOT 0"
_SET = "UPDATE tweets SET ai_analysis = ?, analyzed_at = unixepoch() WHERE id = ?"


def put(tweet_id: str, analysis: Analysis, actor: Actor) -> Tweet:
    """Set the analysis of a tweet, in place of an earlier one. NotFound without the tweet.

    Conflict where what we have of the tweet is X's sentence that its account is unavailable.
    """
    document = {
        "sentiment": analysis["sentiment"],
        "topics": analysis["topics"],
        "engagementQuality": analysis["engagement_quality"],
    }
    if "relevance_score" in analysis:
        document["relevanceScore"] = analysis["relevance_score"]
    unread = Conflict("X does not show the text of this tweet, so there is nothing to analyse")
    *_, stored = db.batch(
        [
            require(_EXISTS, (tweet_id,), otherwise=lambda: NotFound("no such tweet")),
            require(_HAS_TEXT, (tweet_id,), otherwise=lambda: unread),
            audit.change(actor, "tweet.analyse", "tweet", Table, tweet_id, {"ai_analysis": document}),
            Statement(_SET, (dumps(document), tweet_id)),
            rows.require_usable(tweet_rows.SHAPE, tweet_id),
            Statement(tweet_pages.GET, (tweet_id,)),
        ],
        idempotent=True,
    )
    return rows.one("tweets", stored.one(Row), tweet_rows.read)

"""How relevant a tweet is for us, from 0 to 1: what it is about, what people do with it, who hears its author, its age.

Each part has a value from 0 to 1; the score is their weighted mean. A part whose inputs are missing is left out, and
the others weigh more.

- topics, 0.4: 1 - 1/2^n, where each topic of the active voice in the tweet counts 1 in n, each preferred word 1/2. It
  weighs most, since a reply beside the point harms us however many people see it.
- engagement, 0.2: rate / (rate + 0.02), where the rate is what people did (likes, retweets, replies, quotes) per
  view, or, where X tells no views, per follower of the author. At a rate of 2 %, a good one on X, it is 1/2.
- reach, 0.2: log10(1 + followers) / 6, at most 1: each tenfold audience adds the same, up to a million.
- age, 0.2: 1/2^(age / 6 hours): within some hours most replies to a tweet are written and read.
"""

import math
from collections.abc import Iterable, Mapping

from growth_service.posts.accounts import Account
from growth_service.posts.tweet_rows import Tweet
from growth_service.wording import reasons, words
from growth_service.wording.reasons import Part, Scored
from growth_service.wording.voices import Voice
from growth_service.wording.words import Wording

TOPICS, ENGAGEMENT, REACH, AGE = 0.4, 0.2, 0.2, 0.2
_GOOD_RATE = 0.02
_FULL_REACH = 6  # log10 of a million followers
_HALF_LIFE_S = 6 * 3600
_ACTIONS = ("likes", "retweets", "replies", "quotes")


def score(tweet: Tweet, author: Account | None, profile: Voice | None, now: int) -> Scored:
    """The relevance of a tweet by this author, None where nobody is known, for the active profile, None without one.

    `now` is in epoch seconds. More of what people did, more topics and a younger tweet never lower the score. More
    followers do not where the views are known; where they are not, the same engagement counts less among more of them.
    """
    followers = None if author is None else max(0, author["followers_count"])
    return reasons.combined(
        [
            _topics(tweet, profile),
            _engagement(tweet["metrics"], followers),
            _reach(followers),
            _age(tweet["created_at"], now),
        ]
    )


def _topics(tweet: Tweet, profile: Voice | None) -> Part:
    if profile is None:
        return Part("topics", TOPICS, None, "no voice profile is active")
    topics, preferred = profile["topics"], profile["vocabulary"]["preferred"]
    if not any(text.strip() for text in (*topics, *preferred)):
        return Part("topics", TOPICS, None, "the active voice profile has neither topics nor words")
    wording = _about(tweet)
    its = words.used(wording, topics)
    # What is a topic does not count once more as a word.
    also = [word for word in words.used(wording, preferred) if not any(_same(word, topic) for topic in its)]
    value = 1 - 0.5 ** (len(its) + len(also) / 2)
    why = "; ".join([*([f"about {', '.join(its)}"] if its else []), *([f"it has {', '.join(also)}"] if also else [])])
    return Part("topics", TOPICS, value, why or "none of our topics and words")


def _about(tweet: Tweet) -> Wording:
    """What a tweet says, its hashtags, and the topics that its analysis found."""
    entities: Mapping[str, object] = tweet["entities"] or {}
    analysis: Mapping[str, object] = tweet["ai_analysis"] or {}
    hashtags = [f"#{tag}" for tag in _texts(entities.get("hashtags"))]
    return words.read(" | ".join([_unescaped(tweet["text"]), *hashtags, *_texts(analysis.get("topics"))]))


def _texts(value: object) -> Iterable[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _unescaped(text: str) -> str:
    """X escapes three characters, and no others."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _same(one: str, other: str) -> bool:
    return words.listed(one) == words.listed(other)


def _engagement(metrics: Mapping[str, int] | None, followers: int | None) -> Part:
    counted = [count for name in _ACTIONS if (count := (metrics or {}).get(name)) is not None]
    views = max(0, (metrics or {}).get("impressions") or 0)
    if not counted:
        return Part("engagement", ENGAGEMENT, None, "what people did is not known")
    if not (people := views or followers):
        return Part("engagement", ENGAGEMENT, None, "neither views nor followers are known")
    actions = sum(max(0, count) for count in counted)
    rate = min(1.0, actions / people)
    why = f"{actions} for {people} {'views' if views else 'followers'}, {rate:.2%}"
    return Part("engagement", ENGAGEMENT, rate / (rate + _GOOD_RATE), why)


def _reach(followers: int | None) -> Part:
    if followers is None:
        return Part("reach", REACH, None, "the author is not known")
    return Part("reach", REACH, min(1.0, math.log10(1 + followers) / _FULL_REACH), f"{followers} followers")


def _age(created_at: int | None, now: int) -> Part:
    if created_at is None:
        return Part("age", AGE, None, "when it was written is not known")
    age = max(0, now - created_at)
    return Part("age", AGE, 0.5 ** min(age / _HALF_LIFE_S, 1000), f"{age / 3600:.1f} hours old")

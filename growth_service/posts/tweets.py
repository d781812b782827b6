"""Tweets of X. A whole response is written in one batch; the same response twice adds nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from growth_service.posts import gone, tweet_history, tweet_upserts, users
from growth_service.posts.gone import Gone
from growth_service.posts.users import User
from growth_service.queue import answerable, joined
from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Invalid
from shared_schema.tables import db


class NewTweet(TypedDict):
    """A tweet as a response of X describes it; None for what the response does not say.

    `path` is where the response has it, None for one that others of the response refer to: without an author it is
    passed over. `author_id` is the author that the response names; `account_id` is the author that counts for a tweet
    we do not have yet. `text_rank` is that of the table. `metrics` are counts by our names, `entities` lists of
    hashtags, mentions and urls. `versions` are the ids of the post and its edits, the first one first.
    """

    id: str
    path: str | None
    author_id: str | None
    account_id: str | None
    text: str
    text_rank: int
    metrics: dict[str, int] | None
    entities: dict[str, list[str]] | None
    created_at: int | None
    conversation_id: str | None
    replied_to_id: str | None
    replied_to_account_id: str | None
    quoted_id: str | None
    language: str | None
    versions: list[str]
    superseded_by: str | None
    withheld: dict[str, object] | None
    unavailable: str | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response of X of `at` (epoch seconds): tweets and users, none twice, and what cannot be seen any more."""

    tweets: Sequence[NewTweet]
    users: Sequence[User]
    gone: Sequence[Gone]
    at: int


class Counts(TypedDict):
    """How many rows are new, and how many X describes again."""

    created: int
    updated: int


class Ingested(TypedDict):
    """What an ingest has written, and what X says is gone."""

    accounts: Counts
    tweets: Counts
    included_tweets: Counts
    gone: list[Gone]


class _Unknown(Exception):
    """A tweet is not stored yet, and its author is not known."""


_NONE: Counts = {"created": 0, "updated": 0}
NOTHING: Ingested = {"accounts": _NONE, "tweets": _NONE, "included_tweets": _NONE, "gone": []}


def _counts(which: str) -> str:
    """SQL, a JSON object: how many of the sent tweets that match the SQL `which` are new, and how many are there."""
    stored = "EXISTS (SELECT 1 FROM tweets WHERE id = n.value->>'id')"
    return f"""
        (SELECT json_object('created', count(*) FILTER (WHERE NOT {stored} AND n.value->>'account_id' IS NOT NULL),
                            'updated', count(*) FILTER (WHERE {stored}))
         FROM json_each(sent.tweets) n WHERE {which})
    """


# Made before the rows are written, both for the audit log and for the receipt.
_COUNTS = f"""
    json_object('accounts', {users.COUNTS}, 'tweets', {_counts("n.value->>'path' IS NOT NULL")},
                'included_tweets', {_counts("n.value->>'path' IS NULL")}, 'gone', json(sent.gone))
"""
_LOGGED = f"""
    SELECT NULL AS id, NULL AS old, {_COUNTS} AS new
    FROM (SELECT :accounts AS accounts, :tweets AS tweets, :gone AS gone) sent
"""
_RECEIPT = f"SELECT {_COUNTS} FROM (SELECT ? AS accounts, ? AS tweets, ? AS gone) sent"
_UNKNOWN = """
    SELECT value FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM tweets WHERE tweets.id = json_each.value)
"""


def ingest(
    fetched: Fetched, actor: Actor, once: Once, pending_s: int, settled: Sequence[Statement | Guard] = ()
) -> Receipt:
    """Write what X said. The receipt is an Ingested. `settled` are the steps for unknown outcomes that it settles.

    An approval that it ends waits again for `pending_s` seconds.

    An author who is not among the users becomes an account that is known only by its id. Invalid where the author of a
    tweet is not known, unless it is stored already.
    """
    if not fetched.tweets and not fetched.users and not fetched.gone:
        return Receipt(NOTHING, replayed=False)
    named = [*fetched.users, *_unnamed_authors(fetched)]
    sent = {"accounts": dumps(named), "tweets": dumps(fetched.tweets), "gone": dumps(fetched.gone)}
    values: dict[str, object] = {**sent, "fetched_at": fetched.at, "pending_s": pending_s}
    queries: list[Statement | Guard] = [
        *_authors_known(fetched.tweets),
        audit.entries(actor, "tweet.ingest", "tweet", _LOGGED, values),
        *users.upserts(named, fetched.at),
        *tweet_upserts.steps(values),
        tweet_history.step(values),
        *gone.marks(fetched.gone, values),
        *(gone.drafts(_concerned(fetched), values, actor) if _ends_something(fetched) else []),
        *joined.steps(fetched.tweets, values),
        *answerable.void_of(actor, values),
        *settled,
    ]
    try:
        return once.write(queries, _RECEIPT, tuple(sent.values()), natural_key=True, receipt_first=True)
    except _Unknown:
        raise _unknown_authors(fetched.tweets) from None


def _authors_known(tweets: Sequence[NewTweet]) -> list[Guard]:
    """The step that stops a batch where a tweet without an author is not stored either."""
    orphans = _orphans(tweets)
    if not orphans:
        return []
    return [require(f"NOT EXISTS ({_UNKNOWN})", (dumps(list(orphans)),), otherwise=_Unknown)]


def _unknown_authors(tweets: Sequence[NewTweet]) -> Invalid:
    """The problem that names the tweets which stopped the batch."""
    orphans = _orphans(tweets)
    (unknown,) = db.fetch([Statement(_UNKNOWN, (dumps(list(orphans)),))], fresh=True)
    message = "Not in the body: ask X for the field author_id, or name the author with ?accountId=."
    paths = [orphans[row["value"]] for row in unknown.rows]
    return Invalid("the author of a tweet is not known", errors={f"{path}.author_id": [message] for path in paths})


def _orphans(tweets: Sequence[NewTweet]) -> dict[str, str]:
    """Where the response has tweets without an author, by their ids; those that others refer to are left out."""
    return {tweet["id"]: tweet["path"] for tweet in tweets if tweet["account_id"] is None and tweet["path"]}


def _ends_something(fetched: Fetched) -> bool:
    """Whether X says of anything that it cannot be seen or has other versions. Otherwise no draft moves or expires:
    those that an earlier response was about went with that, and no new one is about what cannot be answered.
    """
    hidden = any(tweet["unavailable"] or len(tweet["versions"]) > 1 for tweet in fetched.tweets)
    return hidden or bool(fetched.gone) or any(user["is_locked"] for user in fetched.users)


def _unnamed_authors(fetched: Fetched) -> list[User]:
    """The authors of the tweets that are not among the users, each once."""
    named = {user["id"] for user in fetched.users}
    authors = dict.fromkeys(tweet["account_id"] for tweet in fetched.tweets if tweet["account_id"] not in named)
    return [users.nameless(author) for author in authors if author is not None]


def _concerned(fetched: Fetched) -> list[str]:
    """The ids of all tweets that the response says something about."""
    versions = [version for tweet in fetched.tweets for version in (tweet["id"], *tweet["versions"])]
    return list(dict.fromkeys((*versions, *(one["id"] for one in fetched.gone if one["kind"] == "tweet"))))

"""Accounts as X describes them: users, in its own word. What it says of them at one time goes into our accounts."""

from collections.abc import Sequence
from typing import TypedDict

from shared_schema.database import Statement
from shared_schema.fields import dumps


class User(TypedDict):
    """An account as a response of X describes it; None for what the response does not say.

    While an account `is_locked`, X shows nothing of it but its handle and counts.
    """

    id: str
    username: str | None
    display_name: str | None
    bio: str | None
    followers_count: int | None
    following_count: int | None
    tweet_count: int | None
    is_locked: bool | None


# Handles move between accounts on X: an account that held one of the new handles before loses it here, unless X has
# said later than :fetched_at that it holds it. The row of an account that keeps its handle is not written.
_MOVED = """
    lower(username) IN (SELECT lower(value->>'username') FROM json_each(:accounts))
      AND coalesce(fetched_at, 0) <= :fetched_at
      AND (id, lower(username)) NOT IN (
        SELECT value->>'id', lower(value->>'username') FROM json_each(:accounts) WHERE value->>'username' IS NOT NULL)
"""
VACATE = f"UPDATE twitter_accounts SET username = '#' || id, updated_at = unixepoch() WHERE {_MOVED}"
LOG_VACATED = f"""
    SELECT id, json_object('username', username) AS old, json_object('username', NULL) AS new
    FROM twitter_accounts WHERE {_MOVED}
"""
# The handle that X names, or # and the id where another account has held it since.
_HANDLE = """
    CASE WHEN n.value->>'username' IS NULL OR EXISTS (
        SELECT 1 FROM twitter_accounts h
        WHERE lower(h.username) = lower(n.value->>'username') AND h.id <> n.value->>'id')
    THEN '#' || (n.value->>'id') ELSE n.value->>'username' END
"""
_IS_NEWER = "coalesce(twitter_accounts.fetched_at, 0) <= :fetched_at"
# Of an account whose handle is not known nothing is known, so anything that X has ever said is news. An account that X
# describes can be seen, unless it is locked: that is told by its description, or by its posts (`gone`).
_UPDATE = f"""
    UPDATE twitter_accounts SET
        username = {_HANDLE},
        display_name = coalesce(n.value->>'display_name', display_name),
        bio = coalesce(n.value->>'bio', bio),
        followers_count = coalesce(n.value->>'followers_count', followers_count),
        following_count = coalesce(n.value->>'following_count', following_count),
        tweet_count = coalesce(n.value->>'tweet_count', tweet_count),
        unavailable = CASE WHEN NOT {_IS_NEWER} THEN unavailable WHEN n.value->>'is_locked' THEN 'locked'
                           WHEN n.value->>'is_locked' IS NULL AND unavailable = 'locked' THEN 'locked' END,
        fetched_at = max(coalesce(fetched_at, 0), :fetched_at),
        updated_at = unixepoch()
    FROM json_each(:accounts) n
    WHERE twitter_accounts.id = n.value->>'id' AND n.value->>'username' IS NOT NULL
      AND ({_IS_NEWER} OR username LIKE '#%')
"""
INSERT = f"""
    INSERT INTO twitter_accounts
        (id, username, display_name, bio, followers_count, following_count, tweet_count, fetched_at, unavailable)
    SELECT n.value->>'id', {_HANDLE}, n.value->>'display_name', n.value->>'bio',
           coalesce(n.value->>'followers_count', 0), coalesce(n.value->>'following_count', 0),
           coalesce(n.value->>'tweet_count', 0), CASE WHEN n.value->>'username' IS NOT NULL THEN :fetched_at END,
           CASE WHEN n.value->>'is_locked' THEN 'locked' END
    FROM json_each(:accounts) n WHERE NOT EXISTS (SELECT 1 FROM twitter_accounts WHERE id = n.value->>'id')
"""
# SQL, a JSON object: how many of the accounts in the JSON list `sent.accounts` the steps of `upserts` are going to
# create, and how many that X names are there already.
COUNTS = """
    json_object(
        'created', (SELECT count(*) FROM json_each(sent.accounts) n
                    WHERE NOT EXISTS (SELECT 1 FROM twitter_accounts WHERE id = n.value->>'id')),
        'updated', (SELECT count(*) FROM json_each(sent.accounts) n
                    WHERE n.value->>'username' IS NOT NULL
                      AND EXISTS (SELECT 1 FROM twitter_accounts WHERE id = n.value->>'id')))
"""


def upserts(users: Sequence[User], fetched_at: int) -> list[Statement]:
    """The steps of a batch that write accounts as X described them at that time.

    What X does not say of an account stays, and so does what it has said later.
    """
    values = {"accounts": dumps(users), "fetched_at": fetched_at}
    return [Statement(VACATE, values), Statement(_UPDATE, values), Statement(INSERT, values)]


def nameless(account_id: str) -> User:
    """An account of which only the id is known."""
    return {
        "id": account_id,
        "username": None,
        "display_name": None,
        "bio": None,
        "followers_count": None,
        "following_count": None,
        "tweet_count": None,
        "is_locked": None,
    }

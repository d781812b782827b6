"""Accounts of X: ours, the competitors', those we would like to reach, and whoever wrote a tweet we know."""

import re
from collections.abc import Sequence
from typing import TypedDict

import peewee

from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.fields import dumps
from shared_schema.problems import invalid
from shared_schema.rows import Page, Shape
from shared_schema.tables import db
from shared_schema.tables.twitter import TwitterAccount

KINDS = {"own": "is_own_account", "competitor": "is_competitor", "target": "is_target_audience"}


class Account(TypedDict):
    """An account as it is stored. `username` is the id where X has not told us the handle."""

    id: str
    username: str
    display_name: str | None
    bio: str | None
    followers_count: int
    following_count: int
    tweet_count: int
    kind: str | None
    last_analyzed_at: int | None
    created_at: int
    updated_at: int


class Changes(TypedDict, total=False):
    """What `put` changes of an account. `kind` is one of KINDS, or None for an account of no kind."""

    username: str
    display_name: str | None
    bio: str | None
    followers_count: int
    following_count: int
    tweet_count: int
    kind: str | None


class User(TypedDict):
    """An account as a response of X describes it; None for what the response does not say."""

    id: str
    username: str | None
    display_name: str | None
    bio: str | None
    followers_count: int | None
    following_count: int | None
    tweet_count: int | None


_SHAPE = Shape("twitter_accounts", moments=("last_analyzed_at", "created_at", "updated_at"))

_KIND = "CASE " + " ".join(f"WHEN {column} = 1 THEN '{kind}'" for kind, column in KINDS.items()) + " END AS kind"
_GET = f"SELECT *, {_KIND} FROM twitter_accounts WHERE id = ?"
# The flag is written out, not bound: only so does the engine see that its partial index fits.
_PAGE = f"SELECT *, {_KIND} FROM twitter_accounts WHERE id > ? {{only}} ORDER BY id LIMIT ?"

# An account whose handle is not known has its id as its username, or # and the id where just these digits are the
# handle of another account, stored or in the JSON list :accounts.
_NAMELESS = """
    CASE WHEN EXISTS (SELECT 1 FROM twitter_accounts h WHERE h.username = {id})
           OR {id} IN (SELECT value->>'username' FROM json_each(:accounts))
         THEN '#' || {id} ELSE {id} END
"""
# Handles move between accounts on X: an account that held one of the new handles before loses it here. The row of an
# account that keeps its handle is not written.
_MOVED = """
    username IN (SELECT value->>'username' FROM json_each(:accounts))
      AND (id, username) NOT IN (
        SELECT value->>'id', value->>'username' FROM json_each(:accounts) WHERE value->>'username' IS NOT NULL)
"""
_LEFT = _NAMELESS.format(id="twitter_accounts.id")
_VACATE = f"UPDATE twitter_accounts SET username = {_LEFT}, updated_at = unixepoch() WHERE {_MOVED}"
_LOG_VACATED = f"""
    SELECT id, json_object('username', username) AS old, json_object('username', {_LEFT}) AS new
    FROM twitter_accounts WHERE {_MOVED}
"""
_UPDATE = """
    UPDATE twitter_accounts SET
        username = n.value->>'username',
        display_name = coalesce(n.value->>'display_name', display_name),
        bio = coalesce(n.value->>'bio', bio),
        followers_count = coalesce(n.value->>'followers_count', followers_count),
        following_count = coalesce(n.value->>'following_count', following_count),
        tweet_count = coalesce(n.value->>'tweet_count', tweet_count),
        updated_at = unixepoch()
    FROM json_each(:accounts) n
    WHERE twitter_accounts.id = n.value->>'id' AND n.value->>'username' IS NOT NULL
"""
_INSERT = f"""
    INSERT INTO twitter_accounts (id, username, display_name, bio, followers_count, following_count, tweet_count)
    SELECT value->>'id', coalesce(value->>'username', {_NAMELESS.format(id="(value->>'id')")}),
           value->>'display_name', value->>'bio', coalesce(value->>'followers_count', 0),
           coalesce(value->>'following_count', 0), coalesce(value->>'tweet_count', 0)
    FROM json_each(:accounts) WHERE NOT EXISTS (SELECT 1 FROM twitter_accounts WHERE id = value->>'id')
"""
# SQL, a JSON object: how many of the accounts in the JSON list `sent.accounts` the steps of `upserts` are going to
# create, and how many they are going to write again, changed or not.
COUNTS = """
    json_object(
        'created', (SELECT count(*) FROM json_each(sent.accounts) n
                    WHERE NOT EXISTS (SELECT 1 FROM twitter_accounts WHERE id = n.value->>'id')),
        'updated', (SELECT count(*) FROM json_each(sent.accounts) n
                    WHERE n.value->>'username' IS NOT NULL
                      AND EXISTS (SELECT 1 FROM twitter_accounts WHERE id = n.value->>'id')))
"""


def put(account_id: str, changes: Changes, actor: Actor) -> tuple[Account, bool]:
    """Create or change an account; what `changes` does not name stays. The account, and whether it is new.

    Damaged, and nothing changed, where its row cannot be used.
    """
    if not re.fullmatch(r"[0-9]{1,20}", account_id):
        raise invalid("id", "Not an id of X: 1 to 20 digits.")
    columns = _columns(changes)
    now = {"updated_at": peewee.SQL("unixepoch()")}
    named = {"accounts": dumps([{"id": account_id, "username": changes.get("username")}])}
    log = audit.change(actor, "account.put", "account", TwitterAccount, account_id, columns)
    _, inserted, *_, account = db.batch(
        [
            log,
            Statement(_INSERT, {"accounts": dumps([{"id": account_id}])}),
            audit.entries(actor, "account.vacate", "account", _LOG_VACATED, named),
            Statement(_VACATE, named),
            TwitterAccount.update(columns | now).where(TwitterAccount.id == account_id),
            rows.require_usable(_SHAPE, account_id),
            Statement(_GET, (account_id,)),
        ],
        idempotent=True,
    )
    return account.one(Account), inserted.count == 1


def page(kind: str | None, after: str, limit: int) -> Page[Account]:
    """Accounts of a kind, or all, by id as text (so "10" is before "9"), above the id `after`."""
    only = f"AND {KINDS[kind]} = 1" if kind else ""
    (result,) = db.fetch([Statement(_PAGE.format(only=only), (after, limit))])
    return rows.page("twitter_accounts", result.all(Account), _read, limit)


def _read(row: Account) -> Account:
    return rows.checked(row, _SHAPE)


def upserts(users: Sequence[User]) -> list[Statement]:
    """The steps of a batch that write accounts as X describes them. What X does not say of an account stays."""
    values = {"accounts": dumps(users)}
    return [Statement(_VACATE, values), Statement(_UPDATE, values), Statement(_INSERT, values)]


def _columns(changes: Changes) -> dict[str, object]:
    """The changes by column: a kind is a flag that is on and two that are off."""
    columns: dict[str, object] = {name: value for name, value in changes.items() if name != "kind"}
    if "kind" in changes:
        columns |= {column: kind == changes["kind"] for kind, column in KINDS.items()}
    return columns

"""Accounts of X: ours, the competitors', those we would like to reach, and whoever wrote a tweet we know."""

import re
from collections.abc import Sequence
from typing import TypedDict

import peewee

from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.fields import dumps
from shared_schema.problems import NotFound, invalid
from shared_schema.rows import Page, Shape
from shared_schema.tables import db
from shared_schema.tables.twitter import TwitterAccount, number

KINDS = {"own": "is_own_account", "competitor": "is_competitor", "target": "is_target_audience"}


class Account(TypedDict):
    """An account as it is stored. `username` is None where X has not told us the handle.

    `unavailable` says why the account cannot be seen on X, `fetched_at` when X said what is stored.
    """

    id: str
    username: str | None
    display_name: str | None
    bio: str | None
    followers_count: int
    following_count: int
    tweet_count: int
    kind: str | None
    last_analyzed_at: int | None
    created_at: int
    updated_at: int
    unavailable: str | None
    fetched_at: int | None


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


_SHAPE = Shape("twitter_accounts", moments=("last_analyzed_at", "created_at", "updated_at", "fetched_at"))


def shown_handle(alias: str) -> str:
    """SQL: the handle of an account; NULL where the row has # and the id, since X has not told us the handle."""
    return f"CASE WHEN {alias}.username NOT LIKE '#%' THEN {alias}.username END"


_KIND = "CASE " + " ".join(f"WHEN {column} = 1 THEN '{kind}'" for kind, column in KINDS.items()) + " END AS kind"
_COLUMNS = ", ".join(
    _KIND if name == "kind" else f"{shown_handle('a')} AS username" if name == "username" else f"a.{name}"
    for name in Account.__annotations__
)
# SQL: the account with this id.
GET = f"SELECT {_COLUMNS} FROM twitter_accounts a WHERE a.id = ?"
# The flag is written out, not bound: only so does the engine see that its partial index fits.
_PAGE = f"""
    SELECT {_COLUMNS} FROM twitter_accounts a WHERE {number("a.id")} > {number(":after")} {{only}}
    ORDER BY {number("a.id")} LIMIT :limit
"""

# Handles move between accounts on X: an account that held one of the new handles before loses it here, unless X has
# said later than :fetched_at that it holds it. The row of an account that keeps its handle is not written.
_MOVED = """
    lower(username) IN (SELECT lower(value->>'username') FROM json_each(:accounts))
      AND coalesce(fetched_at, 0) <= :fetched_at
      AND (id, lower(username)) NOT IN (
        SELECT value->>'id', lower(value->>'username') FROM json_each(:accounts) WHERE value->>'username' IS NOT NULL)
"""
_VACATE = f"UPDATE twitter_accounts SET username = '#' || id, updated_at = unixepoch() WHERE {_MOVED}"
_LOG_VACATED = f"""
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
_INSERT = f"""
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


def put(account_id: str, changes: Changes, actor: Actor) -> tuple[Account, bool]:
    """Create or change an account; what `changes` does not name stays. The account, and whether it is new.

    Damaged, and nothing changed, where its row cannot be used.
    """
    if not re.fullmatch(r"[0-9]{1,20}", account_id):
        raise invalid("id", "Not an id of X: 1 to 20 digits.")
    columns = _columns(changes)
    now = {"updated_at": peewee.SQL("unixepoch()")}
    named = {"accounts": dumps([{"id": account_id, "username": changes.get("username")}]), "fetched_at": rows.LATEST}
    log = audit.change(actor, "account.put", "account", TwitterAccount, account_id, columns)
    _, inserted, *_, account = db.batch(
        [
            log,
            Statement(_INSERT, {"accounts": dumps([{"id": account_id}]), "fetched_at": None}),
            audit.entries(actor, "account.vacate", "account", _LOG_VACATED, named),
            Statement(_VACATE, named),
            TwitterAccount.update(columns | now).where(TwitterAccount.id == account_id),
            rows.require_usable(_SHAPE, account_id),
            Statement(GET, (account_id,)),
        ],
        idempotent=True,
    )
    return account.one(Account), inserted.count == 1


def get(account_id: str) -> Account:
    """One account, or NotFound; Damaged where its row cannot be used."""
    (result,) = db.fetch([Statement(GET, (account_id,))])
    account = result.first(Account)
    if account is None:
        raise NotFound("no such account")
    return rows.one("twitter_accounts", account, read)


def page(kind: str | None, after: str, limit: int) -> Page[Account]:
    """Accounts of a kind, or all, by id as a number, above the id `after`."""
    only = f"AND a.{KINDS[kind]} = 1" if kind else ""
    (result,) = db.fetch([Statement(_PAGE.format(only=only), {"after": after, "limit": limit})])
    return rows.page("twitter_accounts", result.all(Account), read, limit)


def read(row: Account) -> Account:
    """An account, or Unusable."""
    return rows.checked(row, _SHAPE)


def upserts(users: Sequence[User], fetched_at: int) -> list[Statement]:
    """The steps of a batch that write accounts as X described them at that time.

    What X does not say of an account stays, and so does what it has said later.
    """
    values = {"accounts": dumps(users), "fetched_at": fetched_at}
    return [Statement(_VACATE, values), Statement(_UPDATE, values), Statement(_INSERT, values)]


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


def _columns(changes: Changes) -> dict[str, object]:
    """The changes by column: a kind is a flag that is on and two that are off."""
    columns: dict[str, object] = {name: value for name, value in changes.items() if name != "kind"}
    if "kind" in changes:
        columns |= {column: kind == changes["kind"] for kind, column in KINDS.items()}
    return columns

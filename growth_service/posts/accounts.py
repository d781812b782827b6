"""Accounts of X: ours, the competitors', those we would like to reach, and whoever wrote a tweet we know."""

import re
from typing import TypedDict

import peewee

from growth_service.posts import users
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
            Statement(users.INSERT, {"accounts": dumps([{"id": account_id}]), "fetched_at": None}),
            audit.entries(actor, "account.vacate", "account", users.LOG_VACATED, named),
            Statement(users.VACATE, named),
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


def _columns(changes: Changes) -> dict[str, object]:
    """The changes by column: a kind is a flag that is on and two that are off."""
    columns: dict[str, object] = {name: value for name, value in changes.items() if name != "kind"}
    if "kind" in changes:
        columns |= {column: kind == changes["kind"] for kind, column in KINDS.items()}
    return columns

"""Accounts of X: ours, the competitors', those we would like to reach, and whoever wrote a tweet we know."""

import re
from typing import Any

import peewee

from shared_schema.database import Statement
from shared_schema.fields import dumps
from shared_schema.problems import invalid
from shared_schema.tables import db
from shared_schema.tables.growth import TwitterAccount

KINDS = {"own": "is_own_account", "competitor": "is_competitor", "target": "is_target_audience"}

_KIND = "CASE " + " ".join(f"WHEN {column} = 1 THEN '{kind}'" for kind, column in KINDS.items()) + " END AS kind"
_GET = f"SELECT *, {_KIND} FROM twitter_accounts WHERE id = ?"
# The flag is written out, not bound: only so does the engine see that its partial index fits.
_PAGE = f"SELECT *, {_KIND} FROM twitter_accounts WHERE id > ? {{only}} ORDER BY id LIMIT ?"

# An account that is known only by its id is called by it. A handle can look like a number too; then the id gets a #.
_NAMELESS = "CASE WHEN EXISTS (SELECT 1 FROM twitter_accounts h WHERE h.username = {id}) THEN '#' || {id} ELSE {id} END"
# Handles move between accounts on X: whoever held one of these before is known by its id from now on.
_VACATE = f"""
    UPDATE twitter_accounts SET username = {_NAMELESS.format(id="twitter_accounts.id")}, updated_at = unixepoch()
    WHERE username IN (SELECT value->>'username' FROM json_each(:accounts))
      AND (id, username) NOT IN (
        SELECT value->>'id', value->>'username' FROM json_each(:accounts) WHERE value->>'username' IS NOT NULL)
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


def put(account_id: str, values: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Create or change an account; what `values` does not name stays. The account, and whether it is new."""
    if not re.fullmatch(r"[0-9]{1,20}", account_id):
        raise invalid("id", "Not an id of X: 1 to 20 digits.")
    changes = _flags(values) | {"updated_at": peewee.SQL("unixepoch()")}
    named = {"accounts": dumps([{"id": account_id, "username": values.get("username")}])}
    results = db.batch(
        [
            Statement(_INSERT, {"accounts": dumps([{"id": account_id}])}),
            Statement(_VACATE, named),
            TwitterAccount.update(changes).where(TwitterAccount.id == account_id),
            Statement(_GET, (account_id,)),
        ],
        idempotent=True,
    )
    return results[-1].one(dict), results[0].count == 1


def page(kind: str | None, after: str, limit: int) -> list[dict[str, Any]]:
    """Accounts of a kind, or all, by id as text (so "10" is before "9"), above the id `after`."""
    only = f"AND {KINDS[kind]} = 1" if kind else ""
    return db.fetch([Statement(_PAGE.format(only=only), (after, limit))])[0].rows


def upserts(accounts: str) -> list[Statement]:
    """The steps that write accounts as X describes them: a JSON list of columns, without `username` where only the
    id is known. What X did not say stays as it is.
    """
    values = {"accounts": accounts}
    return [Statement(_VACATE, values), Statement(_UPDATE, values), Statement(_INSERT, values)]


def _flags(values: dict[str, Any]) -> dict[str, Any]:
    if "kind" not in values:
        return values
    kind = values["kind"]
    return {name: value for name, value in values.items() if name != "kind"} | {
        column: name == kind for name, column in KINDS.items()
    }

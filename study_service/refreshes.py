"""Pairs of tokens: a short-lived one for requests, and a refresh token for the next pair. Neither is stored.

Each refresh token counts once; one that comes back ends its sign-in, since somebody else may have it, too.
"""

from dataclasses import dataclass
from typing import TypedDict

from shared_schema import audit, revocations
from shared_schema.audit import Actor
from shared_schema.database import Guard, Result, Statement, require_changes
from shared_schema.database.batch import Query
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import TokenExpired, TokenInvalid
from shared_schema.tables import db
from study_service import users
from study_service.users import AccountRow

REPLAY_S = 60  # how long a lost answer to a refresh can be asked for again
_TRIES = 3

_KEEP = """
    INSERT INTO refresh_tokens (digest, sign_in_id, number, expires_at)
    SELECT ?, ?, coalesce((SELECT max(number) FROM refresh_tokens WHERE sign_in_id = ?), 0) + 1, unixepoch() + ?
"""
# Two old rows go with each new one.
PRUNE = tuple(
    Statement(
        f"DELETE FROM {table} WHERE {key} IN"
        f" (SELECT {key} FROM {table} WHERE expires_at < unixepoch() ORDER BY expires_at LIMIT 2)"
    )
    for table, key in (("refresh_tokens", "digest"), ("sign_ins", "id"))
)
RECEIPT = f"""
    SELECT json_set(?, '$.user', {users.ACCOUNT_JSON})
    FROM sign_ins JOIN users ON users.id = sign_ins.user_id WHERE sign_ins.id = ?
"""
_PRESENTED = f"""
    SELECT t.sign_in_id, t.used_at, t.expires_at <= unixepoch() AS expired, s.user_id,
        s.ended_at IS NULL AND u.is_active = 1 AS lasts,
        t.used_at > unixepoch() - {REPLAY_S} AND NOT EXISTS (
            SELECT 1 FROM refresh_tokens later
            WHERE later.sign_in_id = t.sign_in_id AND later.number > t.number AND later.used_at IS NOT NULL
        ) AS may_be_lost
    FROM refresh_tokens t JOIN sign_ins s ON s.id = t.sign_in_id JOIN users u ON u.id = s.user_id
    WHERE t.digest = ?
"""
_USE = """
    UPDATE refresh_tokens SET used_at = unixepoch()
    WHERE digest = ? AND used_at IS NULL AND expires_at > unixepoch() AND EXISTS (
        SELECT 1 FROM sign_ins s JOIN users u ON u.id = s.user_id
        WHERE s.id = sign_in_id AND s.ended_at IS NULL AND u.is_active = 1)
"""
_PROLONG = "UPDATE sign_ins SET expires_at = unixepoch() + ? WHERE id = ?"
_END = "UPDATE sign_ins SET ended_at = unixepoch() WHERE id = ?"
_END_ALL = "UPDATE sign_ins SET ended_at = unixepoch() WHERE user_id = ? AND ended_at IS NULL"


@dataclass(frozen=True, slots=True)
class Pair:
    """What a new pair of tokens is made from. Without our key nobody can make it, so a receipt may keep it.

    `digest`, which no receipt has, is the SHA-256 of the refresh token.
    """

    kid: str
    salt: str
    token_id: str
    issued_at: int
    access_s: int
    refresh_s: int
    digest: str

    def receipt(self, sign_in: str) -> tuple[str, str]:
        """The parameters of RECEIPT."""
        made = {"kid": self.kid, "salt": self.salt, "token_id": self.token_id, "issued_at": self.issued_at}
        return dumps({**made, "expires_at": self.issued_at + self.access_s, "sign_in": sign_in}), sign_in


class Made(TypedDict):
    """The receipt of a new pair: what its tokens are made from, for which sign-in, and its user."""

    kid: str
    salt: str
    token_id: str
    issued_at: int
    expires_at: int
    sign_in: str
    user: AccountRow


class Presented(TypedDict):
    """A refresh token that somebody has sent, and its sign-in. `may_be_lost`: its answer may not have arrived."""

    sign_in_id: str
    used_at: int | None
    expired: int
    user_id: int
    lasts: int
    may_be_lost: int | None


@dataclass(frozen=True, slots=True)
class Going:
    """Who signs out with which token, which has `seconds` left. `sign_in` is None where an operator has minted it."""

    user_id: int
    sign_in: str | None
    token_id: str
    seconds: int


class _UsedMeanwhile(Exception):
    """Somebody else has used the token since we read."""


def keep(pair: Pair, sign_in: str) -> list[Statement]:
    """The steps that let a refresh token count; old ones go."""
    return [Statement(_KEEP, (pair.digest, sign_in, sign_in, pair.refresh_s)), *PRUNE]


def refresh(digest: str, pair: Pair, actor: Actor, once: Once) -> Receipt:
    """The next pair for a refresh token, whose SHA-256 this is.

    The same request with the same Idempotency-Key gives the same pair again for a minute, unless that pair has been
    used. Otherwise a token that comes back ends its sign-in, also where two requests come at once.
    """
    for _ in range(_TRIES):
        looked_up, result = db.fetch([once.lookup(), Statement(_PRESENTED, (digest,))], fresh=True)
        presented = result.first(Presented)
        if presented is None:
            raise TokenInvalid("this is no refresh token of ours")
        if presented["used_at"] is not None:
            return _again(presented, looked_up, actor, once)
        _check(presented)
        sign_in = presented["sign_in_id"]
        steps: list[Query | Guard] = [
            Statement(_USE, (digest,)),
            require_changes(1, otherwise=_UsedMeanwhile),
            *keep(pair, sign_in),
            Statement(_PROLONG, (pair.refresh_s, sign_in)),
        ]
        try:
            return once.write(steps, RECEIPT, pair.receipt(sign_in))
        except _UsedMeanwhile:
            continue
    raise TokenInvalid("the sign-in has ended")


def _check(presented: Presented) -> None:
    if not presented["lasts"]:
        raise TokenInvalid("the sign-in has ended")
    if presented["expired"]:
        raise TokenExpired("sign in again")


def _again(presented: Presented, looked_up: Result, actor: Actor, once: Once) -> Receipt:
    """The answer to a refresh token that was used before: the first one, if that may have been lost."""
    earlier = once.replay(looked_up)
    if earlier is not None and presented["may_be_lost"] and presented["lasts"]:
        return earlier
    if presented["lasts"]:
        db.batch(end(presented["sign_in_id"], presented["user_id"], "sign_in.reuse", actor))
    raise TokenInvalid("this refresh token was used before, so its sign-in has ended")


def end(sign_in: str, user_id: int, action: str, actor: Actor) -> list[Query | Guard]:
    """The steps that end a sign-in with all its tokens."""
    return [
        *revocations.add("sign_in", sign_in, revocations.SIGN_IN_S),
        Statement(_END, (sign_in,)),
        audit.entry(actor, action, "user", user_id, new={"sign_in": sign_in}),
    ]


def end_all(user_id: int) -> list[Query]:
    """The steps that end every sign-in of a user; the caller logs why."""
    return [revocations.add_sign_ins(user_id, revocations.SIGN_IN_S), Statement(_END_ALL, (user_id,))]


def out(going: Going, actor: Actor, once: Once) -> Receipt:
    """End the sign-in of a token; only the token where an operator has minted it. The receipt is null."""
    if going.sign_in is not None:
        return once.write(end(going.sign_in, going.user_id, "sign_in.end", actor), "'null'")
    entry = audit.entry(actor, "token.revoke", "token", going.token_id)
    return once.write([*revocations.add("token", going.token_id, going.seconds), entry], "'null'")

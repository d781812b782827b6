"""Bearer tokens: JWTs signed with one of our keys. `python -m shared_schema.web.tokens` mints and revokes them."""

import hashlib
import hmac
import re
import sys
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click
import jwt

from shared_schema import audit, environment, revocations, startup
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase
from shared_schema.problems import TokenExpired, TokenInvalid

ALGORITHM = "HS256"
RANKS = {"user": 0, "moderator": 1, "admin": 2}  # the roles of people, each with what the one before may do
ROLES = (*RANKS, "service")
SCOPES = frozenset({"read", "write"})
AUDIENCES = ("study", "growth")
_USER = re.compile(r"[1-9][0-9]{0,17}")
_SERVICE = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
_MAX_DAYS = 366
_REMEMBERED = 20_000  # tokens


@dataclass(frozen=True, slots=True)
class Caller:
    """The owner of a valid token. `subject` is the id of a user, or the name of a service."""

    subject: str
    role: str
    scope: frozenset[str]


@dataclass(frozen=True, slots=True)
class Token:
    """A verified token. `sign_in` is None for one that an operator has minted."""

    caller: Caller
    kid: str
    id: str
    sign_in: str | None
    expires_at: int


def may_be(role: str, subject: str) -> bool:
    """Whether a token of this role can have this subject. A user's id has one spelling, and no service is a number."""
    return bool((_SERVICE if role == "service" else _USER).fullmatch(subject))


def mint(
    keys: dict[str, str],
    audience: str | Sequence[str],
    subject: str,
    role: str,
    *,
    ttl_s: int,
    scope: str = "read write",
) -> str:
    """A token, signed with the first key, that is valid for `ttl_s` seconds at one service, or at several."""
    if role in ROLES and not may_be(role, subject):
        raise ValueError(f"{subject!r} cannot be the subject of a {role}")
    now = int(time.time())
    claims = {"sub": subject, "role": role, "scope": scope, "aud": audience, "iat": now, "exp": now + ttl_s}
    return signed(keys, next(iter(keys)), claims | {"jti": uuid.uuid4().hex})


def signed(keys: dict[str, str], kid: str, claims: dict[str, Any]) -> str:
    """These claims as a token, by the key `kid`, or by the first one where that is gone. Equal claims: equal tokens."""
    chosen = kid if kid in keys else next(iter(keys))
    return jwt.encode(claims, keys[chosen], ALGORITHM, headers={"kid": chosen})


def refresh_token(keys: dict[str, str], kid: str, salt: str) -> str:
    """The refresh token that belongs to a salt: 256 bits that nobody can tell from the salt without the key `kid`."""
    return hmac.new(keys.get(kid, next(iter(keys.values()))).encode(), f"refresh {salt}".encode(), "sha256").hexdigest()


def read(keys: dict[str, str], audience: str, text: str) -> Token:
    """A token for this service. Raises TokenExpired or TokenInvalid."""
    try:
        kid = jwt.get_unverified_header(text)["kid"]
        claims = jwt.decode(
            text,
            keys[kid],
            algorithms=[ALGORITHM],
            audience=audience,
            # Not iat: the host that has signed the token may be a second ahead of this one.
            options={"require": ["sub", "role", "scope", "aud", "exp", "jti"], "verify_iat": False},
        )
        expires_at = int(claims["exp"])
    except jwt.ExpiredSignatureError:
        raise TokenExpired("get a new token") from None
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
        raise TokenInvalid("the token is not one of ours for this service") from None
    if claims["role"] not in ROLES or not isinstance(claims["scope"], str):
        raise TokenInvalid("the token names no known role")
    if not may_be(claims["role"], claims["sub"]):
        raise TokenInvalid(f"the token's subject is no {'service' if claims['role'] == 'service' else 'user'}")
    caller = Caller(claims["sub"], claims["role"], frozenset(claims["scope"].split()))
    return Token(caller, kid, str(claims["jti"]), claims.get("sid"), expires_at)


def verify(keys: dict[str, str], audience: str, token: str) -> Caller:
    """The caller by a token for this service. Raises TokenExpired or TokenInvalid."""
    return read(keys, audience, token).caller


class Verifier:
    """Reads tokens for one service and remembers them by their SHA-256, so that a known one costs no cryptography."""

    def __init__(self, keys: dict[str, str], audience: str, size: int = _REMEMBERED) -> None:
        self.keys = keys
        self.audience = audience
        self._size = size
        self._known: OrderedDict[bytes, Token] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, text: str) -> Token:
        """The same as `tokens.read`, also for a token that has expired, or whose key has gone, since it was read."""
        digest = hashlib.sha256(text.encode()).digest()
        with self._lock:
            token = self._known.get(digest)
            if token is not None and token.kid in self.keys and time.time() < token.expires_at:
                self._known.move_to_end(digest)
                return token
            self._known.pop(digest, None)
        token = read(self.keys, self.audience, text)
        with self._lock:
            self._known[digest] = token
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        return token


class _Commands(click.Group):
    """`mint` need not be named: it is what options without a command are for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = not args or args[0] in self.commands or args[0] == "--help"
        return super().parse_args(ctx, args if named else ["mint", *args])


@click.group(cls=_Commands)
def main() -> None:
    """Tokens for operators and bots. Options without a command mint one."""


@main.command("mint")
@click.option("--audience", type=click.Choice(AUDIENCES), required=True, multiple=True, help="once or twice")
@click.option("--subject", required=True, help="a user's id, or a name for a service")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--days", type=click.IntRange(1, _MAX_DAYS), default=1, show_default=True)
@click.option("--scope", default="read write", show_default=True)
def _mint(audience: tuple[str, ...], subject: str, role: str, days: int, scope: str) -> None:
    """Print a token signed with the first of TOKEN_KEYS."""
    if not SCOPES.issuperset(scope.split()):
        raise click.BadParameter("known scopes: read, write", param_hint="--scope")
    if not may_be(role, subject):
        raise click.BadParameter("a number for a person, a name for a service", param_hint="--subject")
    services = audience[0] if len(set(audience)) == 1 else list(AUDIENCES)
    click.echo(mint(environment.token_keys(), services, subject, role, ttl_s=days * 86400, scope=scope))


@main.command("revoke")
@click.option("--jti", help="the id of the token; without it the token itself is read from standard input")
def _revoke(jti: str | None) -> None:
    """Let a token count no longer: all workers know within seconds."""
    ended = jti or _id_of(sys.stdin.read().strip())
    database = LibsqlDatabase(environment.database())
    steps = revocations.add("token", ended, _MAX_DAYS * 86400)
    database.batch([*steps, audit.entry(Actor("operator", role="operator"), "token.revoke", "token", ended)])
    database.close()
    click.echo(f"revoked {ended}")


def _id_of(text: str) -> str:
    """The id of a token of ours, for whatever service it is."""
    keys = environment.token_keys()
    for audience in AUDIENCES:
        try:
            return read(keys, audience, text).id
        except TokenExpired:
            raise click.ClickException("this token has expired") from None
        except TokenInvalid:
            continue
    raise click.ClickException("this is no token that TOKEN_KEYS has signed")


if __name__ == "__main__":
    with startup.sentences():
        main()

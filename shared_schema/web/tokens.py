"""Bearer tokens: JWTs signed with one of our keys. `python -m shared_schema.web.tokens` mints them for operators."""

import time
import uuid
from dataclasses import dataclass

import click
import jwt

from shared_schema import environment, startup
from shared_schema.problems import TokenExpired, TokenInvalid

ALGORITHM = "HS256"
ROLES = ("user", "moderator", "admin", "service")
SCOPES = frozenset({"read", "write"})


@dataclass(frozen=True, slots=True)
class Caller:
    """The owner of a valid token. `subject` is the id of a user, or the name of a service."""

    subject: str
    role: str
    scope: frozenset[str]


def mint(keys: dict[str, str], audience: str, subject: str, role: str, *, ttl_s: int, scope: str = "read write") -> str:
    """A token, signed with the first key, that is valid for `ttl_s` seconds at one service: `audience`."""
    kid, secret = next(iter(keys.items()))
    now = int(time.time())
    claims = {"sub": subject, "role": role, "scope": scope, "aud": audience, "iat": now, "exp": now + ttl_s}
    return jwt.encode(claims | {"jti": uuid.uuid4().hex}, secret, ALGORITHM, headers={"kid": kid})


def verify(keys: dict[str, str], audience: str, token: str) -> Caller:
    """The caller by a token for this service. Raises TokenExpired or TokenInvalid."""
    try:
        secret = keys[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            audience=audience,
            options={"require": ["sub", "role", "scope", "aud", "exp", "jti"]},
        )
    except jwt.ExpiredSignatureError:
        raise TokenExpired("get a new token") from None
    except (jwt.InvalidTokenError, KeyError, TypeError):
        raise TokenInvalid("the token is not one of ours for this service") from None
    if claims["role"] not in ROLES or not isinstance(claims["scope"], str):
        raise TokenInvalid("the token names no known role")
    return Caller(claims["sub"], claims["role"], frozenset(claims["scope"].split()))


@click.command()
@click.option("--audience", type=click.Choice(["study", "growth"]), required=True)
@click.option("--subject", required=True, help="a user's id, or a name for a service")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--days", type=click.IntRange(1, 366), default=1, show_default=True)
@click.option("--scope", default="read write", show_default=True)
def main(audience: str, subject: str, role: str, days: int, scope: str) -> None:
    """Print a token signed with the first of TOKEN_KEYS."""
    if not SCOPES.issuperset(scope.split()):
        raise click.BadParameter("known scopes: read, write", param_hint="--scope")
    click.echo(mint(environment.token_keys(), audience, subject, role, ttl_s=days * 86400, scope=scope))


if __name__ == "__main__":
    with startup.sentences():
        main()

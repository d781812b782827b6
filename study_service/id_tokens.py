"""ID tokens of OpenID Connect: what one must say before we believe who somebody is (OpenID Connect Core 3.1.3.7)."""

import hmac
import re
from dataclasses import dataclass
from typing import NotRequired, TypedDict, cast

import jwt

from shared_schema.problems import Forbidden, TokenExpired, TokenInvalid
from study_service.issuer_keys import IssuerKeys

LEEWAY_S = 60  # by which the issuer's clock and ours may differ
_SUBJECT = re.compile(r"[!-~]{1,255}")
_EMAIL = re.compile(r"[^\s@\0]{1,64}@[^\s@\0]{1,255}")
_PICTURE = re.compile(r"https://[!-~]{1,2000}")
_REQUIRED = ["iss", "sub", "aud", "exp", "iat", "email"]


class Claims(TypedDict):
    """What an ID token of the issuer says, as far as we look at it. PyJWT has checked the types of `sub` and `aud`."""

    sub: str
    aud: str | list[str]
    email: object
    email_verified: NotRequired[object]
    name: NotRequired[object]
    picture: NotRequired[object]
    nonce: NotRequired[object]
    azp: NotRequired[object]


@dataclass(frozen=True, slots=True)
class Person:
    """Who the issuer says that somebody is. `subject` never changes, the rest may."""

    subject: str
    email: str
    name: str
    picture: str | None


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer by the ways in which it writes its name, our ids as its clients, and its keys."""

    names: tuple[str, ...]
    client_ids: tuple[str, ...]
    keys: IssuerKeys


def person(issuer: Issuer, credential: str, nonce: str | None) -> Person:
    """The person of an ID token.

    Raises TokenInvalid or TokenExpired for a token that proves nothing, Forbidden for one whose e-mail is not verified,
    and IssuerAway where the issuer's keys cannot be had.
    """
    claims = _claims(issuer, credential)
    _check_party(claims, issuer.client_ids)
    _check_nonce(claims.get("nonce"), nonce)
    if not _SUBJECT.fullmatch(claims["sub"]):
        raise TokenInvalid("the ID token's subject is none")
    if claims.get("email_verified") is not True:  # not the text "true" either
        raise Forbidden("the issuer has not verified this e-mail")
    email = _text(claims["email"])
    if email is None or not _EMAIL.fullmatch(email):
        raise TokenInvalid("the ID token's e-mail is none")
    picture = _text(claims.get("picture"))
    return Person(
        subject=claims["sub"],
        email=email,
        name=(_text(claims.get("name")) or email.partition("@")[0])[:200],
        picture=picture if picture and _PICTURE.fullmatch(picture) else None,
    )


def _claims(issuer: Issuer, credential: str) -> Claims:
    try:
        header = jwt.get_unverified_header(credential)
        key = issuer.keys.find(str(header["kid"]))
        # The key decides the algorithm, the token has no say: no HS256 with a public key, no `none`, no jku or x5u.
        claims = jwt.decode(
            credential,
            key.key,
            algorithms=[key.algorithm_name],
            audience=issuer.client_ids,
            issuer=issuer.names,
            leeway=LEEWAY_S,
            options={"require": _REQUIRED},
        )
        return cast("Claims", claims)
    except jwt.ExpiredSignatureError:
        raise TokenExpired("the ID token has expired") from None
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
        raise TokenInvalid("the ID token is none of the issuer's for this service") from None


def _check_party(claims: Claims, client_ids: tuple[str, ...]) -> None:
    """The party that the token was made for is one of ours; a token for several audiences must name it."""
    audience = claims["aud"]
    several = isinstance(audience, list) and len(audience) > 1
    party = claims.get("azp")
    if (several or party is not None) and party not in client_ids:
        raise TokenInvalid("the ID token was made for another client")


def _check_nonce(claimed: object, sent: str | None) -> None:
    """Equal where there is one: else a stolen token that has a nonce would count where a client sends none."""
    if claimed is None and sent is None:
        return
    if not isinstance(claimed, str) or sent is None or not _equal(claimed, sent):
        raise TokenInvalid("the ID token's nonce is not the one of this sign-in")


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(*(text.encode(errors="surrogatepass") for text in (one, other)))


def _text(value: object) -> str | None:
    """A text that a database can hold and that says something; None for anything else."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        return None
    return value.strip()

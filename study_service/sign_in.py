"""Signing in by the word of an issuer: who is known, who becomes a user, who is refused."""

from dataclasses import dataclass, replace
from typing import TypedDict

import peewee

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, errors, require, require_changes
from shared_schema.database.batch import Query
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, Forbidden, Problem, TokenExpired, TokenInvalid
from shared_schema.tables import db
from shared_schema.tables.users import SIGN_UP_REF
from study_service import id_tokens, refreshes
from study_service.id_tokens import Issuer, Person
from study_service.refreshes import Pair

_TRIES = 3

_KNOWN = "SELECT id, role FROM users WHERE provider = 'google' AND provider_id = ?"
# A tag that cannot be one is not kept: a bad link does not lock anybody out.
_ENTER = f"""
    INSERT INTO users (
        email, name, picture, provider, provider_id, email_verified, last_login, login_count, sign_up_ref)
    SELECT :email, :name, :picture, 'google', :subject, 1, unixepoch(), 1, iif({SIGN_UP_REF}, sign_up_ref, NULL)
    FROM (SELECT :ref AS sign_up_ref)
"""
_EMAIL_IS_FREE = "NOT EXISTS (SELECT 1 FROM users WHERE email = ? COLLATE NOCASE)"
# The e-mail that a known person has from now on: the new one unless another account has it, in whatever case.
_EMAIL = """
    CASE WHEN EXISTS (SELECT 1 FROM users AS other WHERE other.email = :email COLLATE NOCASE) THEN users.email
    ELSE :email END
"""
_RETURN = f"""
    UPDATE users SET email = {_EMAIL}, picture = coalesce(:picture, picture), email_verified = 1,
        last_login = unixepoch(), login_count = login_count + 1, updated_at = unixepoch()
    WHERE id = :id AND is_active = 1
"""
_LOG_ENTERED = """
    SELECT id, NULL AS old, json_patch(
        json_object('email', email, 'name', name, 'provider', provider), json_object('sign_up_ref', sign_up_ref)) AS new
    FROM users WHERE provider = 'google' AND provider_id = :subject
"""
_LOG_NEW_EMAIL = f"""
    SELECT id, json_object('email', email) AS old, json_object('email', {_EMAIL}) AS new
    FROM users WHERE id = :id AND email <> {_EMAIL}
"""
_LOG_SIGN_IN = """
    SELECT user_id AS id, NULL AS old, json(:new) AS new FROM sign_ins WHERE id = :sign_in
"""
_BEGIN = """
    INSERT INTO sign_ins (id, user_id, user_agent, expires_at)
    SELECT :sign_in, id, :user_agent, unixepoch() + :refresh_s FROM users
    WHERE provider = 'google' AND provider_id = :subject
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a client sends to sign in, and from where. `sign_in` is the id that a new sign-in gets.

    `ref` is the tag of the link that the person followed; a new user keeps it.
    """

    credential: str
    nonce: str | None
    ref: str | None
    user_agent: str | None
    sign_in: str


class Known(TypedDict):
    """The user that the issuer's subject belongs to."""

    id: int
    role: str


class _MeanwhileChanged(Exception):
    """Somebody else has written since we read."""


def by_id_token(issuer: Issuer, claim: Claim, pair: Pair, actor: Actor, once: Once) -> Receipt:
    """Sign in the person of an ID token, who becomes a user where there is none yet. Every refusal is audited.

    People are known by the issuer's subject alone. An e-mail that another account has is a Conflict: whoever has the
    address today need not be who had it then.
    """
    try:
        return _enter(id_tokens.person(issuer, claim.credential, claim.nonce), claim, pair, actor, once)
    except (TokenInvalid, TokenExpired, Forbidden, Conflict) as refused:
        _log_refusal(refused, actor)
        raise


def _log_refusal(refused: Problem, actor: Actor) -> None:
    """The log gets the reason, and nothing of the token."""
    db.batch([audit.entry(actor, "sign_in.refuse", "sign_in", None, new={"reason": refused.detail}, success=False)])


def _enter(person: Person, claim: Claim, pair: Pair, actor: Actor, once: Once) -> Receipt:
    for _ in range(_TRIES):
        looked_up, result = db.fetch([once.lookup(), Statement(_KNOWN, (person.subject,))], fresh=True)
        if (earlier := once.replay(looked_up)) is not None:
            return earlier
        known = result.first(Known)
        steps = _register(person, claim.ref, actor) if known is None else _welcome(known, person, actor)
        try:
            return once.write(
                [*steps, *_begin(person, claim, pair, actor)], refreshes.RECEIPT, pair.receipt(claim.sign_in)
            )
        except _MeanwhileChanged:
            if not _known_now(person):
                raise Conflict("another account has this e-mail; sign in to that one") from None
        except peewee.IntegrityError as error:
            if not errors.is_unique(error, "users", "provider", "provider_id"):
                raise
    raise Conflict("too many sign-ins of this person at once")


def _known_now(person: Person) -> bool:
    return bool(db.fetch([Statement(_KNOWN, (person.subject,))], fresh=True)[0].rows)


def _register(person: Person, ref: str | None, actor: Actor) -> list[Query | Guard]:
    """The steps that make a user of a person whom we do not know."""
    who = {"email": person.email, "name": person.name, "picture": person.picture, "subject": person.subject}
    return [
        require(_EMAIL_IS_FREE, (person.email,), otherwise=_MeanwhileChanged),
        Statement(_ENTER, {**who, "ref": ref}),
        audit.entries(actor, "user.create", "user", _LOG_ENTERED, {"subject": person.subject}),
    ]


def _welcome(known: Known, person: Person, actor: Actor) -> list[Query | Guard]:
    """The steps that count another sign-in of a user, and take over a new e-mail that is free."""
    values = {"id": known["id"], "email": person.email}
    themselves = replace(actor, subject=str(known["id"]), role=known["role"])
    return [
        audit.entries(themselves, "user.change", "user", _LOG_NEW_EMAIL, values),
        Statement(_RETURN, {**values, "picture": person.picture}),
        require_changes(1, otherwise=lambda: Forbidden("this account is not active")),
    ]


def _begin(person: Person, claim: Claim, pair: Pair, actor: Actor) -> list[Query]:
    new = dumps({"sign_in": claim.sign_in} | ({} if claim.ref is None else {"ref": claim.ref}))
    values = {"sign_in": claim.sign_in, "user_agent": claim.user_agent, "subject": person.subject}
    return [
        Statement(_BEGIN, {**values, "refresh_s": pair.refresh_s}),
        audit.entries(actor, "sign_in.create", "user", _LOG_SIGN_IN, {"new": new, "sign_in": claim.sign_in}),
        *refreshes.keep(pair, claim.sign_in),
    ]

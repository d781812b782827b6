"""Unknown outcomes that settle themselves: posts of our own accounts show what was sent.

A post of an account of ours that answers the same tweet in the same way is the attempt's, if it was made after the
lease was given and has the attempt's words. In other words it is, too, if it was made while the lease ran, unless the
caller has reported that nothing was sent: X may have changed the text in a way that we do not know.

An attempt is absent once a part of the timeline without a gap begins before its lease and ends with a later post. Then
a person decides again; nothing is sent anew by itself. A follow leaves no post, so it is never settled here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from growth_service.queue.moves import Move
from growth_service.sending import attempts, timelines
from growth_service.sending.attempts import LAPSED, Proof
from growth_service.sending.timelines import Page
from growth_service.x import ids, normal
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require
from shared_schema.fields import dumps
from shared_schema.tables import db

# By how much clocks may differ, and how long X may take to show a post.
_BEFORE_S, _AFTER_S = 60, 60


class Post(TypedDict):
    """A post of X: its author, what it answers, and its text in the normal form."""

    id: str
    account_id: str
    replied_to_id: str | None
    quoted_id: str | None
    normal: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What a response shows: posts, and the part of a timeline of ours that it is, None where it is none."""

    posts: Sequence[Post]
    page: Page | None


class Attempt(TypedDict):
    """An attempt that nobody has proven to be sent."""

    opportunity_id: str
    lease_token: str
    tweet_id: str
    opportunity_type: str
    text: str | None
    leased_at: int
    lease_expires_at: int
    settled_by: str | None


_OWN = """
    SELECT id FROM twitter_accounts WHERE is_own_account = 1 AND id IN (SELECT value FROM json_each(:authors))
"""
_TAKEN = (
    "SELECT result_tweet_id AS id FROM send_attempts WHERE result_tweet_id IN (SELECT value FROM json_each(:posts))"
)
_UNPROVEN = """
    FROM send_attempts WHERE tweet_id IN (SELECT value FROM json_each(:answered))
        AND outcome IS NOT 'sent' AND opportunity_type <> 'follow'
"""
_ATTEMPTS = f"""
    SELECT opportunity_id, lease_token, tweet_id, opportunity_type, text, leased_at, lease_expires_at, settled_by
    {_UNPROVEN} ORDER BY id
"""
_PROVES_NOTHING = f"NOT (EXISTS ({_OWN}) AND EXISTS (SELECT 1 {_UNPROVEN}))"
# SQL: the attempts that the timeline of :account would show by now.
_ABSENT = f"""
    settled_at IS NULL AND send_attempts.lease_expires_at <= unixepoch() - {_AFTER_S} AND opportunity_type <> 'follow'
    AND coalesce(send_attempts.account_id, {timelines.ONLY_OWN}) = :account
    AND EXISTS (SELECT 1 FROM timeline_spans s
                WHERE s.account_id = :account AND s.from_id <= {ids.sql_at(f"leased_at - {_BEFORE_S}")}
                  AND s.to_id > {ids.sql_at(f"send_attempts.lease_expires_at + {_AFTER_S}")})
"""
_REASON = "not found on our timeline, which has a later post"
_MISS = Move(
    "miss",
    f"(status = 'unknown' OR {LAPSED}) AND lease_token IN (SELECT lease_token FROM send_attempts WHERE {_ABSENT})",
    "pending",
    "",
    also=f""", lease_token = NULL, lease_expires_at = NULL, failure_reason = '{_REASON}', decided_by = NULL,
             decided_at = NULL, approved_pair = NULL, pending_until = unixepoch() + :pending_s""",
    new=f"json_object('status', '{{becomes}}', 'reason', '{_REASON}')",
)
_MISSING = f"id IN (SELECT opportunity_id FROM send_attempts WHERE {_ABSENT})"
_NOT_SENT = f"""
    UPDATE send_attempts SET outcome = 'not_sent', reason = '{_REASON}', settled_by = 'timeline',
        settled_at = unixepoch()
    WHERE {_ABSENT}
"""


class Provable(Exception):
    """A post may prove an attempt, so the steps of an ingest need what `steps` reads."""


def unread_steps(seen: Seen, actor: Actor, now: float, pending_s: int) -> list[Statement | Guard]:
    """The steps of an ingest whose posts prove nothing, as most do. They stop the batch with Provable if one may."""
    answers = _answers(seen.posts)
    unproven = [require(_PROVES_NOTHING, _sought(answers), otherwise=Provable)] if answers else []
    return [*unproven, *_absences(seen.page, actor, now, pending_s)]


def steps(seen: Seen, actor: Actor, now: float, pending_s: int) -> list[Statement | Guard]:
    """The steps of an ingest that settle what its posts prove. They read first, from the primary.

    What was not sent waits for a person for `pending_s` seconds.

    What is sent after that is in a later response of X, so nothing can be missed in between.
    """
    proofs = _proofs(seen.posts)
    settled = attempts.proven(proofs, "timeline", _service(actor)) if proofs else []
    return [*settled, *_absences(seen.page, actor, now, pending_s)]


def _service(actor: Actor) -> Actor:
    """Who settles, in the request of this actor."""
    return replace(actor, subject="growth_service", role="service")


def _absences(page: Page | None, actor: Actor, now: float, pending_s: int) -> list[Statement]:
    if page is None:
        return []
    values = {"account": page.account_id, "pending_s": pending_s}
    missed = attempts.given_back(_MISS, _service(actor), _MISSING, values)
    return [*timelines.steps(page, now), *missed, Statement(_NOT_SENT, values)]


def _proofs(posts: Sequence[Post]) -> list[Proof]:
    """What the posts prove: each of one attempt at most, and each attempt by one post."""
    answers = _answers(posts)
    if not answers:
        return []
    own, taken, tried = _read(answers)
    proofs: dict[str, Proof] = {}
    for post in answers:
        if post["account_id"] not in own or post["id"] in taken:
            continue
        fitting = [one for one in tried if one["lease_token"] not in proofs and _rank(one, post)]
        if fitting:
            best = max(fitting, key=lambda one: _rank(one, post))
            token, opportunity = best["lease_token"], best["opportunity_id"]
            proofs[token] = {"opportunity_id": opportunity, "token": token, "tweet_id": post["id"]}
    return list(proofs.values())


def _answers(posts: Sequence[Post]) -> list[Post]:
    """The posts that answer another, each once."""
    return list({post["id"]: post for post in posts if post["replied_to_id"] or post["quoted_id"]}.values())


def _sought(posts: Sequence[Post]) -> dict[str, str]:
    """The parameters of what is read: the authors, the posts and the posts that they answer, as JSON lists."""
    answered = {answered for post in posts for answered in (post["replied_to_id"], post["quoted_id"])}
    return {
        "authors": dumps(sorted({post["account_id"] for post in posts})),
        "posts": dumps([post["id"] for post in posts]),
        "answered": dumps(sorted(filter(None, answered))),
    }


def _read(posts: Sequence[Post]) -> tuple[set[str], set[str], list[Attempt]]:
    """Which of the authors are ours, which of the posts are known to be an attempt's, and the attempts they may be."""
    values = _sought(posts)
    reads = [Statement(_OWN, values), Statement(_TAKEN, values), Statement(_ATTEMPTS, values)]
    own, taken, tried = db.fetch(reads, fresh=True)
    return {row["id"] for row in own.rows}, {row["id"] for row in taken.rows}, tried.all(Attempt)


def _rank(attempt: Attempt, post: Post) -> tuple[int, ...]:
    """How well a post fits an attempt: empty where it does not. Its words count most, then that nobody has settled it,
    then the latest lease.
    """
    answered = post["replied_to_id"] if attempt["opportunity_type"] == "reply" else post["quoted_id"]
    number = ids.number(post["id"])
    if answered != attempt["tweet_id"] or number is None:
        return ()
    made = ids.seconds(number)
    if made < attempt["leased_at"] - _BEFORE_S:
        return ()
    has_its_words = normal.of_draft(attempt["text"] or "", post["quoted_id"]) == post["normal"]
    in_time = made <= attempt["lease_expires_at"] + _AFTER_S and attempt["settled_by"] != "report"
    if not has_its_words and not in_time:
        return ()
    return (int(has_its_words), int(attempt["settled_by"] is None), attempt["leased_at"])

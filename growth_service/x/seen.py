"""What a response of X shows of our own posts: what they answer, in which words, and which part of a timeline it is."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from growth_service.sending.settling import Post, Seen
from growth_service.sending.timelines import Page
from growth_service.x import ids, normal
from shared_schema.problems import invalid

_AHEAD_S = 60  # by how much the clock of X may be ahead of ours


class Answer(TypedDict):
    """What a post answers, and its text in the normal form."""

    id: str
    replied_to_id: str | None
    quoted_id: str | None
    normal: str


class Asked(TypedDict):
    """What X was asked for: by `accountId`, `timeline`, `sinceId` and `untilId` of the query."""

    account_id: str | None
    timeline: bool
    since_id: str | None
    until_id: str | None


def answer(sent: Mapping[str, Any]) -> Answer:
    """The same of a post as X sends it, whose fields have been checked as far as we store them."""
    note, own = _document(sent.get("note_tweet")), _document(sent.get("entities"))
    quoted = _referred(sent, "quoted")
    links = _documents((_document(note.get("entities")) or own).get("urls"))
    return {
        "id": sent["id"],
        "replied_to_id": _referred(sent, "replied_to"),
        "quoted_id": quoted,
        "normal": normal.of_post(note.get("text") or sent["text"], links, quoted),
    }


def seen(posts: Sequence[tuple[str, Answer]], asked: Asked, *, goes_on: bool, now: float) -> Seen:
    """The posts of a response, each with its author, and the part of a timeline that it is, if it is one.

    `goes_on` says that X has a further page. Invalid for a timeline that has posts of somebody else.
    """
    listed = [Post(account_id=author, **post) for author, post in posts]
    account = asked["account_id"]
    if not asked["timeline"] or account is None:
        return Seen(listed, None)
    if any(author != account for author, _ in posts):
        raise invalid("timeline", "The posts of a timeline are all by accountId.")
    return Seen(listed, _page(account, listed, asked, goes_on=goes_on, now=now))


def _page(account: str, posts: Sequence[Post], asked: Asked, *, goes_on: bool, now: float) -> Page | None:
    """The ids from which to which nothing is missing; None where the response does not prove that.

    A reply among the posts shows that X was asked for replies, and for what a post answers. A first page that is all
    there is goes back to the beginning. An id of the future is none of X's.
    """
    numbers = [number for post in posts if (number := ids.number(post["id"])) is not None]
    if len(numbers) < len(posts) or not any(post["replied_to_id"] for post in posts):
        return None
    since, until = asked["since_id"], asked["until_id"]
    low, high = min(numbers), max(numbers)
    if not goes_on and since is not None:
        low = min(low, int(since) + 1)
    elif not goes_on and until is None:
        low = 0
    if until is not None:
        high = max(high, int(until) - 1)
    return Page(account, low, high) if high <= ids.at(now + _AHEAD_S) else None


def _referred(sent: Mapping[str, Any], how: str) -> str | None:
    references = _documents(sent.get("referenced_tweets"))
    return next((str(one["id"]) for one in references if one.get("type") == how and one.get("id")), None)


def _document(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _documents(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []

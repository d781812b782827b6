"""What X sends, and how it becomes our tweets and users."""

from collections.abc import Mapping

from growth_service.accounts import User
from growth_service.settling import Seen
from growth_service.tweets import NewTweet
from growth_service.x import seen
from growth_service.x.bodies import Response, SentTweet
from shared_schema.problems import Invalid, invalid


def tweets(response: Response, account_id: str | None) -> list[NewTweet]:
    """The tweets of a response, each id once, the later one. `account_id` is the author of those that name none.

    Invalid for a response that is an error of X, or where an author is not known.
    """
    _check_answered(response)
    sent = response.get("data") or []
    orphans = [
        f"data.{place}.author_id" for place, tweet in enumerate(sent) if not (tweet.get("author_id") or account_id)
    ]
    if orphans:
        message = "Not in the body: ask X for the field author_id, or name the author with ?accountId=."
        raise Invalid("the author of a tweet is not known", errors={path: [message] for path in orphans})
    return list({tweet["id"]: _tweet(tweet, tweet.get("author_id") or account_id or "") for tweet in sent}.values())


def users(response: Response) -> list[User]:
    """The users of a response, each id once, the later one. Invalid where two users have one handle."""
    sent = (response.get("includes") or {}).get("users") or []
    holders: dict[str | None, str] = {}
    for place, user in enumerate(sent):
        if holders.setdefault(user["username"], user["id"]) != user["id"]:
            raise invalid(f"includes.users.{place}.username", "Another user of this response has this handle.")
    return list({user["id"]: user for user in sent}.values())


def own_posts(response: Response, asked: seen.Asked, now: float) -> Seen:
    """What a response shows of posts of ours. Invalid for a timeline that has posts of somebody else."""
    sent = response.get("data") or []
    posts = [(tweet.get("author_id") or asked["account_id"] or "", tweet["answer"]) for tweet in sent]
    goes_on = bool((response.get("meta") or {}).get("next_token"))
    return seen.seen(posts, asked, goes_on=goes_on, now=now)


def _check_answered(response: Response) -> None:
    """Refuse a response without tweets, unless X says with a result_count of 0 that it found none."""
    if response.get("data") is not None or (response.get("meta") or {}).get("result_count") == 0:
        return
    sources: list[Mapping[str, object]] = [response]
    sources += [error for error in response.get("errors") or [] if isinstance(error, dict)]
    reasons = [str(source.get("detail") or source.get("message") or source.get("title") or "") for source in sources]
    if reason := next(filter(None, reasons), ""):
        raise invalid("data", f"X answered with an error, there is nothing to store: {reason[:200]}")
    raise invalid("data", "Missing: a response of X has it, or a meta.result_count of 0.")


def _tweet(sent: SentTweet, account_id: str) -> NewTweet:
    note = sent.get("note") or {}
    return {
        "id": sent["id"],
        "author_id": sent.get("author_id"),
        "account_id": account_id,
        "text": note.get("text") or sent["text"],
        "is_whole": bool(note.get("text")),
        "metrics": sent.get("metrics"),
        "entities": note.get("entities") or sent.get("entities"),
        "created_at": sent.get("created_at"),
    }

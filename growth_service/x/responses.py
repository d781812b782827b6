"""What X sends, and how it becomes our tweets and users."""

from collections.abc import Mapping, Sequence

from growth_service.posts.gone import Gone
from growth_service.posts.tweets import Fetched, NewTweet
from growth_service.posts.users import User
from growth_service.sending.settling import Seen
from growth_service.x import gone, parts, seen
from growth_service.x.bodies import About, Response, SentTweet, UserResponse
from shared_schema.problems import invalid

_EVERYWHERE = {"XX", "XY"}  # country codes of X


def tweets(response: Response, account_id: str | None, fetched_at: int) -> Fetched:
    """What a response with tweets says. `account_id` is the author of those of its data that name none.

    Invalid for a response that is an error of X and says of no tweet or user that it is gone.
    """
    sent = response.get("data") or []
    data = [_tweet(tweet, tweet.get("author_id") or account_id, f"data.{place}") for place, tweet in enumerate(sent)]
    return _fetched(response, data, [], fetched_at, is_answer=response.get("data") is not None)


def users(response: UserResponse, fetched_at: int) -> Fetched:
    """What a response with users says. Invalid as above."""
    return _fetched(response, [], response.get("data") or [], fetched_at, is_answer=response.get("data") is not None)


def own_posts(response: Response, asked: seen.Asked, now: float) -> Seen:
    """What a response shows of posts of ours. Invalid for a timeline that has posts of somebody else."""
    sent = response.get("data") or []
    posts = [(tweet.get("author_id") or asked["account_id"] or "", tweet["answer"]) for tweet in sent]
    goes_on = bool((response.get("meta") or {}).get("next_token"))
    return seen.seen(posts, asked, goes_on=goes_on, now=now)


def _fetched(
    about: About, data: Sequence[NewTweet], users: Sequence[User], fetched_at: int, *, is_answer: bool
) -> Fetched:
    """Everything of a response, each id once: the later one counts, and data before what they refer to."""
    included = about.get("includes") or {}
    context = [_tweet(tweet, tweet.get("author_id"), None) for tweet in included.get("tweets") or []]
    posts = {tweet["id"]: tweet for tweet in [*context, *data]}
    people = _by_id({"includes.users": included.get("users") or [], "data": users})
    seen = {*(("tweet", post) for post in posts), *(("user", person) for person in people)}
    missing = gone.told(about.get("errors") or [], seen)
    _check_answered(about, missing, is_answer=is_answer)
    return Fetched(_in_chains(list(posts.values())), list(people.values()), missing, fetched_at)


def _by_id(lists: Mapping[str, Sequence[User]]) -> dict[str, User]:
    """The users of these lists by their ids. Invalid where two have one handle."""
    holders: dict[str, str] = {}
    for where, users in lists.items():
        for place, user in enumerate(users):
            if holders.setdefault((user["username"] or "").lower(), user["id"]) != user["id"]:
                raise invalid(f"{where}.{place}.username", "Another user of this response has this handle.")
    return {user["id"]: user for users in lists.values() for user in users}


def _check_answered(about: About, missing: Sequence[Gone], *, is_answer: bool) -> None:
    """Refuse a response that has nothing, unless X says with a result_count of 0 that it found nothing."""
    if is_answer or missing or (about.get("meta") or {}).get("result_count") == 0:
        return
    sources: list[Mapping[str, object]] = [about]
    sources += [error for error in about.get("errors") or [] if isinstance(error, dict)]
    reasons = [str(source.get("detail") or source.get("message") or source.get("title") or "") for source in sources]
    if reason := next(filter(None, reasons), ""):
        raise invalid("data", f"X answered with an error, there is nothing to store: {reason[:200]}")
    raise invalid("data", "Missing: a response of X has it, or a meta.result_count of 0.")


def _tweet(sent: SentTweet, account_id: str | None, path: str | None) -> NewTweet:
    note, withheld = sent.get("note") or {}, sent.get("withheld")
    text = note.get("text") or sent["text"]
    is_locked = parts.is_locked(text)
    return {
        "id": sent["id"],
        "path": path,
        "author_id": sent.get("author_id"),
        "account_id": account_id,
        "text": text,
        "text_rank": 0 if is_locked else 2 if note.get("text") else 1,
        "metrics": None if is_locked else sent.get("metrics"),
        "entities": None if is_locked else note.get("entities") or sent.get("entities"),
        "created_at": sent.get("created_at"),
        "conversation_id": sent.get("conversation_id"),
        "replied_to_id": _referred(sent, "replied_to"),
        "replied_to_account_id": sent.get("in_reply_to_user_id"),
        "quoted_id": _referred(sent, "quoted"),
        "language": sent.get("lang"),
        "versions": _versions(sent),
        "superseded_by": None,
        "withheld": withheld,
        "unavailable": "locked" if is_locked else "withheld" if _is_hidden(withheld) else None,
    }


def _referred(sent: SentTweet, how: str) -> str | None:
    """The id of the tweet that this one replies to or quotes."""
    references = sent.get("referenced_tweets") or []
    return next((one["id"] for one in references if one.get("type") == how and one.get("id")), None)


def _versions(sent: SentTweet) -> list[str]:
    """The ids of a post and of its edits, the first one first. None where X does not say, or says those of another."""
    history = sent.get("edit_history_tweet_ids") or []
    return sorted(set(history), key=_number) if sent["id"] in history else []


def _is_hidden(withheld: Mapping[str, object] | None) -> bool:
    codes = (withheld or {}).get("country_codes")
    return isinstance(codes, list) and bool(_EVERYWHERE.intersection(codes))


def _in_chains(posts: list[NewTweet]) -> list[NewTweet]:
    """The posts, each with the latest version that any of them names."""
    latest: dict[str, str] = {}
    for post in posts:
        for version in post["versions"]:
            first = post["versions"][0]
            latest[first] = max(latest.get(first, version), version, key=_number)
    for post in posts:
        last = latest[post["versions"][0]] if post["versions"] else post["id"]
        post["superseded_by"] = last if last != post["id"] else None
    return posts


def _number(x_id: str) -> tuple[int, str]:
    return len(x_id), x_id

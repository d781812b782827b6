"""A model of X: it takes posts, changes their texts as X does, and shows the timeline of our account in pages."""

import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from growth_service.x import ids
from tests.simulations.replies.clock import Clock

OWN, HANDLE = "1888888888888888888", "pingtopass"
_LINK = re.compile(r"(?:https?://)?(?:[a-z0-9-]+\.)+(?:example|co)(?:/[^\s.,]*)?", re.IGNORECASE)
_SHOWN_AFTER_S = 30  # X shows a post so late, at most


@dataclass(frozen=True, slots=True)
class Post:
    """A post of our account: what it answers, how ("replied_to", "quoted" or not at all), and what was written."""

    number: int
    answered: str | None
    how: str | None
    text: str
    shown_at: float
    has_picture: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a timeline, newest first, as a body; `oldest` and `newest` are ids of it."""

    body: dict[str, Any]
    oldest: str | None
    newest: str | None
    goes_on: bool


@dataclass
class X:
    """The posts of our account, oldest first."""

    clock: Clock
    random: random.Random
    posts: list[Post] = field(default_factory=list)

    def publish(self, text: str, answered: str | None, how: str | None) -> str:
        """The id of a new post."""
        lowest = ids.at(self.clock.now) + self.random.randrange(1 << 21)
        number = max(lowest, self.posts[-1].number + 1 if self.posts else 0)
        late = self.random.choice([0.0, 0.0, self.random.uniform(0, _SHOWN_AFTER_S)])
        self.posts.append(Post(number, answered, how, text, self.clock.now + late, self.random.random() < 0.1))
        return str(number)

    def answers(self, answered: str, how: str) -> list[str]:
        """The ids of all posts of ours that answer a tweet in this way."""
        return [str(post.number) for post in self.posts if (post.answered, post.how) == (answered, how)]

    def timeline(self, since: str | None, until: str | None, limit: int, *, entities: bool) -> Page:
        """The newest posts between two ids, which are not among them."""
        low, high = int(since or 0), int(until or ids.HIGHEST)
        visible = [
            post for post in reversed(self.posts) if low < post.number < high and post.shown_at <= self.clock.now
        ]
        return _page(visible[:limit], goes_on=len(visible) > limit, entities=entities)


def _page(posts: Sequence[Post], *, goes_on: bool, entities: bool) -> Page:
    shown = [_shown(post, entities=entities) for post in posts]
    meta: dict[str, Any] = {"result_count": len(shown)}
    if goes_on:
        meta["next_token"] = "older"
    body = {"data": shown, "meta": meta} if shown else {"meta": meta}
    numbers = [one["id"] for one in shown]
    return Page(body, numbers[-1] if numbers else None, numbers[0] if numbers else None, goes_on)


def _shown(post: Post, *, entities: bool) -> dict[str, Any]:
    """A post as X gives it back."""
    urls: list[dict[str, Any]] = []

    def shortened(match: re.Match[str]) -> str:
        written = match[0]
        leads_to = written if written.startswith("http") else f"http://{written}"
        urls.append({"url": f"https://t.co/{post.number % 10**9:x}{len(urls)}", "expanded_url": leads_to})
        return f"\0{len(urls) - 1}\0"

    text = _LINK.sub(shortened, unicodedata.normalize("NFC", post.text).strip())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub("\0([0-9]+)\0", lambda match: urls[int(match[1])]["url"], text)
    for appended in _appended(post):
        urls.append({"url": f"https://t.co/{post.number % 10**9:x}z{len(urls)}", **appended})
        text += f" {urls[-1]['url']}"
    if post.how == "replied_to":
        text = f"@author{int(post.answered or 0) % 1000} {text}"
    shown: dict[str, Any] = {"id": str(post.number), "author_id": OWN, "text": text}
    if post.how is not None:
        shown["referenced_tweets"] = [{"type": post.how, "id": post.answered}]
    return shown | ({"entities": {"urls": urls}} if entities and urls else {})


def _appended(post: Post) -> list[dict[str, Any]]:
    """The links that X appends: to a picture, and to what is quoted."""
    links: list[dict[str, Any]] = []
    if post.has_picture:
        links.append({"expanded_url": f"https://x.com/{HANDLE}/status/{post.number}/photo/1", "media_key": "3_1"})
    if post.how == "quoted":
        links.append({"expanded_url": f"https://twitter.com/somebody/status/{post.answered}"})
    return links

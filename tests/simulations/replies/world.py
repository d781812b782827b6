"""The simulated world: its clock, its database, the bots, the reader of our timeline, and a person."""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.simulations.replies import bot, clock
from tests.simulations.replies.bot import Bot
from tests.simulations.replies.clock import Clock
from tests.simulations.replies.line import QUEUE, TWEETS, Line
from tests.simulations.replies.reader import Reader
from tests.simulations.replies.x import HANDLE, OWN, X

_DRAFTS_AT_ONCE = 40
_QUIET_S = 12 * 3600  # after the last claim: every late report and page has come by then


@dataclass
class World:
    """`runs` opportunities, each drafted, approved, leased and sent, with all that can go wrong."""

    database: LibsqlDatabase
    clock: Clock
    service: FlaskClient
    admin: FlaskClient
    random: random.Random
    runs: int
    drafted: int = 0
    busy_until: float = 0.0
    events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    order: Any = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.x = X(self.clock, self.random)
        self.bots = [self._bot(number) for number in range(3)]
        self.reader = Reader(Line(self.service, self.random, 0.02), self.x, self.random, self.later)

    def _bot(self, number: int) -> Bot:
        line = Line(self.service, self.random, 0.02)
        return Bot(line, self.x, self.clock, self.random, self.later, claims=number * 10**9)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self.events, (self.clock.now + seconds, next(self.order), action))

    def run(self) -> None:
        """Let everything happen, then let a person settle what is left."""
        account = {"username": HANDLE, "kind": "own"}
        assert self.service.put(f"/api/twitter/accounts/{OWN}", json=account).status_code == 201
        self._chat()  # the account has posts from before
        self.later(300, self._draft)
        self.later(600, self._read)
        self.later(3600, self._decide)
        for number, worker in enumerate(self.bots):
            self.later(400 + number * 20, lambda worker=worker: self._work(worker))  # type: ignore[misc]
        while self.events:
            moment, _, action = heapq.heappop(self.events)
            clock.move(self.database, self.clock, moment)
            action()
        self.reconcile()

    # What happens again and again, until the queue has been empty for long enough.

    def _goes_on(self) -> bool:
        return self.drafted < self.runs or self.clock.now < self.busy_until + _QUIET_S

    def _draft(self) -> None:
        """The bot finds tweets of others and drafts answers, which a person approves."""
        count = min(_DRAFTS_AT_ONCE, self.runs - self.drafted)
        tweets = [str(10**18 + self.drafted + number) for number in range(count)]
        posts = [{"id": tweet, "text": "?", "author_id": str(int(tweet) + 7 * 10**17)} for tweet in tweets]
        assert self.service.post(TWEETS, json={"data": posts}).status_code == 200
        for tweet in tweets:
            kind = self.random.choices(["reply", "quote"], [0.8, 0.2])[0]
            text = bot.written(self.random, int(tweet) % 10**18)
            body = {"tweetId": tweet, "opportunityType": kind, "relevanceScore": 0.9, "suggestedResponse": text}
            drafted = self.service.post(QUEUE, json=body)
            assert drafted.status_code == 201, drafted.json
            self._approve(drafted.json["id"])
        self.drafted += count
        self.busy_until = self.clock.now
        if self.drafted < self.runs:
            self.later(900, self._draft)

    def _approve(self, opportunity: str) -> None:
        response = self.admin.post(f"{QUEUE}/{opportunity}/approve")
        assert response.status_code == 200, response.json

    def _work(self, worker: Bot) -> None:
        pause_s = self.random.uniform(60, 180) if worker.claim() else 600
        if self._goes_on():
            self.later(pause_s, lambda: self._work(worker))

    def _read(self) -> None:
        self.reader.read()
        if self._goes_on():
            self.later(600, self._read)

    def _chat(self) -> None:
        """People of ours write posts, too, and answer others."""
        if self.random.random() < 0.5:
            self.x.publish("good morning", None, None)
        self.x.publish("thank you", str(9 * 10**17 + next(self.order)), "replied_to")
        if self._goes_on():
            self.later(self.random.uniform(300, 1200), self._chat)

    def _decide(self) -> None:
        """What was not found on the timeline is pending again: a person lets it be sent after all, or not."""
        pending = self.admin.get(f"{QUEUE}?status=pending&limit=100").json["opportunities"]
        for opportunity in pending:
            if self.random.random() < 0.9:
                self._approve(opportunity["id"])
                self.busy_until = self.clock.now
            else:
                assert self.admin.post(f"{QUEUE}/{opportunity['id']}/reject").status_code == 200
        if self._goes_on():
            self.later(3600, self._decide)

    def reconcile(self) -> None:
        """A person looks at X for what the service could not settle."""
        for state in ("unknown", "claimed"):
            query = "SELECT id, tweet_id, opportunity_type FROM engagement_opportunities WHERE status = ?"
            for opportunity, tweet, kind in self.database.execute_sql(query, (state,)).fetchall():
                sent = self.x.answers(tweet, "replied_to" if kind == "reply" else "quoted")
                body = {"outcome": "sent", "resultTweetId": sent[0]} if sent else {"outcome": "not_sent"}
                response = self.admin.post(f"{QUEUE}/{opportunity}/reconcile", json=body)
                assert response.status_code == 200, response.json

"""What reads our timeline at X and files it: pages come late, twice, in any order, in part, or not at all."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.simulations.replies.line import TWEETS, Line, Lost
from tests.simulations.replies.x import OWN, Page, X

Later = Callable[[float, Callable[[], None]], None]


@dataclass
class Reader:
    """`later(seconds, action)` lets something happen after so many seconds."""

    line: Line
    x: X
    random: random.Random
    later: Later
    newest: str | None = None

    def read(self) -> None:
        """Read what is new since the last time; or, one time in four and after a crash, the last pages."""
        since = self.newest if self.random.random() < 0.75 else None
        size, entities = self.random.choice([20, 100]), self.random.random() < 0.9
        until: str | None = None
        for _ in range(6):
            page = self.x.timeline(since, until, size, entities=entities)
            self._file(page, since, until)
            if until is None:
                self.newest = page.newest or self.newest
            if not page.goes_on:
                return
            until = page.oldest

    def _file(self, page: Page, since: str | None, until: str | None) -> None:
        asked = [f"accountId={OWN}", "timeline=true"]
        asked += [f"sinceId={since}"] if since else []
        asked += [f"untilId={until}"] if until else []
        url = f"{TWEETS}?{'&'.join(asked)}"
        copies = self.random.choices([0, 1, 2], [0.05, 0.85, 0.1])[0]
        for _ in range(copies):
            wait_s = self.random.choice([0.0, self.random.expovariate(1 / 300), self.random.uniform(0, 7200)])
            self.later(wait_s, lambda: self._ingest(url, page))

    def _ingest(self, url: str, page: Page) -> None:
        try:
            self.line.post(url, page.body)
        except Lost:
            return
